"""Sign-up, topics and counting: the store's choices, the form to embed, consents from elsewhere."""

from __future__ import annotations

from django import forms
from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, console_view, fill
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid
from doorstep.rooms.messaging import api as messaging

FILE_BYTES = 5_000_000


class RulesForm(forms.Form):
    """What a store decides about sign-ups, topics and counting."""

    shown_topics = forms.MultipleChoiceField(
        label=gettext_lazy("Topics people can choose from"),
        choices=[(topic.key, topic.label("en")) for topic in messaging.TOPICS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Leave at least one topic to choose from.")},
    )
    always_confirms = forms.BooleanField(
        label=gettext_lazy("Every sign-up is confirmed by e-mail (double opt-in)"),
        required=False,
        help_text=gettext_lazy(
            "Without it one step is enough where the law allows. In Germany, Austria, Switzerland, "
            "Liechtenstein, Luxembourg, Norway and Greece it is always asked for."
        ),
    )
    keeps_network = forms.ChoiceField(
        label=gettext_lazy("Keep where a consent came from"),
        choices=[
            ("none", gettext_lazy("Nothing")),
            ("short", gettext_lazy("The address, cut off")),
            ("hash", gettext_lazy("A hash of the address")),
        ],
    )
    counts_opens = forms.BooleanField(
        label=gettext_lazy("Count who opens messages"),
        required=False,
        help_text=gettext_lazy(
            "With a picture nobody sees. Say so in your privacy policy; in some countries it needs "
            "consent. Messages about orders are never counted."
        ),
    )
    counts_clicks = forms.BooleanField(
        label=gettext_lazy("Count who follows links"),
        required=False,
        help_text=gettext_lazy("Links lead over your own pages. Links to unsubscribe never do."),
    )


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def sign_ups(request: ConsoleRequest) -> HttpResponse:
    """Show and change the store's choices."""
    rules = messaging.get_preference_rules()
    known = [topic.key for topic in messaging.TOPICS]
    initial = {
        "shown_topics": [key for key in known if key not in rules.hidden_topics],
        "always_confirms": rules.always_confirms,
        "keeps_network": rules.keeps_network,
        "counts_opens": rules.counts_opens,
        "counts_clicks": rules.counts_clicks,
    }
    form = RulesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        shown = values.pop("shown_topics")
        hidden = [key for key in known if key not in shown]
        if fill(request, form, messaging.set_preference_rules, hidden_topics=hidden, **values):
            flash.success(request, _("Saved."))
            return redirect("console:messages-sign-ups", request.store.slug)
    return _page(request, form, 422 if form.errors else 200)


def _page(request: ConsoleRequest, form: RulesForm, status: int = 200) -> HttpResponse:
    store = request.store
    action = f"{messaging.public_base(store)}/s/{store.slug}/newsletter"
    wording = messaging.sign_up_words(store.name, (), store.default_locale)
    context = {"form": form, "action": action, "wording": wording}
    return render(request, "console/messages/sign_ups.html", context, status=status)


@require_POST
@console_view("customers.merge")
def import_file(request: ConsoleRequest) -> HttpResponse:
    """Take over consents from a CSV; say what is wrong line by line, and then take nothing."""
    upload = request.FILES.get("file")
    if upload is None or upload.size is None or upload.size > FILE_BYTES:
        flash.error(request, _("Choose a CSV file of up to 5 MB."))
        return redirect("console:messages-sign-ups", request.store.slug)
    try:
        text = upload.read().decode("utf-8-sig")
        done = messaging.import_consents(text=text, by=request.actor, at=now())
    except UnicodeDecodeError:
        flash.error(request, _("The file is not UTF-8. Save it as “CSV UTF-8”."))
    except Invalid as error:
        flash.error(request, error.message)
    else:
        for line, words in done.errors:
            flash.error(request, _("Line %(line)s: %(words)s") % {"line": line, "words": words})
        if done.errors:
            flash.error(request, _("Nothing was taken over. Mend the file and try again."))
        else:
            words = _("%(rows)s lines read, %(written)s consents new.")
            flash.success(request, words % {"rows": done.rows, "written": done.written})
    return redirect("console:messages-sign-ups", request.store.slug)
