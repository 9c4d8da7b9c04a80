"""The pages on which shoppers change, cancel and put off their order.

Each form is sent twice: the first answer is the exact price, the second does it. The signed link
is the proof, so no cookie and no other token is asked for; a GET changes nothing. A form carries a
key that makes it count once, and the difference its reader agreed to: when the price is another
one meanwhile, the new one is shown first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import DomainError, NotFound
from doorstep.kernel.ids import new_id
from doorstep.portal.changes.card import list_doors
from doorstep.portal.changes.forms import (
    AddressForm,
    CancelForm,
    DelayForm,
    add_rows,
    item_rows,
    read_items,
)
from doorstep.portal.changes.words import (
    LABELS,
    error_words,
    field_of,
    money_words,
    state_words,
    why_not,
)
from doorstep.portal.formats import show_money
from doorstep.portal.orders.limits import too_many
from doorstep.portal.orders.opening import opened_to_act, read_parcels
from doorstep.portal.orders.reading import Reading, WholeReading
from doorstep.portal.storefront import render_page
from doorstep.rooms.changes import api as changes
from doorstep.rooms.changes.contracts import ChangeAct, ChangeAsk, ChangeOptions, ChangeQuote

FEW = 12  # things that are offered to be added


def shopper(reading: Reading) -> Actor:
    """Return who acts through an order's link."""
    return Actor("shopper", str(reading.order.customer_id or reading.order.id), "Shopper")


@dataclass
class Desk:
    """One request of one of these pages."""

    request: HttpRequest
    reading: WholeReading
    token: str
    name: str  # of the page's address
    title: str
    error: str = ""

    @property
    def form_key(self) -> str:
        """What makes this form count once; "" when it was sent without one that can be kept."""
        key = self.request.POST.get("form_key", "")[:80]
        return f"portal:{key}" if key and key.isprintable() else ""

    @property
    def data(self) -> dict[str, str]:
        """What was sent, one value a field."""
        return {k: str(v) for k, v in self.request.POST.items()}

    def render(self, template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        """Render one of the pages."""
        return render_page(
            self.request,
            f"portal/{template}.html",
            self.reading.store,
            {
                "title": self.title,
                "number": self.reading.order.number,
                "token": self.token,
                "back_url": reverse("portal:order", args=[self.token]),
                "here": reverse(self.name, args=[self.token]),
                "error": self.error,
                **context,
            },
            status=status,
        )


def _is_sure(request: HttpRequest) -> bool:
    return request.POST.get("sure") == "yes" and "back" not in request.POST


def _options(reading: WholeReading) -> ChangeOptions:
    order = reading.order
    return changes.options_for(order.id, head=order.head, zone=reading.zone, at=reading.at)


def _quote(reading: WholeReading, ask: ChangeAsk, *, is_final: bool = False) -> ChangeQuote:
    """Price a change; what is about to be done is priced on the order as it is this moment."""
    return changes.quote_change(
        reading.order.id,
        ask,
        order=None if is_final else reading.whole,
        zone=reading.zone,
        by=shopper(reading),
        at=reading.at,
    )


def _step(desk: Desk, ask: ChangeAsk, again: Callable[[int, str], HttpResponse]) -> HttpResponse:
    """Show what a change comes to, or do it when the reader is sure of exactly that."""
    reading = desk.reading
    if "back" in desk.request.POST:
        return again(200, "")
    try:
        is_sure = _is_sure(desk.request)
        quote = _quote(reading, ask, is_final=is_sure)
        if not is_sure:
            return _confirm(desk, quote)
        if desk.request.POST.get("agreed") != _agreed(quote):
            if (known := _done_before(desk)) is not None:
                return known  # it is another price because this very form changed it
            desk.error = _("The price has changed in the meantime. Please look at it again.")
            return _confirm(desk, quote, status=409)
        if wait := too_many(desk.request, reading, "portal.change"):
            desk.error = _("That was often. Please wait an hour, or write to us.")
            response = again(429, "")
            response["Retry-After"] = str(wait)
            return response
        done = changes.request_change(
            order_id=reading.order.id,
            ask=ask,
            form_key=desk.form_key or f"portal:{new_id()}",
            by=shopper(reading),
            at=reading.at,
        )
    except NotFound:
        raise
    except DomainError as error:
        known = _done_before(desk)
        if known is not None:
            return known
        desk.error = error_words(error)
        return again(422, field_of(error))
    result = reverse("portal:change_result", args=[desk.token, done.id])
    return HttpResponseRedirect(result, status=303)


def _done_before(desk: Desk) -> HttpResponse | None:
    """Lead a form that was sent twice to what its first sending did."""
    key = desk.form_key
    found = changes.find_by_form(desk.reading.order.id, key) if key else None
    if found is None:
        return None
    return HttpResponseRedirect(
        reverse("portal:change_result", args=[desk.token, found]), status=303
    )


def _agreed(quote: ChangeQuote) -> str:
    return f"{quote.total_minor}:{quote.pay_minor}:{quote.back_minor}"


def _confirm(desk: Desk, quote: ChangeQuote, status: int = 200) -> HttpResponse:
    kept = {
        name: value
        for name, value in desk.data.items()
        if name not in ("sure", "agreed", "form_key", "csrfmiddlewaretoken")
    }
    context = {
        **_shown(quote, desk.reading),
        "kept": kept,
        "agreed": _agreed(quote),
        "form_key": desk.data.get("form_key") or str(new_id()),
        "act": LABELS[quote.acts[0]] if len(quote.acts) == 1 else desk.title,
        "is_cancel": ChangeAct.CANCEL in quote.acts,
        "address": _address(desk.data) if ChangeAct.ADDRESS in quote.acts else (),
        "until": desk.data.get("until", ""),
    }
    return desk.render("change_confirm", context, status)


def _address(data: Mapping[str, str]) -> tuple[str, ...]:
    place = " ".join(filter(None, (data.get("postal_code", ""), data.get("city", ""))))
    parts = (data.get(n, "") for n in ("name", "company", "line1", "line2"))
    return tuple(filter(None, (*parts, place, data.get("region", ""), data.get("country_code"))))


def _shown(quote: ChangeQuote, reading: Reading) -> dict[str, Any]:
    """Return a quote as text."""
    language = reading.language

    def money(minor: int) -> str:
        return show_money(minor, quote.currency, language)

    rows = [
        {
            "title": line.title,
            "note": line.variant_title,
            "before": line.before_quantity,
            "after": line.quantity,
            "change": money(line.total_minor - line.before_minor),
            "is_gone": line.quantity == 0,
            "is_new": line.before_quantity == 0,
        }
        for line in (quote.lines.lines if quote.lines else ())
    ]
    return {
        "rows": rows,
        "before": money(quote.before_minor),
        "after": money(quote.total_minor),
        "shows_sums": bool(rows) or quote.before_minor != quote.total_minor,
        "money": money_words(quote, language),
    }


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_to_act
def change_items(request: HttpRequest, reading: WholeReading, token: str) -> HttpResponse:
    """Change quantities and variants, add something or take something off."""
    desk = Desk(request, reading, token, "portal:change", _("Change your order"))
    if request.method == "POST":
        ask = read_items(desk.data, changes.pieces_of(reading.whole))
        return _step(desk, ask, lambda status, field: _items(desk, status))
    return _items(desk)


def _items(desk: Desk, status: int = 200) -> HttpResponse:
    reading = desk.reading
    options = _options(reading)
    doors = list_doors(options, reading, desk.token)
    can_items = any(
        options.acts[act].is_allowed
        for act in (ChangeAct.QUANTITY, ChangeAct.SWAP, ChangeAct.REMOVE, ChangeAct.ADD)
    )
    if not can_items:
        return _closed(desk, options.acts[ChangeAct.QUANTITY], options.open_change)
    can_add = options.acts[ChangeAct.ADD].is_allowed
    find = desk.request.GET.get("find", "")
    offer = changes.offer_for(reading.whole, find, most=FEW if can_add else 0)
    context = {
        "items": item_rows(offer.lines, options, desk.data, reading),
        "additions": add_rows(offer.additions, desk.data, reading),
        "can_add": can_add,
        "others": [
            door for door in doors if door.href != reverse("portal:change", args=[desk.token])
        ],
        "quote_url": reverse("portal:change_quote", args=[desk.token]),
    }
    return desk.render("change_items", context, status)


def _closed(desk: Desk, option: Any, opened: Any) -> HttpResponse:
    """Say that it can't be changed, why, and what is possible still."""
    reading = desk.reading
    carriers = [
        (parcel.carrier or _("the carrier"), parcel.tracking_url)
        for parcel in read_parcels(reading)
        if parcel.tracking_url.startswith("http")
    ]
    context = {
        "why": why_not(option),
        "is_packed": option.code in ("packed", "shipped"),
        "carriers": carriers,
        "open_url": reverse("portal:change_result", args=[desk.token, opened.id]) if opened else "",
        "mail": reading.store.support_email,
    }
    return desk.render("change_closed", context)


def _page(
    request: HttpRequest,
    reading: WholeReading,
    token: str,
    act: ChangeAct,
    name: str,
    make: Callable[[Any, ChangeOptions], forms.Form],
) -> HttpResponse:
    """Serve a page with one form: the form, its price, its deed."""
    desk = Desk(request, reading, token, name, str(LABELS[act]))
    options = _options(reading)
    option = options.acts[act]
    if not option.is_allowed:
        known = _done_before(desk) if request.method == "POST" else None
        return known or _closed(desk, option, options.open_change)
    if request.method != "POST":
        return _form(desk, act, make(None, options))
    form = make(desk.data, options)
    if not form.is_valid():
        return _form(desk, act, form, 422)

    def again(status: int, field: str) -> HttpResponse:
        if field in form.fields:
            form.add_error(field, desk.error)
            desk.error = ""
        return _form(desk, act, form, status)

    return _step(desk, form.ask(), again)  # type: ignore[attr-defined]


def _form(desk: Desk, act: ChangeAct, form: forms.Form, status: int = 200) -> HttpResponse:
    return desk.render("change_form", {"form": form, "act": act.value}, status)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_to_act
def change_address(request: HttpRequest, reading: WholeReading, token: str) -> HttpResponse:
    """Change where the order goes."""
    return _page(
        request,
        reading,
        token,
        ChangeAct.ADDRESS,
        "portal:change_address",
        lambda data, _all: AddressForm(data, reading, _country(reading)),
    )


def _country(reading: WholeReading) -> str:
    address = reading.whole.shipping_address
    return address.country_code if address else reading.store.country_code


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_to_act
def cancel_order(request: HttpRequest, reading: WholeReading, token: str) -> HttpResponse:
    """Cancel the order whole."""
    return _page(
        request,
        reading,
        token,
        ChangeAct.CANCEL,
        "portal:cancel",
        lambda data, _all: CancelForm(data),
    )


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_to_act
def delay_order(request: HttpRequest, reading: WholeReading, token: str) -> HttpResponse:
    """Put the order off until a day."""
    return _page(
        request,
        reading,
        token,
        ChangeAct.DELAY,
        "portal:delay",
        lambda data, options: DelayForm(data, reading, options),
    )


@csrf_exempt
@require_POST
@opened_to_act
def quote_items(request: HttpRequest, reading: WholeReading, token: str) -> HttpResponse:
    """Return what the items' form comes to as it stands: the live price. Nothing changes."""
    desk = Desk(request, reading, token, "portal:change", "")
    ask = read_items(desk.data, changes.pieces_of(reading.whole))
    if not (ask.lines or ask.swaps or ask.additions):
        return desk.render("change_quote", {})
    try:
        quote = _quote(reading, ask)
    except DomainError as error:
        desk.error = error_words(error)
        return desk.render("change_quote", {})
    return desk.render("change_quote", _shown(quote, reading))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_to_act
def show_change(
    request: HttpRequest, reading: WholeReading, token: str, change_id: UUID
) -> HttpResponse:
    """Show what became of a change; a POST takes it back while that is possible."""
    change = changes.get_change(change_id)
    if change.order_id != reading.order.id:
        raise NotFound("There is no such change of this order.")
    desk = Desk(request, reading, token, "portal:change", "")
    status = 200
    if request.method == "POST":
        try:
            change = changes.withdraw_change(
                change_id=change_id, by=shopper(reading), at=reading.at
            )
        except DomainError as error:
            desk.error, status = error_words(error), 409
    headline, words, tone = state_words(change, reading.language)
    context = {
        "headline": headline,
        "words": words,
        "tone": tone,
        "pay_url": change.pay_url,
        "expires": reading.moment(change.expires_at)
        if change.expires_at and change.state == "awaiting_payment"
        else "",
        "can_withdraw": change.state in ("awaiting_approval", "awaiting_payment"),
        "is_moving": change.state == "telling_platform",
    }
    return desk.render("change_result", context, status)
