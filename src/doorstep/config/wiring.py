"""The only place that binds ports to connectors: which vendors this installation knows."""

from __future__ import annotations

from uuid import UUID

from doorstep.connectors.base import api as shops
from doorstep.connectors.carriers.labels.provider import EASYPOST_LABELS
from doorstep.connectors.carriers.manual import MANUAL
from doorstep.connectors.carriers.webhook import CONNECTORS as CARRIERS
from doorstep.connectors.email import providers as email
from doorstep.connectors.meta import providers as meta
from doorstep.connectors.payments import providers as payments
from doorstep.connectors.shopify.changing import SHOPIFY_SHOP
from doorstep.connectors.shopify.refunding import SHOPIFY_REFUNDS
from doorstep.connectors.shopify.webhook import SHOPIFY
from doorstep.connectors.sms import providers as sms
from doorstep.connectors.webpush import providers as webpush
from doorstep.connectors.woocommerce.changing import WOO_SHOP
from doorstep.connectors.woocommerce.refunding import WOO_REFUNDS
from doorstep.connectors.woocommerce.webhook import WOOCOMMERCE
from doorstep.rooms.billing import ports as books
from doorstep.rooms.changes import ports as changes
from doorstep.rooms.fulfillment import ports as labels
from doorstep.rooms.payments import ports as money
from doorstep.rooms.returns import ports as ways_back


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
    ways_back.register_provider(EASYPOST_LABELS)
    payments.bind()
    for refunds in (SHOPIFY_REFUNDS, WOO_REFUNDS):
        money.register_provider(refunds)
    # A platform that refunds is called like its connection's kind.
    books.bind_provider_of_connection(_provider_of)
    for shop in (SHOPIFY_SHOP, WOO_SHOP):
        changes.register_platform(shop)
    changes.bind_kind_of_connection(shops.find_kind)


def _provider_of(connection_id: UUID) -> str:
    """Return who refunds what was paid in a connected shop, "" where nobody can."""
    kind = shops.find_kind(connection_id)
    return kind if money.find_provider(kind) else ""
