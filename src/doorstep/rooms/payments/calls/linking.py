"""Have a vendor make, close or look at the page where a shopper pays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from doorstep.rooms.payments import outcomes
from doorstep.rooms.payments.calls.asking import ask, finish
from doorstep.rooms.payments.calls.steps import LookLater, Question, ready_link_provider
from doorstep.rooms.payments.contracts import CallKind, CallState, Capture, LinkState
from doorstep.rooms.payments.links import pay_page_url
from doorstep.rooms.payments.models import Call, PaymentLink
from doorstep.rooms.payments.models.link import OPEN_STATES
from doorstep.rooms.payments.ports import LinkAsk, MovedMoney, OpenedLink, PaidLink, Refused
from doorstep.rooms.stores import api as stores

OPENING_SECONDS = 30.0


def _lock(call: Call) -> PaymentLink:
    return PaymentLink.objects.select_for_update().get(id=call.row_id)


def prepare_open(call: Call, at: datetime) -> Question | None:
    """Say what page to make. The key and the body stay the same however often it is asked."""
    link = _lock(call)
    if link.state not in OPEN_STATES or link.ending:
        return None
    assert call.first_asked_at is not None
    wanted = LinkAsk(
        link_id=link.id,
        currency=link.currency,
        amount_minor=link.amount_minor,
        words=link.words,
        is_hold=link.capture == Capture.LATER,
        return_url=pay_page_url(stores.get_store(), link.id) + "?back=1",
        email=link.email,
        expires_at=link.expires_at,
        asked_at=call.first_asked_at,
        nth=link.pages + 1,
        former_id=link.external_id,
    )
    return lambda: ready_link_provider(link.provider).open_link(wanted)


def record_open(call: Call, answer: Any, at: datetime) -> None:
    """Keep the page's address; a request that ended meanwhile has it closed."""
    link = _lock(call)
    match answer:
        case OpenedLink(external_id, url, expires_at):
            if link.state in OPEN_STATES:
                link.external_id, link.url, link.page_expires_at = external_id, url, expires_at
                link.state, link.pages = LinkState.OPEN, link.pages + 1
                link.save()
            finish(link.id, [CallKind.OPEN_LINK], at=at)
        case PaidLink():
            outcomes.link_was_paid(link, answer, by=outcomes.SYSTEM, at=at)
        case Refused(_, words):
            ending = LinkState(link.ending or LinkState.FAILED)
            outcomes.link_ended(link, ending, by=outcomes.SYSTEM, at=at, problem=words)
        case _:
            raise TypeError(f"no answer to a link: {answer!r}")


def prepare_close(call: Call, at: datetime) -> Question | None:
    """Close the page the shopper may have; without one the request is over at once."""
    link = _lock(call)
    if link.state not in OPEN_STATES or not link.ending:
        return None
    if not link.external_id:
        being_made = Call.objects.filter(row_id=link.id, kind=CallKind.OPEN_LINK)
        if being_made.filter(state=CallState.DUE).exists():
            return lambda: LookLater(OPENING_SECONDS, "Its page is being made.")
        outcomes.link_ended(link, LinkState(link.ending), by=outcomes.SYSTEM, at=at)
        return None
    return lambda: ready_link_provider(link.provider).close_link(link.id, link.external_id)


def record_close(call: Call, answer: Any, at: datetime) -> LookLater | None:
    """End the request, or take the payment that came first."""
    link = _lock(call)
    match answer:
        case LookLater():
            return answer
        case MovedMoney():
            outcomes.link_ended(
                link, LinkState(link.ending or LinkState.CANCELED), by=outcomes.SYSTEM, at=at
            )
        case PaidLink():
            outcomes.link_was_paid(link, answer, by=outcomes.SYSTEM, at=at)
        case _:
            raise TypeError(f"no answer to closing a link: {answer!r}")
    return None


def prepare_look(call: Call, at: datetime) -> Question | None:
    """Look at the page that is open now."""
    link = _lock(call)
    if link.state != LinkState.OPEN:
        return None
    return lambda: ready_link_provider(link.provider).look_at_link(link.id, link.external_id)


def record_look(call: Call, answer: Any, at: datetime) -> None:
    """Take a payment whose report has not come (yet); a page that is over is made anew."""
    link = _lock(call)
    match answer:
        case PaidLink():
            outcomes.link_was_paid(link, answer, by=outcomes.SYSTEM, at=at)
        case Refused() if link.state == LinkState.OPEN:
            link.page_expires_at = at
            link.save(update_fields=["page_expires_at"])
            if not link.ending:
                ask(CallKind.OPEN_LINK, link.id, at=at)
        case _:
            pass
    finish(link.id, [CallKind.LOOK_AT_LINK], at=at)
