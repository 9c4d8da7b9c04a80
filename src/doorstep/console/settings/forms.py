"""The forms of the settings pages."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.console.templatetags.console import PERMISSIONS
from doorstep.kernel import money
from doorstep.kernel.actions.permissions import ALL_PERMISSIONS, ROLES
from doorstep.rooms.orders.contracts import OrderSettings

LOGO_BYTES = 300_000
# By its first bytes, not by what the browser claims. No SVG: it can carry scripts.
LOGO_TYPES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class BrandForm(forms.Form):
    """What shoppers see on pages and in messages."""

    name = forms.CharField(label=_("Store name"), max_length=120)
    brand_color = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        strip=True,
        label=_("Brand color"),
        help_text=_("Buttons and links. Text on it is made readable by itself."),
        widget=forms.TextInput(attrs={"type": "color"}),
        error_messages={"invalid": _("A color is written like #1f6f54.")},
    )
    logo = forms.FileField(
        label=_("Logo"), required=False, help_text=_("PNG or JPEG, up to 300 KB.")
    )
    website_url = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    faq_url = forms.URLField(
        label=_("Questions and answers"), required=False, assume_scheme="https"
    )
    social_links = forms.CharField(
        label=_("Where to follow you"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Addresses of your profiles, one a line. The message “follow us” shows them."),
    )
    support_email = forms.EmailField(label=_("Support e-mail"), required=False)
    support_phone = forms.CharField(label=_("Support phone"), required=False, max_length=40)
    postal_address = forms.CharField(
        label=_("Postal address"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands at the foot of every e-mail; the law asks for it in most countries."),
    )
    portal_host = forms.RegexField(
        r"^[a-zA-Z0-9.-]*$",
        strip=True,
        max_length=253,
        label=_("Domain of the shoppers’ pages"),
        required=False,
        help_text=_("For example orders.your-shop.com, pointed to this server."),
    )

    def clean_logo(self) -> dict[str, Any] | None:
        """Read the picture and tell what it is by its first bytes."""
        upload = self.cleaned_data["logo"]
        if not upload:
            return None
        if upload.size > LOGO_BYTES:
            raise forms.ValidationError(_("The picture is larger than 300 KB."))
        data = upload.read()
        for start, mime in LOGO_TYPES.items():
            if data.startswith(start):
                return {"logo": data, "logo_type": mime}
        raise forms.ValidationError(_("That is neither a PNG nor a JPEG."))

    def changes(self) -> dict[str, Any]:
        """Return the settings as the stores room takes them."""
        values = dict(self.cleaned_data)
        picture = values.pop("logo") or {}
        return {**values, **picture}


class DefaultsForm(forms.Form):
    """Language, zone, dates and consent."""

    timezone = forms.ChoiceField(
        label=_("Time zone"), choices=[(z, z) for z in sorted(available_timezones())]
    )
    default_locale = forms.ChoiceField(
        label=_("Language of messages, where the shopper’s is not known"),
        choices=[
            ("en", "English"),
            ("de", "Deutsch"),
            ("fr", "Français"),
            ("es", "Español"),
            ("ar", "العربية"),
        ],
    )
    country_code = forms.RegexField(
        r"^[A-Z]{2}$",
        strip=True,
        label=_("Home country"),
        help_text=_("Two letters, like DE: for phone numbers without a country code."),
    )
    production_days_min = forms.IntegerField(
        label=_("Days to prepare, at least"), min_value=0, max_value=365
    )
    production_days_max = forms.IntegerField(
        label=_("Days to prepare, at most"), min_value=0, max_value=365
    )
    transit_days_min = forms.IntegerField(
        label=_("Days on the way, at least"), min_value=0, max_value=365
    )
    transit_days_max = forms.IntegerField(
        label=_("Days on the way, at most"), min_value=0, max_value=365
    )
    order_link_days = forms.IntegerField(
        label=_("Days that a link to an order works"),
        min_value=1,
        max_value=3650,
        help_text=_("After that, the shopper looks the order up by number and e-mail."),
    )
    marketing_needs_opt_in = forms.BooleanField(
        label=_("Ask before sending offers"),
        required=False,
        help_text=_("Needed by law in the EU, the UK and Canada. Order messages go in any case."),
    )


class MemberForm(forms.Form):
    """A new person in the team."""

    email = forms.EmailField(label=_("E-mail"))
    name = forms.CharField(label=_("Name"), max_length=120)
    # The role that may least comes first: nobody becomes an owner by a slip.
    role = forms.ChoiceField(
        label=_("Role"), choices=[(role, role.capitalize()) for role in reversed(ROLES)]
    )


class ApiKeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Which system will use it?")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(p, PERMISSIONS.get(p, p)) for p in sorted(ALL_PERMISSIONS)],
        widget=forms.CheckboxSelectMultiple,
    )


class OrderRulesForm(forms.Form):
    """How orders are checked."""

    live_days = forms.IntegerField(
        label=_("Days that an order counts as new"),
        min_value=0,
        max_value=365,
        help_text=_(
            "An order placed longer ago is kept as history when it arrives: nobody is written to."
        ),
    )
    review_above = forms.DecimalField(
        label=_("Look at orders from this total on"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=3,
        help_text=_(
            "Only those that are billed to one country and shipped to another. Empty: never."
        ),
    )
    closed_dates = forms.CharField(
        label=_("Days on which nothing is shipped"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Beside weekends; one a line, like 2026-12-24."),
    )
    required_properties = forms.CharField(
        label=_("Wishes that must be filled in"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: SKU: Engraving, Font. An order without them is held."),
    )

    gift_card_skus = forms.CharField(
        label=_("SKUs that are gift cards"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "One a line. Once such an order is paid, the card is made here and sent by e-mail."
        ),
    )
    issues_platform_cards = forms.BooleanField(
        label=_("Also make the gift cards that my shop calls so"),
        required=False,
        help_text=_(
            "Leave this off while Shopify or a WooCommerce plugin sends its own codes: "
            "otherwise every card would be sent twice."
        ),
    )

    @staticmethod
    def initial_of(settings: OrderSettings, currency: str) -> dict[str, Any]:
        """Return the form's values for what is set now."""
        above = settings.review_above_minor
        return {
            "live_days": settings.live_days,
            "review_above": None if above is None else money.from_minor(above, currency),
            "closed_dates": "\n".join(day.isoformat() for day in settings.closed_dates),
            "required_properties": "\n".join(
                f"{sku}: {', '.join(names)}" for sku, names in settings.required_properties.items()
            ),
            "gift_card_skus": "\n".join(settings.gift_card_skus),
            "issues_platform_cards": settings.issues_platform_cards,
        }

    def clean_closed_dates(self) -> list[date]:
        """Read one date a line."""
        days = []
        for line in self.cleaned_data["closed_dates"].split():
            try:
                days.append(date.fromisoformat(line))
            except ValueError:
                raise forms.ValidationError(
                    _("“%(line)s” is not a date like 2026-12-24."), params={"line": line}
                ) from None
        return days

    def clean_required_properties(self) -> dict[str, list[str]]:
        """Read "SKU: name, name", one a line."""
        wanted = {}
        for line in filter(
            None, map(str.strip, self.cleaned_data["required_properties"].splitlines())
        ):
            sku, _colon, names = line.partition(":")
            listed = [name.strip() for name in names.split(",") if name.strip()]
            if not sku.strip() or not listed:
                raise forms.ValidationError(
                    _("Write “SKU: Engraving”, not “%(line)s”."), params={"line": line}
                )
            wanted[sku.strip()] = listed
        return wanted

    def clean_gift_card_skus(self) -> list[str]:
        """Read one SKU a line."""
        lines = self.cleaned_data["gift_card_skus"].splitlines()
        return [sku for line in lines if (sku := line.strip())]

    def settings(self, currency: str) -> dict[str, Any]:
        """Return the values as the orders room takes them."""
        values = dict(self.cleaned_data)
        above = values.pop("review_above")
        values["review_above_minor"] = None if above is None else money.to_minor(above, currency)
        return values
