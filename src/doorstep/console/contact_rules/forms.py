"""The forms of contact rules: caps, hours, and a question to the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doorstep.console.templatetags.console import channel_words
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import (
    ALL_CHANNELS,
    CAP_KEYS,
    TIMED_PURPOSES,
    Channel,
    Purpose,
)

PURPOSES: list[tuple[str, Any]] = [
    (Purpose.MARKETING.value, gettext_lazy("Marketing: sells something")),
    (Purpose.SERVICE.value, gettext_lazy("Service: tips, requests for a review")),
    (Purpose.TRANSACTIONAL.value, gettext_lazy("Transactional: belongs to a purchase")),
]
PURPOSE_WORDS: dict[str, Any] = {
    Purpose.SERVICE.value: gettext_lazy("service"),
    Purpose.MARKETING.value: gettext_lazy("marketing"),
}
_ANY = [("", gettext_lazy("any hour"))]


def _hour(hour: int) -> str:
    return f"{hour}:00"


@dataclass(frozen=True)
class CapRow:
    """One line of the caps: a channel with its two fields."""

    label: Any
    limit: forms.BoundField
    days: forms.BoundField


@dataclass(frozen=True)
class HoursRow:
    """One line of the hours: a channel and a purpose, its two fields, and its strip.

    :param start: of the strip, in 24ths; 0 to 24 where it goes at any hour.
    """

    label: Any
    first: forms.BoundField
    until: forms.BoundField
    start: int
    end: int
    words: str

    @property
    def strip(self) -> tuple[int, int]:
        """Return where the open part of the strip begins and how long it is, 10 units an hour."""
        return self.start * 10, (self.end - self.start) * 10


class ContactRulesForm(forms.Form):
    """How often and at what hours a store writes."""

    counts_service = forms.BooleanField(
        required=False,
        label=gettext_lazy("Service messages count too"),
        help_text=gettext_lazy(
            "Tips and requests for a review then share the limits with marketing."
        ),
    )
    defer_days = forms.IntegerField(
        min_value=0,
        max_value=30,
        label=gettext_lazy("Days a message may wait for a free place"),
        help_text=gettext_lazy(
            "It is dropped, with the reason, when it would have to wait longer."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add a pair of fields per cap, and per channel and purpose; their fieldset names whose."""
        super().__init__(*args, **kwargs)
        for key in CAP_KEYS:
            self.fields[f"cap_{key}"] = forms.IntegerField(
                min_value=1, max_value=100, required=False,
                label=_("Messages at most"),
            )  # fmt: skip
            self.fields[f"days_{key}"] = forms.IntegerField(
                min_value=1, max_value=90, required=False,
                label=_("In how many days"),
            )  # fmt: skip
        for channel in Channel:
            for purpose in TIMED_PURPOSES:
                self._add_hours(channel, purpose)

    def _add_hours(self, channel: Channel, purpose: Purpose) -> None:
        first = [*_ANY, *((str(hour), _hour(hour)) for hour in range(24))]
        until = [*_ANY, *((str(hour), _hour(hour)) for hour in range(1, 25))]
        key = f"{channel.value}_{purpose.value}"
        self.fields[f"hours_{key}"] = forms.ChoiceField(
            choices=first, required=False, label=_("From")
        )
        self.fields[f"until_{key}"] = forms.ChoiceField(
            choices=until, required=False, label=_("Until")
        )

    @staticmethod
    def initial_of(rules: Any) -> dict[str, Any]:
        """Return what the form shows for rules that are in force."""
        initial: dict[str, Any] = {
            "counts_service": rules.counts_service,
            "defer_days": rules.defer_days,
        }
        for key, cap in rules.caps:
            initial |= {f"cap_{key}": cap.limit, f"days_{key}": cap.days}
        for channel, purpose, hours in rules.hours:
            key = f"{channel.value}_{purpose.value}"
            initial |= {f"hours_{key}": str(hours.start), f"until_{key}": str(hours.end)}
        return initial

    def clean(self) -> dict[str, Any]:
        """Refuse half a pair: a limit without days, a first hour without a last."""
        cleaned = super().clean() or {}
        pairs = [(f"cap_{key}", f"days_{key}") for key in CAP_KEYS] + [
            (f"hours_{c.value}_{p.value}", f"until_{c.value}_{p.value}")
            for c in Channel
            for p in TIMED_PURPOSES
        ]
        for first, second in pairs:
            if bool(cleaned.get(first)) != bool(cleaned.get(second)) and not self._has_error(
                first, second
            ):
                missing = second if cleaned.get(first) else first
                self.add_error(missing, _("Fill in both, or neither for no limit."))
        return cleaned

    def _has_error(self, *names: str) -> bool:
        return any(name in self.errors for name in names)

    def arguments(self) -> dict[str, Any]:
        """Return what the action takes."""
        cleaned = self.cleaned_data
        hours: dict[str, dict[str, tuple[int, int]]] = {}
        for channel in Channel:
            for purpose in TIMED_PURPOSES:
                key = f"{channel.value}_{purpose.value}"
                if cleaned[f"hours_{key}"]:
                    pair = int(cleaned[f"hours_{key}"]), int(cleaned[f"until_{key}"])
                    hours.setdefault(channel.value, {})[purpose.value] = pair
        return {
            "caps": {
                key: (cleaned[f"cap_{key}"], cleaned[f"days_{key}"])
                for key in CAP_KEYS
                if cleaned[f"cap_{key}"]
            },
            "hours": hours,
            "counts_service": cleaned["counts_service"],
            "defer_days": cleaned["defer_days"],
        }

    def cap_rows(self) -> list[CapRow]:
        """Return the lines of the caps."""
        return [
            CapRow(
                _("All channels together") if key == ALL_CHANNELS else channel_words(key),
                self[f"cap_{key}"],
                self[f"days_{key}"],
            )
            for key in CAP_KEYS
        ]

    def hours_rows(self) -> list[HoursRow]:
        """Return the lines of the hours, with a strip of the day."""
        return [
            self._hours_row(channel, purpose) for channel in Channel for purpose in TIMED_PURPOSES
        ]

    def _hours_row(self, channel: Channel, purpose: Purpose) -> HoursRow:
        key = f"{channel.value}_{purpose.value}"
        first, until = self[f"hours_{key}"], self[f"until_{key}"]
        start, end = _number(first.value(), 0), _number(until.value(), 24)
        if start >= end:
            start, end = 0, 24
        label = f"{channel_words(channel)}, {PURPOSE_WORDS[purpose]}"
        words = (
            _("any hour")
            if (start, end) == (0, 24)
            else _("from %(start)s to %(end)s") % {"start": _hour(start), "end": _hour(end)}
        )
        return HoursRow(label, first, until, start, end, words)


def _number(value: Any, otherwise: int) -> int:
    return int(value) if str(value or "").isdigit() and int(value) <= 24 else otherwise


class AskForm(forms.Form):
    """What would become of a message if it were sent now?"""

    purpose = forms.ChoiceField(choices=PURPOSES, label=gettext_lazy("Why it is sent"))
    channel = forms.ChoiceField(required=False, label=gettext_lazy("Channel"))
    topic = forms.ChoiceField(required=False, label=gettext_lazy("What it is about"))
    kind = forms.ChoiceField(required=False, label=gettext_lazy("Text"))
    sales_channel = forms.CharField(
        required=False,
        max_length=60,
        label=gettext_lazy("About a purchase on"),
        help_text=gettext_lazy("A sales channel such as amazon or ebay; empty for none."),
    )

    def __init__(
        self, *args: Any, kinds: list[str], topics: list[tuple[str, str]], **kw: Any
    ) -> None:
        """Offer the channels, topics and texts there are."""
        super().__init__(*args, **kw)
        channels = [(one.value, channel_words(one)) for one in Channel]
        self.fields["channel"].choices = [("", _("The best one for the person")), *channels]  # type: ignore[attr-defined]
        self.fields["topic"].choices = [("", _("Nothing in particular")), *topics]  # type: ignore[attr-defined]
        texts = sorted(
            ((kind, messaging.kind_title(kind)) for kind in kinds), key=lambda one: one[1]
        )
        self.fields["kind"].choices = [("", _("Any text")), *texts]  # type: ignore[attr-defined]
