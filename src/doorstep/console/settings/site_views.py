"""Settings of site activity: the script to copy, where it may run, and whether it is heard."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.kernel.actions import permissions
from doorstep.kernel.clock import now
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.audiences.contracts import SiteSettingsInfo

_SNIPPET = """<script>
window.doorstep = window.doorstep || function () {{
  (doorstep.q = doorstep.q || []).push(arguments);
}};
// Call this when your visitor has agreed, for example from your consent banner:
// doorstep("allow");
</script>
<script async src="{script}"></script>"""


class SiteForm(forms.Form):
    """Whether visits are recorded, where, and for how long."""

    is_on = forms.BooleanField(
        label=gettext_lazy("Record what visitors do on our site"),
        required=False,
        help_text=gettext_lazy(
            'Only of those who agreed, as your page says with doorstep("allow").'
        ),
    )
    origins = forms.CharField(
        label=gettext_lazy("Further addresses of your shop"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "https://www.example.com"}),
        help_text=gettext_lazy(
            "One on each line. The website of your brand settings is always one of them."
        ),
    )
    anonymous_days = forms.IntegerField(
        label=gettext_lazy("Forget visitors nobody knows after so many days"),
        min_value=1,
        max_value=730,
        help_text=gettext_lazy("What known customers did stays with them until they are erased."),
    )


@require_http_methods(["GET", "POST"])
@console_view("settings.view")
def site_activity(request: ConsoleRequest) -> HttpResponse:
    """Show the script and when it was last heard; change the settings."""
    if request.method == "POST":
        permissions.check(request.actor, "settings.edit")
    info = audiences.get_site_settings()
    form = SiteForm(
        request.POST or None,
        initial={
            "is_on": info.is_on,
            "origins": "\n".join(info.extra_origins),
            "anonymous_days": info.anonymous_days,
        },
    )
    if request.method == "POST" and form.is_valid():
        saved = fill(
            request,
            form,
            audiences.change_site_settings,
            is_on=form.cleaned_data["is_on"],
            origins=form.cleaned_data["origins"].split(),
            anonymous_days=form.cleaned_data["anonymous_days"],
        )
        if saved:
            messages.success(request, _("Saved."))
            return redirect("console:settings-site", request.store.slug)
    return _page(request, form, info, status=422 if form.is_bound and form.errors else 200)


@require_POST
@console_view("settings.edit")
def secret(request: ConsoleRequest) -> HttpResponse:
    """Show the secret once more, or make a new one; the audit trail says who did."""
    if request.POST.get("do") == "renew":
        done = _("A new secret is in force. Put it into your server now.")
        if not act(request, done, audiences.renew_site_secret):
            return redirect("console:settings-site", request.store.slug)
    shown = audiences.show_site_secret(by=request.actor, at=now())
    info = audiences.get_site_settings()
    initial = {
        "is_on": info.is_on,
        "origins": "\n".join(info.extra_origins),
        "anonymous_days": info.anonymous_days,
    }
    return _page(request, SiteForm(initial=initial), info, secret=shown)


def _page(
    request: ConsoleRequest, form: SiteForm, info: SiteSettingsInfo, status: int = 200, **more: Any
) -> HttpResponse:
    script = f"{settings.BASE_URL}/s/{request.store.slug}/activity.js"
    context = {"form": form, "info": info, "snippet": _SNIPPET.format(script=script), **more}
    return render(request, "console/settings/site_activity.html", context, status=status)
