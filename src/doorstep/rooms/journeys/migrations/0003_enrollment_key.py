"""One key for an enrollment's version, journey and store instead of three. Safe on a live system.

It says more than the three did (the version is of this journey, and both are of this store) and is
one look into another table per person who enters instead of three. The rows that are there already
are looked at in the next migration.
"""

import django.db.models.deletion
from django.db import migrations, models

KEY = "enrollment_version_of_journey"


def plain(to: str) -> models.ForeignKey:
    """Return the field as it is now: the shared key in the database checks it."""
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
    )


class Migration(migrations.Migration):
    dependencies = [("journeys", "0002_enrollment_indexes")]
    operations = [
        migrations.AddConstraint(
            "journeyversion",
            models.UniqueConstraint(
                fields=["id", "journey", "store"], name="journey_version_in_journey"
            ),
        ),
        migrations.RunSQL(
            f"""
            ALTER TABLE journeys_enrollment ADD CONSTRAINT {KEY}
                FOREIGN KEY (version_id, journey_id, store_id)
                REFERENCES journeys_journeyversion (id, journey_id, store_id) NOT VALID
            """,
            f"ALTER TABLE journeys_enrollment DROP CONSTRAINT {KEY}",
        ),
        migrations.AlterField("enrollment", "store", plain("stores.store")),
        migrations.AlterField("enrollment", "journey", plain("journeys.journey")),
        migrations.AlterField("enrollment", "version", plain("journeys.journeyversion")),
    ]
