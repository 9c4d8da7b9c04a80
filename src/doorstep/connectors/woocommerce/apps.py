"""WooCommerce as a platform that orders come from."""

from importlib import import_module

from django.apps import AppConfig


class WooCommerceConfig(AppConfig):
    """Makes the connector known."""

    name = "doorstep.connectors.woocommerce"
    label = "connectors_woocommerce"

    def ready(self) -> None:
        """Register the connector; it has no tables of its own."""
        registry = import_module("doorstep.connectors.base.registry")
        registry.register(import_module("doorstep.connectors.woocommerce.webhook").WOOCOMMERCE)
