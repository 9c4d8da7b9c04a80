"""What happens to stores."""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.kernel.events.registry import event


@event("stores.store_settings_changed")
@dataclass(frozen=True, slots=True)
class StoreSettingsChanged:
    """The brand, the zone or a default of the store was changed."""

    fields: list[str]
