"""Addresses that Meta calls."""

from __future__ import annotations

from django.urls import path

from doorstep.connectors.meta.views import receive_meta_hook

urlpatterns = [
    path(
        f"hooks/{channel}/meta/<uuid:connection_id>",
        receive_meta_hook,
        {"channel": channel},
        name=f"receive_{channel}",
    )
    for channel in ("whatsapp", "messenger")
]
