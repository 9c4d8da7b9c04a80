"""The form of a product's page: how it is used, looked after, and how long it lasts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doorstep.rooms.catalog.contracts import ProductCare

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "ar": "العربية"}


class CareForm(forms.Form):
    """What messages after the purchase tell of a product."""

    how_to = forms.CharField(
        label=_("How to use it"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    how_to_video_url = forms.CharField(label=_("Film"), required=False, max_length=2_000)
    how_to_image_url = forms.CharField(label=_("Picture"), required=False, max_length=2_000)
    how_to_page_url = forms.CharField(label=_("Page"), required=False, max_length=2_000)
    care = forms.CharField(
        label=_("Care"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("How to look after it."),
    )
    run_out_days = forms.IntegerField(
        label=_("Lasts"),
        required=False,
        min_value=1,
        max_value=3_650,
        help_text=_("Days until one piece is used up; empty when it never is."),
    )
    page_url = forms.CharField(
        label=_("Product page in your shop"), required=False, max_length=2_000
    )

    def __init__(self, *args: Any, store_language: str, **more: Any) -> None:
        super().__init__(*args, **more)
        own = store_language.split("-")[0]
        self.languages = {code: name for code, name in LANGUAGES.items() if code != own}
        for code, name in self.languages.items():
            for field, label in (("how_to", _("How to use it")), ("care", _("Care"))):
                self.fields[f"{field}_{code}"] = forms.CharField(
                    label=f"{label} · {name}",
                    required=False,
                    max_length=4_000,
                    widget=forms.Textarea(attrs={"rows": 3, "lang": code, "dir": "auto"}),
                )

    def own_fields(self) -> list[forms.BoundField]:
        """Return the fields in the store's own language."""
        return [self[name] for name in self.base_fields]

    def translated(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return each other language with its fields."""
        return [
            (name, [self[f"how_to_{code}"], self[f"care_{code}"]])
            for code, name in self.languages.items()
        ]

    def values(self) -> dict[str, Any]:
        """Return the form as ``set_care`` takes it."""
        data = self.cleaned_data
        values: dict[str, Any] = {name: data[name] for name in self.base_fields}
        values["never_runs_out"] = data["run_out_days"] is None
        values["translations"] = {
            code: {"how_to": data[f"how_to_{code}"], "care": data[f"care_{code}"]}
            for code in self.languages
        }
        return values


def initial_of(product: ProductCare) -> dict[str, Any]:
    """Return what the form shows of a product."""
    initial: dict[str, Any] = {
        name: getattr(product, name)
        for name in (
            "how_to_video_url",
            "how_to_image_url",
            "how_to_page_url",
            "run_out_days",
            "page_url",
        )
    }
    initial |= {"how_to": product.texts.how_to, "care": product.texts.care}
    for code, texts in product.translations.items():
        initial |= {f"how_to_{code}": texts.how_to, f"care_{code}": texts.care}
    return initial
