"""Papers of shipments: as PDF, or as pages that a browser prints."""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.template.loader import render_to_string

from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.rooms.fulfillment.contracts import PackedThing, PickRow
from doorstep.rooms.fulfillment.documents import pdf, sheets
from doorstep.rooms.fulfillment.documents.sheets import Paper, Sending, Sheet
from doorstep.rooms.fulfillment.documents.words import choose_language
from doorstep.rooms.fulfillment.models import Parcel, Shipment
from doorstep.rooms.fulfillment.packing.plan import get_packed_things
from doorstep.rooms.fulfillment.packing.reading import get_packing_options
from doorstep.rooms.fulfillment.ports import return_terms
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

MOST_SHIPMENTS = 200


@dataclass(frozen=True, slots=True)
class Document:
    """A paper ready to be sent to a browser."""

    name: str  # of a file
    content_type: str
    body: bytes


def make_document(
    paper: Paper,
    shipment_ids: Collection[UUID],
    *,
    at: datetime,
    as_pdf: bool,
    nonce: str = "",
    staff_locale: str = "en",
) -> Document:
    """Make one paper for some shipments, in each order's own language.

    A pick list sums over all of them and speaks the language of the team; the others are one
    sheet or more per shipment.

    :param nonce: of the page's content security policy, for its style (print pages only).
    :raises NotFound: a shipment is not there.
    :raises Invalid: none, or more than 200 at once.
    :raises Conflict: a shipment has no address for its label.
    :raises PdfNotInstalled: the extra for PDFs is missing.
    """
    found = make_sheets(paper, shipment_ids, at=at, staff_locale=staff_locale)
    options, logo = get_packing_options(), _logo()
    name = f"{paper.value.replace('_', '-')}-{found[0].number.strip('#') or 'shipments'}"
    if as_pdf:
        body = pdf.make_pdf(found, paper=options.paper, logo=logo)
        return Document(f"{name}.pdf", "application/pdf", body)
    page = render_to_string(
        "fulfillment/papers.html",
        {
            "sheets": found,
            "logo": _data_url(logo),
            "nonce": nonce,
            "is_label": paper is Paper.LABEL,
            "is_letter": options.paper == "us-letter",
        },
    )
    return Document(f"{name}.html", "text/html; charset=utf-8", page.encode())


def make_sheets(
    paper: Paper, shipment_ids: Collection[UUID], *, at: datetime, staff_locale: str = "en"
) -> list[Sheet]:
    """Return the sheets of a paper in the order of the shipments given."""
    wanted = list(dict.fromkeys(shipment_ids))
    if not wanted or len(wanted) > MOST_SHIPMENTS:
        raise Invalid(f"Choose 1 to {MOST_SHIPMENTS} shipments.", field="shipments")
    rows = {row.id: row for row in Shipment.objects.filter(id__in=wanted)}
    if len(rows) < len(wanted):
        raise NotFound("There is no such shipment.")
    shipments, store = [rows[one] for one in wanted], stores.get_store()
    things = get_packed_things(wanted, at=at)
    if paper is Paper.PICK_LIST:
        language = choose_language(staff_locale)
        return [
            sheets.pick_list(
                store,
                sum_up(shipments, things),
                date=_day(at, store, language),
                language=language,
                count=len(shipments),
            )
        ]
    return _of_each(paper, shipments, things, store, at)


def _of_each(
    paper: Paper,
    shipments: Sequence[Shipment],
    things: dict[UUID, tuple[PackedThing, ...]],
    store: StoreInfo,
    at: datetime,
) -> list[Sheet]:
    of_order = orders.get_orders({shipment.order_id for shipment in shipments})
    options, parts = get_packing_options(), _parts(shipments) if paper is Paper.LABEL else {}
    languages = {
        order_id: choose_language(order.locale, store.default_locale)
        for order_id, order in of_order.items()
    }
    terms = return_terms(languages, at)
    made: list[Sheet] = []
    for shipment in shipments:
        order, language = of_order[shipment.order_id], languages[shipment.order_id]
        sending = Sending(
            store=store,
            options=options,
            order=order,
            number=shipment.number,
            things=things[shipment.id],
            link=orders.order_page_url(store, order.summary.id, at=at),
            date=_day(order.summary.placed_at, store, language),
            language=language,
            return_terms=terms.get(shipment.order_id, ""),
        )
        match paper:
            case Paper.PACKING_SLIP:
                made.append(sheets.packing_slip(sending))
            case Paper.GIFT_RECEIPT:
                made.append(sheets.gift_receipt(sending))
            case Paper.RECEIPT:
                made.append(sheets.receipt(sending))
            case _:
                if order.shipping_address is None:
                    raise Conflict(f"{shipment.number} has no address: add it to the order first.")
                count = parts.get(shipment.id, 1)
                made += [sheets.label(sending, part, count) for part in range(1, count + 1)]
    return made


def _parts(shipments: Sequence[Shipment]) -> dict[UUID, int]:
    """Return how many parcels each packed shipment has."""
    found: dict[UUID, int] = defaultdict(int)
    ids = [shipment.id for shipment in shipments]
    for shipment_id in Parcel.objects.filter(shipment_id__in=ids).values_list(
        "shipment_id", flat=True
    ):
        found[shipment_id] += 1
    return found


def sum_up(
    shipments: Sequence[Shipment], things: dict[UUID, tuple[PackedThing, ...]]
) -> tuple[PickRow, ...]:
    """Return what to fetch for shipments together, by SKU."""
    pieces: dict[tuple[UUID | None, str, str], list[tuple[PackedThing, str]]] = defaultdict(list)
    for shipment in shipments:
        for thing in things[shipment.id]:
            pieces[thing.variant_id, thing.sku, thing.title].append((thing, shipment.number))
    rows = [
        PickRow(
            variant_id=thing.variant_id,
            sku=thing.sku,
            title=thing.title,
            variant_title=thing.variant_title,
            quantity=sum(one.quantity for one, _ in found),
            shipments=tuple(dict.fromkeys(number for _, number in found)),
            handling_classes=thing.handling_classes,
            image_url=thing.image_url,
            barcode=thing.barcode,
        )
        for found in pieces.values()
        for thing, _ in found[:1]
    ]
    return tuple(sorted(rows, key=lambda row: (row.sku, row.title)))


def _day(at: datetime, store: StoreInfo, language: str) -> str:
    return format_date(at.astimezone(ZoneInfo(store.timezone)).date(), "medium", locale=language)


def _logo() -> tuple[bytes, str] | None:
    store = stores.get_store()
    return stores.get_logo(store.id) if store.logo_type else None


def _data_url(logo: tuple[bytes, str] | None) -> str:
    return f"data:{logo[1]};base64,{b64encode(logo[0]).decode()}" if logo else ""
