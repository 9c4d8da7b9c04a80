"""The return policy in plain words, written from its own rules."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.languages import choose_visitor_language
from doorstep.portal.storefront import find_store, render_not_found, render_page
from doorstep.rooms.returns import api as returns


@require_safe
def show_policy(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the policy as it counts for an order placed now."""
    try:
        store = find_store(request, slug)
    except NotFound:
        return render_not_found(request)
    language = choose_visitor_language(request, store.default_locale)
    with store_scope(store.id), translation.override(language):
        context = {
            "policy": returns.policy_text(at=now(), locale=language),
            "withdraw_url": reverse("portal:withdraw", args=[store.slug]),
        }
        return render_page(request, "portal/returns/policy.html", store, context)
