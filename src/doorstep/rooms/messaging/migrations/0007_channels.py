"""WhatsApp, Messenger and notifications: who is reached there, and the channels' names.

The rules that know the channels' names stand on tables that are large and in use. The new ones take
all that the old ones took; they are added without looking at the rows (a moment's lock), and the
rows are looked at afterwards, beside running reads and writes. That needs a transaction each.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

import doorstep.kernel.ids

CHANNELS = ["email", "sms", "whatsapp", "messenger", "push"]
CHATS = ("whatsapp", "messenger")
NAMED = {
    "message": "message_channel",
    "consent": "consent_channel",
    "suppression": "suppression_channel",
    "senderconnection": "sender_channel",
    "template": "template_channel",
}


def _replace(model: str, name: str, condition: models.Q) -> list[Operation]:
    return [
        migrations.RemoveConstraint(model, name),
        AddConstraintNotValid(model, models.CheckConstraint(condition=condition, name=name)),
        ValidateConstraint(model, name),
    ]


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


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("messaging", "0006_sending"), ("customers", "0002_profile")]

    operations = [
        *[
            operation
            for model, name in NAMED.items()
            for operation in _replace(model, name, models.Q(("channel__in", CHANNELS)))
        ],
        *_replace(
            "customermove",
            "customer_move_kind",
            models.Q(("kind__in", ["message", "consent", "pause", "chat", "device"])),
        ),
        migrations.CreateModel(
            name="ChatContact",
            fields=[
                ("id", _id()),
                ("channel", models.TextField()),
                ("account", models.TextField()),
                ("address", models.TextField()),
                ("first_inbound_at", models.DateTimeField()),
                ("last_inbound_at", models.DateTimeField()),
                ("customer", _key("customers.customer", null=True)),
                ("store", _key("stores.store")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("store", "channel", "account", "address"), name="chat_contact_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", CHATS)), name="chat_contact_channel"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("address", ""), _negated=True),
                            models.Q(("account", ""), _negated=True),
                        ),
                        name="chat_contact_has_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first_inbound_at__lte", models.F("last_inbound_at"))),
                        name="chat_contact_order",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("customer__isnull", False)),
                        fields=["store", "customer", "channel", "-last_inbound_at"],
                        name="chat_by_customer",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PushSubscription",
            fields=[
                ("id", _id()),
                ("subject_ref", models.TextField(default="")),
                ("endpoint", models.TextField()),
                ("p256dh", models.TextField()),
                ("auth", models.TextField()),
                ("agent", models.TextField(default="")),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_because", models.TextField(default="")),
                ("customer", _key("customers.customer")),
                ("store", _key("stores.store")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("store", "endpoint", "subject_ref"),
                        name="push_device_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_because", "")),
                            models.Q(
                                ("ended_at__isnull", False),
                                models.Q(("ended_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="push_device_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("endpoint", ""), _negated=True),
                            models.Q(("p256dh", ""), _negated=True),
                            models.Q(("auth", ""), _negated=True),
                        ),
                        name="push_device_complete",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["store", "customer", "subject_ref"],
                        name="push_by_customer",
                    )
                ],
            },
        ),
    ]
