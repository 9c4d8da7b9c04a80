"""The forms of the order pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.rooms.orders.contracts import FinancialStatus, HoldReason, OrderFilter, OrderState


class FilterForm(forms.Form):
    """What the list is narrowed to; anything odd in the address is simply left out."""

    q = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(required=False, choices=[(s.value, s.value) for s in OrderState])
    hold = forms.ChoiceField(required=False, choices=[(r.value, r.value) for r in HoldReason])
    paid = forms.ChoiceField(required=False, choices=[(f.value, f.value) for f in FinancialStatus])
    channel = forms.CharField(required=False, max_length=80)
    customer = forms.UUIDField(required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def order_filter(self) -> OrderFilter:
        """Return the filter as the orders room takes it."""
        self.is_valid()
        good: dict[str, Any] = self.cleaned_data
        return OrderFilter(
            state=good.get("state") or "",
            hold_reason=good.get("hold") or "",
            financial_status=good.get("paid") or "",
            sales_channel=good.get("channel") or "",
            customer_id=good.get("customer"),
            placed_from=good.get("since"),
            placed_to=good.get("until"),
            search=good.get("q") or "",
        )


class AddressForm(forms.Form):
    """Correcting where an order goes."""

    name = forms.CharField(label=_("Name"), required=False, max_length=200)
    company = forms.CharField(label=_("Company"), required=False, max_length=200)
    line1 = forms.CharField(label=_("Street and number"), max_length=300)
    line2 = forms.CharField(label=_("Address line 2"), required=False, max_length=300)
    postal_code = forms.CharField(label=_("Postal code"), required=False, max_length=20)
    city = forms.CharField(label=_("City"), max_length=200)
    region = forms.CharField(label=_("Region or state"), required=False, max_length=200)
    country_code = forms.RegexField(
        r"^[A-Za-z]{2}$", label=_("Country"), help_text=_("Two letters, like DE.")
    )
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)

    def clean_country_code(self) -> str:
        """Write the country in capitals."""
        return str(self.cleaned_data["country_code"]).upper()


class NoteForm(forms.Form):
    """A note of the team, or why an order is held."""

    text = forms.CharField(
        label=_("Note"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
