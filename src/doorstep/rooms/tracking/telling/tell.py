"""Tell shoppers about their parcels, in sets; what they did not want to know is not told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.registry import Recorded
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import MessageRequest
from doorstep.rooms.orders import api as orders
from doorstep.rooms.tracking.contracts import ParcelProgress, Step
from doorstep.rooms.tracking.reading.details import list_progress
from doorstep.rooms.tracking.rules.news import News, news_of
from doorstep.rooms.tracking.telling.choices import Wishes, read_wishes
from doorstep.rooms.tracking.telling.contexts import progress_context, shipped_context

# What left longer ago and is told to us only now (a platform's backlog) is no news.
OLD = timedelta(hours=48)


def tell_shipped(batch: Sequence[Recorded], *, by: Actor, at: datetime) -> None:
    """Tell that shipments left. A constant number of queries for any number of them."""
    fresh = [
        one
        for one in batch
        if not one.event.is_history
        and one.at - one.event.shipped_at <= OLD
        and one.event.parcel_ids
    ]
    order_ids = {one.event.order_id for one in fresh}
    if not order_ids:
        return
    wishes = read_wishes(order_ids)
    composer = orders.message_composer(order_ids, at=at)
    parcels = fulfillment.get_parcels([p for one in fresh for p in one.event.parcel_ids])
    promises = orders.list_promises(order_ids)
    services = _service_names()
    requests = []
    for one in fresh:
        order_id = one.event.order_id
        left = [parcels[p] for p in one.event.parcel_ids if p in parcels]
        if not left or order_id not in composer or not wishes.wants(order_id, Step.SHIPPED):
            continue
        context = shipped_context(
            left,
            promises.get(order_id),
            pieces=composer.pieces_to_ship(order_id),
            services=services,
            at=at,
        )
        cause = f"shipped:{one.event.shipment_id}"
        request = composer.request("parcel_shipped", order_id, cause, parcel=context)
        channel, prefer = wishes.channel(order_id), wishes.prefer(order_id)
        requests.append(replace(request, channel=channel, prefer=prefer))
    messaging.request_messages(requests, by=by, at=at)


def tell_news(batch: Sequence[Recorded], *, by: Actor, at: datetime) -> None:
    """Tell what happened to parcels, given where they stand now; in sets."""
    order_ids = {one.event.order_id for one in batch if one.event.order_id is not None}
    if not order_ids:
        return
    beside = list_progress(order_ids)
    by_id = {parcel.tracker_id: parcel for parcels in beside.values() for parcel in parcels}
    wanted: dict[str, tuple[News, ParcelProgress]] = {}
    for one in batch:
        parcel = by_id.get(one.event.tracker_id)
        news = news_of(one.event, parcel, at) if parcel is not None else None
        if news is not None and parcel is not None:
            wanted[news.cause] = (news, parcel)
    wishes = read_wishes(order_ids)
    chosen = [
        (news, parcel)
        for news, parcel in wanted.values()
        if parcel.order_id is not None and wishes.wants(parcel.order_id, news.step)
    ]
    messaging.request_messages(_requests(chosen, beside, wishes, at), by=by, at=at)


def _requests(
    chosen: Sequence[tuple[News, ParcelProgress]],
    beside: dict[UUID, tuple[ParcelProgress, ...]],
    wishes: Wishes,
    at: datetime,
) -> list[MessageRequest]:
    if not chosen:
        return []
    order_ids: Collection[UUID] = {p.order_id for _, p in chosen if p.order_id is not None}
    composer = orders.message_composer(order_ids, at=at)
    packed = fulfillment.get_parcels([p.parcel_id for _, p in chosen if p.parcel_id is not None])
    services = _service_names()
    requests = []
    for news, parcel in chosen:
        order_id = parcel.order_id
        if order_id is None or order_id not in composer:
            continue
        of_order = [one.tracker_id for one in beside[order_id]]
        context = progress_context(
            parcel,
            packed.get(parcel.parcel_id) if parcel.parcel_id else None,
            number=of_order.index(parcel.tracker_id) + 1,
            count=len(of_order),
            pieces=composer.pieces_to_ship(order_id),
            page_url=composer.page_url(order_id),
            services=services,
        )
        request = composer.request(news.kind, order_id, news.cause, parcel=context)
        channel, prefer = wishes.channel(order_id), wishes.prefer(order_id)
        requests.append(replace(request, channel=channel, prefer=prefer))
    return requests


def _service_names() -> dict[tuple[str, str], str]:
    return {
        (carrier.code, level.code): level.name
        for carrier in fulfillment.list_carriers()
        for level in carrier.service_levels
    }
