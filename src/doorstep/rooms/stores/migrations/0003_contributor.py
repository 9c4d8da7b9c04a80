"""One more role: contributors build journeys and campaigns, others publish them."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("stores", "0002_social_links")]

    operations = [
        migrations.RemoveConstraint("membership", "membership_role"),
        migrations.AddConstraint(
            "membership",
            models.CheckConstraint(
                condition=Q(
                    role__in=["contributor", "manager", "marketer", "owner", "support", "warehouse"]
                ),
                name="membership_role",
            ),
        ),
    ]
