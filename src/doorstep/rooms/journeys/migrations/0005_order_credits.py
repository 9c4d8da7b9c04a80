"""Orders and what came before them: new tables, nothing that exists is touched."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


def _of(to):
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to
    )


class Migration(migrations.Migration):
    dependencies = [
        ("journeys", "0004_enrollment_key_checked"),
        ("orders", "0005_told_money"),
        ("stores", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="MessageCredit",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("message_id", models.UUIDField()),
                ("batch_id", models.UUIDField(null=True)),
                ("sent_at", models.DateTimeField()),
                ("ordered_at", models.DateTimeField()),
                ("was_clicked", models.BooleanField()),
                ("store", _of("stores.store")),
                ("order", _of("orders.order")),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["batch_id"],
                        name="credit_batch",
                        condition=Q(batch_id__isnull=False),
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=["order"], name="credited_once"),
                    models.CheckConstraint(
                        condition=Q(ordered_at__gte=F("sent_at")), name="credit_sent_before"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SplitOrder",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("step", models.TextField()),
                ("arm", models.TextField()),
                ("passed_at", models.DateTimeField()),
                ("ordered_at", models.DateTimeField()),
                ("store", _of("stores.store")),
                ("journey", _of("journeys.journey")),
                ("enrollment", _of("journeys.enrollment")),
                ("order", _of("orders.order")),
            ],
            options={
                "indexes": [models.Index(fields=["journey", "step"], name="split_order_step")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["order", "enrollment", "step"], name="split_order_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(ordered_at__gte=F("passed_at")), name="split_order_after"
                    ),
                ],
            },
        ),
    ]
