"""How many pieces of a line are due to be paid or replaced now. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.rooms.returns.contracts import RefundTrigger


@dataclass(frozen=True, slots=True)
class LineProgress:
    """How far one line has come; whole pieces.

    :param received: of what was announced; what is beyond it counts when it was accepted.
    :param refused: of those received.
    :param accepted: of those received, extra ones too.
    :param settled: paid or replaced already.
    """

    quantity: int
    is_kept: bool
    received: int = 0
    refused: int = 0
    accepted: int = 0
    settled: int = 0


def due_pieces(line: LineProgress, trigger: RefundTrigger, *, is_scanned: bool) -> int:
    """Return how many pieces are to be settled now, beyond those that were.

    What a person accepted counts whatever the trigger is; what was refused never does, but
    what was paid before it was refused is not taken back here.
    """
    if (
        line.is_kept
        or trigger is RefundTrigger.APPROVAL
        or (trigger is RefundTrigger.CARRIER_SCAN and is_scanned)
    ):
        reached = line.quantity
    elif trigger in (RefundTrigger.CARRIER_SCAN, RefundTrigger.RECEPTION):
        reached = min(line.received, line.quantity)
    else:
        reached = 0
    reached = min(reached, max(line.quantity - line.refused, 0))
    return max(0, max(reached, line.accepted) - line.settled)
