"""What people tell about themselves; the table of customers is large and in use meanwhile."""

import django.contrib.postgres.fields
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index is built beside running writes only outside of a transaction

    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.AddField("customer", "birth_day", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField("customer", "birth_month", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField("customer", "birth_year", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField(
            "customer", "favorite_holiday", models.TextField(db_default="", default="")
        ),
        migrations.AddField(
            "customer", "favorite_color", models.TextField(db_default="", default="")
        ),
        # Where they live within the country: some states have rules of their own for messages.
        migrations.AddField("customer", "region_code", models.TextField(db_default="", default="")),
        migrations.AddField("customer", "sizes", models.JSONField(db_default={}, default=dict)),
        migrations.AddField(
            "customer",
            "interests",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), db_default=[], default=list, size=None
            ),
        ),
        AddConstraintNotValid(
            "customer",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("birth_day__isnull", True),
                        ("birth_month__isnull", True),
                        ("birth_year__isnull", True),
                    ),
                    models.Q(
                        ("birth_day__gte", 1),
                        ("birth_day__isnull", False),
                        ("birth_day__lte", 31),
                        ("birth_month__gte", 1),
                        ("birth_month__isnull", False),
                        ("birth_month__lte", 12),
                    ),
                    _connector="OR",
                ),
                name="customer_birthday",
            ),
        ),
        ValidateConstraint("customer", "customer_birthday"),
        # Three more channels to prefer: the new rule takes all the old one took.
        migrations.RemoveConstraint("customer", "customer_preferred_channel"),
        AddConstraintNotValid(
            "customer",
            models.CheckConstraint(
                condition=models.Q(
                    (
                        "preferred_channel__in",
                        ("", "email", "sms", "whatsapp", "messenger", "push"),
                    )
                ),
                name="customer_preferred_channel",
            ),
        ),
        ValidateConstraint("customer", "customer_preferred_channel"),
        AddIndexConcurrently(
            "customer",
            models.Index(
                condition=models.Q(("birth_month__isnull", False)),
                fields=["store", "birth_month", "birth_day"],
                name="customer_birthdays",
            ),
        ),
        AddIndexConcurrently(
            "customer",
            models.Index(
                condition=models.Q(("favorite_holiday", ""), _negated=True),
                fields=["store", "favorite_holiday"],
                name="customer_holidays",
            ),
        ),
        migrations.RemoveConstraint("customer", "customer_preferred_channel"),
        AddConstraintNotValid(
            "customer",
            models.CheckConstraint(
                condition=models.Q(
                    (
                        "preferred_channel__in",
                        ("", "email", "sms", "whatsapp", "messenger", "push"),
                    )
                ),
                name="customer_preferred_channel",
            ),
        ),
        ValidateConstraint("customer", "customer_preferred_channel"),
    ]
