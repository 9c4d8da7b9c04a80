"""The forms of Settings, Tracking: when parcels count as late, and what shoppers are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from doorstep.rooms.fulfillment.contracts import CarrierInfo
from doorstep.rooms.tracking.contracts import Clocks, Step

MAX_ROWS = 60

STEPS: list[tuple[str, Any]] = [
    (Step.SHIPPED.value, gettext_lazy("It has left, with its number and the day it should arrive")),
    (Step.OUT_FOR_DELIVERY.value, gettext_lazy("It comes today")),
    (Step.DELIVERED.value, gettext_lazy("It has arrived")),
    (
        Step.PROBLEM.value,
        gettext_lazy(
            "Something is wrong: tried in vain, waits to be picked up, held by customs, "
            "late, comes back, lost"
        ),
    ),
]


class StepsForm(forms.Form):
    """Which news shoppers get, unless they choose themselves."""

    steps = forms.MultipleChoiceField(
        label=gettext_lazy("Write to the shopper when"),
        choices=STEPS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


@dataclass(frozen=True)
class Offers:
    """What can be chosen in a line: the store's carriers, and what its clocks name already."""

    names: Mapping[str, str]  # carrier → name
    services: Mapping[str, Mapping[str, str]]  # carrier → service → name

    @classmethod
    def of(cls, carriers: Sequence[CarrierInfo], clocks: Sequence[Clocks]) -> Offers:
        """Collect carriers and services; one that was deleted stays as long as a clock names it."""
        names = {one.carrier: one.carrier for one in clocks if one.carrier}
        services: dict[str, dict[str, str]] = {}
        for one in clocks:
            if one.service_level:
                services.setdefault(one.carrier, {})[one.service_level] = one.service_level
        for carrier in carriers:
            names[carrier.code] = carrier.name
            own = services.setdefault(carrier.code, {})
            own |= {level.code: level.name or level.code for level in carrier.service_levels}
        return cls(names, services)

    def carrier_choices(self) -> list[tuple[str, Any]]:
        """Return the carriers for a select."""
        return [("", _("Choose one")), *self.names.items()]

    def service_choices(self) -> list[tuple[str, Any]]:
        """Return the services of all carriers, grouped: so it works without a script."""
        groups = [
            (self.names[carrier], [(f"{carrier}/{code}", name) for code, name in levels.items()])
            for carrier, levels in self.services.items()
            if levels
        ]
        return [("", _("All services")), *groups]

    def say(self, clocks: Clocks) -> str:
        """Say in two sentences what clocks mean, for an example."""
        hours = {
            name: ngettext("%(n)s hour", "%(n)s hours", getattr(clocks, name))
            % {"n": getattr(clocks, name)}
            for name in ("no_scan_hours", "stalled_hours", "late_hours")
        }
        days = ngettext("%(n)s day", "%(n)s days", clocks.lost_days) % {"n": clocks.lost_days}
        return _(
            "%(parcel)s without news for %(stalled_hours)s counts as stuck; one that was never "
            "scanned, %(no_scan_hours)s after it left. It is late %(late_hours)s after the end of "
            "its promised day. Late or stuck, and %(lost_days)s without news: lost."
        ) % {"parcel": self._parcel(clocks), **hours, "lost_days": days}

    def _parcel(self, clocks: Clocks) -> str:
        if not clocks.carrier:
            return _("A parcel")
        carrier = self.names.get(clocks.carrier, clocks.carrier)
        service = self.services.get(clocks.carrier, {}).get(clocks.service_level, "")
        if not service:
            return _("A %(carrier)s parcel") % {"carrier": carrier}
        return _("A %(carrier)s %(service)s parcel") % {"carrier": carrier, "service": service}


class ClockForm(forms.Form):
    """One line: the store's own clocks, a carrier's, or those of one of its services."""

    carrier = forms.ChoiceField(label=gettext_lazy("Carrier"))
    service_level = forms.ChoiceField(label=gettext_lazy("Service"), required=False)
    stalled_hours = forms.IntegerField(
        label=gettext_lazy("Stuck: hours without news"), min_value=1, max_value=1440
    )
    no_scan_hours = forms.IntegerField(
        label=gettext_lazy("Stuck: hours without a first scan"), min_value=1, max_value=1440
    )
    late_hours = forms.IntegerField(
        label=gettext_lazy("Late: hours after the promised day"), min_value=0, max_value=720
    )
    lost_days = forms.IntegerField(
        label=gettext_lazy("Lost: days without news"), min_value=1, max_value=365
    )

    def __init__(self, *args: Any, offers: Offers, is_own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_own, self.says = is_own, ""
        fields: dict[str, Any] = self.fields
        if is_own:
            del fields["carrier"], fields["service_level"]
            return
        fields["carrier"].choices = offers.carrier_choices()
        fields["service_level"].choices = offers.service_choices()

    def clean(self) -> dict[str, Any]:
        """See that a service is one of its carrier's."""
        values = super().clean() or {}
        service = values.get("service_level", "")
        if service and service.partition("/")[0] != values.get("carrier"):
            self.add_error("service_level", _("This service is another carrier’s."))
        return values

    def clocks(self) -> Clocks:
        """Return the line as the tracking room takes it."""
        values = dict(self.cleaned_data)
        service = str(values.pop("service_level", "")).partition("/")[2]
        return Clocks(**values, service_level=service)


def rows_of(clocks: Sequence[Clocks], offers: Offers) -> list[ClockForm]:
    """Return a line for each of the clocks; the first one is the store's own."""
    rows = []
    for nth, one in enumerate(clocks):
        service = f"{one.carrier}/{one.service_level}" if one.service_level else ""
        initial = asdict(one) | {"service_level": service}
        row = ClockForm(initial=initial, prefix=f"row-{nth}", offers=offers, is_own=nth == 0)
        row.says = offers.say(one) if nth == 0 or one.carrier else ""
        rows.append(row)
    return rows


def rows_sent(data: Mapping[str, Any], offers: Offers) -> list[ClockForm]:
    """Return the lines as they were sent, but for the one that is to be taken away."""
    said = str(data.get("rows", ""))
    count = min(int(said), MAX_ROWS) if said.isascii() and said.isdigit() and len(said) < 4 else 1
    gone = str(data.get("do", "")).removeprefix("remove-")
    return [
        ClockForm(data, prefix=f"row-{nth}", offers=offers, is_own=nth == 0)
        for nth in range(max(1, count))
        if nth == 0 or str(nth) != gone
    ]
