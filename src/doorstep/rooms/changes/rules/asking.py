"""Reading and writing what somebody asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from doorstep.kernel.errors import Invalid
from doorstep.rooms.changes.contracts import (
    Addition,
    ChangeAct,
    ChangeAsk,
    ChangeKind,
    LineWish,
    Swap,
)
from doorstep.rooms.orders.contracts import AddressView

MAX_ASKED = 100
MAX_REASON = 1_000


def to_json(ask: ChangeAsk) -> dict[str, Any]:
    """Return an ask as it is stored."""
    return {
        "kind": str(ask.kind),
        "address": asdict(ask.address) if ask.address else None,
        "lines": [[str(one.line_id), one.quantity] for one in ask.lines],
        "swaps": [[str(one.line_id), str(one.variant_id)] for one in ask.swaps],
        "additions": [[str(one.variant_id), one.quantity] for one in ask.additions],
        "until": ask.until.isoformat() if ask.until else None,
        "reason": ask.reason,
    }


def from_json(data: Mapping[str, Any]) -> ChangeAsk:
    """Return an ask as it was stored."""
    return ChangeAsk(
        kind=ChangeKind(data["kind"]),
        address=AddressView(**data["address"]) if data["address"] else None,
        lines=tuple(LineWish(UUID(line), pieces) for line, pieces in data["lines"]),
        swaps=tuple(Swap(UUID(line), UUID(variant)) for line, variant in data["swaps"]),
        additions=tuple(Addition(UUID(variant), pieces) for variant, pieces in data["additions"]),
        until=date.fromisoformat(data["until"]) if data["until"] else None,
        reason=data["reason"],
    )


def check_ask(ask: ChangeAsk) -> None:
    """Raise unless an ask makes sense by itself.

    :raises Invalid: with the field.
    """
    if len(ask.reason) > MAX_REASON or "\x00" in ask.reason:
        raise Invalid(f"At most {MAX_REASON} characters of plain text.", field="reason")
    match ask.kind:
        case ChangeKind.ADDRESS if ask.address is None:
            raise Invalid("Say where it should go.", field="address")
        case ChangeKind.DELAY if ask.until is None:
            raise Invalid("Choose a day.", field="until")
        case ChangeKind.LINES:
            _check_lines(ask)


def _check_lines(ask: ChangeAsk) -> None:
    if not (ask.lines or ask.swaps or ask.additions):
        raise Invalid("Nothing is changed yet. Change a quantity or a variant.", field="lines")
    if len(ask.lines) + len(ask.swaps) + len(ask.additions) > MAX_ASKED:
        raise Invalid(f"At most {MAX_ASKED} changes at once.", field="lines")
    named = [one.line_id for one in ask.lines] + [one.line_id for one in ask.swaps]
    if len(set(named)) < len(named):
        raise Invalid(
            "Change the quantity or the variant of a line, not both at once.", field="lines"
        )


def acts_of(ask: ChangeAsk, pieces: Mapping[UUID, int]) -> tuple[ChangeAct, ...]:
    """Return which rules an ask comes under.

    :param pieces: line → how many the shopper gets now.
    """
    if ask.kind is not ChangeKind.LINES:
        return (ChangeAct(ask.kind.value),)
    found = []
    if any(one.quantity == 0 and pieces.get(one.line_id) for one in ask.lines):
        found.append(ChangeAct.REMOVE)
    if any(one.quantity and one.quantity != pieces.get(one.line_id) for one in ask.lines):
        found.append(ChangeAct.QUANTITY)
    if ask.swaps:
        found.append(ChangeAct.SWAP)
    if ask.additions:
        found.append(ChangeAct.ADD)
    return tuple(found)
