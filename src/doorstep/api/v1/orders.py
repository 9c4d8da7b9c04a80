"""Operations on orders."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.cursors import seal, unseal
from doorstep.api.serving import serve
from doorstep.api.v1.recording import record, understand
from doorstep.api.v1.schemas.order_reading import (
    EventOut,
    HoldIn,
    MessageRequested,
    NoteIn,
    OrderQuery,
    OrdersPage,
)
from doorstep.api.v1.schemas.orders import AddressIn, BulkIn, BulkOut, NewOrder, RecordedOut
from doorstep.kernel.clock import now
from doorstep.kernel.events.reading import list_events
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import AddressView, HoldView, NoteView, OrderDetail

router = Router(tags=["Orders"])


@serve(
    router,
    "POST",
    "/orders",
    scope="orders.import",
    answers={200: RecordedOut, 201: RecordedOut},
)
def record_order(request: HttpRequest, payload: NewOrder) -> Status[RecordedOut]:
    """Bring an order.

    A new order is checked (stock, address, options, payment) and confirmed to the shopper: 201.
    One whose `external_id` is known is updated when its `updated_at` is newer: 200. An order
    placed longer ago than the store's live days is kept as history, and nobody is messaged.
    """
    incoming = payload.incoming()
    answer = record([incoming], payload.sales_channel, "live", by=caller(request), at=now())[0]
    return Status(201 if answer.outcome in {"placed", "imported"} else 200, answer)


@serve(router, "POST", "/orders/bulk", scope="orders.import", answers={200: BulkOut})
def record_orders(request: HttpRequest, payload: BulkIn) -> Status[BulkOut]:
    """Bring many orders.

    Up to 500 at once. Each order is answered for itself: one that can't be kept is `rejected` with what is wrong,
    and the others are kept. `mode: history` is for the past: nobody is ever messaged about it.
    """
    items = [understand(item) for item in payload.orders]
    results = record(items, payload.sales_channel, payload.mode, by=caller(request), at=now())
    rejected = sum(one.outcome == "rejected" for one in results)
    return Status(
        200, BulkOut(results=results, accepted=len(results) - rejected, rejected=rejected)
    )


@serve(router, "GET", "/orders", scope="orders.view", answers={200: OrdersPage})
def list_orders(request: HttpRequest, filters: Query[OrderQuery]) -> OrdersPage:
    """List orders.

    Newest first.
    """
    page = orders.list_orders(
        filters.filters(), cursor=unseal("orders", filters.cursor), limit=filters.limit
    )
    return OrdersPage(items=list(page.items), next_cursor=seal("orders", page.next_cursor))


@serve(router, "GET", "/orders/{order_id}", scope="orders.view", answers={200: OrderDetail})
def get_order(request: HttpRequest, order_id: UUID) -> OrderDetail:
    """Return an order.

    With its lines, costs, addresses, holds, refunds and notes.
    """
    return orders.get_order(order_id)


@serve(
    router,
    "GET",
    "/orders/{order_id}/events",
    scope="orders.view",
    answers={200: list[EventOut]},
)
def list_order_events(request: HttpRequest, order_id: UUID) -> list[EventOut]:
    """List what happened to an order.

    The 200 newest events, newest first.
    """
    orders.get_order(order_id)  # a foreign order is a 404, not an empty list
    return [
        EventOut(
            id=event["event_id"],
            name=event["name"],
            at=event["at"],
            by=event["actor"],
            by_label=event["actor_label"],
            payload=event["payload"],
        )
        for event in list_events(subjects=[f"order:{order_id}"])
    ]


@serve(router, "POST", "/orders/{order_id}/holds", scope="orders.change", answers={201: HoldView})
def place_hold(request: HttpRequest, order_id: UUID, payload: HoldIn) -> Status[HoldView]:
    """Hold an order by hand.

    It does not go out until somebody lifts the hold.
    """
    hold = orders.place_hold(order_id=order_id, note=payload.note, by=caller(request), at=now())
    return Status(201, hold)


@serve(
    router,
    "DELETE",
    "/orders/{order_id}/holds/{hold_id}",
    scope="orders.change",
    answers={200: HoldView},
)
def release_hold(request: HttpRequest, order_id: UUID, hold_id: UUID) -> HoldView:
    """Lift a hold.

    With the last one the order is ready. The hold stays on record, with who lifted it.
    """
    return orders.release_hold(order_id=order_id, hold_id=hold_id, by=caller(request), at=now())


@serve(
    router,
    "PUT",
    "/orders/{order_id}/shipping-address",
    scope="orders.change",
    answers={200: OrderDetail},
)
def edit_shipping_address(request: HttpRequest, order_id: UUID, payload: AddressIn) -> OrderDetail:
    """Change where an open order goes.

    The order is checked again: a hold for its address lifts itself when the new one is fine.
    """
    address = AddressView(**payload.model_dump())
    return orders.edit_address(order_id=order_id, address=address, by=caller(request), at=now())


@serve(router, "POST", "/orders/{order_id}/notes", scope="orders.change", answers={201: NoteView})
def add_note(request: HttpRequest, order_id: UUID, payload: NoteIn) -> Status[NoteView]:
    """Write a note beside an order.

    For the team only: shoppers never see it.
    """
    note = orders.add_note(order_id=order_id, text=payload.text, by=caller(request), at=now())
    return Status(201, note)


@serve(
    router,
    "POST",
    "/orders/{order_id}/confirmation",
    scope="messages.send",
    answers={202: MessageRequested},
)
def resend_confirmation(request: HttpRequest, order_id: UUID) -> Status[MessageRequested]:
    """Send the confirmation once more.

    The contact gate decides whether it goes out; the message's decisions say why.
    """
    message_id = orders.resend_confirmation(order_id=order_id, by=caller(request), at=now())
    return Status(202, MessageRequested(message_id=message_id))
