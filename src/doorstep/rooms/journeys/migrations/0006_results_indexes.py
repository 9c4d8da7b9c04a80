"""Who reached the goal, and a campaign's outcomes, without everybody else. Safe on a live system."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("journeys", "0005_order_credits")]
    operations = [
        # What an interrupted try left is no index.
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS enrollment_goal", migrations.RunSQL.noop
        ),
        AddIndexConcurrently(
            "enrollment",
            models.Index(
                fields=["journey", "is_holdout"],
                name="enrollment_goal",
                condition=Q(goal_at__isnull=False),
            ),
        ),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS campaign_outcomes", migrations.RunSQL.noop
        ),
        AddIndexConcurrently(
            "campaignrecipient",
            models.Index(
                fields=["campaign"],
                name="campaign_outcomes",
                condition=Q(is_holdout=True) | Q(ordered_at__isnull=False),
            ),
        ),
    ]
