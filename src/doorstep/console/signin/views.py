"""Entering the console: home, the demo's sign-in, and joining by an owner's invitation."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, cast

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from doorstep.rooms.stores.api import list_demo_members, list_stores_of, real_stores_of

if TYPE_CHECKING:
    from doorstep.rooms.stores.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
INVITATION_DAYS = 7


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send the person to the first store, or say that there is none yet."""
    stores = list_stores_of(cast("User", request.user).id)
    if stores:
        return redirect("console:home", stores[0][0].slug)
    return render(request, "console/signin/no_store.html", status=403)


@require_GET
def demo(request: HttpRequest) -> HttpResponse:
    """Show the demo's cast, to sign in as one of them with a click."""
    cast = _demo_cast()
    if not cast:
        raise Http404
    context = {"cast": cast, "next": request.GET.get("next", "")}
    return render(request, "console/signin/demo.html", context)


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the demo's cast. Only people of demo stores, and of no other."""
    email = request.POST.get("email", "")
    if email not in {person["email"] for person in _demo_cast()}:
        raise Http404
    user = get_user_model().objects.get(email=email)
    login(request, user, backend=BACKEND)
    wanted = request.POST.get("next", "")
    # Only a path of this very site: a link must not send people elsewhere after signing in.
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return HttpResponseRedirect(wanted)
    return redirect("console-home")


def _demo_cast() -> list[dict[str, str]]:
    """List who can be signed in as without a password: people whose every store is a demo."""
    cast: dict[str, dict[str, str]] = {}
    for member in list_demo_members():  # once for each demo store they are in
        cast.setdefault(
            member.email, {"email": member.email, "name": member.name, "role": member.role}
        )
    return list(cast.values())


def invitation_token(user: User) -> str:
    """Return a token with which the person can set a password, once, within seven days.

    It is void once a password is set, and once the person is in other stores than now: who made
    it need not be an owner there (``stores.let_join`` says who may make one).
    """
    return signing.dumps([str(user.id), _stamp(user)], salt="staff-invitation")


def _stamp(user: User) -> str:
    reach = ",".join(sorted(map(str, real_stores_of(user.id))))
    return hashlib.sha256(f"{user.password} {reach}".encode()).hexdigest()[:32]


class JoinForm(forms.Form):
    """Choosing a password."""

    name = forms.CharField(label=_("Your name"), max_length=120)
    password = forms.CharField(
        label=_("Password"),
        max_length=1000,  # hashing is slow on purpose
        help_text=_("At least 10 characters. A sentence is good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        """Hold the password against the rules."""
        validate_password(self.cleaned_data["password"])
        return str(self.cleaned_data["password"])


@never_cache
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited person choose a password and sign in."""
    user = _invited(token)
    if user is None:
        return render(request, "console/signin/join_expired.html", status=410)
    form = JoinForm(request.POST or None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        user.name = form.cleaned_data["name"]
        user.set_password(form.cleaned_data["password"])
        user.save(update_fields=["name", "password"])
        if is_mfa_enabled(user):
            # A link replaces the password, never the second factor.
            messages.success(request, gettext("Your password is set. Please sign in."))
            return redirect("account_login")
        login(request, user, backend=BACKEND)
        return redirect("console-home")
    return render(request, "console/signin/join.html", {"form": form, "person": user})


def _invited(token: str) -> User | None:
    try:
        user_id, stamp = signing.loads(
            token, salt="staff-invitation", max_age=INVITATION_DAYS * 24 * 3600
        )
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = get_user_model().objects.filter(id=user_id, is_active=True).first()
    return user if user is not None and _stamp(user) == stamp else None
