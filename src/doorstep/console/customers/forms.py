"""The forms of the customer pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class CustomerForm(forms.Form):
    """What the team may correct about a customer."""

    name = forms.CharField(label=_("Name"), required=False, max_length=200)
    email = forms.CharField(label=_("E-mail"), required=False, max_length=254)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    country_code = forms.CharField(
        label=_("Country"), required=False, max_length=2, help_text=_("Two letters, like DE.")
    )
    tags = forms.CharField(
        label=_("Tags"), required=False, max_length=500, help_text=_("Separated by commas.")
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_tags(self) -> tuple[str, ...]:
        """Split the tags at commas."""
        parts = (part.strip() for part in self.cleaned_data["tags"].split(","))
        return tuple(dict.fromkeys(part for part in parts if part))


class PreferencesForm(forms.Form):
    """How the customer wants to be written to."""

    preferred_channel = forms.ChoiceField(
        label=_("Writes best by"),
        required=False,
        choices=[("", _("Whatever works")), ("email", _("E-mail")), ("sms", _("SMS"))],
    )
    locale = forms.CharField(
        label=_("Language"), required=False, max_length=20, help_text=_("Like de or pt-BR.")
    )
    timezone = forms.CharField(
        label=_("Time zone"), required=False, max_length=60, help_text=_("Like Europe/Berlin.")
    )


class MergeForm(forms.Form):
    """Which other customer is the same person."""

    other = forms.UUIDField(
        label=_("Id of the other customer"),
        help_text=_("It stands in the address of that customer’s page."),
        error_messages={"invalid": _("That is not an id: copy it from the other customer’s page.")},
    )


def initial_of(form: type[forms.Form], source: Any) -> dict[str, Any]:
    """Return a form's initial values from an object's attributes of the same name."""
    values = {name: getattr(source, name, "") for name in form.base_fields}
    if "tags" in values:
        values["tags"] = ", ".join(values["tags"])
    return values
