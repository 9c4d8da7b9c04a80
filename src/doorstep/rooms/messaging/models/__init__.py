"""The room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.messaging.models.batches import GateVerdict, MessageBatch
from doorstep.rooms.messaging.models.consents import Consent, Suppression
from doorstep.rooms.messaging.models.deliveries import DeliveryEvent, SenderConnection, SenderState
from doorstep.rooms.messaging.models.messages import (
    ContactDecision,
    ContentFrame,
    CustomerMove,
    HandOver,
    Message,
    MessageContent,
)
from doorstep.rooms.messaging.models.own import OwnMessage
from doorstep.rooms.messaging.models.pauses import Pause
from doorstep.rooms.messaging.models.preferences import (
    ConsentWording,
    PreferenceSettings,
    SignUp,
)
from doorstep.rooms.messaging.models.reach import ChatContact, PushSubscription
from doorstep.rooms.messaging.models.settings import ContactSettings
from doorstep.rooms.messaging.models.templates import Template, TemplateVersion

__all__ = [
    "ChatContact",
    "Consent",
    "ConsentWording",
    "ContactDecision",
    "ContactSettings",
    "ContentFrame",
    "CustomerMove",
    "DeliveryEvent",
    "GateVerdict",
    "HandOver",
    "Message",
    "MessageBatch",
    "MessageContent",
    "OwnMessage",
    "Pause",
    "PreferenceSettings",
    "PushSubscription",
    "SenderConnection",
    "SenderState",
    "SignUp",
    "Suppression",
    "Template",
    "TemplateVersion",
]
