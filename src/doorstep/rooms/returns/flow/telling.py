"""Telling shoppers about their returns; a gift's recipient alone about theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.registry import Recorded
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contexts import (
    day,
    instant,
    money,
    return_context,
    withdrawal_context,
)
from doorstep.rooms.messaging.contracts import Channel, MessageRequest, Purpose
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.api import MessageComposer
from doorstep.rooms.returns import events
from doorstep.rooms.returns.contracts import (
    NewThingKind,
    NewThingState,
    ReturnState,
    ReturnView,
)
from doorstep.rooms.returns.flow.withdrawing import refund_by
from doorstep.rooms.returns.models import ReturnAuthorization, Withdrawal
from doorstep.rooms.returns.ports import BUILT_IN
from doorstep.rooms.returns.reading.details import get_returns
from doorstep.rooms.stores import api as stores

Tell = tuple[str, dict[str, Any]]  # kind, what of the context is its own


def tell_returns(batch: Sequence[Recorded], *, by: Actor, at: datetime) -> None:
    """Ask for the messages about what happened to returns, in sets."""
    views = get_returns({one.event.return_id for one in batch}, at=at)
    order_ids = {one.event.order_id for one in batch}
    composer = orders.message_composer(order_ids, at=at)
    zone = ZoneInfo(stores.get_store().timezone)
    addresses = _recipients([view.summary.id for view in views.values() if view.for_recipient])
    requests = []
    for one in batch:
        view = views.get(one.event.return_id)
        if view is None or one.event.order_id not in composer:
            continue
        told = _TELLERS[type(one.event)](one.event, view, zone)
        if told is not None:
            requests.append(_request(composer, one, view, told, addresses))
    messaging.request_messages(requests, by=by, at=at)


def _recipients(return_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return where gifts' recipients are written to."""
    if not return_ids:
        return {}
    rows = ReturnAuthorization.objects.filter(id__in=return_ids)
    return dict(rows.values_list("id", "recipient_email"))


def _request(
    composer: MessageComposer,
    one: Recorded,
    view: ReturnView,
    told: Tell,
    addresses: Mapping[UUID, str],
) -> MessageRequest:
    kind, own = told
    order_id = view.summary.order_id
    page = composer.page_url(order_id)
    values: dict[str, Any] = {"page_url": "" if view.for_recipient else page} | own
    context = return_context(number=view.summary.number, **values)
    request = composer.request(kind, order_id, f"return:{one.id}", returned=context)
    if not view.for_recipient:
        return request
    return _to_recipient(request, view, addresses[view.summary.id])


def _to_recipient(request: MessageRequest, view: ReturnView, email: str) -> MessageRequest:
    """Turn a message to the buyer into one to the recipient: without prices, or the buyer's page."""
    name = view.recipient_name
    context = _without_prices(dict(request.context))
    context["customer"] = {
        "name": name,
        "first_name": name.split()[0] if name.strip() else "",
        "email": email,
        "orders_before": 0,
    }
    context["links"] = {**context["links"], "order": "", "support": "", "returns": ""}
    context["delivery"] = {**context["delivery"], "address": None}
    context["json_ld"] = None
    return replace(
        request,
        customer_id=None,
        context=context,
        email=email,
        phone="",
        name=name,
        channel=Channel.EMAIL,
        is_gift_recipient=True,
    )


def _without_prices(value: Any) -> Any:
    """Return a context with every amount of the order at nothing; the return's own stays."""
    if isinstance(value, dict):
        if value.keys() == {"minor", "currency"}:
            return {"minor": 0, "currency": value["currency"]}
        return {
            key: part if key == "returned" else _without_prices(part) for key, part in value.items()
        }
    if isinstance(value, list):
        return [_without_prices(part) for part in value]
    return value


def _lines(view: ReturnView, *, refused: bool = False) -> list[tuple[str, int]]:
    counted = [(line.title, line.refused if refused else line.quantity) for line in view.lines]
    return [(title, quantity) for title, quantity in counted if quantity]


def _label(view: ReturnView) -> dict[str, Any]:
    label = view.label
    return {"code": label.code, "label_url": label.url} if label and label.url else {}


def _requested(event: events.ReturnRequested, view: ReturnView, zone: ZoneInfo) -> Tell | None:
    if not event.needs_review:
        return None  # the approval says it all
    return "return_requested", {"lines": _lines(view)}


def _approved(event: events.ReturnApproved, view: ReturnView, zone: ZoneInfo) -> Tell | None:
    if view.label is not None and view.label.provider != BUILT_IN:
        return None  # told with the label, or once it is known that it takes longer
    until = event.expires_at.astimezone(zone).date() if event.expires_at else None
    own = {"is_kept": event.is_kept, "until_date": day(until), "lines": _lines(view)}
    return "return_approved", own | _label(view)


def _with_label(
    event: events.LabelReady | events.LabelFailed, view: ReturnView, zone: ZoneInfo
) -> Tell | None:
    """Tell of the approval once its label is there, or is not to be had at once.

    Our own page is there with the approval, which tells of it itself.
    """
    label, until = view.label, view.summary.expires_at
    if label is None or label.id != event.label_id or label.provider == BUILT_IN:
        return None
    if view.summary.state is not ReturnState.APPROVED:
        return None
    ends = day(until.astimezone(zone).date()) if until else None
    own = {"is_kept": False, "until_date": ends, "lines": _lines(view)}
    return "return_approved", own | _label(view)


def _declined(event: events.ReturnDeclined, view: ReturnView, zone: ZoneInfo) -> Tell | None:
    return "return_declined", {"words": view.note, "lines": _lines(view)}


def _expiring(event: events.ReturnExpiring, view: ReturnView, zone: ZoneInfo) -> Tell | None:
    if view.summary.state is not ReturnState.APPROVED:
        return None
    until = day(event.expires_at.astimezone(zone).date())
    return "return_expiring", {"until_date": until, "lines": _lines(view)} | _label(view)


def _missing(event: events.ReturnMissing, view: ReturnView, zone: ZoneInfo) -> Tell | None:
    return "return_missing", {"lines": _lines(view)}


def _received(event: events.ReturnReceived, view: ReturnView, zone: ZoneInfo) -> Tell | None:
    if not event.pieces or view.settlements:
        return None  # the money is the better news, and has its own message
    return "return_received", {"lines": _lines(view)}


def _inspected(event: events.ReturnInspected, view: ReturnView, zone: ZoneInfo) -> Tell | None:
    refused = [one for one in view.pieces if one.is_accepted is False and one.origin == "expected"]
    if not refused:
        return None
    words = " ".join(dict.fromkeys(one.note for one in refused if one.note))
    return "return_refused", {"words": words, "lines": _lines(view, refused=True)}


def _refunded(event: events.ReturnRefunded, view: ReturnView, zone: ZoneInfo) -> Tell | None:
    if event.how != "store_credit":
        return None  # of a refund the orders room tells, with where it goes and when it is there
    return "return_credited", {
        "amount": money(event.amount_minor + event.bonus_minor, event.currency),
        "bonus": money(event.bonus_minor, event.currency) if event.bonus_minor else None,
        "lines": _lines(view),
    }


def _exchanged(event: events.ExchangeOrdered, view: ReturnView, zone: ZoneInfo) -> Tell | None:
    new = [one for one in view.new_things if one.order_id == event.new_order_id]
    number = new[0].order_number if new else ""
    lines = [(one.title, one.quantity) for one in new]
    kind = "exchange_ordered" if event.kind == NewThingKind.EXCHANGE else "replacement_ordered"
    return kind, {"new_order_number": number, "lines": lines}


def _mended(event: events.RepairSentBack, view: ReturnView, zone: ZoneInfo) -> Tell | None:
    """Tell that a repair has left: it has no order that a parcel's messages could be about."""
    things = [one for one in view.new_things if one.state == NewThingState.SENT_BACK]
    lines = [(one.title, one.quantity) for one in things]
    return "repair_sent_back", {"tracking_number": event.tracking_number, "lines": lines}


_TELLERS: dict[type, Callable[[Any, ReturnView, ZoneInfo], Tell | None]] = {
    events.ReturnRequested: _requested,
    events.ReturnApproved: _approved,
    events.LabelReady: _with_label,
    events.LabelFailed: _with_label,
    events.ReturnDeclined: _declined,
    events.ReturnExpiring: _expiring,
    events.ReturnMissing: _missing,
    events.ReturnReceived: _received,
    events.ReturnInspected: _inspected,
    events.ReturnRefunded: _refunded,
    events.ExchangeOrdered: _exchanged,
    events.RepairSentBack: _mended,
}
TOLD = tuple(_TELLERS)


def tell_made_good(batch: Sequence[Recorded], *, by: Actor, at: datetime) -> None:
    """Tell shoppers that their parcel was made good, before they write."""
    composer = orders.message_composer({one.event.order_id for one in batch}, at=at)
    new = orders.get_order_marks({x.event.new_order_id for x in batch if x.event.new_order_id})
    requests = []
    for one in batch:
        event = one.event
        if event.order_id not in composer:
            continue
        context = return_context(
            remedy=event.remedy,
            amount=money(event.amount_minor, event.currency),
            new_order_number=new[event.new_order_id].number if event.new_order_id in new else "",
            page_url=composer.page_url(event.order_id),
        )
        cause = f"made_good:{event.make_good_id}"
        requests.append(composer.request("made_good", event.order_id, cause, returned=context))
    messaging.request_messages(requests, by=by, at=at)


def acknowledge(withdrawal_ids: Sequence[UUID], *, by: Actor, at: datetime) -> None:
    """Acknowledge withdrawals where they were sent from: content and time, whatever they are about."""
    rows = Withdrawal.objects.filter(id__in=withdrawal_ids, erased_at__isnull=True)
    messaging.request_messages([_acknowledgment(row) for row in rows.order_by("id")], by=by, at=at)


def _acknowledgment(row: Withdrawal) -> MessageRequest:
    is_mail = "@" in row.contact
    return MessageRequest(
        kind="withdrawal_received",
        purpose=Purpose.TRANSACTIONAL,
        cause=f"withdrawal:{row.id}",
        customer_id=None,
        context=withdrawal_context(
            number=row.number,
            received_at=instant(row.received_at),
            refund_by_date=day(refund_by(row.received_at)),
            content=row.content,
        ),
        subject=f"withdrawal:{row.id}",
        channel=Channel.EMAIL if is_mail else Channel.SMS,
        email=row.contact if is_mail else "",
        phone="" if is_mail else row.contact,
        name=row.name,
        locale=stores.get_store().default_locale,
    )
