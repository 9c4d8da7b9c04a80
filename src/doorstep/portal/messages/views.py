"""What a reader of a message decides: unsubscribe with one click, or choose what may come.

Mail programs post here by themselves (RFC 8058), without cookies and without a page before it:
the signed link is the proof, so no other token is asked for. Looking at the page never changes
anything, because mail scanners look at every link.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.portal.languages import choose_visitor_language
from doorstep.portal.responses import private_page
from doorstep.portal.storefront import refuse_foreign_host, render_not_found, render_page
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Preferences, Purpose
from doorstep.rooms.stores import api as stores

_CHOICES = (Purpose.SERVICE, Purpose.MARKETING)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def choose_preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show what comes to an address; a POST unsubscribes, or saves the choices of the form."""
    try:
        before = messaging.get_preferences(token)
        store = stores.get_store(before.store_id)
        refuse_foreign_host(request, store)
        done = _apply(request, token) if request.method == "POST" else None
    except NotFound:
        return render_not_found(request)
    with translation.override(choose_visitor_language(request, store.default_locale)):
        context = _context(done or before) | {"is_saved": done is not None}
        return render_page(request, "portal/preferences.html", store, context)


def _apply(request: HttpRequest, token: str) -> Preferences:
    if "save" not in request.POST:
        return messaging.unsubscribe(token, source="one_click", at=now())
    choices = {purpose: purpose.value in request.POST for purpose in _CHOICES}
    return messaging.change_preferences(token, choices, source="preferences", at=now())


def _context(preferences: Preferences) -> dict[str, object]:
    allowed = dict(preferences.allowed)
    return {
        "address": preferences.address_masked,
        "is_sms": preferences.channel == "sms",
        "service": allowed.get(Purpose.SERVICE.value, False),
        "marketing": allowed.get(Purpose.MARKETING.value, False),
        "nothing": not any(allowed.values()),
    }
