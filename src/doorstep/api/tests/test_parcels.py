"""Carriers' reports in bulk, parcels and codes over the API."""

from __future__ import annotations

from typing import Any

from doorstep.api.tests.conftest import Caller
from doorstep.rooms.tracking.models import Checkpoint


def _reports(*reports: dict[str, Any]) -> dict[str, Any]:
    return {"source": "warehouse", "reports": list(reports)}


def _moved(number: str, **more: Any) -> dict[str, Any]:
    step = {"occurred_at": "2026-01-18T09:00:00", "status": "in_transit", "country_code": "DE"}
    return {"tracking_number": number, "checkpoints": [step | more]}


def test_good_reports_are_kept_beside_bad_ones(call: Caller) -> None:
    answer = call(
        "POST",
        "/tracking-reports",
        _reports(_moved("A 1"), _moved("B2", status="eaten"), _moved(" - "), {"number": 1}),
    )
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["accepted"], body["rejected"]) == (1, 3)
    assert [one["outcome"] for one in body["results"]] == ["kept"] + ["rejected"] * 3
    assert body["results"][1]["errors"][0]["field"] == "checkpoints.0.status"
    assert body["results"][2]["errors"][0]["field"] == "tracking_number"
    assert Checkpoint.objects.count() == 1
    again = call("POST", "/tracking-reports", _reports(_moved("a-1"))).json()
    assert again["results"][0]["outcome"] == "unchanged"


def test_too_many_at_once_are_refused(call: Caller) -> None:
    answer = call("POST", "/tracking-reports", _reports(*[_moved("A1")] * 501))
    assert answer.status_code == 422
    assert not Checkpoint.objects.exists()


def test_a_parcel_is_read_told_by_hand_and_listed(call: Caller) -> None:
    kept = call("POST", "/tracking-reports", _reports(_moved("A1"))).json()["results"][0]
    path = f"/parcels/{kept['tracker_id']}"
    assert call("GET", path).json()["status"] == "in_transit"
    told = call("POST", f"{path}/checkpoints", {"status": "delivered", "note": "Seen"})
    assert (told.status_code, told.json()["status"]) == (201, "delivered")
    assert call("POST", f"{path}/settlement", {"outcome": "found"}).status_code == 409
    listed = call("GET", "/parcels?alarm=unmatched").json()["items"]
    assert [one["tracker_id"] for one in listed] == [kept["tracker_id"]]
    assert call("GET", "/parcels").json()["items"] == []
    assert call("GET", "/parcels/0192f000-0000-7000-8000-000000000000").status_code == 404


def test_a_code_is_given_a_meaning(call: Caller) -> None:
    odd = _moved("A1", status=None, code="Q7")
    kept = call("POST", "/tracking-reports", _reports(odd)).json()["results"][0]
    [code] = call("GET", "/tracking-codes").json()
    assert (code["code"], code["meaning"]) == ("Q7", "")
    answer = call("PUT", f"/tracking-codes/{code['id']}", {"status": "delivered"})
    assert answer.json()["meaning"] == "delivered"
    assert call("GET", f"/parcels/{kept['tracker_id']}").json()["status"] == "delivered"


def test_what_is_no_date_is_refused_and_not_guessed(call: Caller) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("estimated_from", {"estimated_from": 1763769600}),
        ("estimated_to", {"estimated_to": "2026-11-22T00:00:00"}),
        ("pickup.until_date", {"pickup": {"until_date": "1763769600"}}),
        ("pickup.name", {"pickup": {"name": 5}}),
        ("is_test", {"is_test": None}),
        ("checkpoints.0.occurred_at", _moved("A1", occurred_at="1763769600")),
        ("checkpoints.0.occurred_at", _moved("A1", occurred_at=1763769600)),
    ]
    reports = [{"tracking_number": "A1"} | report for _, report in wrong]
    answer = call("POST", "/tracking-reports", _reports(*reports)).json()
    assert [one["errors"][0]["field"] for one in answer["results"]] == [name for name, _ in wrong]
    assert not Checkpoint.objects.exists()
    day = {"estimated_from": "2026-11-22", "pickup": {"until_date": "2026-11-30"}}
    assert call("POST", "/tracking-reports", _reports(_moved("A1") | day)).json()["accepted"] == 1
