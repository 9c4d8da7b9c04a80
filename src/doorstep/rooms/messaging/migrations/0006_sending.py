"""Sending in sets: what is due by urgency, frames, hand-overs, and several ways out per channel.

Messages are many and in use: their indexes are built and dropped beside running writes.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

import doorstep.kernel.ids

OPEN = ["queued", "deferred", "sending"]
DROPPED = {
    "customer": ("customers.customer", "messaging_message_customer_id_8d410b21"),
    "connection": ("messaging.senderconnection", "messaging_message_connection_id_fdd69d0f"),
    "template_version": (
        "messaging.templateversion",
        "messaging_message_template_version_id_6e8a713e",
    ),
}


def _id() -> models.UUIDField:
    return models.UUIDField(
        default=doorstep.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
    )


def _key(to: str, *, null: bool = False) -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        null=null,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=to,
    )


def _without_index(name: str, to: str, index: str) -> migrations.SeparateDatabaseAndState:
    """Drop a key's own index; Django would drop and check the whole key anew."""
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {index}",
                f"CREATE INDEX CONCURRENTLY {index} ON messaging_message ({name}_id)",
            )
        ],
        state_operations=[migrations.AlterField("message", name, _key(to, null=True))],
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("messaging", "0005_gate"),
        ("customers", "0002_profile"),
        ("stores", "0001_initial"),
    ]

    operations = [
        AddIndexConcurrently(
            "message",
            models.Index(
                condition=models.Q(
                    ("status__in", OPEN), models.Q(("purpose", "marketing"), _negated=True)
                ),
                fields=["due_at"],
                name="message_due_awaited",
            ),
        ),
        AddIndexConcurrently(
            "message",
            models.Index(
                condition=models.Q(("purpose", "marketing"), ("status__in", OPEN)),
                fields=["store", "channel", "due_at"],
                name="message_due_marketing",
            ),
        ),
        RemoveIndexConcurrently("message", "message_due"),
        *[_without_index(name, to, index) for name, (to, index) in DROPPED.items()],
        migrations.CreateModel(
            name="ContentFrame",
            fields=[
                ("id", _id()),
                ("packed", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("store", _key("stores.store")),
            ],
            options={"abstract": False},
        ),
        migrations.AddField("messagecontent", "frame", _key("messaging.contentframe", null=True)),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", _id()),
                (
                    "message_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                ("by", models.TextField()),
                ("at", models.DateTimeField()),
                ("store", _key("stores.store")),
            ],
            options={"abstract": False},
        ),
        migrations.RemoveConstraint("senderconnection", "one_active_sender_per_channel"),
        migrations.AddField(
            "senderconnection", "position", models.PositiveSmallIntegerField(db_default=0, default=0)
        ),
        migrations.AddField(
            "senderconnection", "per_second", models.PositiveIntegerField(null=True)
        ),
        migrations.AddConstraint(
            "senderconnection",
            models.UniqueConstraint(
                condition=models.Q(("is_active", True)),
                fields=("store", "channel", "position"),
                name="sender_position",
            ),
        ),
        migrations.AddConstraint(
            "senderconnection",
            models.CheckConstraint(
                condition=models.Q(
                    ("per_second__isnull", True), ("per_second__gt", 0), _connector="OR"
                ),
                name="sender_per_second",
            ),
        ),
        migrations.CreateModel(
            name="SenderState",
            fields=[
                ("id", _id()),
                ("free_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("resting_until", models.DateTimeField(null=True)),
                ("rests", models.PositiveSmallIntegerField(default=0)),
                ("words", models.TextField(default="")),
                (
                    "connection",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="messaging.senderconnection",
                    ),
                ),
                ("store", _key("stores.store")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("failing_since__isnull", True), ("failures", 0)),
                            models.Q(("failing_since__isnull", False), ("failures__gt", 0)),
                            _connector="OR",
                        ),
                        name="sender_failing_since",
                    )
                ]
            },
        ),
    ]
