"""Shoppers' pages as a Django app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Show shoppers their orders under the store's own brand."""

    name = "doorstep.portal"
    label = "portal"
