"""What the tests of the flow share: Maya's order, arrived, and the steps of a return."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import MovementReason, StockCount
from doorstep.rooms.orders.contracts import FinancialStatus
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import (
    AskedLine,
    Finding,
    MethodKind,
    Mismatch,
    Outcome,
    PieceCondition,
    ReceivedItem,
    ReturnRequest,
    ReturnView,
)
from doorstep.rooms.returns.tests.policy_cast import DELIVERED, INES, deliver, line, lines_of, place

MAYA = Actor("shopper", "maya", "Maya")
WANDA = Actor("user", "wanda", "Wanda", role="warehouse")
SAM = Actor("user", "sam", "Sam", role="support")
AT = DELIVERED + timedelta(days=7)
LATER = AT + timedelta(days=2)
REASON = "do_not_like_it"


def bought(*lines: Any, **more: Any) -> UUID:
    """Place an order and let it arrive; returns its id."""
    given = {"financial_status": FinancialStatus.PAID, "payment_method": "Visa"} | more
    order_id = place(*(lines or (line(quantity=2, sku="K-1"),)), **given)
    deliver(order_id)
    return order_id


def stocked(**on_hand: int) -> dict[str, UUID]:
    """List variants of one product ("K_1" is the SKU K-1), so many on the shelf; SKU → id."""
    skus = [name.replace("_", "-") for name in on_hand]
    catalog.upsert_products(
        [
            ListedProduct(
                "p1",
                "Kettle",
                variants=tuple(
                    ListedVariant(f"v{nth}", sku, title=sku, options=(("Color", sku),))
                    for nth, sku in enumerate(skus)
                ),
            )
        ],
        channel="shopify",
        at=AT - timedelta(days=100),
    )
    ids = catalog.find_variants_by_sku(skus)
    place_id = shelf()
    inventory.set_stock(
        [StockCount(ids[name.replace("_", "-")], place_id, n) for name, n in on_hand.items()],
        reason=MovementReason.COUNTED,
        at=AT - timedelta(days=90),
        by=INES,
    )
    return ids


def shelf() -> UUID:
    """Return the only location, made where there is none."""
    known = inventory.list_locations()
    if known:
        return known[0].id
    return inventory.create_location(name="Berlin", by=INES, at=AT).id


def wish(order_id: UUID, *lines: AskedLine, **more: Any) -> ReturnRequest:
    """Return a wish: all of the first line for a refund, where nothing is given."""
    if not lines:
        first = lines_of(order_id)[0]
        lines = (AskedLine(first.id, first.quantity, REASON, Outcome.REFUND),)
    given = {"method": MethodKind.QR_DROP_OFF, "key": str(uuid4())} | more
    return ReturnRequest(order_id=order_id, lines=lines, **given)


def asked(order_id: UUID, *lines: AskedLine, by: Actor = MAYA, **more: Any) -> ReturnView:
    """Ask for a return."""
    return api.request_return(request=wish(order_id, *lines, **more), by=by, at=AT)


def received(view: ReturnView, *codes: str, is_final: bool = False) -> ReturnView:
    """Open a parcel with these codes; with none: all that was announced."""
    items = [ReceivedItem(code) for code in codes] or [
        ReceivedItem(str(one.id), one.quantity) for one in view.lines
    ]
    return api.record_reception(
        return_id=view.summary.id,
        items=items,
        key=str(uuid4()),
        is_final=is_final,
        by=WANDA,
        at=LATER,
    )


def inspected(view: ReturnView, *, refuse: int = 0, **more: Any) -> ReturnView:
    """Inspect all that is on the table: the first pieces refused, the others accepted."""
    waiting = [one for one in view.pieces if one.inspected_at is None]
    findings = [
        Finding(
            one.id,
            PieceCondition.WORN if nth < refuse else PieceCondition.AS_NEW,
            nth >= refuse,
            Mismatch.USED if nth < refuse else Mismatch.NONE,
            **more,
        )
        for nth, one in enumerate(waiting)
    ]
    return api.inspect_return(return_id=view.summary.id, findings=findings, by=WANDA, at=LATER)


def run_events() -> None:
    """Let every handler see everything."""
    ensure_cursors()
    run_until_idle()


def set_offers(*outcomes: Outcome, at: Any = None, **more: Any) -> None:
    """Publish a policy that offers these outcomes to every order."""
    from doorstep.rooms.returns.models import PolicyVersion
    from doorstep.rooms.returns.policy.effects import BASE, Offer

    base = BASE.model_copy(update={"offers": tuple(Offer(outcome=one) for one in outcomes), **more})
    when = at or AT - timedelta(days=300)
    PolicyVersion.objects.create(
        store_id=_store_id(),
        number=PolicyVersion.objects.count() + 1,
        base=base.to_json(),
        covers_past=True,
        created_at=when,
        created_by="system:test",
        updated_at=when,
        published_at=when,
        published_by="system:test",
        live_from=when,
    )


def _store_id() -> UUID:
    from doorstep.kernel.tenancy import current_store_id

    return current_store_id()
