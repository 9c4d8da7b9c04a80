"""Money that people move: bank transfers, cash, tills, providers Doorstep does not know.

Nothing is asked of any network: a refund waits in the list "Refunds to do by hand" until somebody
has made it and says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.rooms.payments.ports import ByHand, Power, RefundAsk


@dataclass(frozen=True, slots=True)
class ManualProvider:
    """The provider of payments that were taken by hand."""

    name: str = "manual"
    label: str = "By hand"
    powers: frozenset[Power] = frozenset({Power.REFUND})

    def is_ready(self) -> bool:
        """Return True: people are always there."""
        return True

    def refund(self, ask: RefundAsk) -> ByHand:
        """Leave it to a person."""
        return ByHand(
            "Pay this back the way it was paid (bank transfer, cash, the till), then say here "
            "that it is done."
        )


MANUAL = ManualProvider()
