"""Whose sign-up it is, where we know: a yes from the preference centre that waits for a second word."""

import django.db.models.deletion
from django.db import migrations, models

_KINDS = ["message", "consent", "pause", "chat", "device", "sign_up"]


class Migration(migrations.Migration):
    # Both tables are small: sign-ups are deleted after a month, moves are as many as merges moved.
    dependencies = [
        ("customers", "0002_profile"),
        ("messaging", "0010_message_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="signup",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.customer",
            ),
        ),
        migrations.AddIndex(
            model_name="signup",
            index=models.Index(
                condition=models.Q(("customer__isnull", False)),
                fields=["store", "customer"],
                name="sign_up_by_customer",
            ),
        ),
        migrations.RemoveConstraint(model_name="customermove", name="customer_move_kind"),
        migrations.AddConstraint(
            model_name="customermove",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", _KINDS)), name="customer_move_kind"
            ),
        ),
    ]
