"""The forms of shipments and carriers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.rooms.fulfillment.contracts import (
    CarrierInfo,
    HandlingClass,
    ServiceLevelInput,
    ShipmentFilter,
    ShipmentState,
)


class FilterForm(forms.Form):
    """What the list is narrowed to; anything odd in the address is simply left out."""

    q = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(required=False, choices=[(s.value, s.value) for s in ShipmentState])
    due = forms.ChoiceField(required=False, choices=[("late", ""), ("at_risk", "")])
    location = forms.UUIDField(required=False)
    handling = forms.ChoiceField(required=False, choices=[(h.value, h) for h in HandlingClass])

    def shipment_filter(self) -> ShipmentFilter:
        """Return the filter as the fulfillment room takes it; without a state, what is to pack.

        Who searches looks everywhere unless a tab was chosen.
        """
        self.is_valid()
        good: dict[str, Any] = self.cleaned_data
        search, due = good.get("q") or "", good.get("due") or ""
        fallback = "" if search or due else ShipmentState.TO_PACK.value
        return ShipmentFilter(
            state=good.get("state") or fallback,
            due=due,
            location_id=good.get("location"),
            handling_class=good.get("handling") or "",
            search=search,
        )


class _Ids(forms.MultipleChoiceField):
    """Ids that were ticked, at least one, as UUIDs."""

    def validate(self, value: list[str]) -> None:
        """Ask for one; which there are is for the room to say."""
        if not value:
            raise forms.ValidationError(_("Tick the shipments first."))

    def clean(self, value: Any) -> list[Any]:
        """Return them as UUIDs."""
        one = forms.UUIDField()
        return [one.clean(text) for text in super().clean(value)]


class SelectionForm(forms.Form):
    """Which shipments of the list, and what to do with them."""

    shipment = _Ids()
    do = forms.CharField(max_length=40)


class NumberForm(forms.Form):
    """A parcel's tracking number."""

    tracking_number = forms.CharField(
        label=_("Tracking number"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    service = forms.CharField(label=_("Goes with"), required=False, max_length=200)

    def arguments(self) -> dict[str, Any]:
        """Return what the action takes."""
        carrier, _bar, level = self.cleaned_data["service"].partition("|")
        wanted = {"tracking_number": self.cleaned_data["tracking_number"], "carrier": carrier}
        return {**wanted, "service_level": level} if carrier else wanted


class SettingsForm(forms.Form):
    """How the store watches over its promise to ship."""

    cut_off_hour = forms.IntegerField(
        label=_("Packed by (hour of the day)"),
        min_value=0,
        max_value=23,
        help_text=_(
            "What is not packed by then on the working day before it must leave is at risk."
        ),
    )
    catch_up_days = forms.IntegerField(
        label=_("Working days to catch up"),
        min_value=1,
        max_value=60,
        help_text=_("The new day that a shopper is told when the promised one was missed."),
    )
    tells_late = forms.BooleanField(
        label=_("Tell shoppers when something leaves late"),
        required=False,
        help_text=_("Once for each day that was missed, with the new one."),
    )


class CarrierForm(forms.Form):
    """A carrier that the store ships with."""

    code = forms.RegexField(
        r"^[a-zA-Z0-9][a-zA-Z0-9_-]{0,39}$",
        strip=True,
        label=_("Code"),
        help_text=_("Like dhl, ups or bike-courier. Carriers everybody knows bring name and page."),
        error_messages={"invalid": _("Letters, digits and dashes, at most 40.")},
    )
    name = forms.CharField(label=_("Name"), required=False, max_length=100)
    provider = forms.ChoiceField(
        label=_("Labels"),
        help_text=_("Bought elsewhere: type or scan the number that is on the label."),
    )
    tracking_url = forms.CharField(
        label=_("Tracking page"),
        required=False,
        max_length=500,
        help_text=_("With {number} where the number goes. Empty: the carrier’s own, if known."),
    )
    is_default = forms.BooleanField(
        label=_("Usual carrier"),
        required=False,
        help_text=_("Chosen when no service level names the order’s shipping method."),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(
        self, *args: Any, providers: list[tuple[str, str]], is_new: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        provider: Any = self.fields["provider"]
        provider.choices = providers
        if not is_new:
            del self.fields["code"]  # it stands in the address

    @classmethod
    def initial_of(cls, carrier: CarrierInfo) -> dict[str, Any]:
        """Return what the form shows of a carrier."""
        names = ("name", "provider", "tracking_url", "is_default", "is_active")
        return {name: getattr(carrier, name) for name in names}


class LevelForm(forms.Form):
    """One service level; a row without a code is none."""

    code = forms.CharField(label=_("Code"), required=False, max_length=100)
    name = forms.CharField(label=_("Name"), required=False, max_length=100)
    transit_days_min = forms.IntegerField(
        label=_("Days, fewest"), min_value=0, max_value=365, required=False
    )
    transit_days_max = forms.IntegerField(
        label=_("Days, most"), min_value=0, max_value=365, required=False
    )
    shipping_methods = forms.CharField(
        label=_("Shipping methods"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("As your shop calls them, one a line."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a code where anything else was filled in."""
        found = super().clean() or {}
        if not found.get("code") and any(found.get(name) for name in ("name", "shipping_methods")):
            self.add_error("code", _("Give the service level a code, or empty the row."))
        return found

    def level(self) -> ServiceLevelInput | None:
        """Return the service level, None for an empty row."""
        got = self.cleaned_data
        if not got.get("code"):
            return None
        fewest = got["transit_days_min"] if got["transit_days_min"] is not None else 1
        most = got["transit_days_max"] if got["transit_days_max"] is not None else max(fewest, 3)
        methods = [line.strip() for line in got["shipping_methods"].splitlines() if line.strip()]
        return ServiceLevelInput(got["code"], got["name"], fewest, most, tuple(methods))


LevelFormSet = forms.formset_factory(LevelForm, extra=2, max_num=50, absolute_max=60)
