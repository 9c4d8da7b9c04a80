"""Contact rules: how often and when is written, and why somebody did or did not get a message."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from doorstep.console.access import ConsoleRequest, console_view, fill
from doorstep.console.contact_rules.forms import AskForm, ContactRulesForm
from doorstep.kernel.clock import now
from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel, GateAnswer, Purpose


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def contact_rules(request: ConsoleRequest) -> HttpResponse:
    """Show and change how often and at what hours people are written to."""
    rules = messaging.get_contact_rules()
    form = ContactRulesForm(request.POST or None, initial=ContactRulesForm.initial_of(rules))
    is_good = request.method == "POST" and form.is_valid()
    if is_good and fill(request, form, messaging.set_contact_rules, **form.arguments()):
        flash.success(request, _("Saved. Every message is decided by these rules from now on."))
        return redirect("console:settings-contact", request.store.slug)
    context = {
        "form": form,
        "laws": messaging.list_quiet_laws(),
        "marketplaces": messaging.list_marketplaces(),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/contact_rules/rules.html", context, status=status)


@require_GET
@console_view("messages.view")
def ask(request: ConsoleRequest, customer_id: UUID) -> HttpResponse:
    """Say what would become of a message to a customer now, rule by rule; nothing is sent."""
    customer = customers.get_customer(customer_id)
    kinds = sorted({row.kind for row in messaging.list_templates()})
    topics = messaging.list_topic_labels(get_language() or "en")
    is_asked = "purpose" in request.GET
    form = AskForm(request.GET if is_asked else None, kinds=kinds, topics=topics)
    answer = _answer(form, customer_id) if is_asked and form.is_valid() else None
    context = {"customer": customer, "form": form, "answer": answer}
    status = 422 if is_asked and form.errors else 200
    return render(request, "console/contact_rules/ask.html", context, status=status)


def _answer(form: AskForm, customer_id: UUID) -> GateAnswer:
    asked = form.cleaned_data
    return messaging.ask_gate(
        customer_id=customer_id,
        purpose=Purpose(asked["purpose"]),
        channel=Channel(asked["channel"]) if asked["channel"] else None,
        topic=asked["topic"],
        kind=asked["kind"],
        sales_channel=asked["sales_channel"],
        at=now(),
    )
