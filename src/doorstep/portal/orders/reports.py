"""Report a delivered parcel that is not there.

A signed link is all it takes, so nothing else is believed because of it: the store and the carrier
are asked to look, and no money or goods move. A GET changes nothing, because mail scanners follow
every link; the link itself is the proof, so no cookie and no other token is asked for.
"""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import NotFound
from doorstep.portal.formats import local_day
from doorstep.portal.orders.cards import parcel_name, reportable, show_pieces
from doorstep.portal.orders.conditions import tell_parcel
from doorstep.portal.orders.limits import too_many
from doorstep.portal.orders.opening import opened_by_link
from doorstep.portal.orders.parcels import Parcel
from doorstep.portal.orders.reading import Reading
from doorstep.portal.storefront import render_page
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import ParcelCondition


class ReportForm(forms.Form):
    """What the shopper adds in words."""

    note = forms.CharField(
        label=gettext_lazy("Anything that helps us to look"),
        help_text=gettext_lazy("For example: the neighbors on the left were asked."),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link
def report_not_found(
    request: HttpRequest, reading: Reading, token: str, parcel_id: UUID
) -> HttpResponse:
    """Show where to look first; a POST tells the store that the parcel is not there."""
    parcel = _find(reading, parcel_id)
    if request.method != "POST" or parcel.condition == ParcelCondition.NOT_FOUND:
        return _page(request, reading, token, parcel, ReportForm())
    form = ReportForm(request.POST)
    if not form.is_valid():
        return _page(request, reading, token, parcel, form, status=422)
    if wait_seconds := too_many(request, reading, "portal.report"):
        form.add_error(None, _("That was often. Please wait an hour, or write to us."))
        response = _page(request, reading, token, parcel, form, status=429)
        response["Retry-After"] = str(wait_seconds)
        return response
    tracking.report_not_found(
        order_id=reading.order.id,
        parcel_id=parcel_id,
        note=form.cleaned_data["note"],
        by=Actor("shopper", str(reading.order.customer_id or reading.order.id), "Shopper"),
        at=reading.at,
    )
    here = reverse("portal:not_found", args=[token, parcel_id])
    return HttpResponseRedirect(here, status=303)


def _find(reading: Reading, parcel_id: UUID) -> Parcel:
    """Return the parcel of this order that is, or may be, reported.

    :raises NotFound: it is another order's, not delivered, or too long ago.
    """
    for parcel in reading.parcels:
        if parcel.progress is None or parcel.progress.parcel_id != parcel_id:
            continue
        if parcel.condition == ParcelCondition.NOT_FOUND or reportable(parcel, reading):
            return parcel
    raise NotFound("There is no such parcel to report.")


def _page(
    request: HttpRequest,
    reading: Reading,
    token: str,
    parcel: Parcel,
    form: ReportForm,
    *,
    status: int = 200,
) -> HttpResponse:
    delivered_at = parcel.progress.delivered_at if parcel.progress else None
    context = {
        "form": form,
        "told": tell_parcel(parcel, reading),
        "name": parcel_name(parcel, reading),
        "pieces": show_pieces(parcel.pieces, reading)[0],
        "is_reported": parcel.condition == ParcelCondition.NOT_FOUND,
        "is_fresh": delivered_at is not None
        and local_day(delivered_at, reading.store.timezone) == reading.today,
        "back_url": reverse("portal:order", args=[token]),
        "number": reading.order.number,
    }
    return render_page(
        request, "portal/not_found_parcel.html", reading.store, context, status=status
    )
