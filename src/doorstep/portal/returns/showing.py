"""One return as its shopper sees it; its label, its pictures, and calling it off."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, DomainError, NotFound
from doorstep.portal.formats import show_money
from doorstep.portal.orders.limits import too_many
from doorstep.portal.orders.opening import opened_to_act
from doorstep.portal.orders.reading import Reading, WholeReading
from doorstep.portal.returns.refusals import refusal_words
from doorstep.portal.returns.words import METHODS, OUTCOMES, STATES, STEPS
from doorstep.portal.storefront import render_page
from doorstep.rooms.returns import api as returns
from doorstep.rooms.returns.contracts import (
    DepositState,
    LabelState,
    MethodKind,
    NewThingState,
    NewThingView,
    Outcome,
    ReturnLineView,
    ReturnState,
    ReturnView,
    StepView,
)

_STEP_STATES = {"done": "done", "current": "now", "upcoming": "next", "problem": "now"}


@csrf_exempt  # the signed link is the proof, no cookie is looked at
@require_http_methods(["GET", "HEAD", "POST"])
@opened_to_act
def show_return(
    request: HttpRequest, reading: WholeReading, token: str, number: str
) -> HttpResponse:
    """Show where a return of this order stands; a POST cancels it or keeps a tracking number."""
    view = returns.find_return(number, at=reading.at)
    if view.summary.order_id != reading.order.id:
        raise NotFound("This order has no such return.")
    if request.method != "POST":
        return _page(request, reading, token, view)
    if wait_seconds := too_many(request, reading, "portal.return_change"):
        said = ("bad", _("That was often. Please wait an hour, or write to us."))
        response = _page(request, reading, token, view, message=said, status=429)
        response["Retry-After"] = str(wait_seconds)
        return response
    try:
        _change(request, reading, view)
    except DomainError as error:
        said = ("bad", _refused(request, error))
        return _page(request, reading, token, view, message=said, status=error.status)
    here = reverse("portal:return", args=[token, number])
    return HttpResponseRedirect(f"{here}?saved=1", status=303)


def _refused(request: HttpRequest, error: DomainError) -> str:
    """Say why it stays as it is; a bare conflict is about what was asked for."""
    if error.code != Conflict.code:
        return refusal_words(error)
    if request.POST.get("do") == "cancel":
        return _("It is too late to cancel: something is under way already. Please write to us.")
    return _("Nothing of this return has to be sent.")


def _change(request: HttpRequest, reading: Reading, view: ReturnView) -> None:
    order = reading.order
    act: dict[str, Any] = {
        "return_id": view.summary.id,
        "by": Actor("shopper", str(order.customer_id or order.id), "Shopper"),
        "at": reading.at,
    }
    if request.POST.get("do") == "cancel":
        returns.cancel_return(**act)
    else:
        number = request.POST.get("tracking_number", "")
        returns.add_tracking_number(tracking_number=number, **act)


def _page(
    request: HttpRequest,
    reading: Reading,
    token: str,
    view: ReturnView,
    *,
    message: tuple[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    saved = request.GET.get("saved") == "1" and message is None
    is_approved = view.summary.state == ReturnState.APPROVED
    waits = is_approved and view.summary.received_at is None
    label = view.label if waits and view.label and view.label.state == LabelState.READY else None
    last = _last_step(view)
    context = {
        "view": view,
        "headline": _headline(reading, view),
        "lead": view.note if view.summary.state == ReturnState.DECLINED else "",
        "message": message or (("ok", _("Saved.")) if saved else None),
        "steps": [_step(reading, step, last) for step in view.steps],
        "lines": _lines(reading, view),
        "todo": _todo(reading, view) if waits else "",
        "label_url": label.url if label else "",
        "label_words": _("Show the QR code")
        if view.summary.method == MethodKind.QR_DROP_OFF
        else _("Open the label"),
        "asks_number": waits
        and view.summary.method == MethodKind.OWN_LABEL
        and not (view.label and view.label.tracking_number),
        "things": [_thing(reading, one) for one in view.new_things],
        "money": _money(reading, view),
        "can_cancel": view.summary.state in (ReturnState.REQUESTED, ReturnState.APPROVED)
        and not view.pieces
        and not view.settlements,
        "back_url": reverse("portal:order", args=[token]),
        "number": reading.order.number,
    }
    return render_page(request, "portal/returns/status.html", reading.store, context, status=status)


def _headline(reading: Reading, view: ReturnView) -> str:
    if view.summary.state == ReturnState.APPROVED:
        if view.summary.received_at is not None:
            return (
                _("It is back: we are checking it")
                if not view.summary.inspected_at
                else _("It is back and checked")
            )
        if view.summary.first_scan_at is not None:
            return _("It is on its way to us")
        if all(line.is_kept for line in view.lines):
            return _("Nothing has to be sent back")
        if view.summary.expires_at is not None:
            day = reading.day_of(view.summary.expires_at)
            return _("Please send it by %(day)s") % {"day": day}
    return str(STATES[ReturnState(view.summary.state)])


def _lines(reading: Reading, view: ReturnView) -> list[dict[str, Any]]:
    """Put beside each line its reason in the reader's language, which need not be the order's."""
    language = reading.language.split("-")[0]
    if view.locale.split("-")[0] == language:
        return [_line(line, line.reason_words) for line in view.lines]
    book = returns.read_reasons()
    said = {one.code: one.words.get(language, "") for one in book.all()}
    return [_line(line, said.get(line.reason_code) or line.reason_words) for line in view.lines]


def _line(line: ReturnLineView, reason: str) -> dict[str, Any]:
    outcome = "" if line.exchange_words else OUTCOMES[Outcome(line.outcome)][0]
    return {"line": line, "reason": reason, "outcome": outcome}


def _last_step(view: ReturnView) -> str:
    """Say what a return comes to: money is not what everybody asked for."""
    outcomes = {line.outcome for line in view.lines}
    if outcomes == {Outcome.STORE_CREDIT}:
        return _("Store credit")
    if outcomes.isdisjoint({Outcome.REFUND, Outcome.STORE_CREDIT}):
        is_before = any(one.deposit is not DepositState.NONE for one in view.new_things)
        return _("Settled") if is_before else _("Exchange sent")
    return str(STEPS["refunded"])


def _step(reading: Reading, step: StepView, last: str) -> dict[str, Any]:
    note = ""
    if step.at is not None:
        note = reading.day_of(step.at)
    elif step.until_date is not None:
        note = _("by %(day)s") % {"day": reading.day(step.until_date)}
    return {
        "name": last if step.name == "refunded" else STEPS.get(step.name, step.name),
        "state": _STEP_STATES[step.state],
        "note": note,
    }


def _todo(reading: Reading, view: ReturnView) -> str:
    if all(line.is_kept for line in view.lines) or view.summary.method == MethodKind.KEEP:
        return _("Nothing. Keep what you have.")
    label, note, _icon = METHODS[MethodKind(view.summary.method)]
    if view.label is not None and view.label.state == LabelState.REQUESTED:
        return _("We are making your label. It comes by e-mail and stands here.")
    if view.label is not None and view.label.state == LabelState.FAILED:
        return _("The label could not be made. We write to you with another way.")
    return f"{label}. {note}"


def _thing(reading: Reading, thing: NewThingView) -> dict[str, Any]:
    words = {
        NewThingState.RESERVED: _("Kept for you until yours is back."),
        NewThingState.AWAITING_DEPOSIT: _("Goes out at once when its value is held on your card."),
        NewThingState.AWAITING_PAYMENT: _("Goes out when the difference is paid."),
        NewThingState.ORDERED: _("Goes out to you as order %(number)s.")
        % {"number": thing.order_number},
        NewThingState.IN_REPAIR: _("We are mending it."),
        NewThingState.SENT_BACK: _("Mended, and on its way to you."),
        NewThingState.CANCELED: _("Canceled."),
    }
    return {
        "title": thing.title,
        "words": words[NewThingState(thing.state)],
        "pay_url": thing.pay_url,
    }


def _money(reading: Reading, view: ReturnView) -> list[dict[str, str]]:
    rows = []
    for one in view.settlements:
        labels = {
            "source": _("Refund"),
            "store_credit": _("Store credit"),
            "gift_card": _("Store credit"),
            "exchange": _("For the exchange"),
            "deposit": _("Deposit"),
        }
        notes = []
        if one.fee_minor:
            fee = show_money(one.fee_minor, view.summary.currency, reading.language)
            notes.append(_("Less a fee of %(amount)s") % {"amount": fee})
        if one.bonus_minor:
            bonus = show_money(one.bonus_minor, view.summary.currency, reading.language)
            notes.append(_("Plus a bonus of %(amount)s") % {"amount": bonus})
        if one.how == "source" and one.state == "booked" and view.expected_by:
            day = reading.day(view.expected_by)
            notes.append(_("At your bank by %(day)s") % {"day": day})
        amount = one.amount_minor + one.bonus_minor - one.fee_minor
        rows.append(
            {
                "label": str(labels.get(one.how, one.how)),
                "amount": show_money(amount, view.summary.currency, reading.language),
                "note": " · ".join(notes),
            }
        )
    return [] if view.for_recipient else rows
