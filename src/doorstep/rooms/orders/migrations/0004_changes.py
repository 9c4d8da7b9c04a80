"""What was changed here: edited lines, cancellations, delays. Safe on a live system.

The reasons to wait get two more. Their check is taken off and put on again without looking at the
rows there are (those fit: the new list holds the old one), then they are looked at without a lock
that stops writers.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

REASONS = [
    "out_of_stock",
    "address_invalid",
    "options_incomplete",
    "payment_pending",
    "risk_review",
    "manual",
    "delayed",
    "changing",
]
_IN = ", ".join(f"'{reason}'" for reason in REASONS)
_BEFORE = ", ".join(f"'{reason}'" for reason in REASONS[:6])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0003_shipped")]
    operations = [
        migrations.AddField("hold", "until_at", models.DateTimeField(null=True)),
        migrations.AddField("order", "platform_lines", models.JSONField(null=True)),
        migrations.AddField("order", "canceled_here_at", models.DateTimeField(null=True)),
        migrations.AddField("orderline", "sold", models.JSONField(null=True)),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"""
                    BEGIN;
                    ALTER TABLE orders_hold DROP CONSTRAINT hold_reason;
                    ALTER TABLE orders_hold ADD CONSTRAINT hold_reason
                        CHECK (reason IN ({_IN})) NOT VALID;
                    ALTER TABLE orders_hold ADD CONSTRAINT hold_until CHECK (
                        reason = 'delayed' AND until_at IS NOT NULL
                        OR reason <> 'delayed' AND until_at IS NULL
                    ) NOT VALID;
                    COMMIT;
                    """,
                    f"""
                    BEGIN;
                    ALTER TABLE orders_hold DROP CONSTRAINT hold_until;
                    ALTER TABLE orders_hold DROP CONSTRAINT hold_reason;
                    ALTER TABLE orders_hold ADD CONSTRAINT hold_reason
                        CHECK (reason IN ({_BEFORE}));
                    COMMIT;
                    """,
                ),
                migrations.RunSQL(
                    "ALTER TABLE orders_hold VALIDATE CONSTRAINT hold_reason;",
                    migrations.RunSQL.noop,
                ),
                migrations.RunSQL(
                    "ALTER TABLE orders_hold VALIDATE CONSTRAINT hold_until;",
                    migrations.RunSQL.noop,
                ),
            ],
            state_operations=[
                migrations.RemoveConstraint("hold", "hold_reason"),
                migrations.AddConstraint(
                    "hold",
                    models.CheckConstraint(condition=Q(reason__in=REASONS), name="hold_reason"),
                ),
                migrations.AddConstraint(
                    "hold",
                    models.CheckConstraint(
                        condition=Q(reason="delayed", until_at__isnull=False)
                        | ~Q(reason="delayed") & Q(until_at__isnull=True),
                        name="hold_until",
                    ),
                ),
            ],
        ),
        AddIndexConcurrently(
            "hold",
            models.Index(
                fields=["until_at"],
                name="hold_due",
                condition=Q(lifted_at__isnull=True, until_at__isnull=False),
            ),
        ),
    ]
