"""Lines that are changed here: quantities, swaps, new and removed ones, with sums that stay right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import copy_in, update_rows
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import VariantInfo
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders.contracts import (
    EditedLine,
    HoldReason,
    LineEdit,
    LinesApplied,
    LinesQuote,
    NewLine,
)
from doorstep.rooms.orders.events import OrderUpdated
from doorstep.rooms.orders.models import Hold, Order, OrderLine
from doorstep.rooms.orders.recording.desk import Desk, open_desk
from doorstep.rooms.orders.recording.platform_lines import platform_lines_of
from doorstep.rooms.orders.recording.rechecking import Recheck, recheck
from doorstep.rooms.orders.recording.refunds import pieces_back
from doorstep.rooms.orders.rules.amounts import LineFigures, resize
from doorstep.rooms.orders.rules.edits import EditableLine, LinesPlan, plan_lines
from doorstep.rooms.orders.rules.search import search_text
from doorstep.rooms.orders.rules.states import check_open

HERE = "here:"  # begins the external id of a line that no platform knows (yet)


class NotInStock(Conflict):
    """More is wanted than can be promised; nothing was changed."""

    code = "not_in_stock"


@dataclass
class _Sheet:
    """An order with its lines, as an edit works on them."""

    order: Order
    rows: dict[UUID, OrderLine]
    back: dict[UUID, int]
    lines: list[EditableLine] = field(default_factory=list)


def _open_sheet(order: Order) -> _Sheet:
    rows = {row.id: row for row in OrderLine.objects.filter(order=order).order_by("position")}
    sheet = _Sheet(order, rows, pieces_back([order.id]))
    sheet.lines = [_editable(row, sheet.back.get(row.id, 0)) for row in rows.values()]
    return sheet


def _figures(row: OrderLine) -> LineFigures:
    return LineFigures(
        row.quantity, row.unit_price_minor, row.discount_minor, row.tax_minor, row.total_minor
    )


def _editable(row: OrderLine, back: int) -> EditableLine:
    sold = _figures(row)
    if row.sold is not None:
        sold = LineFigures(**{name: row.sold[name] for name in LineFigures.__slots__})
    now = None if row.removed_at is not None else _figures(row)
    return EditableLine(row.id, row.title, sold, now, back, row.shipped_quantity)


def quote_lines(
    order_id: UUID, *, edits: Sequence[LineEdit] = (), new: Sequence[NewLine] = ()
) -> LinesQuote:
    """Say what an edit comes to, to the cent; nothing changes.

    :raises NotFound: there is no such order.
    :raises Invalid, Conflict: it can't be done, whatever the stock.
    """
    order = Order.objects.filter(id=order_id).first()
    if order is None:
        raise NotFound("There is no such order.")
    sheet = _open_sheet(order)
    plan = plan_lines(sheet.lines, edits, new)
    return _quote(sheet, plan, catalog.get_variants(one.variant_id for one in new))


def _quote(sheet: _Sheet, plan: LinesPlan, variants: dict[UUID, VariantInfo]) -> LinesQuote:
    order = sheet.order
    found = []
    for line in sheet.lines:
        if line.id not in plan.changed:
            continue
        row, after = sheet.rows[line.id], plan.changed[line.id]
        found.append(
            EditedLine(
                line.id,
                row.variant_id,
                row.title,
                row.variant_title,
                line.pieces,
                max(after.quantity - line.back, 0) if after else 0,
                line.now.total_minor if line.now else 0,
                after.total_minor if after else 0,
                after.tax_minor if after else 0,
            )
        )
    for one, figures in plan.new:
        variant = _variant(variants, one.variant_id)
        found.append(
            EditedLine(
                None,
                variant.id,
                variant.product_title,
                variant.title,
                0,
                one.quantity,
                0,
                figures.total_minor,
                figures.tax_minor,
            )
        )
    difference = plan.total_minor(order.taxes_included)
    return LinesQuote(
        order.id,
        order.currency,
        tuple(found),
        order.total_minor,
        order.total_minor + difference,
        difference,
    )


def _variant(variants: dict[UUID, VariantInfo], variant_id: UUID) -> VariantInfo:
    variant = variants.get(variant_id)
    if variant is None:
        raise Invalid("There is no such article.", field="add")
    return variant


def apply_lines(
    *,
    order_id: UUID,
    edits: Sequence[LineEdit] = (),
    new: Sequence[NewLine] = (),
    cause: str,
    needs_stock: bool = True,
    by: Actor,
    at: datetime,
) -> LinesApplied:
    """Change an open order's lines: rows, sums, reservations and holds in the caller's transaction.

    What the platform says of the lines is kept aside: as long as it repeats itself, or says what
    it was told, its versions leave the edit alone.

    :param cause: what the new lines belong to, once: ``change:<uuid>``.
    :param needs_stock: refuse what is not in stock; False for taking an edit back.
    :raises NotInStock: more is wanted than can be promised. Nothing moved.
    :raises Conflict: the order is over, or pieces have left.
    :raises Invalid: a line of another order, a quantity that makes no sense.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).filter(id=order_id).first()
        if order is None:
            raise NotFound("There is no such order.")
        check_open(order.state)
        sheet = _open_sheet(order)
        plan = plan_lines(sheet.lines, edits, new)
        variants = catalog.get_variants(one.variant_id for one in new)
        quote = _quote(sheet, plan, variants)
        if plan.is_nothing:
            return LinesApplied(quote, (), ())
        _check_sums(order, plan)
        if needs_stock:
            _check_stock(sheet, plan)
        undo = [LineEdit(line.id, line.pieces) for line in sheet.lines if line.id in plan.changed]
        desk = open_desk(by=by, at=at, sales_channel=order.sales_channel)
        added = _write(sheet, plan, variants, cause, desk)
        _tell(order, desk)
        if needs_stock:
            _check_held(sheet, plan, added)
        undo += [LineEdit(line_id, 0) for line_id in added]
        return LinesApplied(quote, tuple(undo), tuple(added))


def _check_sums(order: Order, plan: LinesPlan) -> None:
    """Refuse what the platform's own sums can't carry (a subtotal smaller than its lines)."""
    sums = (
        order.subtotal_minor + plan.subtotal_minor,
        order.discount_minor + plan.discount_minor,
        order.tax_minor + plan.tax_minor,
    )
    if min(sums) < 0:
        raise Conflict("This order's sums can't be changed here. Please contact the shop.")


def _more_pieces(sheet: _Sheet, plan: LinesPlan) -> dict[UUID, int]:
    """Return how many more pieces of each variant an edit needs, less what it gives back."""
    more: dict[UUID, int] = {}
    for line in sheet.lines:
        variant = sheet.rows[line.id].variant_id
        if line.id in plan.changed and variant is not None:
            after = plan.changed[line.id]
            pieces = max(after.quantity - line.back, 0) if after else 0
            more[variant] = more.get(variant, 0) + pieces - line.pieces
    for one, _ in plan.new:
        more[one.variant_id] = more.get(one.variant_id, 0) + one.quantity
    return {variant: pieces for variant, pieces in more.items() if pieces > 0}


def _check_stock(sheet: _Sheet, plan: LinesPlan) -> None:
    wanted = _more_pieces(sheet, plan)
    if not wanted:
        return
    free = inventory.available_to_promise(list(wanted), sheet.order.sales_channel)
    short = {
        v: free.get(v) for v, n in wanted.items() if (left := free.get(v)) is not None and left < n
    }
    if short:
        names = catalog.get_variants(short)
        raise NotInStock(
            " ".join(
                f"Only {max(left or 0, 0)} more of “{_name(names.get(variant))}” can be had."
                for variant, left in short.items()
            )
        )


def _name(variant: VariantInfo | None) -> str:
    if variant is None:
        return "it"
    return f"{variant.product_title} {variant.title}".strip()


def _check_held(sheet: _Sheet, plan: LinesPlan, added: Sequence[UUID]) -> None:
    """Refuse after all where somebody else took the pieces between our look and our turn."""
    grown = {str(line) for line in added} | {
        str(line.id)
        for line in sheet.lines
        if (after := plan.changed.get(line.id)) and after.quantity - line.back > line.pieces
    }
    hold = Hold.objects.filter(
        order=sheet.order, reason=HoldReason.OUT_OF_STOCK, lifted_at__isnull=True
    ).first()
    if hold is None:
        return
    for one in hold.details.get("lines", []):
        if one["line_id"] in grown:
            raise NotInStock(f"{one['missing']} of “{one['title']}” are not in stock any more.")


def _write(
    sheet: _Sheet, plan: LinesPlan, variants: dict[UUID, VariantInfo], cause: str, desk: Desk
) -> list[UUID]:
    """Write lines and sums; returns the ids of the new lines."""
    order = sheet.order
    if order.platform_lines is None:
        order.platform_lines = platform_lines_of(
            [(row.external_id, row.quantity, row.removed_at) for row in sheet.rows.values()],
            {row.external_id: sheet.back.get(row.id, 0) for row in sheet.rows.values()},
        )
    by_id = {line.id: line for line in sheet.lines}
    update_rows(
        OrderLine,
        [
            _line_values(sheet.rows[line_id], by_id[line_id], after, desk)
            for line_id, after in plan.changed.items()
        ],
    )
    rows = _new_rows(sheet, plan, variants, cause, desk)
    copy_in(OrderLine, rows)
    _write_sums(sheet, plan, rows)
    return [row["id"] for row in rows]


def _line_values(
    row: OrderLine, line: EditableLine, after: LineFigures | None, desk: Desk
) -> dict[str, Any]:
    figures = after or line.now or line.sold
    if after != line.now:
        row.removed_at = None if after else desk.at
    seen = row.presentment_amounts
    if seen and after:
        # What the shopper saw, in their currency, by the same rule from the same pieces.
        seen = _seen(row, line, after.quantity)
    row.quantity = figures.quantity
    return {
        "id": row.id,
        "quantity": figures.quantity,
        "discount_minor": figures.discount_minor,
        "tax_minor": figures.tax_minor,
        "total_minor": figures.total_minor,
        "presentment_amounts": seen,
        "removed_at": row.removed_at,
        "sold": row.sold
        or {**asdict(line.sold), "back": line.back, "seen": row.presentment_amounts},
    }


def _seen(row: OrderLine, line: EditableLine, quantity: int) -> dict[str, int]:
    sold: dict[str, int] = (row.sold or {}).get("seen") or row.presentment_amounts or {}
    after = resize(
        LineFigures(
            line.sold.quantity,
            sold["unit_price_minor"],
            sold["discount_minor"],
            sold["tax_minor"],
            sold["total_minor"],
        ),
        quantity,
    )
    return {
        "unit_price_minor": after.unit_minor,
        "discount_minor": after.discount_minor,
        "tax_minor": after.tax_minor,
        "total_minor": after.total_minor,
    }


def _new_rows(
    sheet: _Sheet, plan: LinesPlan, variants: dict[UUID, VariantInfo], cause: str, desk: Desk
) -> list[dict[str, Any]]:
    order = sheet.order
    listed = catalog.find_listings(order.sales_channel, [new.variant_id for new, _ in plan.new])
    position = max((row.position for row in sheet.rows.values()), default=-1)
    rows = []
    for nth, (new, figures) in enumerate(plan.new, start=1):
        variant = variants[new.variant_id]
        origin = sheet.rows.get(new.instead_of) if new.instead_of else None
        listing = listed.get(variant.id)
        rows.append(
            {
                "id": new_id(),
                "store_id": desk.store.id,
                "order_id": order.id,
                "external_id": f"{HERE}{cause}:{nth}",
                "variant_id": variant.id,
                "removed_at": None,
                "shipped_quantity": 0,
                "position": position + nth,
                "title": variant.product_title,
                "variant_title": variant.title,
                "sku": variant.sku,
                "options": [list(pair) for pair in variant.options],
                # An engraving stays wished when the color changes.
                "properties": origin.properties if origin else [],
                "product_external_id": listing.product_external_id if listing else "",
                "variant_external_id": listing.variant_external_id if listing else "",
                "quantity": figures.quantity,
                "unit_price_minor": figures.unit_minor,
                "discount_minor": figures.discount_minor,
                "tax_minor": figures.tax_minor,
                "total_minor": figures.total_minor,
                "presentment_amounts": None,
                "requires_shipping": origin.requires_shipping if origin else True,
                "is_gift_card": False,
                "weight_grams": variant.weight_grams,
                "image_url": variant.image_url,
            }
        )
    return rows


def _write_sums(sheet: _Sheet, plan: LinesPlan, new: Sequence[dict[str, Any]]) -> None:
    order = sheet.order
    kept = [row for row in sheet.rows.values() if row.removed_at is None]
    order.subtotal_minor += plan.subtotal_minor
    order.discount_minor += plan.discount_minor
    order.tax_minor += plan.tax_minor
    order.total_minor += plan.total_minor(order.taxes_included)
    order.item_count = sum(row.quantity for row in kept) + sum(row["quantity"] for row in new)
    order.is_shippable = any(row.requires_shipping for row in kept) or any(
        row["requires_shipping"] for row in new
    )
    if order.erased_at is None:
        skus = [row.sku for row in kept] + [row["sku"] for row in new]
        order.search_text = search_text(
            number=order.number,
            email=order.email,
            names=(order.shopper_name, (order.shipping_address or {}).get("name", "")),
            skus=[sku for sku in skus if sku],
        )
    order.save(
        update_fields=[
            "subtotal_minor",
            "discount_minor",
            "tax_minor",
            "total_minor",
            "item_count",
            "is_shippable",
            "search_text",
            "platform_lines",
        ]
    )


def _tell(order: Order, desk: Desk) -> None:
    """Publish that the order is another one, and look at its holds and stock again."""
    changed = frozenset({"lines", "total_minor", "is_shippable"})
    publish(
        OrderUpdated(order.id, order.customer_id, sorted(changed)),
        key=order.customer_id or order.id,
        at=desk.at,
        by=desk.by,
        subject=f"order:{order.id}",
    )
    recheck([Recheck(order.id, order.customer_id, order.state, changed)], desk)
