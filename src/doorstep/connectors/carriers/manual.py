"""Labels bought elsewhere: at the counter, in the carrier's own portal, with another program.

Nothing is asked of any network. The number is typed or scanned at the packing table, and what is
printed here is the store's own address label.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ManualProvider:
    """The provider of a store without one."""

    name: str = "manual"
    label: str = "Bought elsewhere"


MANUAL = ManualProvider()
