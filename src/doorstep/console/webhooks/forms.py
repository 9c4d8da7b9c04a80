"""Forms about webhook endpoints."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from doorstep.connectors.webhooks import api as webhooks


class EndpointForm(forms.Form):
    """Where webhooks go, and which."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy("Where your system takes webhooks: an https:// address."),
    )
    description = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=500, required=False
    )
    event_types = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Choose none to get all, also those of later versions."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types: Any = self.fields["event_types"]
        types.choices = [
            (one.name, one.name) for one in webhooks.list_event_types() if one.event is not None
        ]


class ReplayForm(forms.Form):
    """What is sent again."""

    since = forms.DateTimeField(
        label=gettext_lazy("Of what happened since"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text=gettext_lazy("In the store’s time zone."),
    )
    event_type = forms.ChoiceField(
        label=gettext_lazy("What"),
        required=False,
        help_text=gettext_lazy(
            "A type is read from the event log: also what was never sent, as before the endpoint "
            "was there or while it was disabled."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types: Any = self.fields["event_type"]
        types.choices = [("", gettext_lazy("What failed"))] + [
            (one.name, one.name) for one in webhooks.list_event_types() if one.event is not None
        ]
