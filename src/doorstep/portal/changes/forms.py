"""The forms of a change: what a shopper writes, as the changes room takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from babel import Locale
from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.portal.formats import show_money
from doorstep.portal.orders.cards import PICTURE
from doorstep.portal.orders.reading import Reading
from doorstep.rooms.changes.contracts import (
    Addition,
    ChangeAct,
    ChangeAsk,
    ChangeKind,
    ChangeOptions,
    LineOptions,
    LineWish,
    Swap,
    VariantChoice,
)
from doorstep.rooms.orders.contracts import AddressView

REASONS = {
    "changed_mind": _("I changed my mind"),
    "mistake": _("I ordered by mistake, or twice"),
    "too_slow": _("It takes too long"),
    "cheaper": _("I found it cheaper"),
    "other": _("Something else"),
}


class AddressForm(forms.Form):
    """Where it should go instead. Nothing is filled in: the page needs no login."""

    name = forms.CharField(label=_("Name"), max_length=200)
    company = forms.CharField(label=_("Company"), required=False, max_length=200)
    line1 = forms.CharField(label=_("Street and number"), max_length=255)
    line2 = forms.CharField(label=_("More about the address"), required=False, max_length=255)
    postal_code = forms.CharField(label=_("Postal code"), required=False, max_length=20)
    city = forms.CharField(label=_("City"), max_length=200)
    region = forms.CharField(label=_("Region or state"), required=False, max_length=100)
    country_code = forms.ChoiceField(label=_("Country"))
    phone = forms.CharField(label=_("Phone for the carrier"), required=False, max_length=40)

    _AUTOCOMPLETE = {
        "name": "shipping name",
        "company": "shipping organization",
        "line1": "shipping address-line1",
        "line2": "shipping address-line2",
        "postal_code": "shipping postal-code",
        "city": "shipping address-level2",
        "region": "shipping address-level1",
        "country_code": "shipping country",
        "phone": "shipping tel",
    }

    def __init__(self, data: Mapping[str, str] | None, reading: Reading, country: str) -> None:
        super().__init__(data, initial={"country_code": country})
        names = Locale.parse(reading.language).territories
        countries = [(c, n) for c, n in names.items() if len(c) == 2 and c.isalpha()]
        field = self.fields["country_code"]
        assert isinstance(field, forms.ChoiceField)
        countries.sort(key=lambda pair: pair[1])
        field.choices = countries
        for name, token in self._AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = token

    def ask(self) -> ChangeAsk:
        """Return what is asked for; the form is valid."""
        values = {name: self.cleaned_data[name].strip() for name in AddressView.__slots__}
        return ChangeAsk(ChangeKind.ADDRESS, address=AddressView(**values))


class CancelForm(forms.Form):
    """Why it is canceled, if somebody wants to say it."""

    reason = forms.ChoiceField(
        label=_("Why, if you like to tell us"),
        required=False,
        choices=[("", _("I would rather not say")), *REASONS.items()],
    )

    def ask(self) -> ChangeAsk:
        """Return what is asked for; the form is valid."""
        return ChangeAsk(ChangeKind.CANCEL, reason=self.cleaned_data["reason"])


class DelayForm(forms.Form):
    """The day before which it should not be sent."""

    until = forms.DateField(
        label=_("Send it on this day or later"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(
        self, data: Mapping[str, str] | None, reading: Reading, options: ChangeOptions
    ) -> None:
        super().__init__(data)
        attrs = self.fields["until"].widget.attrs
        attrs["min"] = (reading.today + timedelta(days=1)).isoformat()
        attrs["max"] = (reading.today + timedelta(days=options.max_delay_days)).isoformat()

    def ask(self) -> ChangeAsk:
        """Return what is asked for; the form is valid."""
        return ChangeAsk(ChangeKind.DELAY, until=self.cleaned_data["until"])


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A line of the order with its controls."""

    title: str
    note: str
    image_url: str
    quantity_name: str
    quantity: str
    fewest: int
    most: int
    can_count: bool
    swap_name: str
    swaps: list[tuple[str, str]]
    swap: str
    price: str


@dataclass(frozen=True, slots=True)
class AddRow:
    """Something that can be added."""

    title: str
    note: str
    image_url: str
    name: str
    most: int
    quantity: str
    price: str


def item_rows(
    lines: Sequence[LineOptions], options: ChangeOptions, data: Mapping[str, str], reading: Reading
) -> list[ItemRow]:
    """Return the lines with what may be changed about each."""
    acts = options.acts
    currency = reading.order.currency
    found = []
    for line in lines:
        can_count = acts[ChangeAct.QUANTITY].is_allowed
        can_remove = acts[ChangeAct.REMOVE].is_allowed
        name, swap_name = f"q_{line.line_id.hex}", f"v_{line.line_id.hex}"
        swaps = [
            (
                one.variant_id.hex,
                f"{one.variant_title or one.title} – "
                f"{show_money(one.price_minor, currency, reading.language)}",
            )
            for one in line.swaps
        ]
        found.append(
            ItemRow(
                line.title,
                line.variant_title,
                line.image_url if PICTURE.match(line.image_url) else "",
                name,
                data.get(name, str(line.quantity)),
                0 if can_remove else (1 if can_count else line.quantity),
                line.most if can_count else line.quantity,
                can_count or can_remove,
                swap_name,
                swaps if acts[ChangeAct.SWAP].is_allowed else [],
                data.get(swap_name, ""),
                show_money(line.total_minor, currency, reading.language),
            )
        )
    return found


def add_rows(
    choices: Sequence[VariantChoice], data: Mapping[str, str], reading: Reading
) -> list[AddRow]:
    """Return what can be added, each with its price."""
    return [
        AddRow(
            one.title,
            one.variant_title,
            one.image_url if PICTURE.match(one.image_url) else "",
            f"a_{one.variant_id.hex}",
            min(one.free if one.free is not None else 20, 20),
            data.get(f"a_{one.variant_id.hex}", "0"),
            show_money(one.price_minor, reading.order.currency, reading.language),
        )
        for one in choices
    ]


def read_items(data: Mapping[str, str], now: Mapping[UUID, int]) -> ChangeAsk:
    """Return what the items' form asks for; what is unreadable stays as it is.

    :param now: line → pieces as they stand: what is not changed is not asked for.
    """
    wishes, swaps, additions = [], [], []
    for name, value in data.items():
        kind, _sep, rest = name.partition("_")
        if kind not in ("q", "v", "a") or not value:
            continue
        try:
            subject = UUID(rest)
            if kind == "v":
                swaps.append(Swap(subject, UUID(value)))
                continue
            pieces = int(value)
        except ValueError:
            continue
        if kind == "q" and pieces != now.get(subject):
            wishes.append(LineWish(subject, pieces))
        elif kind == "a" and pieces > 0:
            additions.append(Addition(subject, pieces))
    return ChangeAsk(
        ChangeKind.LINES, lines=tuple(wishes), swaps=tuple(swaps), additions=tuple(additions)
    )
