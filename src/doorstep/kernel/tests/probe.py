"""A subject that exists in tests only: two tables, and facts of every type and shape over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import DatabaseError, connection, transaction

from doorstep.kernel.conditions.api import (
    Aggregate,
    Column,
    Fact,
    FactType,
    Membership,
    Param,
    Registry,
    Subject,
    say_fact,
)
from doorstep.kernel.conditions.settled import settle_window
from doorstep.kernel.conditions.tree import FactRef
from doorstep.kernel.money import Money

STORE = UUID("01939c00-0000-7000-8000-000000000001")
OTHER_STORE = UUID("01939c00-0000-7000-8000-000000000002")

TABLES = """
CREATE TEMPORARY TABLE probe (
    id uuid PRIMARY KEY, store_id uuid NOT NULL, city text COLLATE "{collation}", weight numeric, visits int,
    total_minor bigint, currency text, gift boolean, born_date date, placed_at timestamptz,
    kind text, tags text[]);
CREATE TEMPORARY TABLE probe_visit (
    probe_id uuid NOT NULL, store_id uuid NOT NULL, page text, spent_minor bigint NOT NULL,
    currency text NOT NULL, at timestamptz NOT NULL)
"""


def create_tables() -> None:
    """Create the tables, with a text column sorted as people do where PostgreSQL has ICU.

    That is how a missing COLLATE "C" comes to light; the embedded database has none.
    """
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute("SELECT 'a' < 'B' COLLATE \"und-x-icu\"")
            collation = "und-x-icu"
        except DatabaseError:
            collation = "C"
        cursor.execute(TABLES.replace("{collation}", collation))


@dataclass(frozen=True)
class Visit:
    """A row of the second table."""

    page: str | None
    spent_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True)
class Probe:
    """A row of the first table with its visits."""

    id: UUID
    city: str | None = None
    weight: Decimal | None = None
    visits: int | None = None
    total_minor: int | None = None
    currency: str | None = None
    gift: bool | None = None
    born_date: date | None = None
    placed_at: datetime | None = None
    kind: str | None = None
    tags: list[str | None] | None = None
    rows: list[Visit] = field(default_factory=list)


def _over_visits(value: str, where: str = "", currency: str = "") -> Aggregate:
    source = "probe_visit v"
    return Aggregate(value, source, "v.probe_id", "v.store_id", where, "v.at", currency)


say_fact("probe.visits", "has come {} times", one="has come {} time")
say_fact("probe.views_of", "has opened {page} {} times", one="has opened {page} {} time")
say_fact("probe.page_views", "has opened {} pages", one="has opened {} page")
say_fact("probe.placed", "was placed {}")
say_fact("probe.gift", "is a gift", no="is not a gift")


def facts() -> Registry:
    """Return a registry with one fact of each type and each way to find it."""
    registry = Registry()
    registry.register_subject(Subject("probe", "probe", "probe"))

    def add(name: str, kind: FactType, sql: Any, **more: Any) -> None:
        label = name.replace("_", " ")
        registry.register_fact(
            Fact(
                name=f"probe.{name}",
                subject="probe",
                type=kind,
                label=label,
                description=f"The {label}.",
                sql=sql,
                **more,
            )
        )

    add("city", FactType.TEXT, Column("{s}.city"))
    add("weight", FactType.NUMBER, Column("{s}.weight"))
    add("visits", FactType.COUNT, Column("{s}.visits"))
    add("total", FactType.MONEY, Column("{s}.total_minor", currency="{s}.currency"))
    add("gift", FactType.BOOL, Column("{s}.gift"))
    add("born", FactType.DATE, Column("{s}.born_date"))
    add("placed", FactType.DATETIME, Column("{s}.placed_at"))
    add("kind", FactType.ENUM, Column("{s}.kind"), choices=("new", "old", "odd"))
    add("tags", FactType.SET, Column("{s}.tags"))
    add("page_views", FactType.COUNT, _over_visits("count(*)"), windowed=True)
    page = (Param("page", FactType.TEXT, "page"),)
    add(
        "views_of",
        FactType.COUNT,
        _over_visits("count(*)", "v.page = {page}"),
        params=page,
        windowed=True,
    )
    currency = (Param("currency", FactType.TEXT, "currency"),)
    spent = _over_visits("sum(v.spent_minor)", "v.currency = {currency}", "{currency}")
    add("spent", FactType.MONEY, spent, params=currency, windowed=True)
    add("last_visit", FactType.DATETIME, _over_visits("max(v.at)"), windowed=True)
    pages = Membership("v.page", "probe_visit v", "v.probe_id", "v.store_id", moment="v.at")
    add("pages", FactType.SET, pages, windowed=True)
    return registry


def known_value(probe: Probe, ref: FactRef, at: datetime, zone: ZoneInfo) -> Any:
    """Find a fact's value in plain Python, without the database."""
    window = settle_window(ref.window, at, zone)
    params = dict(ref.params)
    visits = [
        visit
        for visit in probe.rows
        if visit.at <= window.end and (window.start is None or visit.at > window.start)
    ]
    match ref.fact.name.removeprefix("probe."):
        case "total":
            complete = probe.total_minor is not None and probe.currency is not None
            return Money(probe.total_minor, probe.currency) if complete else None
        case "born":
            return probe.born_date
        case "placed":
            return probe.placed_at
        case "page_views":
            return len(visits)
        case "views_of":
            return sum(visit.page == params["page"] for visit in visits)
        case "spent":
            paid = [v.spent_minor for v in visits if v.currency == params["currency"]]
            return Money(sum(paid), params["currency"]) if paid else None
        case "last_visit":
            return max((visit.at for visit in visits), default=None)
        case "pages":
            return frozenset(visit.page for visit in visits)
        case column:
            return getattr(probe, column)


def store_probes(probes: list[Probe], store_id: UUID = STORE) -> None:
    """Write the rows."""
    own = [
        "id", "city", "weight", "visits", "total_minor", "currency", "gift", "born_date",
        "placed_at", "kind", "tags",
    ]  # fmt: skip
    marks = ", ".join(["%s"] * (len(own) + 1))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO probe (store_id, {', '.join(own)}) VALUES ({marks})",
            [(store_id, *(getattr(probe, name) for name in own)) for probe in probes],
        )
        cursor.executemany(
            "INSERT INTO probe_visit VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (probe.id, store_id, v.page, v.spent_minor, v.currency, v.at)
                for probe in probes
                for v in probe.rows
            ],
        )
