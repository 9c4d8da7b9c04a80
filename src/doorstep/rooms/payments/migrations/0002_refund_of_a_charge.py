"""A refund's number is its charge's own: two shops of one kind may count theirs alike.

The new key is built beside writers, and the old one goes after it: at no moment is there none.
"""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("payments", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                # What an interrupted try left is no index; begin again.
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS pay_refund_once_per_charge",
                    migrations.RunSQL.noop,
                ),
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY pay_refund_once_per_charge"
                    " ON payments_refund (charge_id, external_id) WHERE NOT (external_id = '')",
                    "DROP INDEX CONCURRENTLY IF EXISTS pay_refund_once_per_charge",
                ),
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS pay_refund_once_per_vendors",
                    "CREATE UNIQUE INDEX CONCURRENTLY pay_refund_once_per_vendors"
                    " ON payments_refund (store_id, provider, external_id)"
                    " WHERE NOT (external_id = '')",
                ),
            ],
            state_operations=[
                migrations.RemoveConstraint("refund", "pay_refund_once_per_vendors"),
                migrations.AddConstraint(
                    "refund",
                    models.UniqueConstraint(
                        fields=["charge", "external_id"],
                        condition=~Q(external_id=""),
                        name="pay_refund_once_per_charge",
                    ),
                ),
            ],
        ),
    ]
