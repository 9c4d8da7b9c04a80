"""Today's board: one tile for each thing that may need somebody, for those who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.console.access import ConsoleRequest
from doorstep.console.problems.queries import count_problems, troubles_of
from doorstep.console.templatetags.console import day
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.contracts import JourneyStatus
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import MessageStatus
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderCounts
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import ParcelTroubles

CHART_DAYS = 14
PUNCTUAL_DAYS = 30


@dataclass(frozen=True, slots=True)
class Tile:
    """A number, what it is, and where it leads. ``tone`` speaks only where the number does."""

    label: str
    value: int
    note: str
    tone: str
    href: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """Tiles that belong together."""

    title: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """All of the first page but the steps of setting up."""

    date: date
    shelves: tuple[Shelf, ...]
    charts: tuple[tuple[str, str, list[tuple[str, int]]], ...]  # title, label, (day, number)
    punctuality: tuple[str, str] | None  # the share, and of how many
    counts: OrderCounts


def make_board(request: ConsoleRequest, at: datetime) -> Board:
    """Collect today's figures, each only for those who may open what it leads to."""
    may = request.permissions
    counts = orders.count_orders()
    by_day = orders.count_orders_by_day(days=CHART_DAYS, at=at)
    troubles = tracking.count_troubles(at=at) if "parcels.view" in may else None
    packing, late = _packing(request, counts, at)
    shelves = [Shelf(_("To send"), tuple(packing))]
    if troubles is not None:
        shelves.append(Shelf(_("On the way"), tuple(_parcels(request, troubles))))
    if "journeys.view" in may:
        shelves.append(Shelf(_("By itself"), tuple(_journeys(request))))
    shelves.append(Shelf(_("Besides"), tuple(_besides(request, by_day[-1], troubles, late))))
    return Board(
        date=by_day[-1][0],
        shelves=tuple(shelf for shelf in shelves if shelf.tiles),
        charts=tuple(_charts(request, by_day, at)),
        punctuality=_punctuality(at) if troubles is not None else None,
        counts=counts,
    )


def _address(request: ConsoleRequest, name: str, query: str = "") -> str:
    return reverse(f"console:{name}", args=[request.store.slug]) + (query and f"?{query}")


def _tile(
    label: str, value: int, href: str, *, some: str, none: str = "", tone: str = "warn"
) -> Tile:
    """Return a tile that says one thing where there is something, and another where not."""
    return Tile(label, value, some if value else none, tone if value else "ok", href)


def _packing(
    request: ConsoleRequest, counts: OrderCounts, at: datetime
) -> tuple[list[Tile], int | None]:
    held = _tile(
        _("On hold"),
        counts.on_hold,
        _address(request, "orders", "state=on_hold"),
        some=_("wait for somebody or something"),
        none=_("nothing waits"),
    )
    if "shipments.view" not in request.permissions:
        return [held], None
    sendings = fulfillment.count_shipments(at=at)
    gone = ngettext("%(n)s shipped today", "%(n)s shipped today", sendings.shipped_today)
    tiles = [
        Tile(
            _("To pack"),
            sendings.to_pack,
            gone % {"n": sendings.shipped_today},
            "neutral",
            _address(request, "shipments", "state=to_pack"),
        ),
        _tile(
            _("Late to ship"),
            sendings.late,
            _address(request, "shipments", "due=late"),
            some=_("should have left"),
            none=_("all left in time"),
            tone="bad",
        ),
        _tile(
            _("May leave late"),
            sendings.at_risk,
            _address(request, "shipments", "due=at_risk"),
            some=_("must leave soon"),
            none=_("none is pressing"),
        ),
        held,
    ]
    return tiles, sendings.late


def _journeys(request: ConsoleRequest) -> list[Tile]:
    found = journeys.list_journeys()
    href = _address(request, "journeys")
    if not found:
        return []
    live = sum(one.status == JourneyStatus.LIVE for one in found)
    note = ngettext("in %(n)s live journey", "in %(n)s live journeys", live) % {"n": live}
    tiles = [Tile(_("On a journey"), sum(one.inside for one in found), note, "neutral", href)]
    asked = sum(bool(one.approval_asked_by) for one in found)
    if asked and "journeys.publish" in request.permissions:
        tiles.append(Tile(_("To be published"), asked, _("somebody asks you to"), "warn", href))
    parked = journeys.count_parked()
    if parked:
        tiles.append(Tile(_("Held in journeys"), parked, _("a step failed for them"), "bad", href))
    return tiles


def _parcels(request: ConsoleRequest, troubles: ParcelTroubles) -> list[Tile]:
    if not troubles.parcels:
        href = _address(request, "parcels")
        return [Tile(_("Parcels in trouble"), 0, _("all go their way"), "ok", href)]
    rows = [
        (_("Late"), "late", _("not there in time"), "warn"),
        (_("Stuck"), "stalled", _("no news for too long"), "warn"),
        (_("Lost"), "lost", _("send again or refund"), "bad"),
        (_("Not found"), "not_found", _("delivered, says the carrier"), "bad"),
        (_("Exceptions"), "exception", _("the carrier needs help"), "bad"),
    ]
    return [
        _tile(
            label,
            getattr(troubles, name),
            _address(request, "parcels", f"state={name}"),
            some=note,
            none=_("none"),
            tone=tone,
        )
        for label, name, note, tone in rows
    ]


def _besides(
    request: ConsoleRequest,
    today: tuple[date, int],
    troubles: ParcelTroubles | None,
    late: int | None,
) -> list[Tile]:
    may, tiles = request.permissions, list[Tile]()
    failed = messaging.count_by_status()[MessageStatus.FAILED]
    if "problems.view" in may:
        known = {"failed": failed}
        if troubles is not None:
            known["parcels"] = troubles_of(troubles)
        if late is not None:
            known["late"] = late
        count = count_problems(**known)
        request.problem_count = count
        href = _address(request, "problems")
        tiles.append(_tile(_("Problems"), count, href, some=_("need a look, in all"),
                           none=_("all is well"), tone="bad"))  # fmt: skip
    if "messages.view" in may:
        href = _address(request, "messages", "status=failed")
        tiles.append(_tile(_("Messages failed"), failed, href, some=_("could not be sent"),
                           none=_("all went out"), tone="bad"))  # fmt: skip
    if "inventory.view" in may:
        href = _address(request, "stock")
        tiles.append(_tile(_("Sold out"), inventory.count_sold_out(), href,
                           some=_("no piece is free"), none=_("everything is there")))  # fmt: skip
    href = _address(request, "orders", f"since={today[0].isoformat()}")
    tiles.append(Tile(_("Orders today"), today[1], "", "neutral", href))
    return tiles


def _charts(
    request: ConsoleRequest, by_day: list[tuple[date, int]], at: datetime
) -> list[tuple[str, str, list[tuple[str, int]]]]:
    total = sum(count for _day, count in by_day)
    said = ngettext(
        "%(n)s order in the last two weeks", "%(n)s orders in the last two weeks", total
    )
    charts = [(_("Orders per day"), said % {"n": total}, [(day(d), n) for d, n in by_day])]
    if "parcels.view" not in request.permissions:
        return charts
    moved = tracking.count_by_day(days=CHART_DAYS, at=at)
    shipped, delivered = sum(d.shipped for d in moved), sum(d.delivered for d in moved)
    said_shipped = ngettext("%(n)s parcel left", "%(n)s parcels left", shipped) % {"n": shipped}
    said_delivered = ngettext("%(n)s parcel arrived", "%(n)s parcels arrived", delivered)
    charts.append((_("Shipped per day"), said_shipped, [(day(d.date), d.shipped) for d in moved]))
    charts.append(
        (
            _("Delivered per day"),
            said_delivered % {"n": delivered},
            [(day(d.date), d.delivered) for d in moved],
        )
    )
    return charts


def _punctuality(at: datetime) -> tuple[str, str] | None:
    """Say how many of the last month's parcels came in time; None before the first arrived."""
    found = tracking.on_time_rate(days=PUNCTUAL_DAYS, at=at)
    if not found.arrived:
        return None
    # Rounded down: 99.6 % is not everything.
    share = found.on_time * 100 // found.arrived
    of = ngettext(
        "%(kept)s of %(n)s parcel that arrived in the last 30 days and had a promised day",
        "%(kept)s of %(n)s parcels that arrived in the last 30 days and had a promised day",
        found.arrived,
    )
    return f"{share} %", of % {"kept": found.on_time, "n": found.arrived}
