"""Every recorded tracking body: a right report, or a clear reason why there is none.

The bodies were written by carriers and aggregators and live outside the repository; the test runs
where the folder is and says so where it is not. What must come out is worked out here a second
time, straight from the bytes, so that the normalizers cannot agree with themselves.
"""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.connectors.base.contracts import Ignored, Rejected
from doorstep.connectors.carriers.normalize import Result, detect_and_normalize, normalize
from doorstep.rooms.tracking.contracts import TrackingReport, TrackingStatus

FOLDER = (
    Path(os.environ.get("DOORSTEP_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures"))
    / "carriers"
)
FILES = sorted(p for p in FOLDER.glob("*/*") if p.is_file() and p.parent.name != "tracking_numbers")
# What one step looks like in the bytes, by the folder and the kind of file.
STEPS = {
    "17track": r'"providers"[\s\S]*',  # counted within providers, see _count_steps
    "aftership": r'"checkpoint_time"\s*:\s*"',
    "amazon_shipping": r'"eventCode"|"occurredAt"',
    "australiapost": r'"date"\s*:',
    "canadapost": r"<occurrence>",
    "chronopost": r"<eventDate>",
    "dhl_express": r"<ShipmentEvent>",
    "easypost": r'"TrackingDetail"',
    "gls": r'"eventDateTime"',
    "mydhl": r'"typeCode"',
    "purolator": r"<Scan>",
    "shippo": r'"status_date"',
    "usps": r'"eventCode"',
}
OUR_CARRIER = {
    "australiapost": "australia_post", "canadapost": "canada_post", "chronopost": "chronopost",
    "dhl_express": "dhl_express", "fedex": "fedex", "gls": "gls", "laposte": "la_poste",
    "mydhl": "dhl_express", "purolator": "purolator", "ups": "ups", "usps": "usps",
    "amazon_shipping": "amazon", "17track": "ups",
}  # fmt: skip

pytestmark = [
    pytest.mark.fixtures,
    pytest.mark.skipif(
        not FOLDER.is_dir(),
        reason=f"recorded tracking bodies are not here ({FOLDER}); see DOORSTEP_FIXTURES",
    ),
]


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _reports(path: Path) -> list[TrackingReport]:
    found = detect_and_normalize(path.read_bytes())
    return [one for one in found if isinstance(one, TrackingReport)]


def _is_error(path: Path) -> bool:
    words = path.name.lower()
    return bool(re.search(r"error|notfound|failure|not_available|invalid|unknown", words)) and (
        path.name != "test_invalid_create_1.json"  # a number nobody has seen yet: no error
    )


def test_all_of_it_at_a_glance(capsys: pytest.CaptureFixture[str]) -> None:
    """Print what came of each file; every file gives something."""
    lines = []
    for path in FILES:
        results = detect_and_normalize(path.read_bytes())
        assert results, _name(path)
        lines += [f"{_name(path)[:62]:62} {_line(one)}" for one in results]
    with capsys.disabled():
        print("\n" + "\n".join(lines))


def _line(one: Result) -> str:
    if isinstance(one, TrackingReport):
        status = f"{one.status}/{one.substatus}".rstrip("/")
        notes = f" | {'; '.join(one.warnings)}"[:80] if one.warnings else ""
        steps = len(one.checkpoints)
        return f"{one.source:15} {one.tracking_number:24} {status:26} {steps:3} steps{notes}"
    if isinstance(one, Rejected):
        return f"rejected {one.code}: {one.detail[:70]}"
    return f"ignored: {one.reason[:70]}"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_errors_are_rejected_in_plain_words(path: Path) -> None:
    results = detect_and_normalize(path.read_bytes())
    if not _is_error(path):
        assert any(isinstance(one, (TrackingReport, Ignored)) for one in results)
        return
    assert results
    for one in results:
        assert isinstance(one, Rejected)
        assert one.code in ("not_found", "auth_error", "carrier_error")
        assert not re.search(r"[{}<>\[\]]", one.detail)
    if re.search(r"notfound|not_available|unknown", path.name.lower()):
        assert results[0].code == "not_found"
    if "Auth" in path.name:
        assert results[0].code == "auth_error"


@pytest.mark.parametrize("path", [p for p in FILES if p.parent.name in STEPS], ids=_name)
def test_no_step_is_lost_or_made_up(path: Path) -> None:
    reports = _reports(path)  # none where it is an error body, or nothing about a parcel
    found = sum(len(one.checkpoints) for one in reports)
    assert found == (_count_steps(path) if reports else 0)


def _count_steps(path: Path) -> int:
    words = path.read_text()
    if path.parent.name == "17track":
        providers = json.loads(words)["data"]["tracking"]["providers"]
        return sum(len(one["events"]) for one in providers)
    count = len(re.findall(STEPS[path.parent.name], words))
    if path.parent.name == "shippo" and count:
        count -= 1  # the summary
    if "2026-01-30" in path.name:
        count -= 1  # the latest milestone stands in the history as well
    return count


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.parent.name == "active_shipping"], ids=_name
)
def test_no_step_is_lost_in_old_xml(path: Path) -> None:
    steps = r"<occurrence>" if "canadapost" in path.name else r"<Track(?:Summary|Detail)>"
    found = len(re.findall(steps, path.read_text()))
    assert sum(len(one.checkpoints) for one in _reports(path)) == found


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_numbers_carriers_and_times_are_fit_to_keep(path: Path) -> None:
    squeezed = re.sub(r"[\s-]", "", path.read_text()).upper()
    for one in _reports(path):
        assert one.tracking_number
        assert one.tracking_number in squeezed
        wanted = OUR_CARRIER.get(path.parent.name)
        assert wanted is None or one.carrier == wanted
        assert one.status is not None
        for step in one.checkpoints:
            json.dumps(dict(step.raw), allow_nan=False)
            assert step.occurred_at is None or 2000 <= step.occurred_at.year <= 2026
            assert len(step.country_code) in (0, 2)
        if one.estimated_from and one.estimated_to:
            assert one.estimated_from <= one.estimated_to


DELIVERED = (
    '"status": "DELIVERED",\n  "status_details"', "<StatusCategory>Delivered",
    '"statusCategory": "Delivered"', '"status": "delivered",\n      "shipmentTimestamp"',
    '"sub_status": "Delivered_Other"', "Votre colis est livré", "<eventLabel>Delivered",
)  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_what_is_delivered_is_delivered(path: Path) -> None:
    words = path.read_text()
    if any(sign in words for sign in DELIVERED):
        assert _reports(path)[0].status is TrackingStatus.DELIVERED


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_told_source_changes_nothing(path: Path) -> None:
    body = path.read_bytes()
    assert normalize(path.parent.name, body) == detect_and_normalize(body)


def test_nearly_every_step_is_understood() -> None:
    steps = [step for path in FILES for one in _reports(path) for step in one.checkpoints]
    unclear = [step.code or step.description for step in steps if step.status is None]
    assert len(unclear) <= len(steps) * 0.01, unclear


# -- what others might send ---------------------------------------------------------------------

_JUNK: list[Any] = [
    None, "", "null", 0, -1, 10**30, 1.5, True, [], {}, [None], {"a": []}, "13:10 PM", "x" * 5000,
    "\x00", "\ud800", "2024-13-45", 1_700_000_000, 1_700_000_000_000, [[1]], "🍵",
]  # fmt: skip


def _mutate(value: Any, dice: random.Random) -> Any:
    if dice.random() < 0.05:
        return dice.choice(_JUNK)
    if isinstance(value, dict):
        return {key: _mutate(child, dice) for key, child in value.items() if dice.random() > 0.05}
    if isinstance(value, list):
        return [_mutate(child, dice) for child in value] * (2 if dice.random() < 0.02 else 1)
    return value


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32), st.integers(0, 10_000))
def test_changed_bodies_never_break_it(seed: int, which: int) -> None:
    dice = random.Random(seed)
    path = FILES[which % len(FILES)]
    body = path.read_bytes()
    if path.suffix == ".json":
        changed = json.dumps(_mutate(json.loads(body), dice)).encode()
    else:
        broken = bytearray(body)
        for _ in range(dice.randint(1, 12)):
            place = dice.randrange(len(broken))
            if dice.random() < 0.5:
                del broken[place : place + dice.randint(1, 60)]
            else:
                broken[place:place] = dice.choice([b"<a>", b"</a>", b"&x;", b"\xff", b"x", b"0"])
            if not broken:
                break
        changed = bytes(broken)
    for one in detect_and_normalize(changed):
        if isinstance(one, TrackingReport):
            assert one.tracking_number
            for step in one.checkpoints:
                json.dumps(dict(step.raw), allow_nan=False)
                assert "\x00" not in step.description
