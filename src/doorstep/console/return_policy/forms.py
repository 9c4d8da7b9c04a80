"""The forms of the return policy: what a rule changes, and what stands beside the rules."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.kernel import money
from doorstep.rooms.returns.api import Effects
from doorstep.rooms.returns.contracts import LabelPayer, MethodKind, Outcome, RefundTrigger

OUTCOMES = [
    (Outcome.REFUND.value, _("Refund")),
    (Outcome.EXCHANGE.value, _("Exchange for another variant")),
    (Outcome.EXCHANGE_ANY.value, _("Exchange for anything else")),
    (Outcome.STORE_CREDIT.value, _("Store credit")),
    (Outcome.REPLACEMENT.value, _("The same again")),
    (Outcome.REPLACEMENT_PART.value, _("A replacement part")),
    (Outcome.REPAIR.value, _("Repair")),
]
METHODS = [
    (MethodKind.QR_DROP_OFF.value, _("Drop off with a QR code")),
    (MethodKind.LABEL.value, _("Label to print")),
    (MethodKind.OWN_LABEL.value, _("Own label of the shopper")),
    (MethodKind.IN_STORE.value, _("In a store")),
    (MethodKind.PICK_UP.value, _("Pick-up")),
    (MethodKind.KEEP.value, _("Keep it: nothing comes back")),
]
TRIGGERS = [
    (RefundTrigger.APPROVAL.value, _("At once, when it is approved")),
    (RefundTrigger.CARRIER_SCAN.value, _("When the carrier has the parcel")),
    (RefundTrigger.RECEPTION.value, _("When it arrives here")),
    (RefundTrigger.INSPECTION.value, _("When it was looked at")),
]
_LEAVE = [("", _("Leave as it is"))]
_YES_NO = [("yes", _("Yes")), ("no", _("No"))]
_FAULTS = [
    ("shopper", _("The shopper’s choice")),
    ("merchant", _("Our mistake")),
    ("carrier", _("The carrier’s mistake")),
]
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("ar", "العربية"),
]


class EffectsForm(forms.Form):
    """What a rule changes; of the general rule (``is_base``) everything has to be said.

    Amounts are typed in the store's currency.
    """

    window_days = forms.IntegerField(
        label=_("Days to send it back"), min_value=0, max_value=3650, required=False
    )
    window_start = forms.ChoiceField(
        label=_("Counted from"),
        choices=[("delivery", _("Delivery")), ("order", _("The order"))],
    )
    window_endless = forms.BooleanField(label=_("Without end"), required=False)
    final_sale = forms.ChoiceField(label=_("Final sale"), required=False)
    changes_offers = forms.BooleanField(
        label=_("Change what the shopper may choose"),
        required=False,
        help_text=_("With nothing chosen below, no return is offered."),
    )
    changes_methods = forms.BooleanField(label=_("Change the ways back"), required=False)
    methods = forms.MultipleChoiceField(
        label=_("Ways back"),
        choices=METHODS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    label_payer = forms.ChoiceField(label=_("Who pays the way back"), required=False)
    label_fee = forms.DecimalField(
        label=_("Taken off per return, where the shopper pays"),
        min_value=0,
        max_digits=12,
        decimal_places=3,
        required=False,
    )
    trigger = forms.ChoiceField(label=_("Money goes back"), required=False)
    approval = forms.ChoiceField(label=_("Approval"), required=False)
    needs_photos = forms.IntegerField(
        label=_("Photos needed"), min_value=0, max_value=10, required=False
    )
    keep_below = forms.DecimalField(
        label=_("May be kept when it cost less than"),
        min_value=0,
        max_digits=12,
        decimal_places=3,
        required=False,
        help_text=_("0: everything comes back."),
    )
    instant_exchange = forms.ChoiceField(
        label=_("Exchanges go out before the return is back"), required=False
    )

    def __init__(self, *args: Any, currency: str, is_base: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.is_base = currency, is_base
        leave = [] if is_base else _LEAVE
        self._choose("final_sale", [*leave, *_YES_NO])
        self._choose("instant_exchange", [*leave, *_YES_NO])
        payers = [
            (LabelPayer.STORE.value, _("The store")),
            (LabelPayer.SHOPPER.value, _("The shopper")),
        ]
        self._choose("label_payer", [*leave, *payers])
        self._choose("trigger", [*leave, *TRIGGERS])
        approvals = [("auto", _("By itself")), ("review", _("By a person"))]
        self._choose("approval", [*leave, *approvals])
        if is_base:
            del self.fields["changes_offers"], self.fields["changes_methods"]
        for key, label in OUTCOMES:
            self.fields[f"offer_{key}"] = forms.BooleanField(label=label, required=False)
            for part, words in (
                ("percent", _("Fee in percent")),
                ("bonus", _("Bonus in percent")),
            ):
                self.fields[f"offer_{key}_{part}"] = forms.IntegerField(
                    label=_("%(outcome)s: %(part)s") % {"outcome": label, "part": words},
                    min_value=0,
                    max_value=100,
                    required=False,
                )
            self.fields[f"offer_{key}_fee"] = forms.DecimalField(
                label=_("%(outcome)s: fee per piece") % {"outcome": label},
                min_value=0,
                max_digits=12,
                decimal_places=3,
                required=False,
            )

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        field.required = self.is_base

    def offer_rows(self) -> list[tuple[forms.BoundField, ...]]:
        """Return the fields of each outcome, as one row of the table."""
        parts = ("", "_percent", "_fee", "_bonus")
        return [tuple(self[f"offer_{key}{part}"] for part in parts) for key, _name in OUTCOMES]

    def clean(self) -> dict[str, Any]:
        """Want a number of days, or none at all, where the general rule needs one."""
        values = dict(super().clean() or {})
        if self.is_base and values.get("window_days") is None and not values.get("window_endless"):
            self.add_error("window_days", _("Give a number of days, or choose “Without end”."))
        return values

    @staticmethod
    def initial_of(effects: Effects, currency: str) -> dict[str, Any]:
        """Return the form's values for stored effects."""

        def amount(minor: int | None) -> Any:
            return None if minor is None else money.from_minor(minor, currency)

        window, label = effects.window, effects.label
        found: dict[str, Any] = {
            "window_days": window.days if window else None,
            "window_start": window.start if window else "delivery",
            "window_endless": window is not None and window.days is None,
            "final_sale": _yes_no(effects.final_sale),
            "changes_offers": effects.offers is not None,
            "changes_methods": effects.methods is not None,
            "methods": [one.value for one in effects.methods or ()],
            "label_payer": label.payer.value if label else "",
            "label_fee": amount(label.fee_minor) if label else None,
            "trigger": effects.trigger.value if effects.trigger else "",
            "approval": effects.approval or "",
            "needs_photos": effects.needs_photos,
            "keep_below": amount(effects.keep_below_minor),
            "instant_exchange": _yes_no(effects.instant_exchange),
        }
        for offer in effects.offers or ():
            key = f"offer_{offer.outcome.value}"
            found |= {
                key: True,
                f"{key}_percent": offer.fee_percent or None,
                f"{key}_fee": amount(offer.fee_minor) if offer.fee_minor else None,
                f"{key}_bonus": offer.bonus_percent or None,
            }
        return found

    def effects(self) -> dict[str, Any]:
        """Return what was filled in, in the room's shape; it judges it."""
        values = self.cleaned_data
        found: dict[str, Any] = {}
        if values["window_endless"]:
            found["window"] = {"days": None, "start": values["window_start"]}
        elif values["window_days"] is not None:
            found["window"] = {"days": values["window_days"], "start": values["window_start"]}
        for name in ("final_sale", "instant_exchange"):
            if values[name]:
                found[name] = values[name] == "yes"
        if self.is_base or values["changes_offers"]:
            found["offers"] = self._offers()
        if self.is_base or values["changes_methods"]:
            found["methods"] = values["methods"]
        if values["label_payer"]:
            found["label"] = {
                "payer": values["label_payer"],
                "fee_minor": self._minor(values["label_fee"]),
            }
        for name in ("trigger", "approval"):
            if values[name]:
                found[name] = values[name]
        if values["needs_photos"] is not None or self.is_base:
            found["needs_photos"] = values["needs_photos"] or 0
        if values["keep_below"] is not None or self.is_base:
            found["keep_below_minor"] = self._minor(values["keep_below"])
        return found

    def _offers(self) -> list[dict[str, Any]]:
        values = self.cleaned_data
        return [
            {
                "outcome": key,
                "fee_percent": values[f"offer_{key}_percent"] or 0,
                "fee_minor": self._minor(values[f"offer_{key}_fee"]),
                "bonus_percent": values[f"offer_{key}_bonus"] or 0,
            }
            for key, _name in OUTCOMES
            if values[f"offer_{key}"]
        ]

    def _minor(self, amount: Any) -> int:
        return 0 if amount is None else money.to_minor(str(amount), self.currency)


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


class RuleForm(EffectsForm):
    """A rule without its condition."""

    field_order = ("name", "is_active")
    name = forms.CharField(label=_("Name"), max_length=120)
    is_active = forms.BooleanField(label=_("In force"), required=False, initial=True)


class WarrantyForm(forms.Form):
    """A warranty without its condition."""

    name = forms.CharField(label=_("Name"), max_length=120)
    is_active = forms.BooleanField(label=_("In force"), required=False, initial=True)
    months = forms.IntegerField(label=_("Months from delivery"), min_value=1, max_value=1200)
    resolutions = forms.MultipleChoiceField(
        label=_("What you offer"), choices=OUTCOMES, widget=forms.CheckboxSelectMultiple
    )
    is_auto = forms.BooleanField(label=_("Approve claims without a person"), required=False)
    needs_photos = forms.IntegerField(
        label=_("Photos needed"), min_value=0, max_value=10, initial=1
    )


class PublishForm(forms.Form):
    """How a draft goes live."""

    note = forms.CharField(
        label=_("What is new"),
        max_length=500,
        required=False,
        help_text=_("For your team, in the list of versions."),
    )
    live_from = forms.DateTimeField(
        label=_("Counts from"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("Empty: from now on."),
    )
    covers_past = forms.BooleanField(
        label=_("Also for orders placed before"),
        required=False,
        help_text=_(
            "Shoppers were promised what stood there when they ordered. Choose this where the new "
            "version is better for them."
        ),
    )


class TryForm(forms.Form):
    """An order to try a version with."""

    order = forms.CharField(label=_("Order number"), max_length=80)
    reason = forms.ChoiceField(label=_("Reason given"), required=False)

    def __init__(self, *args: Any, reasons: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("None yet")), *reasons]


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}))


class HolidayForm(forms.Form):
    """A holiday extension."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Shoppers read it: “Christmas”.")
    )
    orders_from = _day(_("Orders from"))
    orders_to = _day(_("Orders to"))
    until_date = _day(_("May come back until"))


class ReasonForm(forms.Form):
    """A reason for returns."""

    code = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,59}$",
        label=_("Code"),
        help_text=_("Small letters, digits and _. It stays: returns name it."),
        error_messages={"invalid": _("Use small letters, digits and _ only; begin with a letter.")},
    )
    parent = forms.ChoiceField(label=_("Stands below"), required=False)
    fault = forms.ChoiceField(label=_("Who caused it"), choices=_FAULTS)
    damage = forms.CharField(
        label=_("Kind of damage"),
        max_length=60,
        required=False,
        help_text=_("For the report of damages: “broken”."),
    )
    asks_photo = forms.BooleanField(label=_("Ask for a photo"), required=False)
    is_active = forms.BooleanField(label=_("Offered"), required=False, initial=True)

    def __init__(self, *args: Any, parents: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["parent"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Nothing: first level")), *parents]
        for key, name in LANGUAGES:
            self.fields[f"words_{key}"] = forms.CharField(
                label=_("In %(language)s") % {"language": name},
                max_length=120,
                required=key == "en",
            )

    def words(self) -> dict[str, str]:
        """Return what was written, by language."""
        return {key: self.cleaned_data[f"words_{key}"] for key, _name in LANGUAGES}


class ReplayForm(forms.Form):
    """What a replay goes over, and what it assumes."""

    version = forms.ChoiceField(label=_("Version to try"))
    since = _day(_("Orders from"))
    until = _day(_("Orders to"))
    ask_after_days = forms.IntegerField(
        label=_("Ask about the rest so many days after delivery"),
        min_value=0,
        max_value=3650,
        initial=14,
        help_text=_(
            "What really came back is asked about on its own day. Everything else is asked about "
            "then, as if every shopper had wanted to."
        ),
    )
    label_cost = forms.DecimalField(
        label=_("A label costs you"),
        min_value=0,
        max_digits=9,
        decimal_places=3,
        initial=5,
    )

    def __init__(self, *args: Any, versions: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["version"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = versions

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the first instant and the one after the last, of the store's days."""
        first = datetime.combine(self.cleaned_data["since"], time(0), zone)
        end = datetime.combine(self.cleaned_data["until"] + timedelta(days=1), time(0), zone)
        return first, end
