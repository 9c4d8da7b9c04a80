"""The orders of a demo shop, each in the words its own page begins with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from doorstep.portal.languages import LANGUAGES, choose_known
from doorstep.portal.orders.answer import answer, foremost
from doorstep.portal.orders.page import read_order, who_words
from doorstep.portal.orders.reading import Reading
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking import api as tracking

_MOST = 100
_URGENT_FIRST = ("bad", "warn", "info", "", "ok", "neutral")


@dataclass(frozen=True, slots=True)
class StateRow:
    """One order: what its page says, and whose it is. ``language`` is the page's own."""

    state: str
    headline: str
    who: str
    tone: str
    number: str
    first_name: str
    language: str
    token: str


def state_rows(store: StoreInfo, *, language: str, at: datetime) -> list[StateRow]:
    """List the demo's present orders, those that need somebody first; the same words side by side."""
    listed = orders.list_orders(OrderFilter(include_history=False), limit=_MOST).items
    rows = [_row(reading) for reading in _readings(store, [one.id for one in listed], language, at)]
    return sorted(rows, key=_order)


def _readings(
    store: StoreInfo, order_ids: list[UUID], language: str, at: datetime
) -> list[Reading]:
    found = orders.get_order_pages(order_ids)
    sent = fulfillment.list_parcels_for_shoppers(found)
    progress = tracking.list_progress(order_ids)
    return [
        read_order(
            order, store, language=language, at=at, sent=sent[order.id], progress=progress[order.id]
        )
        for order in found
    ]


def _row(reading: Reading) -> StateRow:
    order, told = reading.order, answer(reading)
    return StateRow(
        state=told.state,
        headline=told.headline,
        who=who_words(told, foremost(reading)),
        tone=told.tone,
        number=order.number,
        first_name=order.first_name,
        language=LANGUAGES[choose_known(order.locale, reading.store.default_locale)],
        token=orders.order_page_token(reading.store.id, order.id, at=reading.at),
    )


def _order(row: StateRow) -> tuple[int, str, str]:
    return _URGENT_FIRST.index(row.tone), row.state, row.number
