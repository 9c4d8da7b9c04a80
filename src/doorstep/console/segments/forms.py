"""What is typed about a segment beside its condition."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SegmentForm(forms.Form):
    """Name and note."""

    name = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(
        label=_("What it is for"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For your team. Customers never see it."),
    )
