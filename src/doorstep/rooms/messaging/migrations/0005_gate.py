"""Contact rules of a store, and what the gate looks at when a message is sent."""

import django.contrib.postgres.operations
import django.db.models.deletion
from django.db import migrations, models

import doorstep.kernel.ids


class Migration(migrations.Migration):
    atomic = False  # the index is built beside running writes, which no transaction allows

    dependencies = [("messaging", "0004_batches"), ("stores", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="is_gift_recipient",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="message",
            name="order_completed_at",
            field=models.DateTimeField(null=True),
        ),
        django.contrib.postgres.operations.AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(
                    ("purpose__in", ["service", "marketing"]),
                    (
                        "status__in",
                        ["queued", "deferred", "sending", "sent", "delivered", "complained"],
                    ),
                ),
                fields=["store", "customer", "sent_at"],
                name="message_slots",
            ),
        ),
        migrations.CreateModel(
            name="ContactSettings",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=doorstep.kernel.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("caps", models.JSONField(default=dict)),
                ("hours", models.JSONField(default=dict)),
                ("counts_service", models.BooleanField(default=True)),
                ("defer_days", models.PositiveSmallIntegerField(default=3)),
                ("changed_at", models.DateTimeField()),
                ("changed_by", models.TextField()),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="stores.store",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("store",), name="contact_settings_once"),
                    models.CheckConstraint(
                        condition=models.Q(("defer_days__lte", 30)),
                        name="contact_settings_defer_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("changed_by", ""), _negated=True),
                        name="contact_settings_changed_by",
                    ),
                ],
            },
        ),
    ]
