"""The way back of one return: ask for its label again, or put in one that was bought elsewhere."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from doorstep.console.access import ConsoleRequest, act, console_view
from doorstep.rooms.returns import api as returns

MAX_BYTES = 5 * 1024 * 1024


class LabelForm(forms.Form):
    """A label bought elsewhere: its file, its number, or both."""

    document = forms.FileField(
        label=gettext_lazy("The label’s file"),
        required=False,
        help_text=gettext_lazy("PDF, PNG or JPEG, at most 5 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,image/png,image/jpeg"}),
    )
    tracking_number = forms.CharField(
        label=gettext_lazy("Tracking number"), required=False, max_length=100
    )
    carrier = forms.CharField(label=gettext_lazy("Carrier"), required=False, max_length=50)


@require_POST
@console_view("returns.change")
def change_label(request: ConsoleRequest, return_id: UUID) -> HttpResponse:
    """Ask for the label again, or give the return one of the person's own."""
    back = redirect("console:returns-detail", request.store.slug, return_id)
    if request.POST.get("do") == "again":
        act(
            request,
            _("The label is asked for again."),
            returns.request_label_again,
            return_id=return_id,
        )
        return back
    form = LabelForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(str(x) for many in form.errors.values() for x in many))
        return back
    given = form.cleaned_data["document"]
    if given is not None and given.size > MAX_BYTES:  # before any of it is read
        messages.error(request, _("A label is at most 5 MB large."))
        return back
    act(
        request,
        _("This is the way back now. The shopper is told."),
        returns.put_label_in,
        return_id=return_id,
        document=given.read() if given else b"",
        tracking_number=form.cleaned_data["tracking_number"],
        carrier=form.cleaned_data["carrier"],
    )
    return back


@require_POST
@console_view("returns.receive")
def send_repair_back(request: ConsoleRequest, return_id: UUID) -> HttpResponse:
    """Note that a mended thing is on its way to its owner."""
    act(
        request,
        _("Noted: it is on its way to its owner."),
        returns.send_repair_back,
        return_id=return_id,
        tracking_number=request.POST.get("tracking_number", "").strip()[:100],
    )
    return redirect("console:returns-detail", request.store.slug, return_id)
