"""A demo shop's order pages in every state there is, at one address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe

from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.demo.states import state_rows
from doorstep.portal.languages import choose_visitor_language
from doorstep.portal.responses import private_page
from doorstep.portal.storefront import find_store, render_not_found, render_page


@require_safe
@private_page
def show_states(request: HttpRequest, slug: str) -> HttpResponse:
    """List a demo shop's orders with links to their pages; a real store has no such page."""
    try:
        store = find_store(request, slug)
        if not store.is_demo:
            raise NotFound("Only a demo shop shows its orders to everybody.")
    except NotFound:
        return render_not_found(request)
    language = choose_visitor_language(request, store.default_locale)
    with translation.override(language), store_scope(store.id):
        rows = state_rows(store, language=language, at=now())
        return render_page(request, "portal/states.html", store, {"rows": rows})
