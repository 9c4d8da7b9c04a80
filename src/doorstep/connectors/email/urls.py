"""Addresses that e-mail providers call."""

from __future__ import annotations

from django.urls import path

from doorstep.connectors.email.views import receive_email_hook

urlpatterns = [
    path(
        "hooks/email/<slug:provider>/<uuid:connection_id>",
        receive_email_hook,
        name="receive_email_hook",
    ),
]
