"""The bare address: nobody's page, so it leads to the one that is meant."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from doorstep.rooms.stores.api import find_store_by_host


@require_safe
def lead_on(request: HttpRequest) -> HttpResponseRedirect:
    """Lead shoppers of a store's own domain to its look-up, everybody else to the console."""
    is_stores = find_store_by_host(request.get_host().partition(":")[0].lower()) is not None
    return HttpResponseRedirect(reverse("portal:lookup" if is_stores else "console-home"))
