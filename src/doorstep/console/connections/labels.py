"""Return labels of an EasyPost account: its key, where returns go, and their usual parcel."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from doorstep.connectors.base import api as connectors
from doorstep.connectors.carriers.labels.connecting import label_settings, set_up_labels
from doorstep.console.access import ConsoleRequest, console_view, fill


class LabelForm(forms.Form):
    """What buying labels takes; a key that is left empty stays as it is."""

    api_key = forms.CharField(
        label=gettext_lazy("API key"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "In EasyPost: API Keys. One that begins with EZTK makes labels to try things out."
        ),
    )
    name = forms.CharField(label=gettext_lazy("Returns go to (name)"), max_length=200)
    street1 = forms.CharField(label=gettext_lazy("Street and number"), max_length=200)
    street2 = forms.CharField(
        label=gettext_lazy("Further address line"), max_length=200, required=False
    )
    city = forms.CharField(label=gettext_lazy("City"), max_length=200)
    state = forms.CharField(
        label=gettext_lazy("State"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("In the US, Canada and Australia, like CA."),
    )
    zip = forms.CharField(label=gettext_lazy("Postal code"), max_length=20)
    country = forms.CharField(
        label=gettext_lazy("Country"),
        max_length=2,
        help_text=gettext_lazy("Two letters, like US or DE."),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        help_text=gettext_lazy("Most carriers refuse labels without one."),
    )
    weight_grams = forms.IntegerField(
        label=gettext_lazy("A parcel weighs (grams)"),
        min_value=1,
        help_text=gettext_lazy(
            "Used where the catalog does not know what the things weigh. Where it does, a tenth is "
            "added for the packaging."
        ),
    )
    length_cm = forms.IntegerField(label=gettext_lazy("Length (cm)"), min_value=1)
    width_cm = forms.IntegerField(label=gettext_lazy("Width (cm)"), min_value=1)
    height_cm = forms.IntegerField(label=gettext_lazy("Height (cm)"), min_value=1)
    carrier = forms.CharField(
        label=gettext_lazy("Only this carrier"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("As EasyPost writes it, like USPS. Empty: the cheapest of all."),
    )
    service = forms.CharField(
        label=gettext_lazy("Only this service"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Like GroundAdvantage. Empty: the cheapest."),
    )


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def return_labels(request: ConsoleRequest, connection_id: UUID) -> HttpResponse:
    """Show and change how an EasyPost account makes return labels."""
    shop = connectors.get_connection(connection_id)
    known = label_settings(connection_id)
    if known is None:
        raise Http404
    has_key = "api_key" in shop.credential_names
    form = LabelForm(request.POST or None, initial=_initial(request, asdict(known)))
    form.fields["api_key"].required = not has_key
    is_good = request.method == "POST" and form.is_valid()
    if is_good and fill(
        request, form, set_up_labels, connection_id=connection_id, **form.cleaned_data
    ):
        flash.success(request, _("Return labels are made by EasyPost from now on."))
        return redirect("console:settings-connection-labels", request.store.slug, connection_id)
    context = {"form": form, "shop": shop, "is_ready": has_key and known.is_complete}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/connections/labels.html", context, status=status)


def _initial(request: ConsoleRequest, known: dict[str, Any]) -> dict[str, Any]:
    """Return what stands in the form: what is kept, else what the store is known by."""
    guess = {"name": request.store.name, "phone": request.store.support_phone}
    guess["country"] = request.store.country_code
    return known | {name: known[name] or value for name, value in guess.items()}
