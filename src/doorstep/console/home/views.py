"""The console's first page: what is left to set up, and today at a glance."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from doorstep.console.access import ConsoleRequest, console_view
from doorstep.console.home.checklist import setup_steps
from doorstep.console.problems.queries import count_problems
from doorstep.console.templatetags.console import day
from doorstep.kernel.clock import now
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import MessageStatus
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter

CHART_DAYS = 14


@require_GET
@console_view("orders.view")
def home(request: ConsoleRequest) -> HttpResponse:
    """Show the steps of setting up until they are done, and how today goes."""
    today = _today(request)
    steps = setup_steps(request) if "settings.view" in request.permissions else []
    context = {
        "steps": steps,
        "steps_done": sum(step.is_done for step in steps),
        "today": today,
        "is_new": not today["counts"].all and not _has_history(),
    }
    return render(request, "console/home/home.html", context)


def _has_history() -> bool:
    return bool(orders.list_orders(OrderFilter(), limit=1).items)


def _today(request: ConsoleRequest) -> dict[str, Any]:
    """Collect today's figures, each only for those who may open what it leads to."""
    by_day = orders.count_orders_by_day(days=CHART_DAYS, at=now())
    figures: dict[str, Any] = {
        "orders": by_day[-1][1],
        "date": by_day[-1][0],
        "by_day": [(day(date), count) for date, count in by_day],
        "in_chart": sum(count for _day, count in by_day),
        "counts": orders.count_orders(),
    }
    if "problems.view" in request.permissions:
        figures["problems"] = request.problem_count = count_problems()
    if "messages.view" in request.permissions:
        figures["failed"] = messaging.count_by_status()[MessageStatus.FAILED]
    if "inventory.view" in request.permissions:
        figures["sold_out"] = inventory.count_sold_out()
    return figures
