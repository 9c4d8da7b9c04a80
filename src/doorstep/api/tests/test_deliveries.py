"""What shops sent and could not be taken, over the API."""

from __future__ import annotations

from datetime import UTC, datetime

from doorstep.api.tests.conftest import Caller
from doorstep.api.tests.scene import deliver_wrong


def test_listed_and_tried_again(call: Caller, stranger: Caller) -> None:
    delivery_id = str(deliver_wrong(datetime.now(UTC)))
    found = call("GET", "/deliveries").json()["items"]
    assert [(one["id"], one["status"]) for one in found] == [(delivery_id, "rejected")]
    assert found[0]["error_field"]
    assert call("GET", "/deliveries?status=waiting").json()["items"] == []
    assert stranger("GET", "/deliveries").json()["items"] == []
    assert stranger("POST", f"/deliveries/{delivery_id}/retry").status_code == 404
    again = call("POST", f"/deliveries/{delivery_id}/retry")
    assert (again.status_code, again.json()["status"]) == (202, "received")


def test_pages(call: Caller) -> None:
    at = datetime.now(UTC)
    wanted = {str(deliver_wrong(at, name=f"Shop {n}")) for n in range(3)}
    seen, cursor = set(), ""
    for _ in range(2):
        page = call("GET", f"/deliveries?limit=2&cursor={cursor}").json()
        seen |= {one["id"] for one in page["items"]}
        cursor = page["next_cursor"]
    assert (seen, cursor) == (wanted, "")
