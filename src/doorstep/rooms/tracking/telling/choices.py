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
from doorstep.rooms.messaging.contracts import Channel, ConsentGrant, ConsentState, Purpose
from doorstep.rooms.orders import api as orders
from doorstep.rooms.tracking.contracts import Step, UpdateChoice
from doorstep.rooms.tracking.models import ShopperChoice, TellingRules

ALL_STEPS = tuple(step.value for step in Step)
NONE = "none"
CHANNELS = (*(channel.value for channel in Channel), NONE)
# Chosen by the shopper, but not instead of everything: where they can't be reached (a device that is
# gone, a conversation that is over), the news come by e-mail.
PREFERRED = (Channel.WHATSAPP, Channel.MESSENGER, Channel.PUSH)


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
    found = messaging.list_offered_channels(person, subject=f"order:{order_id}")
    offered = tuple(channel.value for channel in found)
    row = ShopperChoice.objects.filter(order=order_id).first()
    if row is not None:
        return UpdateChoice(row.channel, _ordered(row.steps), False, offered)
    preferred = person.preferred_channel if person else ""
    channel = preferred if preferred in offered else Channel.EMAIL.value
    return UpdateChoice(channel, get_told_steps(), True, offered)


@action("tracking.choose_updates", permission="orders.change", summary="Choose what is told")
def choose_updates(
    *,
    order_id: UUID,
    channel: str,
    steps: Sequence[str],
    wording: str = "",
    wording_locale: str = "",
    by: Actor,
    at: datetime,
) -> UpdateChoice:
    """Choose which news about an order's parcels its shopper gets, and how.

    A shopper who chooses WhatsApp thereby agrees to be written to there, which is kept as a consent.

    :param channel: a messaging channel, or ``none``.
    :param wording: the words the shopper saw, in ``wording_locale``.
    :raises Invalid: there is no such step or channel, or nothing to write to on it.
    :raises NotFound: the order is not one of this store.
    """
    if channel not in CHANNELS:
        raise Invalid(f"Choose one of: {', '.join(CHANNELS)}.", field="channel")
    wanted, before = _ordered(steps), get_update_choice(order_id)
    always = (Channel.EMAIL.value, NONE)
    if channel not in (*always, *before.offered):
        raise Invalid(_MISSING[Channel(channel)], field="channel")
    if channel == Channel.WHATSAPP and by.kind == "shopper":
        _note_opt_in(order_id, wording, wording_locale, by=by, at=at)
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
    return UpdateChoice(channel, wanted, False, before.offered)


_MISSING = {
    Channel.SMS: "We have no number that texts can be sent to.",
    Channel.WHATSAPP: "We have no number to write to on WhatsApp, or the store is not there.",
    Channel.MESSENGER: "The store is not on Messenger.",
    Channel.PUSH: "No device takes notifications yet: turn them on at the device first.",
}


def _note_opt_in(
    order_id: UUID, wording: str, wording_locale: str, *, by: Actor, at: datetime
) -> None:
    """Keep that the shopper wants to be written to on WhatsApp."""
    customer_id = orders.get_order(order_id).summary.customer_id
    if customer_id is None:
        return
    grant = ConsentGrant(
        customer_id, Channel.WHATSAPP, Purpose.SERVICE, ConsentState.GRANTED, "order page", at,
        proof={"order_id": str(order_id)}, wording=wording, wording_locale=wording_locale,
    )  # fmt: skip
    messaging.record_consent([grant], by=by, at=at)


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
        """Return the channel that was chosen and no other; None leaves it to the gate."""
        channel, _ = self.chosen.get(order_id, ("", ()))
        return Channel(channel) if channel in (Channel.EMAIL, Channel.SMS) else None

    def prefer(self, order_id: UUID) -> Channel | None:
        """Return the channel that is tried first, because it was chosen."""
        channel, _ = self.chosen.get(order_id, ("", ()))
        return Channel(channel) if channel in PREFERRED else None


def read_wishes(order_ids: Collection[UUID]) -> Wishes:
    """Read the choices about some orders (two queries)."""
    rows = ShopperChoice.objects.filter(order__in=order_ids)
    chosen = {
        order_id: (channel, tuple(steps))
        for order_id, channel, steps in rows.values_list("order_id", "channel", "steps")
    }
    return Wishes(get_told_steps(), chosen)
