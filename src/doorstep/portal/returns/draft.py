"""What a shopper has chosen so far, carried from step to step in the form itself.

Nothing is kept on the server until the return is sent: two tabs never disturb each other, and what
comes with the last step is judged whole, whatever a browser was made to send.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.http import QueryDict

from doorstep.kernel.ids import new_id
from doorstep.rooms.returns.contracts import (
    AskedLine,
    MethodKind,
    Outcome,
    ReturnKind,
    ReturnOptions,
    ReturnRequest,
)

MAX_TEXT = 1000


@dataclass
class DraftLine:
    """One line as chosen so far; ``outcome`` only where it differs from the others'."""

    line_id: UUID
    quantity: int = 0
    reason: str = ""
    note: str = ""
    outcome: str = ""
    variant: str = ""
    photos: tuple[str, ...] = ()


@dataclass
class Draft:
    """The whole return as chosen so far."""

    key: str
    lines: dict[UUID, DraftLine] = field(default_factory=dict)
    outcome: str = ""
    method: str = ""
    kind: str = ReturnKind.VOLUNTARY.value
    is_gift: bool = False
    recipient_name: str = ""
    recipient_email: str = ""

    @property
    def chosen(self) -> list[DraftLine]:
        """The lines of which something comes back."""
        return [line for line in self.lines.values() if line.quantity > 0]

    def outcome_of(self, line: DraftLine) -> str:
        """What the shopper wants for a line."""
        return line.outcome or self.outcome

    def hidden(self, *, leave_out: frozenset[str]) -> list[tuple[str, str]]:
        """Return the fields that a step does not show, to be sent along."""
        fields = [("key", self.key), ("kind", self.kind)]
        if self.is_gift:
            fields += [("gift", "1")]
        fields += [
            ("outcome", self.outcome),
            ("method", self.method),
            ("recipient_name", self.recipient_name),
            ("recipient_email", self.recipient_email),
        ]
        for line in self.lines.values():
            fields += [
                (f"q_{line.line_id}", str(line.quantity)),
                (f"r_{line.line_id}", line.reason),
                (f"n_{line.line_id}", line.note),
                (f"o_{line.line_id}", line.outcome),
                (f"x_{line.line_id}", line.variant),
                (f"p_{line.line_id}", " ".join(line.photos)),
            ]
        return [
            (name, value)
            for name, value in fields
            if value and name.split("_")[0] not in leave_out and name not in leave_out
        ]

    def request(self, order_id: UUID) -> ReturnRequest:
        """Return it as the returns room takes it.

        :raises ValueError: an outcome, method or kind that does not exist.
        """
        return ReturnRequest(
            order_id=order_id,
            lines=tuple(self.asked(line) for line in self.chosen),
            method=MethodKind(self.method),
            key=self.key,
            kind=ReturnKind(self.kind),
            for_recipient=self.is_gift,
            recipient_name=self.recipient_name,
            recipient_email=self.recipient_email,
        )

    def asked(self, line: DraftLine, outcome: Outcome | None = None) -> AskedLine:
        """Return one line as the returns room takes it.

        :raises ValueError: an outcome that does not exist.
        """
        chosen = outcome or Outcome(self.outcome_of(line))
        swaps = {Outcome.EXCHANGE, Outcome.EXCHANGE_ANY, Outcome.REPLACEMENT_PART}
        variant = _uuid(line.variant) if chosen in swaps else None
        return AskedLine(
            line_id=line.line_id,
            quantity=line.quantity,
            reason_code=line.reason,
            outcome=chosen,
            note=line.note,
            exchange_variant_id=variant,
            exchange_quantity=line.quantity if variant else 0,
            photo_ids=tuple(one for one in map(_uuid, line.photos) if one is not None),
        )


def read_draft(data: QueryDict, options: ReturnOptions) -> Draft:
    """Read what was sent; whatever names no line of the order is left out."""
    kind = data.get("kind", "")
    draft = Draft(
        key=data.get("key", "")[:64] or str(new_id()),
        outcome=data.get("outcome", "")[:40],
        method=data.get("method", "")[:40],
        kind=kind if kind in (ReturnKind.WARRANTY, ReturnKind.WITHDRAWAL) else "voluntary",
        is_gift=bool(data.get("gift")),
        recipient_name=data.get("recipient_name", "")[:200].strip(),
        recipient_email=data.get("recipient_email", "")[:320].strip(),
    )
    for option in options.lines:
        line_id = option.line_id
        draft.lines[line_id] = DraftLine(
            line_id=line_id,
            quantity=_pieces(data.get(f"q_{line_id}")),
            reason=data.get(f"r_{line_id}", "")[:80],
            note=data.get(f"n_{line_id}", "")[:MAX_TEXT],
            outcome=data.get(f"o_{line_id}", "")[:40],
            variant=data.get(f"x_{line_id}", "")[:40],
            photos=tuple(data.get(f"p_{line_id}", "")[:400].split())[:6],
        )
    # A link to one thing chooses it already.
    wanted = _uuid(data.get("line", ""))
    if wanted in draft.lines and not draft.chosen:
        draft.lines[wanted] = replace(draft.lines[wanted], quantity=1)
    return draft


def _pieces(text: Any) -> int:
    try:
        return max(0, min(int(text or 0), 100_000))
    except ValueError:
        return 0


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
