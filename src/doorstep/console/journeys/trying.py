"""Test a journey with a real customer: nothing is sent, nothing is written."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from csp.decorators import csp_exempt
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from doorstep.console.access import ConsoleRequest, console_view
from doorstep.console.journeys import words
from doorstep.console.journeys.canvas import Picture, path_of
from doorstep.console.journeys.find_offers import find_offers
from doorstep.console.journeys.graph import steps_of
from doorstep.console.journeys.pages import frame, links_of
from doorstep.console.messages.views import FRAME_POLICY
from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.rooms.customers import api as customers
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.contracts import JourneyView, TestRun
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter

MOST_FOUND = 8


@require_GET
@console_view("journeys.view")
def trial(request: ConsoleRequest, journey_id: UUID) -> HttpResponse:
    """Choose somebody and a day, and see the way they would go."""
    view, offers = journeys.get_journey(journey_id), find_offers()
    customer = _customer(request)
    context: dict[str, Any] = {
        **frame(request, view, "test"),
        "links": links_of(request, journey_id),
        "q": request.GET.get("q", ""),
        "day": _day(request).isoformat(),
        "customer": customer,
        "is_picture": True,
        "about_orders": view.definition.get("subject") == "order",
    }
    if customer is None:
        context["found"] = customers.search_customers(request.GET.get("q", ""), limit=MOST_FOUND).customers  # fmt: skip
        return render(request, "console/journeys/trial.html", context)
    listed = orders.list_orders(OrderFilter(customer_id=customer.id), limit=20).items
    order = _order(request, [one.id for one in listed])
    context.update(orders=listed, order=order)
    run = _run(request, view, customer.id, order)
    if run is None:
        context["is_unreadable"] = True
        return render(request, "console/journeys/trial.html", context)
    passed = [(one.step, one.outcome) for one in run.steps]
    picture = Picture(
        view.definition,
        offers.names,
        links_of(request, journey_id),
        path=path_of(view.definition, passed),
    )
    views = picture.steps()
    context.update(
        run=run,
        canvas=picture.canvas(),
        rows=[
            {
                "step": one,
                "view": views.get(one.step),
                "nth": nth,
                "name": words.name_step(view.definition, one.step, offers.names),
                "icon": words.show_step(steps_of(view.definition)[one.step], offers.names).icon,
            }
            for nth, one in enumerate(run.steps)
        ],
    )
    return render(request, "console/journeys/trial.html", context)


def _customer(request: ConsoleRequest) -> Any:
    try:
        return customers.get_customer(UUID(request.GET.get("customer", "")))
    except (ValueError, NotFound):
        return None


def _order(request: ConsoleRequest, known: list[UUID]) -> UUID | None:
    asked = request.GET.get("order", "")
    return next((one for one in known if str(one) == asked), known[0] if known else None)


def _day(request: ConsoleRequest) -> date:
    zone = ZoneInfo(request.store.timezone)
    try:
        asked = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return now().astimezone(zone).date()
    return asked if 2000 <= asked.year <= 2100 else now().astimezone(zone).date()


def _at(request: ConsoleRequest) -> datetime:
    """Return the moment it begins: now, or ten in the morning of the day asked for."""
    zone, at = ZoneInfo(request.store.timezone), now()
    asked = _day(request)
    if asked == at.astimezone(zone).date():
        return at
    return datetime.combine(asked, time(10), zone)


def _run(
    request: ConsoleRequest, view: JourneyView, customer_id: UUID, order_id: UUID | None
) -> TestRun | None:
    """Walk them through; None while the definition can't be read."""
    try:
        return journeys.test_journey(
            view.definition,
            customer_id=customer_id,
            order_id=order_id,
            at=_at(request),
            journey_id=view.summary.id,
        )
    except journeys.InvalidDefinition:
        return None


@csp_exempt()
@require_GET
@console_view("journeys.view")
def trial_message(
    request: ConsoleRequest, journey_id: UUID, customer_id: UUID, nth: int
) -> HttpResponse:
    """Give the message of one step of a test, for a frame in which nothing runs."""
    view, customer = journeys.get_journey(journey_id), customers.get_customer(customer_id)
    listed = orders.list_orders(OrderFilter(customer_id=customer.id), limit=20).items
    run = _run(request, view, customer.id, _order(request, [one.id for one in listed]))
    if run is None or nth >= len(run.steps) or not run.steps[nth].message:
        raise Http404
    message = run.steps[nth].message or {}
    html = message.get("html") or _("This message has no HTML.")
    return HttpResponse(
        html, headers={"Content-Security-Policy": FRAME_POLICY, "Referrer-Policy": "no-referrer"}
    )
