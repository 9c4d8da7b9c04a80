"""The forms of the parcels' pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.console.parcels.words import STATUSES
from doorstep.console.parcels.words import SUBSTATUSES as SAYS
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import Substatus, TrackingStatus

# What a person can say: not that the carrier has no news.
_SAID_BY_HAND = [one for one in TrackingStatus if one not in ("pending", "expired")]
_SEPARATOR = "+"


def _choices(statuses: list[TrackingStatus]) -> list[tuple[str, Any]]:
    """Return statuses and what exactly can be said of each: one list, so nothing odd is chosen."""
    grouped: list[tuple[str, Any]] = []
    for status in statuses:
        exactly = sorted(tracking.SUBSTATUSES.get(status, ()), key=lambda one: str(SAYS[one]))
        words = STATUSES[status][0]
        if exactly:
            rows = [(status.value, words)]
            rows += [(f"{status}{_SEPARATOR}{one}", f"{words}: {SAYS[one]}") for one in exactly]
            grouped.append((words, rows))
        else:
            grouped.append((status.value, words))
    return grouped


def read_meaning(chosen: str) -> tuple[TrackingStatus, Substatus]:
    """Return the status and what exactly of a choice of these forms."""
    status, _plus, substatus = chosen.partition(_SEPARATOR)
    return TrackingStatus(status), Substatus(substatus)


class CheckpointForm(forms.Form):
    """A step that a person knows of."""

    status = forms.ChoiceField(label=_("Where it is"))
    occurred_at = forms.DateTimeField(
        label=_("When"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=_("In the store’s time zone. Empty: now."),
    )
    note = forms.CharField(
        label=_("How you know"),
        required=False,
        max_length=500,
        help_text=_("The shopper can read this beside the step."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        status: Any = self.fields["status"]
        status.choices = _choices(_SAID_BY_HAND)


class SettleForm(forms.Form):
    """A person's word about a parcel in trouble."""

    outcome = forms.ChoiceField(
        label=_("What is so"),
        widget=forms.RadioSelect,
        choices=[
            ("found", _("It turned up: alarms end, the clocks run on")),
            ("delivered", _("It has arrived: it counts as delivered, alarms end")),
            ("lost", _("It is lost for good: it stays lost, the clocks stop")),
        ],
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the team, such as the number of the claim."),
    )


class MeaningForm(forms.Form):
    """What a code means."""

    meaning = forms.ChoiceField(label=_("It means"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        meaning: Any = self.fields["meaning"]
        meaning.choices = [("", _("Not known yet")), *_choices(list(TrackingStatus))]
        meaning.required = False
