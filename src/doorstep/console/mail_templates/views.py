"""Templates: the texts of messages, edited as a draft, seen with a real order, published."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from csp.decorators import csp_exempt
from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.messages.views import FRAME_POLICY
from doorstep.console.templatetags.console import state_words
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError, Invalid, NotFound, PermissionDenied
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


class OwnForm(forms.Form):
    """A new message of the store's own."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    base = forms.ChoiceField(
        label=gettext_lazy("It is about"),
        choices=[
            ("customer", gettext_lazy("A customer")),
            ("order", gettext_lazy("An order")),
        ],
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("It is"),
        choices=[
            ("marketing", gettext_lazy("Selling: only with consent")),
            ("service", gettext_lazy("Service: help with a purchase, no offers")),
        ],
    )


@require_GET
@console_view("templates.view")
def template_list(request: ConsoleRequest) -> HttpResponse:
    """List every message with its texts: one line for each, the store's own first."""
    wanted = request.GET.get("q", "").strip()
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for row in messaging.list_templates():
        text = {
            "summary": row,
            "language": row.locale or ALL_LANGUAGES,
            "name": _language(row.locale),
        }
        by_kind.setdefault(row.kind, []).append(text)
    names, lines = _names(), []
    for kind, texts in by_kind.items():
        name, is_built_in = _name(kind, names), not texts[0]["summary"].name
        if wanted.casefold() in name.casefold():
            lines.append((is_built_in, name.casefold(), {"name": name, "texts": texts}))
    found = [line for _first, _then, line in sorted(lines, key=lambda one: one[:2])]
    context = {"rows": found, "form": OwnForm(), "wanted": wanted}
    return render(request, "console/mail_templates/list.html", context)


@require_POST
@console_view("templates.edit")
def create_own(request: ConsoleRequest) -> HttpResponse:
    """Make a message of the store's own and go on to its first draft."""
    form = OwnForm(request.POST)
    made = form.is_valid() and fill(
        request, form, messaging.create_own_message, **form.cleaned_data
    )
    if not made:
        for errors in form.errors.values():
            flash.error(request, str(errors[0]))
        return redirect("console:templates", request.store.slug)
    return redirect(
        "console:templates-editor",
        request.store.slug,
        made.kind,
        Channel.EMAIL.value,
        ALL_LANGUAGES,
    )


@require_POST
@console_view("templates.edit")
def delete_own(request: ConsoleRequest, kind: str) -> HttpResponse:
    """Delete a message of the store's own, unless something live sends it."""
    act(request, _("Deleted."), messaging.delete_own_message, is_gone_fine=True, kind=kind)
    return redirect("console:templates", request.store.slug)


def _names() -> dict[str, str]:
    """Return what journeys and campaigns call a message, for those that they may send."""
    return {one.kind: one.name for one in messaging.list_message_kinds()}


def _name(kind: str, names: dict[str, str]) -> str:
    return names.get(kind) or str(state_words(kind))


def _language(locale: str) -> str:
    return str(LANGUAGES.get(locale or ALL_LANGUAGES, locale))


def _channel(name: str) -> Channel:
    if name not in set(Channel):
        raise Http404
    return Channel(name)


@require_http_methods(["GET", "POST"])
@console_view("templates.view")
def editor(request: ConsoleRequest, kind: str, channel: str, language: str) -> HttpResponse:
    """Edit one text: save a draft and look at it, publish, go back to the built-in text."""
    locale = "" if language == ALL_LANGUAGES else language
    key: dict[str, Any] = {"kind": kind, "channel": _channel(channel), "locale": locale}
    if request.method == "POST":
        return _save(request, key, language)
    return _editor_page(request, key, language)


def _save(request: ConsoleRequest, key: dict[str, Any], language: str) -> HttpResponse:
    wanted = request.POST.get("do", "save")
    source = {
        name: request.POST[name].replace("\r\n", "\n")
        for name in ("subject", "preheader", "title", "body", "text", "url")
        if name in request.POST
    }
    try:
        if wanted == "revert":
            act(request, _("The built-in text is in use again."), messaging.revert_template, **key)
        else:
            messaging.save_draft(**key, source=source, by=request.actor, at=now())
            if wanted == "publish":
                messaging.publish_version(**key, source=None, by=request.actor, at=now())
            elif wanted == "test":
                _send_test(request, key, language, source)
    except PermissionDenied:
        raise
    except DomainError as error:
        # The draft is kept as it was typed, finished or not; the mistake is shown beside it.
        return _editor_page(request, key, language, error=error, typed=source)
    if wanted == "publish":
        flash.success(request, _("In use from now on."))
    address = reverse(
        "console:templates-editor",
        args=[request.store.slug, key["kind"], key["channel"].value, language],
    )
    chosen = request.POST.get("order", "")
    return redirect(f"{address}?{urlencode({'order': chosen})}" if chosen else address)


def _send_test(
    request: ConsoleRequest, key: dict[str, Any], language: str, source: dict[str, str]
) -> None:
    act(
        request,
        _("The test is on its way, with the text as it stands here."),
        messaging.send_test,
        kind=key["kind"],
        channel=key["channel"],
        address=request.POST.get("address", ""),
        locale=_shown_locale(request, language),
        context=_context(request, key["kind"], _shown_locale(request, language)),
        source=source,
    )


def _editor_page(
    request: ConsoleRequest,
    key: dict[str, Any],
    language: str,
    error: DomainError | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    template = messaging.get_template(**key)
    if error is None:
        error = _mistake(request, key, template, language)
    context = {
        "template": template,
        "title": _name(key["kind"], _names()),
        "parts": typed or template.draft or template.source,
        # Not "language": the frame of every page keeps the reader's own under that name.
        "edited_language": language,
        "shown_language": _shown_locale(request, language),
        "language_name": _language(key["locale"]),
        "languages": LANGUAGES.items(),
        "versions": messaging.list_versions(**key),
        "variables": messaging.list_variables(key["kind"]),
        "orders": orders.list_orders(OrderFilter(), cursor="", limit=15).items,
        "chosen": request.GET.get("order") or request.POST.get("order", ""),
        "error": error,
    }
    status = 422 if typed is not None else 200
    return render(request, "console/mail_templates/editor.html", context, status=status)


def _mistake(
    request: ConsoleRequest, key: dict[str, Any], template: TemplateView, language: str
) -> DomainError | None:
    """Return what keeps the draft from working, None when it works."""
    try:
        _rendered(request, key, template, language)
    except Invalid as error:
        return error
    return None


def _context(request: ConsoleRequest, kind: str, locale: str) -> dict[str, Any] | None:
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


def _shown_locale(request: ConsoleRequest, language: str) -> str:
    wanted = request.GET.get("language", "")
    if wanted in LANGUAGES and wanted != ALL_LANGUAGES:
        return wanted
    return request.store.default_locale if language == ALL_LANGUAGES else language


def _rendered(
    request: ConsoleRequest, key: dict[str, Any], template: TemplateView, language: str
) -> Any:
    return messaging.preview(
        key["kind"],
        key["channel"],
        _shown_locale(request, language),
        _context(request, key["kind"], _shown_locale(request, language)),
        source=template.draft or template.source,
    )


@csp_exempt()
@require_GET
@console_view("templates.view")
def preview(request: ConsoleRequest, kind: str, channel: str, language: str) -> HttpResponse:
    """Show the draft (or the text in use) with an order's data, for a frame."""
    locale = "" if language == ALL_LANGUAGES else language
    key: dict[str, Any] = {"kind": kind, "channel": _channel(channel), "locale": locale}
    try:
        shown = _rendered(request, key, messaging.get_template(**key), language)
        text = "\n".join(filter(None, (shown.subject, shown.text)))
        body = shown.html or format_html("<pre>{}</pre>", text)
        if request.GET.get("part") == "text":
            body = format_html("<pre>{}</pre>", shown.text)
    except Invalid as error:
        body = format_html("<p>{}</p>", error.message)
    response = HttpResponse(body)
    response["Content-Security-Policy"] = FRAME_POLICY
    return response
