"""Choose which news of an order's parcels come, and how.

As with reports: the signed link is the proof, and looking changes nothing.
"""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import NotFound
from doorstep.portal.orders.devices import describe
from doorstep.portal.orders.limits import too_many
from doorstep.portal.orders.opening import opened_by_link
from doorstep.portal.orders.reading import Reading
from doorstep.portal.storefront import render_page
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders.contracts import OrderState
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import Step, UpdateChoice

CHANNELS = {
    "email": gettext_lazy("By e-mail"),
    "sms": gettext_lazy("By text message"),
    "whatsapp": gettext_lazy("On WhatsApp"),
    "messenger": gettext_lazy("On Messenger"),
    "push": gettext_lazy("As notifications on your device"),
    "none": gettext_lazy("Not at all"),
}
STEPS = {
    Step.SHIPPED: gettext_lazy("It is on its way"),
    Step.OUT_FOR_DELIVERY: gettext_lazy("It arrives today"),
    Step.DELIVERED: gettext_lazy("It was delivered"),
    Step.PROBLEM: gettext_lazy("Something is not as planned"),
}


class ChoiceForm(forms.Form):
    """How, and which news. Only channels on which the shopper can be reached."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How should we tell you?"), widget=forms.RadioSelect
    )
    steps = forms.MultipleChoiceField(
        label=gettext_lazy("What should we tell you?"),
        choices=[(step.value, label) for step, label in STEPS.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: object, choice: UpdateChoice) -> None:
        initial = {"channel": choice.channel, "steps": list(choice.steps)}
        super().__init__(data, initial=initial)  # type: ignore[arg-type]
        self.fields["channel"].choices = [  # type: ignore[attr-defined]
            (name, label)
            for name, label in CHANNELS.items()
            if name in ("email", "none", *choice.offered)
        ]


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_by_link
def choose_updates(request: HttpRequest, reading: Reading, token: str) -> HttpResponse:
    """Show what comes about this order; a POST saves another choice."""
    if reading.order.state == OrderState.HISTORY:
        raise NotFound("Nobody is told about an order of earlier times.")
    choice = tracking.get_update_choice(reading.order.id)
    if request.method != "POST":
        return _page(request, reading, token, ChoiceForm(None, choice))
    form = ChoiceForm(request.POST, choice)
    if not form.is_valid():
        return _page(request, reading, token, form, status=422)
    if wait_seconds := too_many(request, reading, "portal.updates"):
        form.add_error(None, _("That was often. Please wait an hour, or write to us."))
        response = _page(request, reading, token, form, status=429)
        response["Retry-After"] = str(wait_seconds)
        return response
    tracking.choose_updates(
        order_id=reading.order.id,
        channel=form.cleaned_data["channel"],
        steps=tuple(form.cleaned_data["steps"]),
        wording=whatsapp_words(reading) if form.cleaned_data["channel"] == "whatsapp" else "",
        wording_locale=reading.language,
        by=Actor("shopper", str(reading.order.customer_id or reading.order.id), "Shopper"),
        at=reading.at,
    )
    return HttpResponseRedirect(reverse("portal:updates", args=[token]) + "?saved=1", status=303)


def whatsapp_words(reading: Reading) -> str:
    """Return what a shopper agrees to by choosing WhatsApp, in their language."""
    return _(
        "On WhatsApp, %(store)s writes to you about this order. Write STOP there at any time."
    ) % {"store": reading.store.name}


def _page(
    request: HttpRequest, reading: Reading, token: str, form: ChoiceForm, *, status: int = 200
) -> HttpResponse:
    chosen = tracking.get_update_choice(reading.order.id)
    customer_id = reading.order.customer_id
    is_chat = chosen.channel == "messenger"
    link = messaging.messenger_link(customer_id) if is_chat and customer_id else None
    context = {
        "device": describe(reading, token),
        "whatsapp_words": whatsapp_words(reading) if "whatsapp" in chosen.offered else "",
        "chat_link": link if link is not None and not link.is_linked else None,
        "form": form,
        "email": reading.order.email_masked,
        "is_saved": request.GET.get("saved") == "1" and not form.is_bound,
        "back_url": reverse("portal:order", args=[token]),
        "number": reading.order.number,
    }
    return render_page(request, "portal/updates.html", reading.store, context, status=status)
