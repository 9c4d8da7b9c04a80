"""The console's first page: what is left to set up, and today's board."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from doorstep.console.access import ConsoleRequest, console_view
from doorstep.console.home.board import make_board
from doorstep.console.home.checklist import setup_steps
from doorstep.kernel.clock import now
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter


@require_GET
@console_view("orders.view")
def home(request: ConsoleRequest) -> HttpResponse:
    """Show the steps of setting up until they are done, and how today goes."""
    board = make_board(request, now())
    steps = setup_steps(request) if "settings.view" in request.permissions else []
    context = {
        "steps": steps,
        "steps_done": sum(step.is_done for step in steps),
        "board": board,
        "is_new": not board.counts.all and not _has_history(),
    }
    return render(request, "console/home/home.html", context)


def _has_history() -> bool:
    return bool(orders.list_orders(OrderFilter(), limit=1).items)
