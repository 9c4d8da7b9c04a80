"""The console's addresses, below ``/console/<store>/``. A name's first word is its section."""

from __future__ import annotations

from django.urls import path

from doorstep.console.home import views as home
from doorstep.console.settings import views as settings

app_name = "console"

urlpatterns = [
    path("", home.home, name="home"),
    path("settings/", settings.brand, name="settings"),
    path("settings/defaults/", settings.defaults, name="settings-defaults"),
    path("settings/team/", settings.team, name="settings-team"),
    path("settings/team/<uuid:user_id>/", settings.member, name="settings-member"),
    path("settings/api-keys/", settings.api_keys, name="settings-api-keys"),
    path("settings/api-keys/<uuid:key_id>/revocation/", settings.revoke_api_key, name="settings-api-key-revocation"),
    path("settings/logo/", settings.logo, name="settings-logo"),
]
