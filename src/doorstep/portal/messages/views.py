"""What a reader of a message decides: unsubscribe with one click, or choose what may come.

Mail programs post here by themselves (RFC 8058), without cookies and without a page before it:
the signed link is the proof, so no other token is asked for. Looking at the page never changes
anything, because mail scanners look at every link.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.portal.languages import choose_visitor_language
from doorstep.portal.messages.center import ChoiceRefused, apply_choice, center_context
from doorstep.portal.responses import private_page
from doorstep.portal.storefront import refuse_foreign_host, render_not_found, render_page
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import PreferenceCenter, Preferences, Purpose
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

_CHOICES = (Purpose.SERVICE, Purpose.MARKETING)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def choose_preferences(request: HttpRequest, token: str, slug: str = "") -> HttpResponse:
    """Show what comes to an address; a POST unsubscribes, or saves the choices of the form."""
    try:
        center = messaging.get_preference_center(token, locale="en", at=now())
        store = stores.get_store(center.store_id)
        refuse_foreign_host(request, store)
        if slug and slug != store.slug:
            raise NotFound("There is no such page.")
        language = choose_visitor_language(request, center.locale, store.default_locale)
        with translation.override(language):
            if center.customer_id is None:
                return _of_an_address(request, store, token)
            return _of_a_person(request, store, token, language)
    except NotFound:
        return render_not_found(request)


def _of_a_person(request: HttpRequest, store: StoreInfo, token: str, language: str) -> HttpResponse:
    """The whole page, for somebody we know."""
    saved: PreferenceCenter | None = None
    problem = ""
    if request.method == "POST" and "do" not in request.POST:
        try:
            messaging.unsubscribe(token, source="one_click", at=now())
        except NotFound:  # not a message's link but one that was asked for
            messaging.unsubscribe_all(token, locale=language, at=now())
        saved = messaging.get_preference_center(token, locale=language, at=now())
    elif request.method == "POST":
        try:
            saved = apply_choice(request, token, language)
        except ChoiceRefused as error:
            problem = error.message
        except Invalid:
            problem = _("That could not be saved. Please look at your choices again.")
    center = saved or messaging.get_preference_center(token, locale=language, at=now())
    context: dict[str, Any] = center_context(center, language)
    context |= {"is_saved": saved is not None, "problem": problem}
    status = 422 if problem else 200
    return render_page(request, "portal/preference_center.html", store, context, status=status)


def _of_an_address(request: HttpRequest, store: StoreInfo, token: str) -> HttpResponse:
    """The short page, for an address whose owner we do not know."""
    before = messaging.get_preferences(token)
    done = _apply(request, token) if request.method == "POST" else None
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
