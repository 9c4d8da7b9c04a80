"""Addresses that SMS providers call."""

from __future__ import annotations

from django.urls import path

from doorstep.connectors.sms.views import receive_kannel, receive_twilio

urlpatterns = [
    path("hooks/sms/twilio/<uuid:connection_id>", receive_twilio, name="receive_twilio"),
    path("hooks/sms/kannel/<uuid:connection_id>", receive_kannel, name="receive_kannel"),
]
