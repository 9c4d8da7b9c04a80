"""Requests to pay: made, opened by the shopper, called off, over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.rooms.payments import outcomes
from doorstep.rooms.payments.actions.charges import check_amount
from doorstep.rooms.payments.calls.asking import ask
from doorstep.rooms.payments.contracts import (
    CallKind,
    CallState,
    Capture,
    LinkState,
    LinkView,
    PayPage,
)
from doorstep.rooms.payments.models import Call, PaymentLink
from doorstep.rooms.payments.models.link import OPEN_STATES
from doorstep.rooms.payments.ports import LinkProvider, Power, providers_with
from doorstep.rooms.payments.views import link_view
from doorstep.rooms.stores import api as stores


def request_link(
    *,
    subject: str,
    cause: str,
    key: str,
    currency: str,
    amount_minor: int,
    capture: Capture = Capture.NOW,
    words: str,
    email: str = "",
    expires_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> LinkView:
    """Ask a shopper to pay, once per cause; joins the caller's transaction.

    What the shopper is sent is ``page_url``, which works at once.

    :param capture: ``LATER`` holds the money, which :func:`capture_charge` takes.
    :param words: what it is for, as the shopper reads it.
    :raises Invalid: no such currency or amount, or one that the provider can't take.
    :raises Conflict: nobody is connected who takes payments; another amount was asked for before.
    """
    check_amount(currency, amount_minor)
    if not words.strip():
        raise Invalid("Say what the payment is for.", field="words")
    if expires_at is not None and expires_at <= at:
        raise Invalid("A payment link must end in the future.", field="expires_at")
    known = PaymentLink.objects.filter(cause=cause).first()
    if known is None:
        provider = choose_provider(is_hold=capture == Capture.LATER)
        provider.check_amount(currency, amount_minor)
        with transaction.atomic():
            known, is_new = PaymentLink.objects.get_or_create(
                store_id=current_store_id(),
                cause=cause,
                defaults={
                    "subject": subject,
                    "key": key,
                    "provider": provider.name,
                    "currency": currency,
                    "amount_minor": amount_minor,
                    "capture": capture,
                    "words": words.strip()[:250],
                    "email": email,
                    "requested_at": at,
                    "requested_by": by.key,
                    "expires_at": expires_at,
                },
            )
            if is_new:
                ask(CallKind.OPEN_LINK, known.id, at=at)
    if (known.currency, known.amount_minor) != (currency, amount_minor):
        raise Conflict("The shopper was asked for another amount for the same reason already.")
    return link_view(known, stores.get_store())


def can_take_payments(*, is_hold: bool = False) -> bool:
    """Tell whether somebody is connected who takes payments (or holds them first)."""
    return _first_ready(is_hold=is_hold) is not None


def choose_provider(*, is_hold: bool) -> LinkProvider:
    """Return who takes this store's payments.

    :raises Conflict: nobody is connected.
    """
    found = _first_ready(is_hold=is_hold)
    if found is None:
        raise Conflict(
            "Nobody is connected who takes payments. Connect Stripe under Settings, Payments.",
            code="no_payment_provider",
        )
    return found


def _first_ready(*, is_hold: bool) -> LinkProvider | None:
    for one in providers_with(Power.HOLD if is_hold else Power.LINK):
        if isinstance(one, LinkProvider) and one.is_ready():
            return one
    return None


def cancel_link(*, link_id: UUID, by: Actor, at: datetime) -> LinkView:
    """Call a request off; joins the caller's transaction. One that is over stays as it is.

    The vendor's page is closed first: until then the shopper may still pay it, and the payment
    then counts (``ChargeSucceeded``), else ``LinkEnded`` tells that it is off.

    :raises NotFound: no such request. :raises Conflict: it is paid.
    """
    with transaction.atomic():
        link = PaymentLink.objects.select_for_update().filter(id=link_id).first()
        if link is None:
            raise NotFound("There is no such payment link.")
        if link.state == LinkState.PAID:
            raise Conflict("It is paid already: refund the payment instead.", code="link_paid")
        _end(link, LinkState.CANCELED, by=by, at=at)
        return link_view(link, stores.get_store())


def _end(link: PaymentLink, ending: LinkState, *, by: Actor, at: datetime) -> None:
    if link.state not in OPEN_STATES or link.ending:
        return
    if not _was_asked_for(link):
        outcomes.link_ended(link, ending, by=by, at=at)
        return
    link.ending = ending
    link.save(update_fields=["ending"])
    ask(CallKind.CLOSE_LINK, link.id, at=at)


def _was_asked_for(link: PaymentLink) -> bool:
    """Tell whether the vendor may have made a page: only then is there something to close.

    The call is locked, so that it can't be claimed in between.
    """
    if link.external_id or link.pages:
        return True
    calls = Call.objects.select_for_update().filter(row_id=link.id, kind=CallKind.OPEN_LINK)
    return any(call.attempts for call in calls)


def end_due_links(*, at: datetime, limit: int = 50) -> int:
    """End what nobody paid in time, of all stores; return how many."""
    with transaction.atomic():
        due = list(
            PaymentLink.all_stores.select_for_update(skip_locked=True)
            .filter(state__in=OPEN_STATES, ending="", expires_at__lte=at)
            .order_by("expires_at")[:limit]
        )
        for link in due:
            with store_scope(link.store_id):
                _end(link, LinkState.EXPIRED, by=outcomes.SYSTEM, at=at)
    return len(due)


def open_pay_page(*, link_id: UUID, is_back: bool = False, at: datetime) -> PayPage:
    """Say what our page for a request shows, and have the vendor's page made anew when it is over.

    :param is_back: the shopper comes back from the vendor, who is then asked what became of it.
    :raises NotFound: no such request.
    """
    with transaction.atomic():
        link = PaymentLink.objects.select_for_update().filter(id=link_id).first()
        if link is None:
            raise NotFound("There is no such page.")
        is_open = link.state in OPEN_STATES and not link.ending
        is_over = link.expires_at is not None and link.expires_at <= at
        usable = is_open and not is_over and _is_usable(link, at)
        if is_open and not is_over and not usable:
            ask(CallKind.OPEN_LINK, link.id, at=at)
        if is_back and link.state == LinkState.OPEN:
            ask(CallKind.LOOK_AT_LINK, link.id, at=at)
        checking = Call.objects.filter(row_id=link.id, kind=CallKind.LOOK_AT_LINK)
        return PayPage(
            link=link_view(link, stores.get_store()),
            go_url=link.url if usable else "",
            is_preparing=is_open and not is_over and not usable,
            is_closing=bool(link.ending) or (is_open and is_over),
            is_checking=checking.filter(state=CallState.DUE).exists(),
        )


def _is_usable(link: PaymentLink, at: datetime) -> bool:
    ends = link.page_expires_at
    return link.state == LinkState.OPEN and (ends is None or ends > at)
