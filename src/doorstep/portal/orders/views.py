"""The order page: opened by a signed link, without a login."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe

from doorstep.portal.changes.card import change_card
from doorstep.portal.live import live_url
from doorstep.portal.orders.opening import opened_by_link
from doorstep.portal.orders.page import order_page
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.structured_data import order_json_ld
from doorstep.portal.returns.card import return_card
from doorstep.portal.storefront import render_page
from doorstep.portal.wallet.card import credit_line, sold_cards


@require_safe
@opened_by_link
def show_order(request: HttpRequest, reading: Reading, token: str) -> HttpResponse:
    """Show the order a link was signed for."""
    with translation.override(reading.language):
        cards = {
            "change_card": change_card(reading, token),
            "return_card": return_card(reading, token),
            "sold_cards": sold_cards(reading),
            "credit": credit_line(
                reading.order.customer_id,
                reading.store,
                language=reading.language,
                at=reading.at,
            )
            if reading.beside.credit
            else "",
        }
    return render_order(request, reading, token, cards)


def render_order(
    request: HttpRequest, reading: Reading, token: str, cards: Mapping[str, Any]
) -> HttpResponse:
    """Render the page of an order in the language of its reading.

    :param cards: what other rooms have to say of the order, as their templates take it.
    """
    store, order = reading.store, reading.order
    with translation.override(reading.language):
        context = {
            "page": order_page(reading),
            "token": token,
            "live_url": live_url(store.id, order.id, at=reading.at),
            "json_ld": order_json_ld(reading),
            **cards,
        }
        return render_page(request, "portal/order.html", store, context)
