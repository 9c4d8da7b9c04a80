"""Sign up for news, confirm it, and have the link to one's choices sent.

The sign-up form may stand on any site and posts here from there: no cookie is asked for, and the
answer tells nothing about the address. A bot fills every field, a reader never sees ``website``.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.kernel import ratelimit
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.languages import choose_known, choose_visitor_language
from doorstep.portal.responses import private_page
from doorstep.portal.storefront import find_store, render_not_found, render_page
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import SignUpRequest
from doorstep.rooms.stores.contracts import StoreInfo

_WINDOW_SECONDS = 60 * 60
_PER_ADDRESS = 5
_PER_NETWORK = 40
BY = Actor("shopper", "sign-up form", "Sign-up form")


def _too_many(request: HttpRequest, store: StoreInfo, name: str, email: str) -> int:
    """Count a try by address and by network; return the seconds to wait, 0 when it is fine."""
    network = ratelimit.network_of(request.META.get("REMOTE_ADDR", ""))
    address = email.strip().casefold()
    verdicts = (
        ratelimit.hit(f"{name}.address", f"{store.id}:{address}", _PER_ADDRESS, _WINDOW_SECONDS),
        ratelimit.hit(f"{name}.network", f"{store.id}:{network}", _PER_NETWORK, _WINDOW_SECONDS),
    )
    return max(verdict.retry_after for verdict in verdicts)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def show_sign_up(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for an address, and take it in."""
    try:
        store = find_store(request, slug)
    except NotFound:
        return render_not_found(request)
    asked = choose_known(request.POST.get("locale", ""), "") if "locale" in request.POST else ""
    language = asked or choose_visitor_language(request, store.default_locale)
    with translation.override(language):
        context: dict[str, object] = {
            "wording": messaging.sign_up_words(store.name, _topics(request), language)
        }
        context |= {"topics": _topics(request), "language": language}
        if request.method != "POST":
            return render_page(request, "portal/newsletter.html", store, context)
        return _take_in(request, store, language, context)


def _topics(request: HttpRequest) -> list[str]:
    known = {topic.key for topic in messaging.TOPICS}
    asked = request.POST if request.method == "POST" else request.GET
    return [key for key in asked.getlist("topic")[:20] if key in known]


def _take_in(
    request: HttpRequest, store: StoreInfo, language: str, context: dict[str, object]
) -> HttpResponse:
    email = request.POST.get("email", "")[:300]
    template = "portal/newsletter.html"
    if request.POST.get("website"):  # only a bot sees that field: it gets the same answer
        return render_page(request, template, store, context | {"is_done": True, "waits": True})
    if wait := _too_many(request, store, "portal.newsletter", email):
        words = _("Too many tries. Please wait an hour.")
        response = render_page(
            request, template, store, context | {"problem": words, "email": email}, status=429
        )
        response["Retry-After"] = str(wait)
        return response
    asked = SignUpRequest(
        email=email,
        locale=language,
        source="sign-up form",
        name=request.POST.get("name", "")[:200],
        topics=tuple(_topics(request)),
        wording=str(context["wording"]),
        # An embedded form stands on another page, which the browser names.
        url=request.headers.get("Referer") or request.build_absolute_uri(request.path),
        network=request.META.get("REMOTE_ADDR", ""),
    )
    try:
        with store_scope(store.id):
            waits = messaging.sign_up(asked, by=BY, at=now())
    except Invalid:
        words = _("Please enter an e-mail address, like name@example.com.")
        return render_page(
            request, template, store, context | {"problem": words, "email": email}, status=422
        )
    return render_page(request, template, store, context | {"is_done": True, "waits": waits})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def confirm(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Show the button that confirms a sign-up; only pressing it does."""
    try:
        store = find_store(request, slug)
        found = messaging.get_sign_up(token, at=now())
        if found.store_id != store.id:
            raise NotFound("There is no such page.")
        link = ""
        if request.method == "POST":
            network = request.META.get("REMOTE_ADDR", "")
            found, customer_id = messaging.confirm_sign_up(token, network=network, at=now())
            # A link to all choices counts as one that came by e-mail (``preference_links.py``).
            if customer_id is not None and found.channel == "email":
                with store_scope(store.id):
                    key = messaging.center_token(customer_id, at=now())
                link = reverse("portal:store_preferences", args=[store.slug, key])
    except NotFound:
        return render_not_found(request)
    with translation.override(choose_visitor_language(request, found.locale, store.default_locale)):
        context = {"sign_up": found, "choices_url": link}
        status = 410 if found.state == "expired" else 200
        return render_page(request, "portal/newsletter_confirm.html", store, context, status=status)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@private_page
def ask_for_choices(request: HttpRequest, slug: str) -> HttpResponse:
    """Have the link to one's choices sent, without saying whether the address is known."""
    try:
        store = find_store(request, slug)
    except NotFound:
        return render_not_found(request)
    language = choose_visitor_language(request, store.default_locale)
    template = "portal/preferences_ask.html"
    with translation.override(language):
        if request.method != "POST":
            return render_page(request, template, store, {})
        email = request.POST.get("email", "").strip()[:254]
        if "@" not in email:
            words = _("Please enter an e-mail address, like name@example.com.")
            context = {"problem": words, "email": email}
            return render_page(request, template, store, context, status=422)
        if wait := _too_many(request, store, "portal.choices", email):
            words = _("Too many tries. Please wait an hour.")
            response = render_page(request, template, store, {"problem": words}, status=429)
            response["Retry-After"] = str(wait)
            return response
        with store_scope(store.id):
            messaging.ask_for_preferences_link(email, locale=language)
        return render_page(request, template, store, {"is_done": True, "email": email})
