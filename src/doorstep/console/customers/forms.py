"""The forms of the customer pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import Birthday, CustomerInfo


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
        choices=[
            ("", _("Whatever works")),
            ("email", _("E-mail")),
            ("sms", _("SMS")),
            ("whatsapp", "WhatsApp"),
            ("messenger", "Messenger"),
            ("push", _("Notifications")),
        ],
    )
    locale = forms.CharField(
        label=_("Language"), required=False, max_length=20, help_text=_("Like de or pt-BR.")
    )
    timezone = forms.CharField(
        label=_("Time zone"), required=False, max_length=60, help_text=_("Like Europe/Berlin.")
    )


class ProfileForm(forms.Form):
    """What the person told about themselves."""

    birth_day = forms.IntegerField(
        label=_("Birthday: day"), required=False, min_value=1, max_value=31
    )
    birth_month = forms.IntegerField(
        label=_("Birthday: month"), required=False, min_value=1, max_value=12
    )
    birth_year = forms.IntegerField(
        label=_("Birthday: year"), required=False, help_text=_("If they told it.")
    )
    favorite_holiday = forms.ChoiceField(label=_("Favorite holiday"), required=False)
    favorite_color = forms.CharField(label=_("Favorite color"), required=False, max_length=40)
    interests = forms.CharField(
        label=_("Interests"), required=False, max_length=2_000, help_text=_("Separated by commas.")
    )
    sizes = forms.CharField(
        label=_("Sizes"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line, like Shoes: 42."),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [(one.key, one.label) for one in customers.list_holidays(get_language() or "en")]
        field = self.fields["favorite_holiday"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("None told")), *choices]

    def clean(self) -> dict[str, Any]:
        """Read day, month, interests and sizes as the customers room takes them."""
        data = super().clean() or {}
        day, month, year = (data.pop(f"birth_{part}", None) for part in ("day", "month", "year"))
        if day is None and month is None and year is None:
            data["forget_birthday"] = True
        elif day is None or month is None:
            if not self.errors:
                self.add_error("birth_day", _("Give day and month, or leave both empty."))
        else:
            data["birthday"] = Birthday(day, month, year)
        data["interests"] = [one for one in data.get("interests", "").split(",") if one.strip()]
        data["sizes"] = self._sizes(data.get("sizes", ""))
        return data

    def _sizes(self, text: str) -> dict[str, str]:
        sizes = {}
        for line in text.splitlines():
            name, colon, size = line.partition(":")
            if line.strip() and not (colon and name.strip() and size.strip()):
                self.add_error("sizes", _("Write each line like Shoes: 42."))
                break
            sizes[name.strip()] = size.strip()
        return {name: size for name, size in sizes.items() if name}

    def add_error(self, field: str | None, error: Any) -> None:
        """Put what the room says of the birthday at its first field."""
        super().add_error("birth_day" if field == "birthday" else field, error)

    @staticmethod
    def initial_of(customer: CustomerInfo) -> dict[str, Any]:
        """Return what the form shows of a customer."""
        born = customer.birthday
        return {
            "birth_day": born.day if born else None,
            "birth_month": born.month if born else None,
            "birth_year": born.year if born else None,
            "favorite_holiday": customer.favorite_holiday,
            "favorite_color": customer.favorite_color,
            "interests": ", ".join(customer.interests),
            "sizes": "\n".join(f"{name}: {size}" for name, size in customer.sizes.items()),
        }


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
