"""Which news a shopper wants about an order's parcels, and how."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.orders import api as orders
from doorstep.rooms.tracking.contracts import Step, UpdateChoice
from doorstep.rooms.tracking.models import ShopperChoice, TellingRules

ALL_STEPS = tuple(step.value for step in Step)
NONE = "none"
CHANNELS = (Channel.EMAIL.value, Channel.SMS.value, NONE)


def get_told_steps() -> tuple[str, ...]:
    """Return the steps the store tells where its shopper did not choose."""
    row = TellingRules.objects.first()
    return _ordered(row.steps) if row else ALL_STEPS


@action("tracking.set_told_steps", permission="settings.edit", summary="Choose what is told")
def set_told_steps(*, steps: Sequence[str], by: Actor, at: datetime) -> tuple[str, ...]:
    """Set which steps shoppers are told unless they chose themselves.

    :raises Invalid: there is no such step.
    """
    wanted, before = _ordered(steps), get_told_steps()
    TellingRules.objects.update_or_create(
        store_id=current_store_id(), defaults={"steps": list(wanted)}
    )
    audit.note(
        subject=f"store:{current_store_id()}", changes={"steps": [list(before), list(wanted)]}
    )
    return wanted


def get_update_choice(order_id: UUID) -> UpdateChoice:
    """Return what is told about an order's parcels, and how.

    :raises NotFound: the order is not one of this store.
    """
    order = orders.get_order(order_id)
    customer_id = order.summary.customer_id
    person = customers.get_customer(customer_id) if customer_id else None
    can_sms = bool(person and person.phone) and Channel.SMS in messaging.list_open_channels()
    row = ShopperChoice.objects.filter(order=order_id).first()
    if row is not None:
        return UpdateChoice(row.channel, _ordered(row.steps), False, can_sms)
    preferred = person.preferred_channel if person and can_sms else ""
    channel = Channel.SMS if preferred == Channel.SMS else Channel.EMAIL
    return UpdateChoice(channel.value, get_told_steps(), True, can_sms)


@action("tracking.choose_updates", permission="orders.change", summary="Choose what is told")
def choose_updates(
    *, order_id: UUID, channel: str, steps: Sequence[str], by: Actor, at: datetime
) -> UpdateChoice:
    """Choose which news about an order's parcels its shopper gets, and how.

    :param channel: ``email``, ``sms`` or ``none``.
    :raises Invalid: there is no such step or channel, or no number to text to.
    :raises NotFound: the order is not one of this store.
    """
    if channel not in CHANNELS:
        raise Invalid("Choose e-mail, text message or nothing.", field="channel")
    wanted, before = _ordered(steps), get_update_choice(order_id)
    if channel == Channel.SMS and not before.can_sms:
        raise Invalid("We have no number that texts can be sent to.", field="channel")
    ShopperChoice.objects.update_or_create(
        order_id=order_id,
        store_id=current_store_id(),
        defaults={
            "channel": channel,
            "steps": list(wanted),
            "chosen_at": at,
            "chosen_by": by.key,
        },
    )
    changes = {"channel": [before.channel, channel], "steps": [list(before.steps), list(wanted)]}
    audit.note(subject=f"order:{order_id}", changes=changes)
    return UpdateChoice(channel, wanted, False, before.can_sms)


def _ordered(steps: Collection[str]) -> tuple[str, ...]:
    """Return known steps in the order in which they happen. :raises Invalid: one is unknown."""
    if unknown := set(steps) - set(ALL_STEPS):
        known = ", ".join(ALL_STEPS)
        raise Invalid(f"There is no step “{min(unknown)[:40]}” (known: {known}).", field="steps")
    return tuple(step for step in ALL_STEPS if step in steps)


@dataclass(frozen=True, slots=True)
class Wishes:
    """The choices about a set of orders; who did not choose has the store's."""

    told: tuple[str, ...]
    chosen: dict[UUID, tuple[str, tuple[str, ...]]]

    def wants(self, order_id: UUID, step: Step) -> bool:
        """Tell whether this step is told."""
        channel, steps = self.chosen.get(order_id, ("", self.told))
        return channel != NONE and step.value in steps

    def channel(self, order_id: UUID) -> Channel | None:
        """Return the channel that was chosen; None leaves it to the gate."""
        channel, _ = self.chosen.get(order_id, ("", ()))
        return Channel(channel) if channel in (Channel.EMAIL, Channel.SMS) else None


def read_wishes(order_ids: Collection[UUID]) -> Wishes:
    """Read the choices about some orders (two queries)."""
    rows = ShopperChoice.objects.filter(order__in=order_ids)
    chosen = {
        order_id: (channel, tuple(steps))
        for order_id, channel, steps in rows.values_list("order_id", "channel", "steps")
    }
    return Wishes(get_told_steps(), chosen)
