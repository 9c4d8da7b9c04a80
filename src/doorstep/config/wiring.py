"""The only place that binds ports to connectors: which vendors this installation knows."""

from __future__ import annotations

from doorstep.connectors.base import api as shops
from doorstep.connectors.carriers.manual import MANUAL
from doorstep.connectors.carriers.webhook import CONNECTORS as CARRIERS
from doorstep.connectors.email import providers as email
from doorstep.connectors.meta import providers as meta
from doorstep.connectors.payments import providers as payments
from doorstep.connectors.shopify.webhook import SHOPIFY
from doorstep.connectors.sms import providers as sms
from doorstep.connectors.webpush import providers as webpush
from doorstep.connectors.woocommerce.webhook import WOOCOMMERCE
from doorstep.rooms.fulfillment import ports as labels


def bind() -> None:
    """Make every connector known; called once per process, when all apps are loaded."""
    shops.register(SHOPIFY)
    shops.register(WOOCOMMERCE)
    for carrier in CARRIERS:
        shops.register(carrier)
    email.bind()
    sms.bind()
    meta.bind()
    webpush.bind()
    labels.register_provider(MANUAL)
    payments.bind()
