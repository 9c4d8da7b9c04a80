"""What variants cost: written in sets from channels, one by one by people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_columns
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.ids import new_id
from doorstep.kernel.money import exponent
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.catalog.contracts import PriceInfo
from doorstep.rooms.catalog.models import Variant, VariantPrice
from doorstep.rooms.catalog.price_queries import list_prices

MOST_MINOR = 2**53
Price = tuple[UUID, str, str, int]  # variant, channel, currency, amount


def write_prices(prices: Iterable[Price], *, at: datetime) -> None:
    """Write prices in one statement; one that stands already stays as it is."""
    rows = {price[:3]: (new_id(), *price) for price in prices}
    if not rows:
        return
    ordered = [rows[key] for key in sorted(rows, key=str)]  # one order: nobody waits in a circle
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO catalog_variantprice AS p
                (id, store_id, variant_id, channel, currency, amount_minor, updated_at)
            SELECT t.id, %s, t.variant_id, t.channel, t.currency, t.amount_minor, %s
            FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::bigint[])
                 AS t(id, variant_id, channel, currency, amount_minor)
            ON CONFLICT (variant_id, channel, currency) DO UPDATE
            SET amount_minor = excluded.amount_minor, updated_at = excluded.updated_at
            WHERE p.amount_minor <> excluded.amount_minor
            """,
            [current_store_id(), at, *as_columns(ordered, 5)],
        )


@action("catalog.set_price", permission="inventory.adjust", summary="Write what a variant costs")
def set_price(
    *,
    variant_id: UUID,
    currency: str,
    amount_minor: int | None,
    channel: str = "",
    by: Actor,
    at: datetime,
) -> Sequence[PriceInfo]:
    """Set the price of one piece; ``None`` takes it away. Returns the variant's prices.

    :param amount_minor: as the channel shows its prices, with or without tax.
    :param channel: ``""``: wherever none of its own stands.
    :raises NotFound: there is no such variant.
    :raises Invalid: no currency, or an amount that makes no sense.
    """
    exponent(currency)
    if not Variant.objects.filter(id=variant_id).exists():
        raise NotFound("There is no such variant.")
    channel = channel.strip()[:100]
    if amount_minor is None:
        VariantPrice.objects.filter(
            variant_id=variant_id, channel=channel, currency=currency
        ).delete()
    elif 0 <= amount_minor < MOST_MINOR:
        write_prices([(variant_id, channel, currency, amount_minor)], at=at)
    else:
        raise Invalid("A price is 0 or more.", field="amount_minor")
    audit.note(
        subject=f"variant:{variant_id}",
        changes={f"price {channel} {currency}": [None, amount_minor]},
    )
    return list_prices([variant_id]).get(variant_id, ())
