"""Addresses for signing in, below ``/console/``."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView, TemplateView

from doorstep.console.signin import views

urlpatterns = [
    path("", views.home, name="console-home"),
    path("demo/", views.demo, name="console-demo"),
    path("demo/session/", views.demo_sign_in, name="console-demo-sign-in"),
    path("join/<str:token>/", views.join, name="console-join"),
    # No mail server is needed to run Doorstep, so a lost password goes through an owner.
    path(
        "account/password/reset/",
        TemplateView.as_view(template_name="console/signin/lost_password.html"),
        name="account_reset_password",
    ),
    # Who signs in with which address is the team page's matter, not the person's own.
    path("account/email/", RedirectView.as_view(pattern_name="mfa_index"), name="account_email"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
]
