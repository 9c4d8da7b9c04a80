"""What can be asked of an event: "somebody does something on your site" – a product view, say.

The room says which fields an event has; this module has their words, and the values worth offering.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from doorstep.console.journeys.offers import Offers
from doorstep.console.journeys.words import CHANNEL_WORDS, VALUE_WORDS, field_words

MOST_VALUES = 20
# Fields with a closed list of values; where there is one, several can be ticked.
_CLOSED: Mapping[str, Sequence[str]] = {
    "channel": tuple(CHANNEL_WORDS),
    "purpose": ("marketing", "service", "transactional"),
    "messaging.consent_changed.state": ("granted", "withdrawn"),
    "tracking.parcel_moved.status": (
        "info_received", "in_transit", "out_for_delivery", "attempt_failed",
        "available_for_pickup", "delivered", "exception", "returned",
    ),
}  # fmt: skip
# Values worth offering where others are possible, too.
_KNOWN: Mapping[str, Sequence[str]] = {
    "audiences.site_activity_recorded.kind": (
        "page_viewed", "product_viewed", "searched", "added_to_cart", "added_to_wishlist",
        "removed_from_wishlist",
    ),
    "sales_channel": ("shopify", "woocommerce", "amazon", "ebay"),
}  # fmt: skip


class EventFields:
    """The fields of one event in a form, named so that another event's never count for it.

    :param where: what they must be now, as the definition has it.
    """

    def __init__(self, event: str, where: Any, offers: Offers) -> None:
        self.event, self.offers = event, offers
        self.where: Mapping[str, Any] = where if isinstance(where, Mapping) else {}
        self.listed = offers.event_fields.get(event, ())

    def made(self) -> Iterator[tuple[str, forms.Field]]:
        """Yield each form field with its name in the form."""
        for one in self.listed:
            field = self._field(one["name"], one["type"])
            field.required = False
            field.label = field_words(one["name"])
            yield self.key(one["name"]), field

    def key(self, name: str) -> str:
        """Return what a field is called in the form."""
        return f"where-{self.event}-{name}"

    def _field(self, name: str, kind: str) -> forms.Field:
        now = self.where.get(name)
        if kind == "flag":
            shown = "" if now is None else ("yes" if now else "no")
            return forms.ChoiceField(
                choices=[("", _("Either")), ("yes", _("Yes")), ("no", _("No"))], initial=shown
            )
        values = [str(one) for one in (now if isinstance(now, list) else [now]) if one is not None]
        if kind == "segment":
            choices = [("", _("Any segment")), *self.offers.segments]
            return forms.ChoiceField(choices=_with(choices, values), initial=(values or [""])[0])
        closed = self._values(_CLOSED, name)
        if closed:
            pairs = [(one, str(VALUE_WORDS.get(one, one))) for one in closed]
            return forms.MultipleChoiceField(
                choices=_with(pairs, values), initial=values, widget=forms.CheckboxSelectMultiple
            )
        known = self._values(_KNOWN, name)
        hint = _("Several with commas between. Empty: any.")
        if known:
            hint = _("For example %s. ") % ", ".join(known) + hint
        return forms.CharField(max_length=1_000, initial=", ".join(values), help_text=hint)

    def _values(self, of: Mapping[str, Sequence[str]], name: str) -> Sequence[str]:
        return of.get(f"{self.event}.{name}") or of.get(name) or ()

    def read(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields must be, by what was typed; what no field shows is kept."""
        names = {one["name"]: one["type"] for one in self.listed}
        found = {name: value for name, value in self.where.items() if name not in names}
        for name, kind in names.items():
            value = self._value(kind, data.get(self.key(name)))
            if value is not None:
                found[name] = value
        return found

    def _value(self, kind: str, given: Any) -> Any:
        if given in ("", None, []):
            return None
        if kind == "flag":
            return given == "yes"
        if kind == "segment":
            return given
        several = given if isinstance(given, list) else str(given).split(",")
        several = list(dict.fromkeys(one.strip() for one in several if one.strip()))[:MOST_VALUES]
        return several[0] if len(several) == 1 else several or None


class AsksOfEvents(forms.Form):
    """A form with an ``event`` and the fields that can be asked of it."""

    asks: EventFields

    def ask_of_event(self, offers: Offers) -> None:
        """Add the fields of the event that is chosen: in what was sent, else as it is now."""
        before = str(self.initial.get("event") or "")
        event = str(self.data.get("event") or "") if self.is_bound else before
        where = self.initial.get("where") if event == self.initial.get("where_of", before) else {}
        self.asks = EventFields(event, where, offers)
        for name, field in self.asks.made():
            self.fields[name] = field

    @property
    def where_fields(self) -> list[forms.BoundField]:
        """The fields that can be asked of the event."""
        return [self[name] for name in self.fields if name.startswith("where-")]

    def where(self) -> dict[str, Any]:
        """Return what the event's fields must be."""
        return self.asks.read(self.cleaned_data)


def _with(choices: Sequence[tuple[str, Any]], values: Sequence[str]) -> list[tuple[str, Any]]:
    """Keep what is chosen now a choice, also when it is no longer one."""
    gone = _("%s (no longer there)")
    known = dict(choices)
    return [*choices, *((one, gone % one) for one in values if one not in known)]
