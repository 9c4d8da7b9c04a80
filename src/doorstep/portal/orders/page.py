"""Everything an order's page shows, ready for its template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.utils.translation import gettext as _

from doorstep.portal.formats import show_moment, show_money, show_number
from doorstep.portal.orders.answer import answer, foremost
from doorstep.portal.orders.beside import EVERYTHING, Beside
from doorstep.portal.orders.cards import (
    PICTURE,
    Card,
    ShownPiece,
    parcel_cards,
    parcel_name,
    seen_words,
    share_words,
    show_pieces,
)
from doorstep.portal.orders.costs import CostRow, Figures, cost_rows, figures
from doorstep.portal.orders.order_states import tell_order
from doorstep.portal.orders.parcels import Parcel, gather_parcels, waiting_pieces
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.steps import Step, steps
from doorstep.portal.orders.telling import BY_CARRIER, BY_MAIL, CARRIER, WE, Answer, carrier_of
from doorstep.rooms.fulfillment.contracts import OrderParcels
from doorstep.rooms.orders.contracts import FinancialStatus, LineView, OrderState, ShopperOrder
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking.contracts import ParcelProgress

NOTHING_SENT = OrderParcels((), {})


@dataclass(frozen=True, slots=True)
class PageLine:
    """One thing bought, with its prices as text; ``was`` is the price before its discount."""

    title: str
    facts: tuple[tuple[str, str], ...]
    note: str
    quantity: str
    quantity_is_one: bool
    price: str
    was: str
    image_url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is still to be sent: a card of its own. ``told`` is None where the answer said it."""

    share: str
    told: Answer | None
    pieces: list[ShownPiece]
    more_pieces: str


@dataclass(frozen=True, slots=True)
class Door:
    """The one thing the page offers to do about its answer."""

    href: str
    label: str
    icon: str
    is_primary: bool


@dataclass(frozen=True, slots=True)
class OrderPageView:
    """The order's page from top to bottom.

    :param subject: which part the answer is about, where there are several.
    :param who: who acts now, in words.
    :param seen: where it was seen last.
    """

    number: str
    answer: Answer
    subject: str
    who: str
    seen: str
    door: Door | None
    updated_on: str
    updated_at: str
    updated_iso: str
    placed_on: str
    steps: list[Step]
    cards: list[Card]
    waiting: Waiting | None
    lines: list[PageLine]
    costs: list[CostRow]
    address: tuple[str, ...]
    shipping_method: str
    email: str
    can_choose: bool  # which news come
    has_history: bool  # which a mail can open
    payment: str
    payment_tone: str
    help_mail: str


def read_order(
    order: ShopperOrder,
    store: StoreInfo,
    *,
    language: str,
    at: datetime,
    sent: OrderParcels = NOTHING_SENT,
    progress: Sequence[ParcelProgress] = (),
    beside: Beside = EVERYTHING,
) -> Reading:
    """Bring an order and its parcels together for one reader."""
    return Reading(
        order,
        store,
        language,
        at,
        gather_parcels(order, sent.parcels, progress),
        waiting_pieces(order, sent.gone) if sent.parcels or sent.gone else (),
        beside,
    )


def order_page(reading: Reading) -> OrderPageView:
    """Compose the page of one order."""
    order, store, language = reading.order, reading.store, reading.language
    told, parcel, shown = answer(reading), foremost(reading), figures(order)
    changed_at = _changed_at(reading)
    updated_on, updated_at = show_moment(changed_at, language, store.timezone)
    payment, tone = _payment(order)
    help_mail = _help_mail(order, store)
    return OrderPageView(
        number=order.number,
        answer=told,
        subject=_subject(reading, parcel),
        who=who_words(told, parcel),
        seen=seen_words(parcel, reading) if parcel else "",
        door=_door(told, parcel, help_mail),
        updated_on=updated_on,
        updated_at=updated_at,
        updated_iso=changed_at.isoformat(),
        placed_on=reading.date_of(order.placed_at),
        steps=steps(reading, told, parcel),
        cards=parcel_cards(reading, parcel, told),
        waiting=_waiting(reading, parcel),
        lines=[_line(line, shown, language) for line in order.lines if not line.is_removed],
        costs=cost_rows(reading, shown),
        address=order.address_masked,
        shipping_method=order.shipping_method,
        email=order.email_masked,
        can_choose=order.state not in {OrderState.HISTORY, OrderState.CANCELED},
        has_history=order.customer_id is not None and bool(order.email_masked),
        payment=payment,
        payment_tone=tone,
        help_mail=help_mail,
    )


def who_words(told: Answer, parcel: Parcel | None) -> str:
    """Say who acts now."""
    if not told.who:
        return ""
    if told.asks:
        return _("Your turn")
    if told.who == WE:
        return _("We are on it")
    assert told.who == CARRIER
    name = carrier_of(parcel) if parcel else _("The carrier")
    return _("%(carrier)s is on it") % {"carrier": name}


def _subject(reading: Reading, parcel: Parcel | None) -> str:
    if parcel is not None:
        return parcel_name(parcel, reading) if parcel.count > 1 or reading.waiting else ""
    if reading.parcels and reading.waiting:
        return share_words(sum(piece.quantity for piece in reading.waiting), reading)
    return ""


def _door(told: Answer, parcel: Parcel | None, help_mail: str) -> Door | None:
    if told.via == BY_CARRIER and parcel is not None and parcel.tracking_url.startswith("http"):
        label = (
            _("See it at %(carrier)s") % {"carrier": parcel.carrier}
            if parcel.carrier
            else _("See it at the carrier")
        )
        return Door(parcel.tracking_url, label, "external", told.asks)
    if told.via in {BY_MAIL, BY_CARRIER} and help_mail:
        return Door(help_mail, _("Write to us"), "mail", told.asks)
    return None


def _waiting(reading: Reading, parcel: Parcel | None) -> Waiting | None:
    if not reading.waiting:
        return None
    pieces, more = show_pieces(reading.waiting, reading)
    share = share_words(sum(piece.quantity for piece in reading.waiting), reading)
    return Waiting(share, tell_order(reading) if parcel else None, pieces, more)


def _changed_at(reading: Reading) -> datetime:
    """Return when anything on the page last became known."""
    moments = [reading.order.updated_at]
    for parcel in reading.parcels:
        if parcel.progress is not None:
            moments += [
                at
                for at in (parcel.progress.last_news_at, parcel.progress.not_found_since)
                if at is not None and at <= reading.at
            ]
            moments += [step.received_at for step in parcel.progress.checkpoints[:1]]
    return max(moments)


def _line(line: LineView, shown: Figures, language: str) -> PageLine:
    amounts = shown.line(line)
    full = amounts.total_minor + amounts.discount_minor

    def money(minor: int) -> str:
        return show_money(minor, shown.currency, language)

    return PageLine(
        title=line.title,
        facts=(*line.options, *line.properties),
        note="" if line.options else line.variant_title,
        quantity=show_number(line.quantity, language),
        quantity_is_one=line.quantity == 1,
        price=money(amounts.total_minor),
        was=money(full) if amounts.discount_minor else "",
        image_url=line.image_url if PICTURE.match(line.image_url) else "",
    )


def _payment(order: ShopperOrder) -> tuple[str, str]:
    """Return the state of the payment in words and its tone."""
    words = {
        FinancialStatus.PENDING: (_("Payment is open"), "warn"),
        FinancialStatus.AUTHORIZED: (_("Payment is reserved"), "info"),
        FinancialStatus.PARTIALLY_PAID: (_("Partly paid"), "warn"),
        FinancialStatus.PAID: (_("Paid"), "ok"),
        FinancialStatus.PARTIALLY_REFUNDED: (_("Partly refunded"), "info"),
        FinancialStatus.REFUNDED: (_("Refunded"), "info"),
        FinancialStatus.VOIDED: (_("Nothing was charged"), "neutral"),
    }
    return words[FinancialStatus(order.financial_status)]


def _help_mail(order: ShopperOrder, store: StoreInfo) -> str:
    if not store.support_email:
        return ""
    subject = _("My order %(number)s") % {"number": order.number}
    return f"mailto:{quote(store.support_email, safe='@')}?subject={quote(subject)}"
