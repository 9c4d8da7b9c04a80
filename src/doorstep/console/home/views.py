"""The console's first page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from doorstep.console.access import ConsoleRequest, console_view


@require_GET
@console_view("orders.view")
def home(request: ConsoleRequest) -> HttpResponse:
    """Go to the orders: what needs doing stands on top of them."""
    return redirect("console:orders", request.store.slug)
