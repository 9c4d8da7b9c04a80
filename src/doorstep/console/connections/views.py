"""Connections: shops whose orders come in, and providers through which messages go out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.connectors.base import api as connectors
from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError, PermissionDenied
from doorstep.rooms.changes import ports as changes
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel


class ShopForm(forms.Form):
    """A shop, or who tells about parcels, to connect."""

    kind = forms.ChoiceField(label=gettext_lazy("Connect what"))
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("What you call it."),
    )
    secret = forms.CharField(
        label=gettext_lazy("Webhook secret"),
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Shopify: Settings, Notifications, Webhooks, at the bottom. "
            "WooCommerce and carriers: think up one of at least 8 characters, and type the same "
            "there. AfterShip and 17TRACK show you theirs."
        ),
    )
    shop_url = forms.URLField(
        label=gettext_lazy("Address of the shop"),
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("Not needed for parcels."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        known = connectors.list_connectors()
        kind.choices = [
            (title, [(one.kind, one.label) for one in known if one.brings == brings])
            for title, brings in (
                (_("Orders from a shop"), "orders"),
                (_("News of parcels"), "tracking"),
            )
        ]


class ConnectionForm(forms.Form):
    """What may be changed on a connected shop."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    shop_url = forms.URLField(
        label=gettext_lazy("Address of the shop"), required=False, assume_scheme="https"
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency"),
        required=False,
        max_length=3,
        help_text=gettext_lazy("Where the shop does not tell; empty: the store’s."),
    )
    timezone = forms.CharField(
        label=gettext_lazy("Time zone"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Where the shop gives local times; empty: the store’s."),
    )
    stale_after_hours = forms.IntegerField(
        label=gettext_lazy("Mark a delivery as stale after (hours)"), min_value=1, max_value=8760
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("Take deliveries"),
        required=False,
        help_text=gettext_lazy(
            "Paused: the shop gets an error and keeps its deliveries for later."
        ),
    )


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def connections(request: ConsoleRequest) -> HttpResponse:
    """List shops and ways out; connect a shop."""
    form = ShopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = fill(request, form, connectors.connect_shop, **form.cleaned_data)
        if made:
            flash.success(
                request, _("Connected. Now enter the address below where its webhooks go.")
            )
            return redirect("console:settings-connection", request.store.slug, made.id)
    context = {
        "form": form,
        "connections": connectors.list_connections(),
        "senders": messaging.list_senders(),
        "providers": messaging.list_providers(),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/connections/list.html", context, status=status)


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def connection(request: ConsoleRequest, connection_id: UUID) -> HttpResponse:
    """Show one shop: its address for webhooks, its state, its last deliveries."""
    shop = connectors.get_connection(connection_id)
    initial = {name: getattr(shop, name) for name in ConnectionForm.base_fields}
    form = ConnectionForm(request.POST or None, initial=initial)
    if shop.brings != "orders":  # parcels have no shop, no currency and no time zone of a shop
        for name in ("shop_url", "currency", "timezone"):
            form.fields[name].widget = forms.HiddenInput()
    if request.method == "POST" and form.is_valid():
        wanted = {"connection_id": connection_id, **form.cleaned_data}
        if fill(request, form, connectors.change_connection, **wanted):
            flash.success(request, _("Saved."))
            return redirect("console:settings-connection", request.store.slug, connection_id)
    context = {
        "shop": shop,
        "form": form,
        "hook_url": request.build_absolute_uri(shop.hook_path),
        "access": ACCESS.get(shop.kind, {}),
        "powers": _powers(shop),
        "deliveries": connectors.list_deliveries(connection_id=connection_id, limit=20),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/connections/shop.html", context, status=status)


# What calling a shop takes, by kind of shop: name → label.
ACCESS: dict[str, dict[str, Any]] = {
    "shopify": {
        "client_id": gettext_lazy("Client ID of the app"),
        "client_secret": gettext_lazy("Client secret of the app"),
    },
    "woocommerce": {
        "consumer_key": gettext_lazy("Consumer key"),
        "consumer_secret": gettext_lazy("Consumer secret"),
    },
}


@require_POST
@console_view("settings.edit")
def set_access(request: ConsoleRequest, connection_id: UUID) -> HttpResponse:
    """Keep what telling the shop takes; what is left empty stays as it is."""
    shop = connectors.get_connection(connection_id)
    given = {
        name: value
        for name in ACCESS.get(shop.kind, {})
        if (value := request.POST.get(name, "").strip()[:500])
    }
    if not given:
        flash.error(request, _("Enter both, as the shop shows them."))
    else:
        act(
            request,
            _("Saved. Changes and refunds are told to the shop from now on."),
            connectors.set_credentials,
            connection_id=connection_id,
            credentials=given,
        )
    return redirect("console:settings-connection", request.store.slug, connection_id)


def _powers(shop: connectors.ConnectionInfo) -> list[dict[str, Any]]:
    """Return what the shop can be told, each with whether it can now."""
    platform = changes.find_platform(shop.kind)
    if platform is None:
        return []
    can = platform.powers(shop.id)
    words = {
        changes.ShopPower.CHANGE_ADDRESS: _("Correct where an order goes"),
        changes.ShopPower.CHANGE_LINES: _("Change what is in an order"),
        changes.ShopPower.CANCEL: _("Cancel an order"),
        changes.ShopPower.DELAY: _("Note that an order shall wait"),
    }
    rows = [{"words": words[one], "can": one in can} for one in changes.ShopPower]
    return [*rows, {"words": _("Refund to the original payment"), "can": bool(can)}]


@require_POST
@console_view("settings.edit")
def rotate_secret(request: ConsoleRequest, connection_id: UUID) -> HttpResponse:
    """Take a new webhook secret; the old one is good until the next."""
    act(
        request,
        _("The new secret is accepted; the old one too, until the next change."),
        connectors.rotate_secret,
        connection_id=connection_id,
        secret=request.POST.get("secret", ""),
    )
    return redirect("console:settings-connection", request.store.slug, connection_id)


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def sender(request: ConsoleRequest, channel: str, provider: str) -> HttpResponse:
    """Connect a provider of e-mail or SMS; secrets that are left empty stay as they are."""
    spec = next(
        (p for p in messaging.list_providers() if (p.channel, p.name) == (channel, provider)), None
    )
    if spec is None:
        raise Http404
    senders = messaging.list_senders()
    known = next((s for s in senders if (s.channel, s.provider) == (channel, provider)), None)
    error: DomainError | None = None
    if request.method == "POST":
        error = _connect_sender(request, channel, provider)
        if error is None:
            flash.success(request, _("Messages go out this way from now on."))
            return redirect("console:settings-connections", request.store.slug)
    values = dict(known.settings) if known else {}
    typed = request.POST if error else {}
    context = {
        "spec": spec,
        "known": known,
        "names": {
            name: typed.get(name, getattr(known, name, ""))
            for name in ("from_name", "from_address", "reply_to")
        },
        "fields": [
            (
                field,
                typed.get(f"setting-{field.name}", values.get(field.name, field.default)),
                error.message if error and error.field in _names_of(field.name) else "",
            )
            for field in spec.fields
        ],
        "per_second": typed.get("per_second", (known and known.per_second) or ""),
        "is_reserve": typed.get("is_reserve") == "1"
        if error
        else bool(known and known.is_active and known.position),
        "usual": next(
            (s.name for s in senders if s.is_active and s.channel == channel and s != known), ""
        )
        if channel in (Channel.EMAIL, Channel.SMS)
        else "",
        "error": error,
        "hook_url": request.build_absolute_uri(known.hook_path) if known and spec.reports else "",
    }
    return render(request, "console/connections/sender.html", context, status=422 if error else 200)


def _names_of(setting: str) -> tuple[str, ...]:
    """Return the names under which the domain may blame a provider's setting."""
    return setting, f"settings.{setting}", f"setting-{setting}"


def _connect_sender(request: ConsoleRequest, channel: str, provider: str) -> DomainError | None:
    given = request.POST
    try:
        messaging.connect_sender(
            channel=Channel(channel),
            provider=provider,
            settings={
                name.removeprefix("setting-"): value.strip()
                for name, value in given.items()
                if name.startswith("setting-") and isinstance(value, str)
            },
            per_second=_number(given.get("per_second", "")),
            is_reserve=given.get("is_reserve") == "1",
            from_address=given.get("from_address", ""),
            from_name=given.get("from_name", ""),
            reply_to=given.get("reply_to", ""),
            by=request.actor,
            at=now(),
        )
    except PermissionDenied:
        raise
    except DomainError as error:
        return error
    return None


def _number(text: str) -> int | None:
    """Return a whole number, None for nothing; 0, which is refused, for what is none."""
    text = text.strip()
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) < 9 else 0


@require_POST
@console_view("settings.edit")
def prefer_sender(request: ConsoleRequest, connection_id: UUID) -> HttpResponse:
    """Send through a reserve first; the first becomes its reserve."""
    act(
        request,
        _("Messages go out this way first from now on."),
        messaging.prefer_sender,
        connection_id=connection_id,
    )
    return redirect("console:settings-connections", request.store.slug)


@require_POST
@console_view("settings.edit")
def disconnect_sender(request: ConsoleRequest, connection_id: UUID) -> HttpResponse:
    """Send no more through a provider; its reserve steps in, else the built-in mailbox."""
    act(
        request,
        _("Disconnected. Messages go out through the next provider, or to the built-in mailbox."),
        messaging.disconnect_sender,
        connection_id=connection_id,
    )
    return redirect("console:settings-connections", request.store.slug)
