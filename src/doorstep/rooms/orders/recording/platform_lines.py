"""Whose lines count when they were edited here: the platform's version, or ours.

A platform repeats an order's lines with every version: with a note somebody wrote, with a payment.
As long as they are the ones it had before the edit, or the ones it was told, the edit stands. Lines
that are neither were changed there, and its word counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from doorstep.rooms.orders.contracts import IncomingLine, IncomingOrder
from doorstep.rooms.orders.models import OrderLine
from doorstep.rooms.orders.recording.refunds import pieces_back_of

Pieces = list[list[object]]  # [[the line's external id, pieces it still needs], …], sorted

# The sums that belong to the lines: kept together with them.
SUMS = (
    "subtotal_minor",
    "discount_minor",
    "shipping_minor",
    "tax_minor",
    "fees_minor",
    "tips_minor",
    "duties_minor",
    "adjustment_minor",
    "total_minor",
    "presentment_currency",
    "presentment_totals",
    "taxes_included",
    "is_shippable",
    "item_count",
    "search_text",
)


def platform_lines_of(
    lines: Iterable[tuple[str, int, datetime | None]], back: Mapping[str, int]
) -> Pieces:
    """Return what lines come to: each with the pieces that did not go back to the shelf."""
    found = {
        external_id: max(quantity - back.get(external_id, 0), 0)
        for external_id, quantity, removed_at in lines
        if removed_at is None
    }
    return [[external_id, pieces] for external_id, pieces in sorted(found.items()) if pieces]


def incoming_lines_of(incoming: IncomingOrder) -> Pieces:
    """Return the same of a version as it arrives."""
    return platform_lines_of(
        [(line.external_id, line.quantity, None) for line in incoming.lines],
        pieces_back_of(incoming.refunds),
    )


def adopt_lines(
    lines: Sequence[OrderLine], incoming: IncomingOrder, here: str
) -> list[dict[str, object]]:
    """Give lines that were added here the platform's ids once it lists them; returns the rows.

    Matched by the platform's variant, else by the article number, with the same pieces.
    """
    known = {line.external_id for line in lines}
    strangers = [line for line in incoming.lines if line.external_id not in known]
    rows: list[dict[str, object]] = []
    for ours in lines:
        if not ours.external_id.startswith(here) or ours.removed_at is not None:
            continue
        twin = next((line for line in strangers if _is_same(ours, line)), None)
        if twin is not None:
            strangers.remove(twin)
            ours.external_id = twin.external_id
            rows.append({"id": ours.id, "external_id": twin.external_id})
    return rows


def _is_same(ours: OrderLine, line: IncomingLine) -> bool:
    if ours.quantity != line.quantity:
        return False
    if ours.variant_external_id and line.variant_external_id:
        return ours.variant_external_id == line.variant_external_id
    return bool(ours.sku) and ours.sku == line.sku


def stands(
    stored: Pieces | None, lines: Collection[OrderLine], back: Mapping[str, int], said: Pieces
) -> bool:
    """Tell whether an edit made here outlives what the platform says now."""
    if stored is None:
        return False
    ours = platform_lines_of(
        [(line.external_id, line.quantity, line.removed_at) for line in lines], back
    )
    return said in (stored, ours)
