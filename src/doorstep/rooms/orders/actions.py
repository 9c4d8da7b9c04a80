"""What can be done to an order from the console and through the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.orders.confirming import confirm_again
from doorstep.rooms.orders.contracts import (
    AddressView,
    HoldReason,
    HoldView,
    NoteView,
    OrderDetail,
    OrderSettings,
)
from doorstep.rooms.orders.events import NoteAdded, OrderUpdated
from doorstep.rooms.orders.models import Hold, Order, OrderNote, OrderRules
from doorstep.rooms.orders.reading.details import get_order
from doorstep.rooms.orders.reading.views import hold_view, note_view
from doorstep.rooms.orders.recording.desk import load_settings, open_desk
from doorstep.rooms.orders.recording.holds import Waiting, reconcile
from doorstep.rooms.orders.recording.rechecking import Recheck, recheck
from doorstep.rooms.orders.recording.rows import where_it_goes
from doorstep.rooms.orders.rules.checks import Findings
from doorstep.rooms.orders.rules.states import check_open

MAX_NOTE = 5_000
MAX_FIELD = 255


def lock_order(order_id: UUID) -> Order:
    """Return an order with its row locked. :raises NotFound: there is none in this store."""
    order = Order.objects.select_for_update(no_key=True).filter(id=order_id).first()
    if order is None:
        raise NotFound("There is no such order.")
    return order


def _waiting(order: Order) -> Waiting:
    return Waiting(order.id, order.customer_id, order.state)


@action("orders.place_hold", permission="orders.change", summary="Hold an order by hand")
def place_hold(*, order_id: UUID, note: str, by: Actor, at: datetime) -> HoldView:
    """Keep an order from going out until somebody releases it.

    :raises Conflict: it is held by hand already, or it is over.
    """
    order = lock_order(order_id)
    check_open(order.state)
    if Hold.objects.filter(order=order, reason=HoldReason.MANUAL, lifted_at__isnull=True).exists():
        raise Conflict("This order is held by hand already.")
    desk = open_desk(by=by, at=at)
    details = {"note": _text(note, "note", needed=False)}
    reconcile([_waiting(order)], {order.id: {HoldReason.MANUAL: details}}, desk)
    audit.note(subject=f"order:{order.id}", changes={"hold": [None, HoldReason.MANUAL]})
    hold = Hold.objects.get(order=order, reason=HoldReason.MANUAL, lifted_at__isnull=True)
    return hold_view(hold)


@action("orders.release_hold", permission="orders.change", summary="Lift a hold by hand")
def release_hold(*, order_id: UUID, hold_id: UUID, by: Actor, at: datetime) -> HoldView:
    """Lift one open hold by decision of a person; with the last one the order is ready.

    The reason comes back only when what it was about changes.

    :raises NotFound: this order has no such hold.
    :raises Conflict: it was lifted already.
    """
    order = lock_order(order_id)
    hold = Hold.objects.filter(order=order, id=hold_id).first()
    if hold is None:
        raise NotFound("There is no such hold on this order.")
    if hold.lifted_at is not None:
        raise Conflict("This hold was lifted already.")
    findings: dict[UUID, Findings] = {order.id: {HoldReason(hold.reason): None}}
    reconcile([_waiting(order)], findings, open_desk(by=by, at=at), how="released")
    audit.note(subject=f"order:{order.id}", changes={"hold": [hold.reason, None]})
    hold.refresh_from_db()
    return hold_view(hold)


@action("orders.edit_address", permission="orders.change", summary="Mend where an order goes")
def edit_address(*, order_id: UUID, address: AddressView, by: Actor, at: datetime) -> OrderDetail:
    """Change where an open order goes and check it again.

    What the platform says is kept aside: as long as it repeats itself, its updates leave the
    mended address alone. An address that can still not be delivered to is kept, and keeps the
    order on hold.

    :raises Invalid: a field is too long, or the country is not a code like DE.
    :raises Conflict: the order is over.
    """
    order = lock_order(order_id)
    check_open(order.state)
    wanted = _clean(address)
    before = order.shipping_address
    if wanted == before:
        return get_order(order.id)
    if order.platform_address is None:
        order.platform_address = before or {}
    for name, value in where_it_goes(wanted).items():
        setattr(order, name, value)
    order.save(
        update_fields=["shipping_address", "country_code", "postcode_key", "platform_address"]
    )
    # Which fields, not what they were: the audit trail can't be erased, people can.
    names = [n for n, value in wanted.items() if value != (before or {}).get(n, "")]
    audit.note(subject=f"order:{order.id}", changes={"shipping_address": [None, names]})
    changed = frozenset({"shipping_address"})
    publish(
        OrderUpdated(order.id, order.customer_id, sorted(changed)),
        key=order.customer_id or order.id,
        at=at,
        by=by,
        subject=f"order:{order.id}",
    )
    asked = Recheck(order.id, order.customer_id, order.state, changed)
    recheck([asked], open_desk(by=by, at=at))
    return get_order(order.id)


def _clean(address: AddressView) -> dict[str, str]:
    fields = {name: value.strip() for name, value in asdict(address).items()}
    fields["country_code"] = fields["country_code"].upper()
    for name, value in fields.items():
        if len(value) > MAX_FIELD:
            raise Invalid(f"At most {MAX_FIELD} characters.", field=name)
        if "\x00" in value:
            raise Invalid("A character that can't be kept (NUL).", field=name)
    country = fields["country_code"]
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Invalid("A country is a code of two letters, like DE.", field="country_code")
    return fields


@action("orders.add_note", permission="orders.change", summary="Write a note beside an order")
def add_note(*, order_id: UUID, text: str, by: Actor, at: datetime) -> NoteView:
    """Keep a note of the team; shoppers never see it.

    :raises Invalid: empty or too long.
    """
    order = lock_order(order_id)
    note = OrderNote.objects.create(
        id=new_id(),
        store_id=current_store_id(),
        order=order,
        text=_text(text, "text"),
        written_at=at,
        written_by=by.key,
        written_by_label=by.label,
    )
    audit.note(subject=f"order:{order.id}")
    publish(
        NoteAdded(order.id, note.id),
        key=order.customer_id or order.id,
        at=at,
        by=by,
        subject=f"order:{order.id}",
    )
    return note_view(note)


def _text(text: str, field: str, *, needed: bool = True) -> str:
    text = text.strip()
    if needed and not text:
        raise Invalid("Write something first.", field=field)
    if len(text) > MAX_NOTE or "\x00" in text:
        raise Invalid(f"At most {MAX_NOTE} characters of plain text.", field=field)
    return text


@action(
    "orders.resend_confirmation",
    permission="messages.send",
    summary="Send the confirmation once more",
)
def resend_confirmation(*, order_id: UUID, by: Actor, at: datetime) -> UUID:
    """Ask for the confirmation again; returns the message's id. The contact gate decides.

    :raises Conflict: the order is canceled, or history that was never confirmed.
    """
    order = lock_order(order_id)
    if order.is_history or order.canceled_at is not None:
        words = "is history, kept for the record" if order.is_history else "was canceled"
        raise Conflict(f"This order {words}: there is nothing to confirm.")
    audit.note(subject=f"order:{order.id}")
    return confirm_again(order.id, by=by, at=at)


@action(
    "orders.change_settings",
    permission="settings.edit",
    summary="Change how orders are checked",
)
def change_order_settings(*, settings: dict[str, Any], by: Actor, at: datetime) -> OrderSettings:
    """Change some of ``contracts.OrderSettings`` in the current store.

    :raises Invalid: unknown setting, or a value that makes no sense.
    """
    values = {name: _setting(name, value) for name, value in settings.items()}
    # The insert makes two first changes at once take turns; the lock does it for all later ones.
    OrderRules.objects.bulk_create([OrderRules(store_id=current_store_id())], ignore_conflicts=True)
    rules = OrderRules.objects.select_for_update().get()
    changed = {n: [getattr(rules, n), v] for n, v in values.items() if getattr(rules, n) != v}
    for name, (_, value) in changed.items():
        setattr(rules, name, value)
    rules.save()
    audit.note(
        subject=f"store:{current_store_id()}",
        changes={name: [_plain(old), _plain(new)] for name, (old, new) in changed.items()},
    )
    return load_settings()


def _plain(value: Any) -> Any:
    return [day.isoformat() for day in value] if isinstance(value, list) else value


def _setting(name: str, value: Any) -> Any:
    match name, value:
        case "live_days", int() if 0 <= value <= 365:
            return value
        case "review_above_minor", None:
            return None
        case "review_above_minor", int() if 0 <= value < 2**53:
            return value
        case "closed_dates", list() | tuple():
            try:
                return sorted({d if isinstance(d, date) else date.fromisoformat(d) for d in value})
            except (TypeError, ValueError):
                raise Invalid("Days are written like 2026-12-24.", field=name) from None
        case "required_properties", dict():
            return _required_properties(value)
        case "gift_card_skus", list() | tuple():
            return _skus(value)
        case "issues_platform_cards", bool():
            return value
        case (
            (
                "live_days"
                | "review_above_minor"
                | "closed_dates"
                | "required_properties"
                | "gift_card_skus"
                | "issues_platform_cards"
            ),
            _,
        ):
            raise Invalid("That value makes no sense here.", field=name)
    raise Invalid(f"There is no setting “{name[:80]}” of orders.", field=name[:80])


def _skus(value: Sequence[Any]) -> str:
    if not all(isinstance(sku, str) and sku.strip() and "\n" not in sku for sku in value):
        raise Invalid("Give the SKUs one by one.", field="gift_card_skus")
    return "\n".join(dict.fromkeys(sku.strip() for sku in value))


def _required_properties(value: dict[Any, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for sku, names in value.items():
        fits = isinstance(names, (list, tuple)) and all(isinstance(n, str) and n for n in names)
        if not isinstance(sku, str) or not sku or not fits:
            raise Invalid(
                "Give the names of the properties for each SKU.", field="required_properties"
            )
        if names:
            found[sku] = list(names)
    return found
