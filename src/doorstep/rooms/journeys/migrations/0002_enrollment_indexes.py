"""One index less per enrollment, and one key less to check per step. Safe on a live system.

The unique key begins with the customer, so that a person's ways are found by it as well. It is
built beside running writes, then takes the old one's place.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("journeys", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                # What an interrupted try left is no index; begin again.
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY IF EXISTS entered_once_per_key",
                    migrations.RunSQL.noop,
                ),
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY entered_once_per_key"
                    " ON journeys_enrollment (customer_id, journey_id, entry_key)",
                    "CREATE UNIQUE INDEX CONCURRENTLY enrolled_once_per_entry"
                    " ON journeys_enrollment (journey_id, customer_id, entry_key)",
                ),
                migrations.RunSQL(
                    """
                    ALTER TABLE journeys_enrollment
                        ADD CONSTRAINT entered_once_per_key UNIQUE USING INDEX entered_once_per_key,
                        DROP CONSTRAINT enrolled_once_per_entry
                    """,
                    """
                    ALTER TABLE journeys_enrollment
                        ADD CONSTRAINT enrolled_once_per_entry
                            UNIQUE USING INDEX enrolled_once_per_entry,
                        DROP CONSTRAINT entered_once_per_key
                    """,
                ),
            ],
            state_operations=[
                migrations.RemoveConstraint("enrollment", "enrolled_once_per_entry"),
                migrations.AddConstraint(
                    "enrollment",
                    models.UniqueConstraint(
                        fields=["customer", "journey", "entry_key"], name="entered_once_per_key"
                    ),
                ),
            ],
        ),
        RemoveIndexConcurrently("enrollment", "enrollment_customer"),
        migrations.AlterField(
            "passage",
            "store",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="stores.store",
            ),
        ),
    ]
