"""Returns: the queue, one return with its timeline, deciding, receiving, inspecting, paying."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.returns.forms import (
    DecisionForm,
    FilterForm,
    InspectionForm,
    ReceptionForm,
)
from doorstep.console.returns.labels import LabelForm
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns import api as returns
from doorstep.rooms.returns.contracts import (
    Disposition,
    MakeGoodState,
    ReturnState,
    ReturnView,
    WithdrawalState,
)


@require_GET
@console_view("returns.view")
def return_list(request: ConsoleRequest) -> HttpResponse:
    """List returns, newest first; tabs by what is to be done."""
    form = FilterForm(request.GET)
    filters = form.return_filter()
    if filters.search and (found := returns.find_by_scan(filters.search)) is not None:
        return redirect("console:returns-detail", request.store.slug, found)  # a scanned code
    try:
        page = returns.list_returns(filters, cursor=request.GET.get("after", ""))
    except Invalid:  # an address somebody typed: begin at the first page
        return redirect("console:returns", request.store.slug)
    context = {
        "page": page,
        "wanted": filters,
        "counts": returns.count_returns(),
        "withdrawals": returns.list_withdrawals(state=WithdrawalState.UNMATCHED),
        "make_goods": returns.list_make_goods(state=MakeGoodState.PROPOSED),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "console/returns/list.html", context)


@require_GET
@console_view("returns.view")
def return_detail(request: ConsoleRequest, return_id: UUID) -> HttpResponse:
    """Show one return: what, why, where it stands, and everything that happened."""
    return _detail(request, returns.get_return(return_id, at=now()))


def _detail(
    request: ConsoleRequest, view: ReturnView, *, status: int = 200, **forms: Any
) -> HttpResponse:
    context = {
        "view": view,
        "summary": view.summary,
        "reasons": returns.read_reasons(),
        "decision_form": DecisionForm(),
        "inspection_form": InspectionForm(view=view),
        "label_form": LabelForm(),
        **forms,
        "to_dispose": [
            piece
            for piece in view.pieces
            if piece.inspected_at is not None and piece.disposition is None
        ],
        "dispositions": list(Disposition),
        "is_open": view.summary.state in (ReturnState.REQUESTED, ReturnState.APPROVED),
    }
    return render(request, "console/returns/detail.html", context, status=status)


def _back(request: ConsoleRequest, return_id: UUID) -> HttpResponse:
    return redirect("console:returns-detail", request.store.slug, return_id)


@require_POST
@console_view("returns.change")
def decide(request: ConsoleRequest, return_id: UUID) -> HttpResponse:
    """Approve, decline, call off, give more time, or pay without waiting."""
    reason = request.POST.get("reason", "")[:1000]
    match request.POST.get("do", ""):
        case "approve":
            act(request, _("Approved. The shopper is told how it comes back."),
                returns.approve_return, return_id=return_id, note=reason)  # fmt: skip
        case "decline":
            act(request, _("Declined. The shopper reads your words."),
                returns.decline_return, return_id=return_id, reason=reason)  # fmt: skip
        case "cancel":
            act(request, _("Called off."),
                returns.cancel_return, return_id=return_id, reason=reason)  # fmt: skip
        case "extend":
            act(request, _("Two more weeks."),
                returns.extend_return, return_id=return_id, days=14)  # fmt: skip
        case "pay":
            act(request, _("Settled: see below."),
                returns.refund_now, return_id=return_id, reason=reason)  # fmt: skip
        case "wait" | "refund" | "end" as outcome:
            act(request, _("Noted."), returns.resolve_missing,
                return_id=return_id, outcome=outcome, reason=reason)  # fmt: skip
        case _:
            messages.error(request, _("Choose what should happen."))
    return _back(request, return_id)


@require_http_methods(["GET", "POST"])
@console_view("returns.receive")
def receive(request: ConsoleRequest, return_id: UUID) -> HttpResponse:
    """Record what lies in an opened parcel, by scanning."""
    form = ReceptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = fill(
            request, form, returns.record_reception, return_id=return_id, **form.arguments()
        )
        if done:
            messages.success(request, _("Received. Inspect the pieces below."))
            return _back(request, return_id)
    view = returns.get_return(return_id, at=now())
    context = {"view": view, "summary": view.summary, "form": form}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/returns/receive.html", context, status=status)


@require_GET
@console_view("returns.receive")
def scan(request: ConsoleRequest) -> HttpResponse:
    """Find the return of a scanned label, to receive it: the page of the receiving table."""
    code = request.GET.get("code", "").strip()[:200]
    if code:
        found = returns.find_by_scan(code)
        if found is not None:
            return redirect("console:returns-receive", request.store.slug, found)
        messages.error(
            request,
            _("No return has “%(code)s”. Scan its QR code, or search by order number or name.")
            % {"code": code[:60]},
        )
    return render(request, "console/returns/scan.html", {"code": code})


@require_POST
@console_view("returns.receive")
def inspect(request: ConsoleRequest, return_id: UUID) -> HttpResponse:
    """Record what the inspection found; money follows from it."""
    view = returns.get_return(return_id, at=now())
    form = InspectionForm(request.POST, view=view)
    if form.rows and form.is_valid():
        done = fill(
            request, form, returns.inspect_return, return_id=return_id, findings=form.findings()
        )
        if done:
            messages.success(request, _("Inspected."))
            return _back(request, return_id)
    if not form.rows:
        messages.error(request, _("Nothing waits for inspection here."))
        return _back(request, return_id)
    return _detail(request, view, status=422, inspection_form=form)


@require_POST
@console_view("returns.receive")
def dispose(request: ConsoleRequest, return_id: UUID) -> HttpResponse:
    """Say what becomes of inspected pieces."""
    chosen = []
    for text in request.POST.getlist("piece")[:500]:
        try:
            chosen.append(UUID(text))
        except ValueError:
            messages.error(request, _("Choose pieces of this return."))
            return _back(request, return_id)
    try:
        disposition = Disposition(request.POST.get("disposition", ""))
    except ValueError:
        messages.error(request, _("Choose what becomes of them."))
        return _back(request, return_id)
    act(
        request,
        _("Done."),
        returns.set_disposition,
        return_id=return_id,
        piece_ids=chosen,
        disposition=disposition,
    )
    return _back(request, return_id)


@require_POST
@console_view("returns.change")
def settle_withdrawal(request: ConsoleRequest, withdrawal_id: UUID) -> HttpResponse:
    """Give a withdrawal its order, or close it with a word."""
    number = request.POST.get("order_number", "").strip()[:100]
    if request.POST.get("do") == "dismiss":
        act(request, _("Closed; it stays as evidence."), returns.dismiss_withdrawal,
            withdrawal_id=withdrawal_id, reason=request.POST.get("reason", "")[:1000])  # fmt: skip
    else:
        found = orders.find_orders_by_number(number) if number else []
        if len(found) != 1:
            messages.error(request, _("Not exactly one order has this number."))
        else:
            act(request, _("The return was made."), returns.match_withdrawal,
                withdrawal_id=withdrawal_id, order_id=found[0])  # fmt: skip
    return redirect("console:returns", request.store.slug)


@require_POST
@console_view("returns.change")
def decide_make_good(request: ConsoleRequest, make_good_id: UUID) -> HttpResponse:
    """Do what was proposed for a parcel in trouble, or leave it."""
    is_approved = request.POST.get("do") == "approve"
    done = _("Made good. The shopper is told.") if is_approved else _("Left.")
    act(
        request,
        done,
        returns.decide_make_good,
        make_good_id=make_good_id,
        is_approved=is_approved,
        reason=request.POST.get("reason", "")[:1000],
    )
    return redirect("console:returns", request.store.slug)


@require_GET
@console_view("returns.view")
def report(request: ConsoleRequest) -> HttpResponse:
    """Say what comes back and why, by product and by reason."""
    days = request.GET.get("days", "90")
    span = int(days) if days in ("30", "90", "365") else 90
    at = now()
    rows = returns.reasons_report(since=at - timedelta(days=span), until=at)
    by_reason: dict[str, int] = {}
    by_fault: dict[str, int] = {}
    by_product: dict[Any, dict[str, Any]] = {}
    for row in rows:
        by_reason[row.reason_code] = by_reason.get(row.reason_code, 0) + row.pieces
        by_fault[row.fault] = by_fault.get(row.fault, 0) + row.pieces
        product = by_product.setdefault(
            row.product_id, {"title": row.product_title, "pieces": 0, "rows": []}
        )
        product["pieces"] += row.pieces
        product["rows"].append(row)
    products = sorted(by_product.items(), key=lambda item: -item[1]["pieces"])[:50]
    advice = returns.product_advice([one for one, _row in products if one is not None], at=at)
    book, total = returns.read_reasons(), sum(by_reason.values())
    context = {
        "days": span,
        "reasons": [
            (_words(book, code), pieces, round(100 * pieces / total))
            for code, pieces in sorted(by_reason.items(), key=lambda item: -item[1])[:12]
        ],
        "faults": sorted(by_fault.items(), key=lambda item: -item[1]),
        "total": total,
        "products": [
            {
                "title": row["title"],
                "pieces": row["pieces"],
                "reasons": [
                    (_words(book, one.reason_code), one.pieces, one.damage)
                    for one in sorted(row["rows"], key=lambda one: -one.pieces)[:4]
                ],
                "advice": advice.get(product) if product else None,
            }
            for product, row in products
        ],
    }
    return render(request, "console/returns/report.html", context)


def _words(book: Any, code: str) -> str:
    reason = book.find(code)
    return reason.words.get("en", code) if reason else code.replace("_", " ")
