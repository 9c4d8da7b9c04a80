"""What the shop owes, as figures, a chart and a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from doorstep.kernel.money import format_money, from_minor
from doorstep.rooms.wallet.contracts import OwedRow


@dataclass(frozen=True, slots=True)
class OwedSection:
    """One kind in one currency. ``bars`` are in whole units of money, the tables exact."""

    title: str
    currency: str
    total: str
    holders: int
    label: str
    bars: tuple[tuple[str, float], ...]
    by_age: tuple[tuple[str, str], ...]
    ending: tuple[tuple[str, str], ...]


def owed_sections(rows: Sequence[OwedRow]) -> list[OwedSection]:
    """Return one section for each kind and currency with anything in it."""
    return [_section(row) for row in rows]


def _section(row: OwedRow) -> OwedSection:
    def money(minor: int) -> str:
        return format_money(minor, row.currency, "en")

    kind = _("Store credit") if row.kind == "store_credit" else _("Gift cards")
    ages = [(_age(low, high), amount) for low, high, amount in row.by_age]
    return OwedSection(
        f"{kind} · {row.currency}",
        row.currency,
        money(row.total_minor),
        row.holders,
        _("What is owed, by how long ago it was given (%(currency)s)") % {"currency": row.currency},
        tuple((label, float(from_minor(amount, row.currency))) for label, amount in ages),
        tuple((label, money(amount)) for label, amount in ages),
        tuple((_end(days), money(amount)) for days, amount in row.ending if amount),
    )


def _age(low: int, high: int | None) -> str:
    if high is None:
        return _("over a year")
    return _("%(low)s–%(high)s days") % {"low": low, "high": high}


def _end(days: int | None) -> Any:
    if days is None:
        return _("never")
    if days == 0:
        return _("in more than a year")
    return _("within %(days)s days") % {"days": days}
