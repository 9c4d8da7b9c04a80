"""What both editors of a text stand in: its languages, whose order to look at it with, the look."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorstep.console.access import ConsoleRequest, act
from doorstep.console.messages.views import FRAME_POLICY
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel, TemplateView
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter

ALL_LANGUAGES = "all"  # in addresses, for the text that serves every language
LANGUAGES = {
    ALL_LANGUAGES: gettext_lazy("All languages"),
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ar": "العربية",
}


def text_key(kind: str, channel: str, language: str) -> dict[str, Any]:
    """Return what names a text, from its address. :raises Http404: there is no such channel."""
    if channel not in set(Channel):
        raise Http404
    locale = "" if language == ALL_LANGUAGES else language
    return {"kind": kind, "channel": Channel(channel), "locale": locale}


def message_names() -> dict[str, str]:
    """Return what journeys and campaigns call a message, for those that they may send."""
    return {one.kind: one.name for one in messaging.list_message_kinds()}


def message_name(kind: str, names: dict[str, str]) -> str:
    """Return what a kind of message is called."""
    return names.get(kind) or messaging.kind_title(kind)


def language_name(locale: str) -> str:
    """Return a language by its own name."""
    return str(LANGUAGES.get(locale or ALL_LANGUAGES, locale))


def address(request: ConsoleRequest, key: dict[str, Any], **asked: str) -> str:
    """Return a text's page, looked at with the order and in the language that are chosen."""
    path = reverse(
        "console:templates-editor",
        args=[
            request.store.slug,
            key["kind"],
            key["channel"].value,
            key["locale"] or ALL_LANGUAGES,
        ],
    )
    looked = {name: request.POST.get(name, "") for name in ("order", "language")}
    asked = {**looked, **asked}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{path}?{query}" if query else path


def editor_context(
    request: ConsoleRequest, key: dict[str, Any], template: TemplateView
) -> dict[str, Any]:
    """Return what stands around either editor."""
    language = key["locale"] or ALL_LANGUAGES
    return {
        "template": template,
        "title": message_name(key["kind"], message_names()),
        # Not "language": the frame of every page keeps the reader's own under that name.
        "edited_language": language,
        "shown_language": shown_locale(request, language),
        "language_name": language_name(key["locale"]),
        "languages": LANGUAGES.items(),
        "versions": messaging.list_versions(**key),
        "variables": messaging.list_variables(key["kind"]),
        "orders": orders.list_orders(OrderFilter(), cursor="", limit=15).items,
        "chosen": request.GET.get("order") or request.POST.get("order", ""),
    }


def send_test(request: ConsoleRequest, key: dict[str, Any], source: dict[str, str]) -> None:
    """Send what is typed to one address of the team, and say so."""
    locale = shown_locale(request, key["locale"] or ALL_LANGUAGES)
    act(
        request,
        _("The test is on its way, with the text as it stands here."),
        messaging.send_test,
        kind=key["kind"],
        channel=key["channel"],
        address=request.POST.get("address", ""),
        locale=locale,
        context=order_context(request, key["kind"], locale),
        source=source,
    )


def order_context(request: ConsoleRequest, kind: str, locale: str) -> dict[str, Any] | None:
    """Return what a real order gives the text, None for the invented one.

    What only this kind of message knows (a refund, a hold) is invented beside the real order.
    """
    chosen = request.GET.get("order") or request.POST.get("order", "")
    try:
        real = orders.confirmation_context(UUID(chosen), at=now()) if chosen else None
    except (ValueError, NotFound):
        return None
    if real is None:
        return None
    # The reader asked to see it in this language, whatever the order's own.
    invented = messaging.sample_context(kind, locale)
    return {
        **invented,
        **real,
        # What journeys know of a person is more than what an order does.
        "customer": {**invented["customer"], **real["customer"]},
        "json_ld": real["json_ld"] if invented["json_ld"] else None,
        "locale": {**invented["locale"], "time_zone": real["locale"]["time_zone"]},
    }


def shown_locale(request: ConsoleRequest, language: str) -> str:
    """Return the language that a text is looked at in."""
    wanted = request.GET.get("language", "") or request.POST.get("language", "")
    if wanted in LANGUAGES and wanted != ALL_LANGUAGES:
        return wanted
    return request.store.default_locale if language == ALL_LANGUAGES else language


def rendered(request: ConsoleRequest, key: dict[str, Any], source: Any) -> Any:
    """Return what a text's parts look like with the chosen order.

    :raises Invalid: they do not work.
    """
    locale = shown_locale(request, key["locale"] or ALL_LANGUAGES)
    context = order_context(request, key["kind"], locale)
    return messaging.preview(key["kind"], key["channel"], locale, context, source=source)


def look(request: ConsoleRequest, key: dict[str, Any], source: Any) -> HttpResponse:
    """Answer a frame with what a text's parts look like, or with what is wrong with them."""
    try:
        shown = rendered(request, key, source)
        text = "\n".join(filter(None, (shown.subject, shown.text)))
        body = shown.html or format_html("<pre>{}</pre>", text)
        if request.GET.get("part") == "text":
            body = format_html("<pre>{}</pre>", shown.text)
    except Invalid as error:
        body = format_html("<p>{}</p>", error.message)
    response = HttpResponse(body)
    response["Content-Security-Policy"] = FRAME_POLICY
    return response
