"""The one URL map."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from doorstep.config.home import lead_on

handler400 = "doorstep.config.error_pages.bad_request"
handler403 = "doorstep.config.error_pages.forbidden"
handler404 = "doorstep.config.error_pages.not_found"
handler500 = "doorstep.config.error_pages.failed"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", lead_on, name="bare"),
    path("console/", include("doorstep.console.signin.urls")),
    path("console/<slug:store_slug>/", include("doorstep.console.urls")),
    path("api/", include("doorstep.api.urls")),
    path("", include("doorstep.connectors.base.urls")),
    path("", include("doorstep.connectors.email.urls")),
    path("", include("doorstep.connectors.sms.urls")),
    path("", include("doorstep.connectors.meta.urls")),
    path("", include("doorstep.portal.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("design/", include("doorstep.design.urls")))
