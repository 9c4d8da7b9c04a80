"""The forms of the packing settings."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.kernel import money
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.fulfillment.api import Effects, Handling, PackingOptions
from doorstep.rooms.fulfillment.contracts import BoxInfo, HandlingClass

CLASSES = [
    (HandlingClass.FRAGILE.value, _("Fragile")),
    (HandlingClass.PERISHABLE.value, _("Perishable")),
    (HandlingClass.OVERSIZE.value, _("Oversize")),
    (HandlingClass.LIVE_ANIMALS.value, _("Live animals")),
    (HandlingClass.HAZARDOUS.value, _("Hazardous")),
    (HandlingClass.HIGH_VALUE.value, _("High value")),
]


class OptionsForm(forms.Form):
    """Premium orders, and what the papers say."""

    premium_from = forms.DecimalField(
        label=_("Premium from this order total on"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=3,
        help_text=_("These orders go into your premium boxes. Empty: never by total."),
    )
    return_policy = forms.CharField(
        label=_("Returns, in a few words"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Printed at the foot of slips and receipts."),
    )
    is_invoice = forms.BooleanField(
        label=_("Call the receipt an invoice"),
        required=False,
        help_text=_("It carries the order’s number. Ask your tax adviser whether that is enough."),
    )
    tax_id = forms.CharField(
        label=_("Tax ID"),
        required=False,
        max_length=80,
        help_text=_("Needed on an invoice."),
    )
    paper = forms.ChoiceField(
        label=_("Paper"), choices=[("a4", _("A4")), ("us-letter", _("US Letter"))]
    )

    @staticmethod
    def initial_of(options: PackingOptions, currency: str) -> dict[str, Any]:
        """Return the form's values for what is set now."""
        above = options.premium_from_minor
        return {
            "premium_from": None if above is None else money.from_minor(above, currency),
            "return_policy": options.return_policy,
            "is_invoice": options.is_invoice,
            "tax_id": options.tax_id,
            "paper": options.paper,
        }

    def options(self, currency: str) -> PackingOptions:
        """Return the settings as the room takes them."""
        values = dict(self.cleaned_data)
        above = values.pop("premium_from")
        minor = None if above is None else money.to_minor(str(above), currency)
        return PackingOptions(premium_from_minor=minor, **values)


class BoxForm(forms.Form):
    """A box, bag or tube."""

    name = forms.CharField(label=_("Name"), max_length=120)
    length_mm = forms.IntegerField(label=_("Length inside, mm"), min_value=1, max_value=100_000)
    width_mm = forms.IntegerField(label=_("Width inside, mm"), min_value=1, max_value=100_000)
    height_mm = forms.IntegerField(label=_("Height inside, mm"), min_value=1, max_value=100_000)
    max_weight_grams = forms.IntegerField(
        label=_("Holds up to, grams"), min_value=1, max_value=2_000_000_000
    )
    tare_grams = forms.IntegerField(
        label=_("Its own weight, grams"), min_value=0, max_value=2_000_000_000, initial=0
    )
    is_premium = forms.BooleanField(label=_("For premium orders"), required=False)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    @staticmethod
    def initial_of(box: BoxInfo) -> dict[str, Any]:
        """Return the form's values for a box."""
        return {
            "name": box.name,
            "length_mm": box.size.length_mm,
            "width_mm": box.size.width_mm,
            "height_mm": box.size.height_mm,
            "max_weight_grams": box.max_weight_grams,
            "tare_grams": box.tare_grams,
            "is_premium": box.is_premium,
            "is_active": box.is_active,
        }


class CareForm(forms.Form):
    """Instructions for the packer."""

    container = forms.CharField(label=_("Container"), required=False, max_length=500)
    infill = forms.CharField(label=_("Infill"), required=False, max_length=500)
    cold_packs = forms.IntegerField(
        label=_("Cold packs"), min_value=0, max_value=50, required=False, initial=0
    )
    is_insured = forms.BooleanField(label=_("Insure the parcel"), required=False)
    carrier_note = forms.CharField(label=_("Note for the carrier"), required=False, max_length=500)
    words = forms.CharField(
        label=_("What else to do"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_cold_packs(self) -> int:
        """Take an empty field for none."""
        return self.cleaned_data["cold_packs"] or 0

    def handling(self, handling_class: str) -> Handling:
        """Return the instructions of a class."""
        return Handling(handling_class=handling_class, **self.cleaned_data)


class RuleForm(CareForm):
    """A packing rule without its condition."""

    field_order = ("name", "is_active", "handling_classes")
    name = forms.CharField(label=_("Name"), max_length=120)
    is_active = forms.BooleanField(label=_("In force"), required=False, initial=True)
    handling_classes = forms.MultipleChoiceField(
        label=_("Handle it as"),
        choices=CLASSES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note_prompt = forms.CharField(
        label=_("Write by hand"),
        required=False,
        max_length=500,
        help_text=_(
            "The packer reads it. {first name}, {recipient}, {order number} and {store} are "
            "filled in, as in “Thank you, {first name}!”"
        ),
    )
    samples = forms.CharField(
        label=_("Put in one of these samples"),
        required=False,
        help_text=_(
            "SKUs with commas between. The first that is in stock and that the customer never had."
        ),
    )
    bonus = forms.CharField(
        label=_("Put in this item"), required=False, help_text=_("Its SKU."), max_length=255
    )
    bonus_quantity = forms.IntegerField(
        label=_("Pieces of it"), min_value=1, max_value=99, initial=1, required=False
    )
    is_premium = forms.BooleanField(label=_("Pack as premium"), required=False)
    gift_wrap = forms.BooleanField(label=_("Wrap as a gift"), required=False)

    def clean_samples(self) -> list[UUID]:
        """Read SKUs with commas between."""
        return self._variants(self.cleaned_data["samples"])

    def clean_bonus(self) -> UUID | None:
        """Read one SKU."""
        return next(iter(self._variants(self.cleaned_data["bonus"])), None)

    def clean_bonus_quantity(self) -> int:
        """Take an empty field for one piece."""
        return self.cleaned_data["bonus_quantity"] or 1

    def _variants(self, text: str) -> list[UUID]:
        skus = [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
        known = catalog.find_variants_by_sku(skus)
        for sku in skus:
            if sku not in known:
                raise forms.ValidationError(
                    _("There is no item with the SKU “%(sku)s”."), params={"sku": sku}
                )
        return [known[sku] for sku in skus]

    @staticmethod
    def initial_of(name: str, is_active: bool, effects: Effects) -> dict[str, Any]:
        """Return the form's values for a rule."""
        named = [*effects.samples, *([effects.bonus] if effects.bonus else [])]
        variants = catalog.get_variants(named)
        skus = {key: found.sku for key, found in variants.items()}
        return {
            **effects.model_dump(),
            "name": name,
            "is_active": is_active,
            "handling_classes": [one.value for one in effects.handling_classes],
            "samples": ", ".join(skus.get(one, "") for one in effects.samples),
            "bonus": skus.get(effects.bonus, "") if effects.bonus else "",
        }

    def effects(self) -> dict[str, Any]:
        """Return what the rule does, as the room takes it."""
        values = {k: v for k, v in self.cleaned_data.items() if k not in ("name", "is_active")}
        values["bonus_quantity"] = values["bonus_quantity"] if values["bonus"] else 1
        return values


class ThingForm(forms.Form):
    """What packing needs to know of a variant."""

    length_mm = forms.IntegerField(
        label=_("Length, mm"), min_value=1, max_value=100_000, required=False
    )
    width_mm = forms.IntegerField(
        label=_("Width, mm"), min_value=1, max_value=100_000, required=False
    )
    height_mm = forms.IntegerField(
        label=_("Height, mm"), min_value=1, max_value=100_000, required=False
    )
    weight_grams = forms.IntegerField(
        label=_("Weight, grams"), min_value=0, max_value=2_000_000_000, required=False
    )
    barcode = forms.CharField(label=_("Barcode"), max_length=80, required=False)
    handling_classes = forms.MultipleChoiceField(
        label=_("Handle it as"),
        choices=CLASSES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        """Take all three sides or none."""
        values = dict(super().clean() or {})
        sides = [values.get(name) for name in ("length_mm", "width_mm", "height_mm")]
        if any(sides) and not all(sides):
            self.add_error("length_mm", _("Give all three sides, or none."))
        return values
