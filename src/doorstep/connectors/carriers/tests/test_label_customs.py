"""Which return parcels pass customs: no database."""

from __future__ import annotations

from uuid import uuid4

import pytest

from doorstep.connectors.carriers.labels.parcel import passes_customs
from doorstep.connectors.carriers.labels.settings import LabelSettings
from doorstep.rooms.orders.contracts import AddressView
from doorstep.rooms.returns.contracts import MethodKind
from doorstep.rooms.returns.ports import LabelAsk


@pytest.mark.parametrize(
    ("sender", "receiver", "passes"),
    [
        (("DE", "10115"), ("FR", "75001"), False),
        (("US", "10001"), ("US", "94103"), False),
        (("US", "10001"), ("DE", "10115"), True),
        (("ES", "35001"), ("ES", "28001"), True),  # from the Canary Islands to Madrid
        (("ES", "35001"), ("DE", "10115"), True),
        (("GB", "BT1 5GS"), ("GB", "SW1A 1AA"), False),
        (("GB", "SW1A 1AA"), ("FR", "75001"), True),
    ],
)
def test_customs_between_territories(
    sender: tuple[str, str], receiver: tuple[str, str], passes: bool
) -> None:
    ask = LabelAsk(
        uuid4(), MethodKind.LABEL, "R-1", AddressView(country_code=sender[0], postal_code=sender[1]),
        (), 1, 100, "EUR",
    )  # fmt: skip
    assert passes_customs(ask, LabelSettings(country=receiver[0], zip=receiver[1])) is passes
