"""Fewer and narrower indexes of messages, and three keys less to check. Safe on a live system.

Indexes are built and taken away beside running writes; each new one is there before the old goes.
Taking off a foreign key needs a lock for a moment only, nothing is read.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


def _unchecked(to, **options):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
        **options,
    )


def _begin_again(index):
    # What an interrupted try left is no index.
    return migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {index}", migrations.RunSQL.noop)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messaging", "0009_content"), ("stores", "0001_initial")]
    operations = [
        _begin_again("message_by_age"),
        AddIndexConcurrently(
            "message", models.Index(fields=["store", "created_at"], name="message_by_age")
        ),
        RemoveIndexConcurrently("message", "message_newest"),
        _begin_again("message_about"),
        AddIndexConcurrently(
            "message",
            models.Index(
                fields=["store", "subject_ref", "-created_at"],
                name="message_about",
                condition=~Q(subject_ref=""),
            ),
        ),
        RemoveIndexConcurrently("message", "message_by_subject"),
        RemoveIndexConcurrently("message", "message_by_header"),
        migrations.AlterField("message", "store", _unchecked("stores.store")),
        migrations.AlterField("message", "batch", _unchecked("messaging.messagebatch", null=True)),
        migrations.AlterField("message", "verdict", _unchecked("messaging.gateverdict", null=True)),
    ]
