"""Files of every kind: how they are written, and what is wrong in them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from doorstep.connectors.csv_import.contracts import FileRefused, ParsedOrder
from doorstep.connectors.csv_import.jsonl import parse_jsonl
from doorstep.connectors.csv_import.orders import Defaults, parse_orders
from doorstep.connectors.csv_import.reading import read_rows, sniff_layout
from doorstep.rooms.orders.contracts import FinancialStatus, IncomingOrder

BERLIN = Defaults("EUR", ZoneInfo("Europe/Berlin"))

SHOPIFY_HEAD = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,"
    "Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,"
    "Lineitem requires shipping,Shipping Name,Shipping Address1,Shipping City,Shipping Zip,"
    "Shipping Country,Notes,Cancelled at,Payment Method,Refunded Amount,Id,Tags,Lineitem discount"
)
MAYA = (
    "#1001,maya@example.com,paid,2026-03-02 09:15:00 +0100,unfulfilled,,no,EUR,35.00,4.90,0.00,"
    "39.90,SPRING,5.00,Parcel,2026-03-02 09:15:00 +0100,2,Sencha,12.50,TEA-1,true,Maya Lindqvist,"
    'Storgatan 1,Malmö,\'21134,SE,"Ring twice, please\nSecond door",,PayPal,0.00,9001,"tea, vip",0'
)
MAYA_2 = "#1001,maya@example.com,,,,,,,,,,,,,,,1,Teapot,15.00,POT-1,true,,,,,,,,,,,,0"
JONAS = (
    "#1002,jonas@example.com,refunded,,fulfilled,2026-03-04 10:00:00 +0100,yes,EUR,10.00,0.00,1.60,"
    "10.00,,0.00,,2026-03-03 10:00:00 +0100,1,Cup,10.00,CUP-1,true,,,,,,,,,10.00,9002,,0"
)


def parse(text: str | bytes, wanted: str = "auto") -> list[ParsedOrder]:
    raw = text.encode() if isinstance(text, str) else text
    layout = sniff_layout(raw[: 64 * 1024], wanted)
    return list(parse_orders(read_rows(io.BytesIO(raw), layout), layout, BERLIN))


def good(found: list[ParsedOrder]) -> dict[str, IncomingOrder]:
    return {one.order.number: one.order for one in found if one.order is not None}


def wrong(found: list[ParsedOrder]) -> list[tuple[int, str, str]]:
    return [(p.line, p.column, p.message) for one in found for p in one.problems]


def shopify(*rows: str) -> str:
    return "\n".join((SHOPIFY_HEAD, *rows)) + "\n"


def test_shopifys_export() -> None:
    found = good(parse(shopify(MAYA, MAYA_2, JONAS)))
    maya, jonas = found["#1001"], found["#1002"]
    assert maya.external_id == "9001"
    assert maya.placed_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert [(line.title, line.quantity) for line in maya.lines] == [("Sencha", 2), ("Teapot", 1)]
    assert maya.totals.total_minor == 3990
    assert maya.totals.discount_minor == 500
    assert maya.totals.adjustment_minor == 0
    assert maya.note == "Ring twice, please\nSecond door"
    assert maya.tags == ("tea", "vip")
    assert maya.shipping_address is not None
    assert maya.shipping_address.postal_code == "21134"
    assert maya.financial_status is FinancialStatus.PAID
    assert maya.person.accepts_marketing is False
    assert jonas.taxes_included
    assert jonas.totals.adjustment_minor == 0
    assert jonas.refunds[0].amount_minor == 1000
    assert jonas.fulfilled_at == datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


WOO_HEAD = (
    "order_id,order_number,date,status,shipping_total,tax_total,discount_total,order_total,"
    "refunded_total,order_currency,payment_method,shipping_method,customer_id,billing_first_name,"
    "billing_last_name,billing_email,billing_phone,billing_address_1,billing_postcode,billing_city,"
    "billing_country,customer_note,item_id,item_product_id,item_name,item_sku,item_quantity,"
    "item_subtotal,item_subtotal_tax,item_total,item_total_tax"
)


def test_woocommerces_export_reads_local_time_in_the_stores_zone() -> None:
    rows = (
        "727,727,2026-03-02 09:15:00,completed,4.90,0,2.50,27.40,0,EUR,paypal,Parcel,0,Jonas,Weber,"
        "jonas@example.com,030 123,Gartenweg 3,10115,Berlin,DE,,1,93,Sencha,TEA-1,2,25.00,0,22.50,0",
    )
    (order,) = good(parse("\n".join((WOO_HEAD, *rows)))).values()
    assert order.placed_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert order.totals.total_minor == 2740
    assert order.totals.adjustment_minor == 0
    assert order.lines[0].amounts.discount_minor == 250
    assert order.financial_status is FinancialStatus.PAID
    assert order.fulfilled_at is not None
    assert order.person.name == "Jonas Weber"
    assert order.person.platform_id == ""


GENERIC = (
    "order;placed_at;currency;email;line_title;line_quantity;line_unit_price;shipping\n"
    "A-1;2026-03-02T09:15:00;EUR;maya@example.com;Sencha;2;12,50;4,90\n"
    ";;;;Teapot;1;1.015,00;\n"
    "A-2;2026-03-02T09:15:00;JPY;tom@example.com;Cup;1;1800;\n"
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("cp1252", b""),
    ],
)
def test_however_it_is_written(delimiter: str, encoding: str, bom: bytes) -> None:
    text = GENERIC.replace("Teapot", "Théière").replace(",", ".").replace("1.015.00", "1015.00")
    raw = bom + text.replace(";", delimiter).encode(encoding)
    found = good(parse(raw))
    assert found["A-1"].lines[1].title == "Théière"
    assert found["A-1"].totals.total_minor == 2500 + 101500 + 490
    assert found["A-2"].totals.total_minor == 1800


def test_decimal_commas() -> None:
    found = good(parse(GENERIC))
    assert found["A-1"].totals.total_minor == 2500 + 101500 + 490


def test_windows_line_ends_and_no_last_one() -> None:
    assert set(good(parse(GENERIC.replace("\n", "\r\n").rstrip()))) == {"A-1", "A-2"}


def with_row(row: str) -> list[ParsedOrder]:
    """Parse a good order, a row, and a good order."""
    return parse(shopify(MAYA, MAYA_2, row, JONAS))


@pytest.mark.parametrize(
    ("row", "line", "column", "message"),
    [
        (JONAS.replace("#1002", "#5").replace(",EUR,", ",EUX,"), 5, "Currency", "EUX"),
        (
            JONAS.replace("#1002", "#5").replace(",1,Cup", ",-1,Cup"),
            5,
            "Lineitem quantity",
            "negative",
        ),
        (
            JONAS.replace("#1002", "#5").replace(",1,Cup", ",1.5,Cup"),
            5,
            "Lineitem quantity",
            "whole",
        ),
        (JONAS.replace("#1002", "#5").replace(",1,Cup", ",,Cup"), 5, "Lineitem quantity", "empty"),
        (JONAS.replace("#1002", "#5").replace("Cup,10.00", "Cup,ten"), 5, "Lineitem price", "ten"),
        (
            JONAS.replace("#1002", "#5").replace("Cup,10.00", "Cup,1e99"),
            5,
            "Lineitem price",
            "larger",
        ),
        (
            JONAS.replace("#1002", "#5").replace("2026-03-03 10", "2026-13-03 10"),
            5,
            "Created at",
            "date",
        ),
        (JONAS.replace("#1002", "#5").replace("refunded", "lost"), 5, "Financial Status", "lost"),
        ("#5,half@example.com,paid", 5, "", "half a row: 3 of 33"),
        (JONAS.replace("#1002", "#5") + ",and,more", 5, "", "35 columns"),
        (JONAS.replace("#1002", "#5").replace("Cup", "C\x00p"), 5, "", "NUL"),
    ],
)
def test_what_is_wrong_is_named_and_the_rest_goes_in(
    row: str, line: int, column: str, message: str
) -> None:
    found = with_row(row)
    assert set(good(found)) == {"#1001", "#1002"}
    (problem,) = wrong(found)
    assert problem[:2] == (line, column)
    assert message in problem[2]


def test_an_order_is_taken_whole_or_not_at_all() -> None:
    found = parse(shopify(MAYA, MAYA_2.replace(",1,Teapot", ",-1,Teapot"), JONAS))
    assert set(good(found)) == {"#1002"}
    assert wrong(found) == [(4, "Lineitem quantity", "must not be negative (-1)")]


def test_an_open_quote_does_not_swallow_the_file() -> None:
    found = with_row(JONAS.replace("#1002", "#5").replace("Cup", '"Cup'))
    assert set(good(found)) == {"#1001", "#1002"}
    ((line, _, message),) = wrong(found)
    assert line == 5
    assert "cannot be read" in message


def test_wrong_bytes_in_one_row() -> None:
    raw = shopify(MAYA, MAYA_2, "<here>", JONAS).encode()
    filler = shopify(*[JONAS.replace("#1002", f"#{n}") for n in range(10_000, 10_600)]).encode()
    bad = JONAS.replace("#1002", "#5").encode().replace(b"Cup", b"C\xfcp")
    raw = filler + raw.split(b"\n", 1)[1].replace(b"<here>", bad)
    found = parse(raw)
    assert {"#1001", "#1002", "#10599"} <= set(good(found))
    ((_, _, message),) = wrong(found)
    assert message == "the row is not valid UTF-8"


@pytest.mark.parametrize(
    "text", ["", "\n\n", "just some words\nand more\n", "a,b,c\n1,2,3\n", "\x00\x01\x02"]
)
def test_a_file_of_another_kind_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(FileRefused) as caught:
        parse(text)
    assert caught.value.line == 1
    assert caught.value.message


def test_an_amount_that_can_be_read_in_two_ways_is_refused() -> None:
    found = parse(GENERIC.replace("12,50", "1,250"))
    assert set(good(found)) == {"A-2"}
    assert "two ways" in wrong(found)[0][2]


def test_memory_does_not_grow_with_the_file() -> None:
    def endless() -> Iterator[bytes]:
        yield GENERIC.splitlines(keepends=True)[0].encode()
        for number in range(20_000):
            yield f"B-{number};2026-03-02T09:15:00;EUR;;Cup;1;5.00;\n".encode()

    class Stream(io.RawIOBase):
        def __init__(self) -> None:
            self.parts = endless()

        def __iter__(self) -> Iterator[bytes]:  # type: ignore[override]
            return self.parts

        def read(self, size: int = -1) -> bytes:
            return b""

    layout = sniff_layout(GENERIC.encode())
    count = sum(1 for _ in parse_orders(read_rows(Stream(), layout), layout, BERLIN))  # type: ignore[arg-type]
    assert count == 20_000


JSON_LINE = (
    b'{"external_id": "1001", "currency": "EUR", "placed_at": "2026-03-02T09:15:00+01:00",'
    b'"person": {"email": "maya@example.com"}, "lines": [{"title": "Sencha", "quantity": 2,'
    b'"unit_price_minor": 1250, "discount_minor": 100, "options": {"Size": "100 g"}}],'
    b'"charges": [{"kind": "shipping", "title": "Parcel", "amount_minor": 490}]}\n'
)


def test_json_lines() -> None:
    (found,) = parse_jsonl(io.BytesIO(b"\xef\xbb\xbf" + JSON_LINE + b"\n"))
    assert found.order is not None
    assert found.order.totals.total_minor == 2890
    assert found.order.totals.discount_minor == 100
    assert found.order.lines[0].options == (("Size", "100 g"),)
    assert found.order.financial_status is FinancialStatus.PAID


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b'"EUR"', b'"EUX"', "currency"),
        (b"1250", b"12.5", "lines[0].unit_price_minor"),
        (b'"quantity": 2', b'"quantity": -2', "lines[0].quantity"),
        (b'"shipping"', b'"magic"', "charges[0].kind"),
        (b'"placed_at"', b'"placed"', "placed_at"),
        (b"{", b"[", ""),
        (b"Sencha", b"\xff", ""),
        (b"Sencha", b"\\u0000", "lines[0].title"),
    ],
)
def test_json_lines_that_are_wrong(old: bytes, new: bytes, field: str) -> None:
    bad = JSON_LINE.replace(old, new, 1)
    found = list(parse_jsonl(io.BytesIO(JSON_LINE + bad + JSON_LINE)))
    assert [one.order is not None for one in found] == [True, False, True]
    (problem,) = found[1].problems
    assert (problem.line, problem.column) == (2, field)
