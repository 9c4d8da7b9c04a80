"""The forms of store credit and gift cards."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.kernel import money
from doorstep.kernel.errors import DomainError
from doorstep.kernel.ids import new_id
from doorstep.rooms.stores.contracts import StoreInfo

LANGUAGES = (
    ("", _("The shop’s language")),
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("ar", "العربية"),
)


class AmountForm(forms.Form):
    """An amount in a currency; the same form sent twice moves nothing twice (``key``)."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=Decimal("0.001"),
        max_digits=14,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3)

    def __init__(self, data: Any, *, store: StoreInfo, **options: Any) -> None:
        options.setdefault("initial", {"key": str(new_id()), "currency": store.currency})
        super().__init__(data, **options)
        self.store = store

    def clean(self) -> dict[str, Any]:
        """Add ``amount_minor``."""
        given: dict[str, Any] = super().clean() or {}
        if "amount" in given and "currency" in given:
            given["currency"] = given["currency"].upper()
            try:
                given["amount_minor"] = money.to_minor(given["amount"], given["currency"])
            except money.UnknownCurrency as error:
                self.add_error("currency", error.message)
            except DomainError as error:
                self.add_error("amount", error.message)
        return given

    def end_of(self, day: date | None) -> datetime | None:
        """Return the moment after a last day at the store."""
        if day is None:
            return None
        return datetime.combine(
            day + timedelta(days=1), time(), ZoneInfo(self.store.timezone)
        ).astimezone(UTC)


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date"}), **options
    )


class IssueCreditForm(AmountForm):
    """Give store credit."""

    words = forms.CharField(
        label=_("Why"),
        max_length=200,
        help_text=_("The customer reads this in their statement."),
    )
    last_day = _day(label=_("Last day"), help_text=_("Empty: it does not end."))

    field_order = ("amount", "currency", "words", "last_day", "key")


class TakeBackForm(AmountForm):
    """Take store credit back."""

    words = forms.CharField(
        label=_("Why"), max_length=200, help_text=_("The customer reads this in their statement.")
    )


class GiftCardForm(AmountForm):
    """Issue a gift card, for the counter or by e-mail to somebody."""

    recipient_email = forms.CharField(
        label=_("Send it to"),
        required=False,
        max_length=200,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("Empty: you get the code here, once, and hand it over yourself."),
    )
    recipient_name = forms.CharField(label=_("Their name"), required=False, max_length=200)
    sender_name = forms.CharField(
        label=_("From"),
        required=False,
        max_length=200,
        help_text=_("As the recipient reads it. Empty: nobody is named."),
    )
    words = forms.CharField(
        label=_("A few words"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    recipient_locale = forms.ChoiceField(
        label=_("Their language"), required=False, choices=LANGUAGES
    )
    send_on = _day(
        label=_("Send on"),
        help_text=_("At nine in the morning where they live. Empty: at once."),
    )
    recipient_time_zone = forms.CharField(
        label=_("Their time zone"),
        required=False,
        max_length=60,
        help_text=_("Like Europe/Berlin. Empty: the shop’s."),
    )
    last_day = _day(
        label=_("Last day"),
        help_text=_("Empty: it does not end. Many countries ask for several years."),
    )

    field_order = (
        "amount", "currency", "recipient_email", "recipient_name", "sender_name", "words",
        "recipient_locale", "send_on", "recipient_time_zone", "last_day", "key",
    )  # fmt: skip

    def clean_recipient_time_zone(self) -> str:
        """Return a known time zone or nothing."""
        zone = str(self.cleaned_data["recipient_time_zone"])
        if zone and zone not in available_timezones():
            raise forms.ValidationError(_("Write a time zone like Europe/Berlin."))
        return zone


class ReasonForm(forms.Form):
    """Why a card is disabled."""

    reason = forms.CharField(label=_("Why"), max_length=200)


class ResendForm(forms.Form):
    """Where a card is sent to."""

    recipient_email = forms.CharField(
        label=_("To"), max_length=200, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
