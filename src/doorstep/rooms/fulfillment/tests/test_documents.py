"""Papers: what is on them, what never is, and that a scanner reads them."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
import zxingcpp
from PIL import Image

from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.ids import new_id
from doorstep.rooms.fulfillment.documents import pdf
from doorstep.rooms.fulfillment.documents.making import make_document, make_sheets
from doorstep.rooms.fulfillment.documents.sheets import Paper, Sheet
from doorstep.rooms.fulfillment.documents.words import LANGUAGES, words_in
from doorstep.rooms.fulfillment.packing import settings
from doorstep.rooms.fulfillment.packing.shapes import PackingOptions
from doorstep.rooms.fulfillment.tests.test_packing import ship
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import IncomingPerson
from doorstep.rooms.orders.tests.cast import AT, INES, LATER, line, order
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
NASTY = '#eval("1+1") *bold* _it_ $x$ <b> `raw` \\ #let a = 1'


def sheet(paper: Paper, shipment: UUID) -> Sheet:
    [found] = make_sheets(paper, [shipment], at=LATER)
    return found


def page(paper: Paper, *shipments: UUID) -> str:
    made = make_document(paper, shipments, at=LATER, as_pdf=False, nonce="n0nce")
    assert made.content_type.startswith("text/html")
    return made.body.decode()


def read_codes(picture: bytes) -> list[str]:
    return [one.text for one in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))]


def test_a_slip_shows_what_is_inside_and_no_prices(store: StoreInfo) -> None:
    shipment = ship(order(1, lines=[line("TEA", 3, properties=(("Engraving", "M & J"),))]))
    found = sheet(Paper.PACKING_SLIP, shipment)
    assert found.title == "Packing slip"
    assert [(row.title, row.quantity, row.note) for row in found.rows] == [
        ("Thing TEA", "3", "Engraving: M & J")
    ]
    assert "Maya Lindqvist" in found.address
    html = page(Paper.PACKING_SLIP, shipment)
    assert "M &amp; J" in html
    assert "10.00" not in html
    assert '<style nonce="n0nce">' in html


def test_a_gift_receipt_tells_neither_price_nor_buyer(store: StoreInfo) -> None:
    buyer = IncomingPerson(platform_id="9", email="secret@buyer.example", name="Secret Buyer")
    gift = order(1, person=buyer, is_gift=True, gift_message="For Rose")
    found = sheet(Paper.GIFT_RECEIPT, ship(gift))
    assert found.message == "For Rose"
    assert (found.sums, found.has_prices, found.code) == ((), False, "#1001")
    text = str(found.values())
    assert "secret@" not in text
    assert "/o/" not in text  # the order page shows prices
    assert "€" not in text


def test_a_receipt_adds_up_and_is_an_invoice_only_when_the_store_says_so(
    store: StoreInfo,
) -> None:
    shipment = ship(order(1, lines=[line("TEA", 2)]))
    found = sheet(Paper.RECEIPT, shipment)
    assert found.title == "Receipt"
    assert [(one.name, one.value) for one in found.sums] == [
        ("Subtotal", "€20.00"),
        ("Shipping", "€4.90"),
        ("Total", "€24.90"),
    ]
    settings.change_packing_options(
        options=PackingOptions(is_invoice=True, tax_id="DE123456789"), by=INES, at=AT
    )
    found = sheet(Paper.RECEIPT, shipment)
    assert found.title == "Invoice"
    assert found.number == "#1001"
    assert "Tax ID: DE123456789" in found.store_lines


def test_a_pick_list_sums_over_shipments(store: StoreInfo) -> None:
    shipments = [
        ship(order(nth, lines=[line("TEA", nth), *([line("POT")] if nth == 2 else [])]))
        for nth in (1, 2)
    ]
    [found] = make_sheets(Paper.PICK_LIST, shipments, at=LATER, staff_locale="de")
    assert found.title == "Pickliste"
    assert [(row.title, row.quantity) for row in found.rows] == [
        ("Thing POT", "1"),
        ("Thing TEA", "3"),
    ]


@pytest.mark.parametrize("locale", ["en", "de", "fr", "es", "ar", "pt-BR"])
def test_papers_speak_the_orders_language(store: StoreInfo, locale: str) -> None:
    person = IncomingPerson(platform_id="7", email="l@example.com", name="ليلى", locale=locale)
    shipment = ship(order(1, person=person))
    html = page(Paper.PACKING_SLIP, shipment)
    language = locale if locale in LANGUAGES else "en"
    assert words_in(language)["packing_slip"] in html
    assert ('dir="rtl"' in html) == (locale == "ar")
    assert make_document(Paper.PACKING_SLIP, [shipment], at=LATER, as_pdf=True).body[:5] == b"%PDF-"


def test_every_language_has_every_word() -> None:
    for language in LANGUAGES:
        assert words_in(language).keys() == words_in("en").keys()
        assert all(words_in(language).values())


def test_the_codes_can_be_read_back(store: StoreInfo) -> None:
    shipment = ship(order(1))
    slip = sheet(Paper.PACKING_SLIP, shipment)
    [link] = read_codes(pdf.make_picture([slip]))
    assert link == slip.code
    store_id, order_id, _ = orders.read_order_page_token(link.rsplit("/", 1)[1])
    assert (store_id, orders.get_order(order_id).summary.number) == (store.id, "#1001")
    assert read_codes(pdf.make_picture([sheet(Paper.LABEL, shipment)])) == ["#1-1"]


def test_the_print_pages_code_scales_instead_of_being_cut(store: StoreInfo) -> None:
    html = page(Paper.PACKING_SLIP, ship(order(1)))
    drawing = html[html.index("<svg") : html.index(">", html.index("<svg"))]
    assert "viewBox=" in drawing
    assert " width=" not in drawing


def test_texts_of_shoppers_are_never_markup(store: StoreInfo, tmp_path: Any) -> None:
    plain, nasty = (
        sheet(Paper.PACKING_SLIP, ship(order(nth, is_gift=True, gift_message=text, note=text)))
        for nth, text in ((1, "2 bold it x"), (2, NASTY))
    )
    # Were it run, the message would be a shorter one; literal, it is drawn whole and differs.
    pictures = {pdf.make_picture([one]) for one in (plain, nasty)}
    assert len(pictures) == 2
    assert NASTY in nasty.values()["message"]
    assert pdf.make_pdf([nasty]).startswith(b"%PDF-")
    html = page(Paper.PACKING_SLIP, ship(order(3, gift_message="<script>alert(1)</script>")))
    assert "<script" not in html


def test_a_logo_is_on_both_forms(store: StoreInfo) -> None:
    from doorstep.rooms.stores import api as stores

    out = io.BytesIO()
    Image.new("RGB", (60, 20), "#b4552d").save(out, "PNG")
    stores.change_settings(
        settings={"logo": out.getvalue(), "logo_type": "image/png"}, by=INES, at=AT
    )
    shipment = ship(order(1))
    assert "data:image/png;base64," in page(Paper.PACKING_SLIP, shipment)
    made = make_document(Paper.PACKING_SLIP, [shipment], at=LATER, as_pdf=True)
    assert (made.name, b"/Image" in made.body) == ("packing-slip-1-1.pdf", True)


def test_what_cannot_be_printed_is_said(store: StoreInfo) -> None:
    with pytest.raises(Invalid, match="1 to 200"):
        make_sheets(Paper.PICK_LIST, [], at=LATER)
    with pytest.raises(NotFound):
        make_sheets(Paper.LABEL, [new_id()], at=LATER)
    nowhere = ship(order(1, shipping_address=None))
    with pytest.raises(Conflict, match="no address"):
        make_sheets(Paper.LABEL, [nowhere], at=LATER)


def test_without_the_extra_there_are_print_pages_only(
    store: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipment = ship(order(1))
    monkeypatch.setattr(pdf.importlib.util, "find_spec", lambda name: None)
    assert not pdf.can_make_pdf()
    with pytest.raises(pdf.PdfNotInstalled, match="print this page"):
        make_document(Paper.PACKING_SLIP, [shipment], at=LATER, as_pdf=True)
    assert "Packing slip" in page(Paper.PACKING_SLIP, shipment)
