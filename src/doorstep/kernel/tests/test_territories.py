"""Territories: the Union is one, its exceptions are not in it."""

from __future__ import annotations

import pytest

from doorstep.kernel.territories import territory_of


@pytest.mark.parametrize(
    ("country", "code", "territory"),
    [
        ("DE", "10115", "EU"),
        ("mc", "98000", "EU"),
        ("ES", "28001", "EU"),
        ("ES", "35001", "ES:35"),  # Las Palmas, Canary Islands
        ("FR", "97 400", "FR:97"),  # Réunion
        ("GB", "SW1A 1AA", "GB"),
        ("GB", "BT1 5GS", "GB:NI"),
        ("US", "10001", "US"),
        ("", "", ""),
    ],
)
def test_where_a_place_lies(country: str, code: str, territory: str) -> None:
    assert territory_of(country, code) == territory
