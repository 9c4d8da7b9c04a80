"""What a change of lines comes to: prices of today, and what can be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from doorstep.kernel.errors import Conflict, Invalid
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import VariantInfo
from doorstep.rooms.changes.contracts import ChangeAsk, ChangeOffer, LineOptions, VariantChoice
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import LineEdit, LineView, NewLine, OrderDetail

MOST_OFFERED = 99


class PriceNotKnown(Conflict):
    """Nobody knows what it costs today, so it can't be added here."""

    code = "price_not_known"


def pieces_of(order: OrderDetail) -> dict[UUID, int]:
    """Return how many pieces of each line its shopper gets, less what went back with refunds."""
    back: dict[UUID, int] = {}
    for refund in order.refunds:
        for line in refund.lines:
            if line.restock:
                back[line.line_id] = back.get(line.line_id, 0) + line.quantity
    return {
        line.id: 0 if line.is_removed else max(line.quantity - back.get(line.id, 0), 0)
        for line in order.lines
    }


def plan_of(order: OrderDetail, ask: ChangeAsk) -> tuple[tuple[LineEdit, ...], tuple[NewLine, ...]]:
    """Turn wishes into edits, at the prices of today.

    :raises Invalid: a line of another order, a variant of another product, nothing left.
    :raises PriceNotKnown: a price that nobody told.
    """
    pieces = pieces_of(order)
    lines = {line.id: line for line in order.lines if pieces[line.id]}
    named = [one.line_id for one in ask.lines] + [one.line_id for one in ask.swaps]
    for line_id in named:
        if line_id not in lines:
            raise Invalid("This line is not in the order (any more).", field="lines")
    wanted = [one.variant_id for one in ask.swaps] + [one.variant_id for one in ask.additions]
    variants = catalog.get_variants(wanted)
    now = (lines[one.line_id].variant_id for one in ask.swaps)
    own = catalog.get_variants(variant_id for variant_id in now if variant_id)
    prices = prices_for(order, wanted)
    edits = [LineEdit(one.line_id, one.quantity) for one in ask.lines]
    edits = [edit for edit in edits if edit.quantity != pieces[edit.line_id]]
    new = []
    for swap in ask.swaps:
        line = lines[swap.line_id]
        _check_swap(line, variants.get(swap.variant_id), own)
        edits.append(LineEdit(line.id, 0))
        price = _price(prices, variants[swap.variant_id])
        new.append(NewLine(swap.variant_id, pieces[line.id], price, line.id))
    for addition in ask.additions:
        variant = variants.get(addition.variant_id)
        if variant is None or not variant.is_active:
            raise Invalid("This is not on sale (any more).", field="additions")
        new.append(NewLine(variant.id, addition.quantity, _price(prices, variant)))
    if not edits and not new:
        raise Invalid("Nothing is changed yet. Change a quantity or a variant.", field="lines")
    gone = {edit.line_id for edit in edits if edit.quantity == 0}
    if not new and gone.issuperset(lines):
        raise Invalid(
            "Nothing would be left of the order. Cancel it as a whole instead.", field="lines"
        )
    return tuple(edits), tuple(new)


def prices_for(order: OrderDetail, variant_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return today's prices in the order's currency; none where the shopper saw another one."""
    if order.presentment_currency:
        return {}
    return catalog.find_prices(
        variant_ids, channel=order.summary.sales_channel, currency=order.summary.currency
    )


def _price(prices: Mapping[UUID, int], variant: VariantInfo) -> int:
    if variant.id not in prices:
        raise PriceNotKnown(
            f"What “{variant.product_title}” costs today is not known here. Please ask the shop."
        )
    return prices[variant.id]


def _check_swap(
    line: LineView, variant: VariantInfo | None, own: Mapping[UUID, VariantInfo]
) -> None:
    now = own.get(line.variant_id) if line.variant_id else None
    fits = variant is not None and now is not None and variant.product_id == now.product_id
    if not fits or variant is None or not variant.is_active or variant.id == line.variant_id:
        raise Invalid(f"“{line.title}” does not come like that.", field="swaps")


def line_options(order: OrderDetail) -> tuple[LineOptions, ...]:
    """Say how each line can be changed: a constant number of queries."""
    return offer_for(order, most=0).lines


def addable(order: OrderDetail, text: str = "", limit: int = 12) -> tuple[VariantChoice, ...]:
    """Return what can be added: on sale, with a price, in stock; by title.

    Not what is made with details of the buyer's (an engraving, a gift card's recipient): there is
    nowhere to say them, and the order would wait for them.

    :param text: words of the product, its article number.
    """
    active = _on_sale(text, limit)
    prices, free = _terms_of(order, [one.id for one in active])
    return _additions(active, prices, free, limit)


def offer_for(order: OrderDetail, text: str = "", *, most: int = 12) -> ChangeOffer:
    """Return what :func:`line_options` and :func:`addable` do, prices and stock read once for both.

    :param most: things to be added; 0 for none.
    """
    pieces = pieces_of(order)
    lines = [line for line in order.lines if pieces[line.id] and not line.is_gift_card]
    known = catalog.get_variants(line.variant_id for line in lines if line.variant_id)
    siblings = catalog.list_variants_of({one.product_id for one in known.values()})
    active = _on_sale(text, most) if most else []
    offered = [one for variants in siblings.values() for one in variants] + active
    prices, free = _terms_of(order, [*(one.id for one in offered), *known])
    found = []
    for line in lines:
        variant = known.get(line.variant_id) if line.variant_id else None
        others = siblings.get(variant.product_id, ()) if variant else ()
        found.append(_line_options(line, pieces[line.id], others, prices, free))
    return ChangeOffer(tuple(found), _additions(active, prices, free, most))


def _on_sale(text: str, limit: int) -> list[VariantInfo]:
    page = catalog.search_variants(text[:100], limit=limit * 3)
    settings = orders.get_order_settings()
    asking = {*settings.required_properties, *settings.gift_card_skus}
    return [one for one in page.variants if one.is_active and one.sku not in asking]


def _terms_of(
    order: OrderDetail, variant_ids: Sequence[UUID]
) -> tuple[dict[UUID, int], dict[UUID, int | None]]:
    """Return what variants cost and how many there are, two queries."""
    ids = list(dict.fromkeys(variant_ids))
    free = inventory.available_to_promise(ids, order.summary.sales_channel)
    return prices_for(order, ids), free


def _line_options(
    line: LineView,
    have: int,
    others: Sequence[VariantInfo],
    prices: Mapping[UUID, int],
    free: Mapping[UUID, int | None],
) -> LineOptions:
    more = free.get(line.variant_id) if line.variant_id else None
    return LineOptions(
        line.id,
        line.title,
        line.variant_title,
        line.image_url,
        have,
        line.total_minor,
        tuple(
            choice(one, prices[one.id], free.get(one.id))
            for one in others
            if one.id != line.variant_id and one.id in prices and _is_enough(free.get(one.id), have)
        ),
        have + (MOST_OFFERED if more is None else max(more, 0)),
    )


def _is_enough(free: int | None, pieces: int) -> bool:
    return free is None or free >= pieces


def choice(variant: VariantInfo, price_minor: int, free: int | None) -> VariantChoice:
    """Return a variant as it can be chosen."""
    return VariantChoice(
        variant.id, variant.product_title, variant.title, variant.image_url, price_minor, free
    )


def _additions(
    active: Sequence[VariantInfo],
    prices: Mapping[UUID, int],
    free: Mapping[UUID, int | None],
    limit: int,
) -> tuple[VariantChoice, ...]:
    found = [
        choice(one, prices[one.id], free.get(one.id))
        for one in active
        if one.id in prices and _is_enough(free.get(one.id), 1)
    ]
    return tuple(found[:limit])
