"""Ask the gate what it would say, without asking for a message. Nothing is written."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging import contacts
from doorstep.rooms.messaging.contracts import Channel, GateAnswer, Purpose
from doorstep.rooms.messaging.models import SenderConnection
from doorstep.rooms.messaging.rules.contact import Decision
from doorstep.rooms.messaging.rules.topics import TOPIC_KEYS
from doorstep.rooms.messaging.sending.templates import StoreTemplates
from doorstep.rooms.messaging.sending.way_out import open_channels
from doorstep.rooms.stores import api as stores


def ask_gate(
    *,
    customer_id: UUID,
    purpose: Purpose,
    channel: Channel | None = None,
    topic: str = "",
    kind: str = "",
    sales_channel: str = "",
    priority: int = 50,
    at: datetime,
) -> GateAnswer:
    """Return what would become of a message to a customer if it were asked for now.

    :param channel: only this one; None: the best one for the person.
    :param kind: which text; without one every channel counts as having a text.
    :param sales_channel: as if it were about a purchase made there.
    :raises NotFound: there is no such customer.
    :raises Invalid: there is no such topic.
    """
    if topic and topic not in TOPIC_KEYS:
        raise Invalid("There is no such topic.", field="topic")
    if customer_id not in customers.get_customers([customer_id]):
        raise NotFound("There is no such customer.")
    wish = contacts.Wish(
        customer_id, kind, purpose, channel,
        topic=topic, priority=priority, sales_channel=sales_channel,
    )  # fmt: skip
    store = stores.get_store()
    connections = {Channel(c.channel): c for c in SenderConnection.objects.filter(is_active=True)}
    reachable = contacts.gather(
        [wish],
        store=store,
        ways_out=open_channels(store, connections),
        templates=StoreTemplates([kind] if kind else []),
        at=at,
    )
    if not kind:
        reachable = [contacts.as_if_written(one) for one in reachable]
    [decision] = contacts.decide_all(reachable)
    return _answer(decision, reachable[0], at)


def _answer(decision: Decision, found: contacts.Reachable, at: datetime) -> GateAnswer:
    place = found.contact.place
    return GateAnswer(
        outcome=decision.outcome,
        channel=decision.channel,
        address=decision.address,
        reason=decision.reason,
        words=decision.words,
        until=decision.until,
        trace=decision.trace,
        local_time=at.astimezone(place.zone),
        zones=place.zones,
        places=place.codes,
    )
