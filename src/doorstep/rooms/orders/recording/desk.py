"""What every step of recording needs to know: who records where, under which rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from doorstep.kernel import once
from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.orders.contracts import OrderSettings
from doorstep.rooms.orders.models import OrderRules
from doorstep.rooms.orders.rules.estimates import Calendar, calendar_of
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo


def load_settings() -> OrderSettings:
    """Return how the current store wants its orders treated."""
    key = ("order settings", current_store_id())
    return once.remember(key, OrderRules._meta.db_table, _settings)


def _settings() -> OrderSettings:
    row = OrderRules.objects.first()
    if row is None:
        return OrderSettings()
    return OrderSettings(
        live_days=row.live_days,
        review_above_minor=row.review_above_minor,
        closed_dates=tuple(row.closed_dates),
        required_properties={sku: tuple(names) for sku, names in row.required_properties.items()},
        gift_card_skus=tuple(row.gift_card_skus.splitlines()),
        issues_platform_cards=row.issues_platform_cards,
    )


@dataclass(frozen=True)
class Desk:
    """One recording: by whom, when, for which store and channel."""

    store: StoreInfo
    settings: OrderSettings
    by: Actor
    at: datetime
    sales_channel: str = ""
    connection_id: UUID | None = None
    import_id: str = ""

    @cached_property
    def calendar(self) -> Calendar:
        """The store's working days and usual times."""
        return calendar_of(self.store, self.settings)


def open_desk(
    *,
    by: Actor,
    at: datetime,
    sales_channel: str = "",
    connection_id: UUID | None = None,
    import_id: str = "",
) -> Desk:
    """Read the store and its rules (two queries)."""
    return Desk(
        store=stores.get_store(),
        settings=load_settings(),
        by=by,
        at=at,
        sales_channel=sales_channel,
        connection_id=connection_id,
        import_id=import_id,
    )
