"""What stands on each paper: plain values, the same for PDF and print page.

A shopper's text stays a text all the way: it is a value in here, and the templates put values
in as values, never as markup.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import segno

from doorstep.kernel.money import format_money
from doorstep.rooms.fulfillment.contracts import PackedThing, PickRow
from doorstep.rooms.fulfillment.documents.words import RIGHT_TO_LEFT, words_in
from doorstep.rooms.fulfillment.packing.shapes import PackingOptions
from doorstep.rooms.orders.contracts import AddressView, LineView, OrderDetail
from doorstep.rooms.stores.contracts import StoreInfo


class Paper(StrEnum):
    """The papers there are."""

    PICK_LIST = "pick_list"
    PACKING_SLIP = "packing_slip"
    GIFT_RECEIPT = "gift_receipt"
    RECEIPT = "receipt"  # called an invoice where the store says so
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Pair:
    """Something with its name before it."""

    name: str
    value: str
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    title: str
    detail: str = ""
    note: str = ""
    quantity: str = ""
    price: str = ""
    total: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One paper, of as many pages as it needs.

    :param code: what the QR code says; ``code_words`` stands below it.
    """

    kind: str
    language: str
    title: str
    number: str
    store_name: str
    store_lines: tuple[str, ...]
    facts: tuple[Pair, ...] = ()
    address_title: str = ""
    address: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    sums: tuple[Pair, ...] = ()
    message_title: str = ""
    message: str = ""
    code: str = ""
    code_words: str = ""
    foot: tuple[Pair, ...] = ()

    @property
    def is_rtl(self) -> bool:
        return self.language in RIGHT_TO_LEFT

    @property
    def has_prices(self) -> bool:
        return any(row.total for row in self.rows)

    @property
    def qr_svg(self) -> str:
        """The QR code as SVG, "" without one."""
        if not self.code:
            return ""
        out = io.BytesIO()
        segno.make(self.code, error="m", micro=False).save(
            out, kind="svg", border=4, xmldecl=False, light="#fff", omitsize=True
        )
        return out.getvalue().decode()

    def values(self) -> dict[str, Any]:
        """Return everything as JSON-able values for the PDF's template."""

        def pairs(found: tuple[Pair, ...]) -> list[dict[str, Any]]:
            return [{"name": p.name, "value": p.value, "sum": p.is_sum} for p in found]

        found = {
            "kind": self.kind,
            "lang": self.language,
            "rtl": self.is_rtl,
            "title": self.title,
            "number": self.number,
            "store": self.store_name,
            "store_lines": list(self.store_lines),
            "facts": pairs(self.facts),
            "address_title": self.address_title,
            "address": list(self.address),
            "heads": list(self.heads),
            "rows": [
                [row.title, row.detail, row.note, row.quantity, row.price, row.total]
                for row in self.rows
            ],
            "prices": self.has_prices,
            "sums": pairs(self.sums),
            "message_title": self.message_title,
            "message": self.message,
            "qr": self.qr_svg,
            "code_words": self.code_words,
            "foot": pairs(self.foot),
        }
        return (
            {name: value if name in _RAW else _isolate(value) for name, value in found.items()}
            if self.is_rtl
            else found
        )


# Values that must reach the template as they are.
_RAW = frozenset({"kind", "lang", "qr"})


def _isolate(value: Any) -> Any:
    """Set each line of a text apart, so that “10435 Berlin” keeps its order among Arabic.

    First strong isolate, pop directional isolate: Unicode Annex 9.
    """
    if isinstance(value, str):
        return "\n".join(f"\u2068{line}\u2069" if line else "" for line in value.split("\n"))
    if isinstance(value, list):
        return [_isolate(one) for one in value]
    if isinstance(value, dict):
        return {name: _isolate(one) for name, one in value.items()}
    return value


@dataclass(frozen=True, slots=True)
class Sending:
    """What papers of one shipment are made from."""

    store: StoreInfo
    options: PackingOptions
    order: OrderDetail
    number: str
    things: tuple[PackedThing, ...]
    link: str
    date: str
    language: str
    return_terms: str = ""  # of this order, written from the return policy's own rules


def _address(address: AddressView | None) -> tuple[str, ...]:
    if address is None:
        return ()
    town = f"{address.postal_code} {address.city}".strip()
    lines = (address.name, address.company, address.line1, address.line2, town, address.region)
    return tuple(line for line in (*lines, address.country_code) if line)


def _store_lines(store: StoreInfo) -> tuple[str, ...]:
    return tuple(line.strip() for line in store.postal_address.splitlines() if line.strip())


def _foot(sending: Sending, words: Any) -> tuple[Pair, ...]:
    store, options = sending.store, sending.options
    contact = " · ".join(
        part for part in (store.support_email, store.support_phone, store.website_url) if part
    )
    found = []
    returns = " ".join(filter(None, (sending.return_terms, options.return_policy)))
    if returns:
        found.append(Pair(words["returns"], returns))
    if contact:
        found.append(Pair(words["questions"], contact))
    return tuple(found)


def _detail(thing: PackedThing | LineView) -> str:
    chosen = [f"{name}: {value}" for name, value in thing.options]
    variant = [] if chosen else [thing.variant_title]
    return " · ".join(part for part in (*variant, *chosen, thing.sku) if part)


def _wishes(thing: PackedThing | LineView) -> str:
    return "\n".join(f"{name}: {value}" for name, value in thing.properties)


def _base(sending: Sending, kind: Paper, title: str) -> Sheet:
    words, order = words_in(sending.language), sending.order
    facts = [
        Pair(words["order"], order.summary.number),
        Pair(words["date"], sending.date),
    ]
    if order.shipping_method:
        facts.append(Pair(words["method"], order.shipping_method))
    return Sheet(
        kind=kind,
        language=sending.language,
        title=title,
        number=sending.number,
        store_name=sending.store.name,
        store_lines=_store_lines(sending.store),
        facts=tuple(facts),
        address_title=words["ship_to"],
        address=_address(order.shipping_address),
        code=sending.link,
        code_words=words["your_order"],
        foot=_foot(sending, words),
    )


def packing_slip(sending: Sending) -> Sheet:
    """What is in the parcel, for the shopper: no prices, the gift message where there is one."""
    words, order = words_in(sending.language), sending.order
    return replace(
        _base(sending, Paper.PACKING_SLIP, words["packing_slip"]),
        heads=(words["item"], words["quantity"]),
        rows=_rows(sending, words),
        message_title=words["gift_message"] if order.gift_message else "",
        message=order.gift_message,
    )


def _rows(sending: Sending, words: Any) -> tuple[Row, ...]:
    return tuple(
        Row(
            title=thing.title,
            detail=_detail(thing),
            note=words["extra"] if thing.extra else _wishes(thing),
            quantity=str(thing.quantity),
        )
        for thing in sending.things
    )


def gift_receipt(sending: Sending) -> Sheet:
    """What is in the parcel, for who was given it: neither prices nor the buyer's order page.

    The address is the recipient's own; the order's number is enough to exchange something.
    """
    words, order = words_in(sending.language), sending.order
    sheet = _base(sending, Paper.GIFT_RECEIPT, words["gift_receipt"])
    return replace(
        sheet,
        heads=(words["item"], words["quantity"]),
        rows=_rows(sending, words),
        message_title=words["gift_message"] if order.gift_message else "",
        message=order.gift_message,
        code=order.summary.number,
        code_words=f"{words['order']} {order.summary.number}",
    )


def receipt(sending: Sending) -> Sheet:
    """What was bought and paid: an invoice where the store calls it so, from the order's sums."""
    words, order = words_in(sending.language), sending.order
    options, currency = sending.options, order.summary.currency
    kind = "invoice" if options.is_invoice else "receipt"
    sheet = _base(sending, Paper.RECEIPT, words[kind])

    def money(amount: int) -> str:
        return format_money(amount, currency, sending.language)

    facts = [*sheet.facts]
    if order.payment_method:
        facts.append(Pair(words["paid_with"], order.payment_method))
    store_lines = list(sheet.store_lines)
    if options.tax_id:
        store_lines.append(f"{words['tax_id']}: {options.tax_id}")
    return replace(
        sheet,
        number=order.summary.number,
        facts=tuple(facts),
        store_lines=tuple(store_lines),
        address_title=words["bill_to"],
        address=_address(order.billing_address or order.shipping_address),
        heads=(words["item"], words["quantity"], words["price"], words["total"]),
        rows=tuple(
            Row(
                title=line.title,
                detail=_detail(line),
                quantity=str(line.quantity),
                price=money(line.unit_price_minor),
                total=money(line.unit_price_minor * line.quantity),
            )
            for line in order.lines
            if not line.is_removed
        ),
        sums=_sums(order, words, money),
    )


def _sums(order: OrderDetail, words: Any, money: Any) -> tuple[Pair, ...]:
    totals = order.totals
    found = [Pair(words["subtotal"], money(totals.subtotal_minor))]
    optional = (
        ("discount", -totals.discount_minor),
        ("shipping", totals.shipping_minor),
        ("fees", totals.fees_minor),
        ("tips", totals.tips_minor),
        ("duties", totals.duties_minor),
    )
    found += [Pair(words[name], money(amount)) for name, amount in optional if amount]
    tax = Pair(words["tax_included" if order.taxes_included else "tax"], money(totals.tax_minor))
    if totals.tax_minor and not order.taxes_included:
        found.append(tax)
    if totals.adjustment_minor:
        found.append(Pair(words["adjustment"], money(totals.adjustment_minor)))
    found.append(Pair(words["total"], money(totals.total_minor), is_sum=True))
    if totals.tax_minor and order.taxes_included:
        found.append(tax)
    if order.summary.refunded_minor:
        found.append(Pair(words["refunded"], money(-order.summary.refunded_minor)))
    return tuple(found)


def label(sending: Sending, part: int, parts: int) -> Sheet:
    """An address label of 100 × 150 mm; its code is the shipment's number, for the scanner."""
    words = words_in(sending.language)
    part_words = words["part"].replace("{n}", str(part)).replace("{all}", str(parts))
    return replace(
        _base(sending, Paper.LABEL, words["ship_to"]),
        code=sending.number,
        code_words=sending.number,
        facts=(Pair("", part_words),) if parts > 1 else (),
        foot=(),
    )


def pick_list(
    store: StoreInfo, rows: tuple[PickRow, ...], *, date: str, language: str, count: int
) -> Sheet:
    """What to fetch from the shelves for several shipments."""
    words = words_in(language)
    return Sheet(
        kind=Paper.PICK_LIST,
        language=language,
        title=words["pick_list"],
        number=date,
        store_name=store.name,
        store_lines=(),
        facts=(Pair(words["shipment"], str(count)),),
        heads=(words["item"], words["quantity"]),
        rows=tuple(
            Row(
                title=row.title,
                detail=" · ".join(
                    part for part in (row.variant_title, row.sku, row.barcode) if part
                ),
                note=f"{words['for']} {', '.join(row.shipments)}",
                quantity=str(row.quantity),
            )
            for row in rows
        ),
    )
