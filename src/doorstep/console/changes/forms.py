"""The forms of the change pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.rooms.changes.contracts import (
    ChangeAct,
    ChangeAsk,
    ChangeKind,
    ChangeSettings,
    LineWish,
)

ACTS = [
    (ChangeAct.ADDRESS, _("Change the address")),
    (ChangeAct.QUANTITY, _("Change quantities")),
    (ChangeAct.SWAP, _("Choose another variant")),
    (ChangeAct.ADD, _("Add something")),
    (ChangeAct.REMOVE, _("Take something off")),
    (ChangeAct.CANCEL, _("Cancel the order")),
    (ChangeAct.DELAY, _("Have it sent later")),
]


class SettingsForm(forms.Form):
    """What goes for all changes."""

    pay_within_hours = forms.IntegerField(
        label=_("Hours to pay for a change that costs more"),
        help_text=_("The stock is kept so long. Then the change undoes itself."),
        min_value=1,
        max_value=720,
    )
    countries = forms.ChoiceField(
        label=_("Where an order may go instead"),
        choices=[
            ("same", _("The same country only")),
            ("zone", _("The same tax and customs zone")),
            ("any", _("Anywhere")),
        ],
    )
    max_delay_days = forms.IntegerField(
        label=_("Days an order can be put off at most"), min_value=1, max_value=365
    )
    us_delay_notices = forms.BooleanField(
        label=_("Ask shoppers in the United States when an order ships late"),
        help_text=_("With consent and cancellation, as 16 CFR 435 demands."),
        required=False,
    )

    @staticmethod
    def initial_of(settings: ChangeSettings) -> dict[str, Any]:
        """Return the settings as the form shows them."""
        return {name: getattr(settings, name) for name in SettingsForm.base_fields}


class RuleForm(forms.Form):
    """Whether an act is offered, and who decides."""

    is_offered = forms.BooleanField(label=_("Shoppers can do this themselves"), required=False)
    mode = forms.ChoiceField(
        label=_("When it is asked for"),
        choices=[("auto", _("Do it at once")), ("approval", _("Somebody decides first"))],
        widget=forms.RadioSelect,
    )


class DeclineForm(forms.Form):
    """Why a change is refused."""

    words = forms.CharField(
        label=_("Why, for the shopper"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ChangeForm(forms.Form):
    """A change by the team: one kind at a time."""

    what = forms.ChoiceField(
        label=_("What"),
        choices=[
            ("lines", _("Change quantities")),
            ("cancel", _("Cancel the order")),
            ("delay", _("Have it sent later")),
        ],
        widget=forms.RadioSelect,
    )
    until = forms.DateField(
        label=_("Not before"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.CharField(label=_("Why"), required=False, max_length=500)

    def __init__(self, data: Any, lines: dict[UUID, tuple[str, int]]) -> None:
        super().__init__(data, initial={"what": "lines"})
        self.lines = lines
        for line_id, (title, pieces) in lines.items():
            self.fields[f"q_{line_id.hex}"] = forms.IntegerField(
                label=title, min_value=0, max_value=9_999, initial=pieces, required=False
            )

    def ask(self) -> ChangeAsk:
        """Return what is asked for; the form is valid."""
        given = self.cleaned_data
        match given["what"]:
            case "cancel":
                return ChangeAsk(ChangeKind.CANCEL, reason=given["reason"])
            case "delay":
                return ChangeAsk(ChangeKind.DELAY, until=given["until"], reason=given["reason"])
        wishes = [
            LineWish(line_id, wanted)
            for line_id, (_title, pieces) in self.lines.items()
            if (wanted := given[f"q_{line_id.hex}"]) is not None and wanted != pieces
        ]
        return ChangeAsk(ChangeKind.LINES, lines=tuple(wishes), reason=given["reason"])


class NoticeForm(forms.Form):
    """When it ships instead, for a notice with consent or cancellation."""

    new_date = forms.DateField(
        label=_("The new day to ship by"),
        help_text=_("Empty where it is not known."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
