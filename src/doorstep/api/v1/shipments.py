"""Operations on shipments, their parcels, and the carriers they go with."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.cursors import seal, unseal
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.shipments import (
    CarrierIn,
    ManifestIn,
    ManifestOut,
    PackingIn,
    ReopeningIn,
    ShipmentQuery,
    ShipmentsPage,
    SplitIn,
    TrackingNumberIn,
)
from doorstep.kernel.clock import now
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.contracts import CarrierInfo, ParcelView, ShipmentDetail
from doorstep.rooms.orders import api as orders

router = Router(tags=["Shipments"])


@serve(router, "GET", "/shipments", scope="shipments.view", answers={200: ShipmentsPage})
def list_shipments(request: HttpRequest, filters: Query[ShipmentQuery]) -> ShipmentsPage:
    """List shipments.

    What is to be packed or waits for the carrier comes by its ship-by day, the most urgent first;
    everything else newest first.
    """
    page = fulfillment.list_shipments(
        filters.filters(), cursor=unseal("shipments", filters.cursor), limit=filters.limit
    )
    return ShipmentsPage(items=list(page.items), next_cursor=seal("shipments", page.next_cursor))


@serve(
    router,
    "GET",
    "/shipments/{shipment_id}",
    scope="shipments.view",
    answers={200: ShipmentDetail},
)
def get_shipment(request: HttpRequest, shipment_id: UUID) -> ShipmentDetail:
    """Return a shipment.

    With what belongs into it and its parcels.
    """
    return fulfillment.get_shipment(shipment_id)


@serve(
    router,
    "GET",
    "/orders/{order_id}/shipments",
    scope="shipments.view",
    answers={200: list[ShipmentDetail]},
)
def list_order_shipments(request: HttpRequest, order_id: UUID) -> list[ShipmentDetail]:
    """List an order's shipments.

    In the order in which they were planned, canceled ones too.
    """
    orders.get_order(order_id)  # a foreign order is a 404, not an empty list
    return fulfillment.list_shipments_of([order_id]).get(order_id, [])


@serve(
    router,
    "POST",
    "/orders/{order_id}/shipments",
    scope="shipments.change",
    answers={201: ShipmentDetail},
)
def ship_available(request: HttpRequest, order_id: UUID) -> Status[ShipmentDetail]:
    """Send what is there.

    For an order on hold for stock: plans a shipment with the pieces that are reserved, the rest
    waits.
    """
    made = fulfillment.ship_available(order_id=order_id, by=caller(request), at=now())
    return Status(201, made)


@serve(
    router,
    "POST",
    "/shipments/{shipment_id}/packing",
    scope="shipments.change",
    answers={200: ShipmentDetail},
)
def pack_shipment(
    request: HttpRequest, shipment_id: UUID, payload: PackingIn
) -> Status[ShipmentDetail]:
    """Pack a shipment.

    Every piece must be in a parcel, or `leave_rest` keeps the others as a shipment of their own.
    Packing the same again changes nothing.
    """
    packed = fulfillment.pack_shipment(
        shipment_id=shipment_id,
        parcels=[one.contents() for one in payload.parcels],
        leave_rest=payload.leave_rest,
        by=caller(request),
        at=now(),
    )
    return Status(200, packed)


@serve(
    router,
    "POST",
    "/shipments/{shipment_id}/reopening",
    scope="shipments.change",
    answers={200: ShipmentDetail},
)
def reopen_shipment(
    request: HttpRequest, shipment_id: UUID, payload: ReopeningIn
) -> Status[ShipmentDetail]:
    """Open a packed shipment again.

    Its parcels are taken apart; it takes in what its order says now.
    """
    found = fulfillment.reopen_shipment(
        shipment_id=shipment_id, reason=payload.reason, by=caller(request), at=now()
    )
    return Status(200, found)


@serve(
    router,
    "POST",
    "/shipments/{shipment_id}/split",
    scope="shipments.change",
    answers={201: ShipmentDetail},
)
def split_shipment(
    request: HttpRequest, shipment_id: UUID, payload: SplitIn
) -> Status[ShipmentDetail]:
    """Send part of a shipment later.

    Answers with the new shipment.
    """
    later: dict[UUID, int] = {}
    for one in payload.later:
        later[one.line_id] = later.get(one.line_id, 0) + one.quantity
    made = fulfillment.split_shipment(
        shipment_id=shipment_id, later=later, by=caller(request), at=now()
    )
    return Status(201, made)


@serve(
    router,
    "POST",
    "/shipments/{shipment_id}/shipping",
    scope="shipments.change",
    answers={200: ShipmentDetail},
)
def ship_shipment(request: HttpRequest, shipment_id: UUID) -> Status[ShipmentDetail]:
    """Hand a shipment to the carrier.

    Its pieces leave the shelves; an order of which nothing is left is shipped. Shipping what has
    left changes nothing.
    """
    gone = fulfillment.ship_shipment(shipment_id=shipment_id, by=caller(request), at=now())
    return Status(200, gone)


@serve(router, "POST", "/manifests", scope="shipments.change", answers={200: ManifestOut})
def ship_shipments(request: HttpRequest, payload: ManifestIn) -> Status[ManifestOut]:
    """Hand many shipments to the carrier.

    Up to 500 at once. What can't leave is named with the reason, the rest leaves.
    """
    results = fulfillment.ship_shipments(
        shipment_ids=payload.shipment_ids, by=caller(request), at=now()
    )
    shipped = sum(one.is_shipped for one in results)
    answer = ManifestOut(results=list(results), shipped=shipped, refused=len(results) - shipped)
    return Status(200, answer)


@serve(
    router,
    "PUT",
    "/packages/{parcel_id}/tracking-number",
    scope="shipments.change",
    answers={200: ParcelView},
)
def set_tracking_number(
    request: HttpRequest, parcel_id: UUID, payload: TrackingNumberIn
) -> ParcelView:
    """Set a parcel's tracking number.

    Before or after it has left. Without a carrier it is told from the number.
    """
    return fulfillment.set_tracking_number(
        parcel_id=parcel_id,
        tracking_number=payload.tracking_number,
        carrier=payload.carrier,
        by=caller(request),
        at=now(),
    )


@serve(router, "GET", "/carriers", scope="shipments.view", answers={200: list[CarrierInfo]})
def list_carriers(request: HttpRequest) -> list[CarrierInfo]:
    """List carriers.

    Those the store ships with, the default one first.
    """
    return fulfillment.list_carriers()


@serve(router, "PUT", "/carriers/{carrier_code}", scope="settings.edit", answers={200: CarrierInfo})
def save_carrier(request: HttpRequest, carrier_code: str, payload: CarrierIn) -> CarrierInfo:
    """Add or change a carrier.

    Its service levels are those given, and no others.
    """
    return fulfillment.save_carrier(
        code=carrier_code,
        name=payload.name,
        provider=payload.provider,
        tracking_url=payload.tracking_url,
        is_default=payload.is_default,
        is_active=payload.is_active,
        service_levels=payload.levels(),
        by=caller(request),
        at=now(),
    )
