"""What shoppers want once they have ordered: changes, returns, an exchange at once, a warranty.

Each return stands at another stage, so the queue, the table and the reports have something in them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from PIL import Image, ImageDraw

from doorstep.demo.agenda import CARRIER, SEEDER, Entry
from doorstep.demo.cast import STAFF, THINGS
from doorstep.kernel.actions import approvals
from doorstep.kernel.actors import Actor
from doorstep.rooms.billing import api as billing
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.changes import api as changes
from doorstep.rooms.changes.contracts import ChangeAsk, ChangeKind, LineWish, Swap
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderDetail
from doorstep.rooms.payments import api as payments
from doorstep.rooms.returns import api as returns
from doorstep.rooms.returns.contracts import (
    AskedLine,
    Disposition,
    Finding,
    MakeGoodRemedy,
    MakeGoodRule,
    MethodKind,
    Outcome,
    PieceCondition,
    ReceivedItem,
    ReturnKind,
    ReturnRequest,
)
from doorstep.rooms.stores import api as stores
from doorstep.rooms.tracking.contracts import TrackingStatus

_DAY = timedelta(days=1)
_BASE = {
    "window": {"days": 30, "start": "delivery"},
    "final_sale": False,
    "offers": [
        {"outcome": "refund"},
        {"outcome": "exchange"},
        {"outcome": "store_credit", "bonus_percent": 10},
    ],
    "methods": ["qr_drop_off", "label"],
    "label": {"payer": "store", "fee_minor": 0},
    "trigger": "inspection",
    "approval": "auto",
    "needs_photos": 0,
    "keep_below_minor": 0,
    "instant_exchange": False,
}
# Jonas bought two of these teapots five months ago: see orders.past_orders
_OLD_ORDER = 929


@dataclass(frozen=True)
class Wish:
    """A return as its shopper asked for it, and how far it has come. Days count back from now."""

    number: int
    sku: str
    reason: str
    outcome: Outcome
    asked: float
    handed_in: float | None = None
    received: float | None = None
    inspected: float | None = None
    paid: float | None = None  # the bank says that the money is there
    instead: str = ""  # SKU of what goes out
    note: str = ""
    has_photo: bool = False
    channel: str = "shopify"
    method: MethodKind = MethodKind.QR_DROP_OFF
    kind: ReturnKind = ReturnKind.VOLUNTARY
    label: str = ""  # tracking number of one that was bought at the counter


WISHES = (
    # Somebody has to look: broken, with a picture
    Wish(1013, "CUP-PAIR", "broken", Outcome.REFUND, 0.3, has_photo=True, note="One cup has a crack from rim to handle."),
    # The label is there, the parcel not yet
    Wish(1012, "APRON-M", "too_large", Outcome.REFUND, 0.8),
    # On its way back
    Wish(1011, "BOWL-MATCHA", "quality_too_low", Outcome.REFUND, 4, handed_in=2),
    # It lies in the workshop: to be inspected
    Wish(1010, "POT-MOSS", "ordered_by_mistake", Outcome.REFUND, 6, handed_in=5, received=0.2, channel="woocommerce", method=MethodKind.LABEL, label="00340434161094042557"),
    # Back, looked at, money returned
    Wish(1009, "CUP-PAIR", "no_longer_needed", Outcome.REFUND, 11, handed_in=10, received=5, inspected=4, paid=2),
    # The new one goes out at once, secured by a hold on the card
    Wish(1008, "APRON-S", "too_small", Outcome.EXCHANGE, 1, instead="APRON-M"),
    # Store credit with a bonus
    Wish(1007, "BOWL-MATCHA", "do_not_like_it", Outcome.STORE_CREDIT, 12, handed_in=10, received=6, inspected=5),
    # Within the warranty
    Wish(_OLD_ORDER, "POT-MOSS", "defective", Outcome.REPLACEMENT, 1.5, has_photo=True, note="The handle came off while pouring.", kind=ReturnKind.WARRANTY),
)  # fmt: skip


def write_policy(at: datetime) -> None:
    """Publish Fern & Kettle's own policy, what is made good, and what support may pay back alone."""
    returns.begin_policy(by=SEEDER, at=at)
    returns.change_policy_base(base=_BASE, by=SEEDER, at=at)
    for name, fact, value, effects in (
        ("Broken on the way", "reason_group", ["damaged"], {"approval": "review"}),
        ("Aprons: the new one at once", "product_tags", ["apparel"], {"instant_exchange": True}),
    ):
        op = "contains_any" if fact == "product_tags" else "in"
        where = {"fact": f"return_line.{fact}", "op": op, "value": value}
        condition = {"version": 1, "subject": "return_line", "where": where}
        returns.save_policy_rule(name=name, condition=condition, effects=effects, by=SEEDER, at=at)
    returns.publish_policy(note="Our own policy", covers_past=True, by=SEEDER, at=at)
    returns.set_make_good_rule(
        rule=MakeGoodRule("lost", MakeGoodRemedy.RESHIP, auto_below_minor=0, is_active=True),
        by=SEEDER,
        at=at,
    )
    for action in ("billing.refund", "billing.credit"):
        approvals.set_limit(
            action=action, role="support", currency="EUR", amount_minor=2500, by=SEEDER, at=at
        )


def try_policy(at: datetime) -> None:
    """Leave a draft with a longer window, and try it on the past year's orders."""
    draft = returns.begin_policy(by=SEEDER, at=at)
    base = {**_BASE, "window": {"days": 60, "start": "delivery"}}
    returns.change_policy_base(base=base, by=SEEDER, at=at)
    returns.begin_replay(
        version_id=draft.id,
        since=at - 365 * _DAY,
        until=at,
        ask_after_days=45,
        label_cost_minor=420,
        by=SEEDER,
        at=at,
    )


def entries(now: datetime) -> Iterator[Entry]:
    """Yield what happens, each at its instant."""
    for wish in WISHES:
        yield Entry(now - wish.asked * _DAY, partial(_ask, wish))
        if wish.label:
            yield Entry(now - (wish.asked - 0.1) * _DAY, partial(_put_label_in, wish))
        if wish.handed_in is not None:
            yield Entry(now - wish.handed_in * _DAY, partial(_hand_in, wish))
        if wish.received is not None:
            yield Entry(now - wish.received * _DAY, partial(_receive, wish))
        if wish.inspected is not None:
            yield Entry(now - wish.inspected * _DAY, partial(_inspect, wish))
        if wish.paid is not None:
            yield Entry(now - wish.paid * _DAY, partial(_arrive, wish))
    yield Entry(now - timedelta(minutes=55), _take_a_larger_size)
    yield Entry(now - timedelta(minutes=40), _take_one_less)
    yield Entry(now - timedelta(minutes=30), _withdraw_from_nothing)
    yield Entry(now - timedelta(minutes=25), _refund_above_the_limit)


def _order(number: int, channel: str) -> OrderDetail:
    external_id = f"demo-{number}"
    return orders.get_order(orders.find_order_ids(channel, [external_id])[external_id])


def _shopper(order: OrderDetail) -> Actor:
    return Actor("shopper", str(order.summary.customer_id or order.summary.id), "Shopper")


def _variant(sku: str) -> UUID:
    return catalog.find_variants_by_sku([sku])[sku]


def _ask(wish: Wish, at: datetime) -> None:
    order = _order(wish.number, wish.channel)
    by = _shopper(order)
    line = next(one for one in order.lines if one.sku == wish.sku)
    photos: tuple[UUID, ...] = ()
    if wish.has_photo:
        photo = returns.add_photo(
            order_id=order.summary.id, line_id=line.id, data=_picture(), by=by, at=at
        )
        photos = (photo.id,)
    asked = AskedLine(
        line.id,
        1,
        wish.reason,
        wish.outcome,
        note=wish.note,
        exchange_variant_id=_variant(wish.instead) if wish.instead else None,
        exchange_quantity=1 if wish.instead else 0,
        photo_ids=photos,
    )
    request = ReturnRequest(
        order.summary.id, (asked,), wish.method, f"demo-{wish.number}", kind=wish.kind
    )
    returns.request_return(request=request, by=by, at=at)


def _return_of(wish: Wish, at: datetime) -> UUID:
    order_id = _order(wish.number, wish.channel).summary.id
    [view] = returns.list_returns_of([order_id], at=at)[order_id]
    return view.summary.id


def _put_label_in(wish: Wish, at: datetime) -> None:
    returns.put_label_in(
        return_id=_return_of(wish, at),
        document=_label_picture(wish.label),
        tracking_number=wish.label,
        carrier="DHL",
        by=SEEDER,
        at=at,
    )


def _hand_in(wish: Wish, at: datetime) -> None:
    returns.record_return_scan(
        return_id=_return_of(wish, at),
        status=TrackingStatus.IN_TRANSIT,
        occurred_at=at,
        words="The parcel was handed in.",
        by=CARRIER,
        at=at,
    )


def _receive(wish: Wish, at: datetime) -> None:
    returns.record_reception(
        return_id=_return_of(wish, at),
        items=[ReceivedItem(THINGS[wish.sku].barcode)],
        key=f"demo-{wish.number}",
        by=SEEDER,
        at=at,
    )


def _inspect(wish: Wish, at: datetime) -> None:
    return_id = _return_of(wish, at)
    findings = [
        Finding(one.id, PieceCondition.AS_NEW, is_accepted=True, disposition=Disposition.RESTOCK)
        for one in returns.get_return(return_id, at=at).pieces
    ]
    returns.inspect_return(return_id=return_id, findings=findings, by=SEEDER, at=at)


def _arrive(wish: Wish, at: datetime) -> None:
    """Let the refund arrive at the shopper's bank."""
    subject = f"order:{_order(wish.number, wish.channel).summary.id}"
    [charge] = payments.list_charges([subject])[subject]
    [refund] = payments.list_refunds([subject])[subject]
    payments.note_platform_refund(
        charge_id=charge.id,
        refund_id=refund.id,
        external_id=f"demo-refund-{wish.number}",
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        refunded_at=at,
        by=SEEDER,
        at=at,
    )


def _take_a_larger_size(at: datetime) -> None:
    """Ask for what costs more: the link to pay the difference is out."""
    order = _order(1044, "shopify")
    line = next(one for one in order.lines if one.sku == "APRON-M")
    ask = ChangeAsk(ChangeKind.LINES, swaps=(Swap(line.id, _variant("APRON-L")),))
    _change(order, ask, at)


def _take_one_less(at: datetime) -> None:
    """Ask for less: the price of one goes back."""
    order = _order(1045, "shopify")
    ask = ChangeAsk(ChangeKind.LINES, lines=(LineWish(order.lines[0].id, 2),))
    _change(order, ask, at)


def _change(order: OrderDetail, ask: ChangeAsk, at: datetime) -> None:
    changes.request_change(
        order_id=order.summary.id,
        ask=ask,
        form_key=f"demo-{order.summary.number}",
        by=_shopper(order),
        at=at,
    )


def _withdraw_from_nothing(at: datetime) -> None:
    """Withdraw with a mistyped order number: a person has to find the order."""
    returns.withdraw_from_contract(
        name="Rose Baker",
        order_number="#10033",
        contact="rose.baker@example.com",
        text="I withdraw from my order of the fern.",
        by=Actor("shopper", "withdrawal", "Shopper"),
        at=at,
    )


def _refund_above_the_limit(at: datetime) -> None:
    """Let Sam of support pay back more than support may: it waits for Marco or Ines."""
    email = next(email for email, _name, role in STAFF if role == "support")
    sam = next(one for one in stores.list_members() if one.email == email)
    by = Actor("user", str(sam.user_id), sam.name, role=sam.role)
    order_id = _order(1022, "shopify").summary.id
    try:
        billing.refund(
            order_id=order_id, key="demo-sorry", amount_minor=3800, reason="Both cups were cracked",
            by=by, at=at,
        )  # fmt: skip
    except approvals.AskedForApproval:
        return
    raise AssertionError("support may not pay back that much alone")


def _label_picture(number: str) -> bytes:
    """Draw a label that nobody can mistake for a real one."""
    image = Image.new("RGB", (600, 900), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((10, 10, 590, 890), outline="black", width=4)
    draw.text((40, 40), "DEMO LABEL", fill="black", font_size=48)
    draw.text(
        (40, 120), "Fern & Kettle\nOderberger Straße 24\n10435 Berlin", fill="black", font_size=28
    )
    for nth, digit in enumerate(number * 2):
        draw.rectangle((40 + nth * 13, 500, 42 + nth * 13 + int(digit) // 2, 760), fill="black")
    draw.text((40, 790), number, fill="black", font_size=28)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _picture() -> bytes:
    """Draw what a shopper's photo shows: a cup with a crack."""
    image = Image.new("RGB", (900, 700), "#d9d2c5")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 520, 900, 700), fill="#a98f6f")
    draw.ellipse((590, 280, 740, 450), outline="#3d6a92", width=34)
    draw.rounded_rectangle((260, 210, 640, 560), 70, fill="#3d6a92")
    draw.ellipse((260, 180, 640, 250), fill="#2c4f6e")
    draw.line((470, 215, 440, 300, 490, 370, 450, 450, 480, 555), fill="#101820", width=9)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
