"""Our tracking-number formats against the public collection of formats with good and bad examples.

The collection lives outside the repository; the test runs where the folder is and says so where
it is not.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from doorstep.rooms.fulfillment.rules.carriers import get_carrier
from doorstep.rooms.fulfillment.rules.numbers import CheckDigit, match_number, recognize

FOLDER = (
    Path(os.environ.get("DOORSTEP_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures"))
    / "carriers"
    / "tracking_numbers"
)
# The collection's names for what has several codes here.
OUR_CODES = {"dhl": {"dhl", "dhl_express", "dhl_ecommerce"}}

pytestmark = [
    pytest.mark.fixtures,
    pytest.mark.skipif(
        not FOLDER.is_dir(),
        reason=f"tracking numbers are not here ({FOLDER}); see DOORSTEP_FIXTURES",
    ),
]


def _examples(kind: str) -> list[tuple[str, str, str]]:
    return [
        (collection["courier_code"], one["name"], number)
        for path in sorted(FOLDER.glob("*.json"))
        for collection in [json.loads(path.read_text())]
        for one in collection["tracking_numbers"]
        for number in one["test_numbers"][kind]
    ]


@pytest.mark.parametrize(("courier", "name", "number"), _examples("valid"))
def test_a_good_number_is_its_carriers(courier: str, name: str, number: str) -> None:
    found = recognize(number)
    assert set(found) & OUR_CODES.get(courier, {courier}), (name, found)
    assert all(get_carrier(code) for code in found)


# An example may be wrong for one format of its courier and right for another.
BAD = [
    one
    for one in _examples("invalid")
    if (one[0], one[2]) not in {(courier, number) for courier, _, number in _examples("valid")}
]


@pytest.mark.parametrize(("courier", "name", "number"), BAD)
def test_a_bad_number_is_not_its_carriers(courier: str, name: str, number: str) -> None:
    ours = OUR_CODES.get(courier, {courier})
    right = [
        one
        for one in match_number(number)
        if one.carrier in ours and one.check is not CheckDigit.WRONG
    ]
    assert not right, name
