"""Addresses of the connectors."""

from __future__ import annotations

from django.urls import path

from doorstep.connectors.base.views import receive_hook

urlpatterns = [path("hooks/<uuid:connection_id>", receive_hook, name="receive_hook")]
