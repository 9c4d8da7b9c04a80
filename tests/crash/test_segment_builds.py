"""A worker killed in the middle of a segment's build leaves it to the next one, half done."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev.testing.servers import database_url, environment
from doorstep.kernel.events import lanes
from doorstep.kernel.events.reading import list_events
from doorstep.kernel.tests.threads import wait_for_the_dead
from doorstep.rooms.audiences import api
from doorstep.rooms.audiences.models import Membership, Upkeep
from doorstep.rooms.audiences.tests.cast import AT, MIA, VIPS, people, settle
from doorstep.rooms.customers.models import Customer
from doorstep.rooms.stores.contracts import StoreInfo

MEMBERS = 400
KILLS = 4


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
def test_a_killed_build_is_finished_by_the_next_worker(store: StoreInfo, tmp_path: Path) -> None:
    ids = people(*(f"shopper{nth}" for nth in range(MEMBERS)))
    Customer.objects.filter(id__in=ids).update(tags=["vip"])
    lanes.run_until_idle()
    made = api.create_segment(name="VIPs", condition=VIPS, by=MIA, at=AT)
    before = 0
    for _ in range(KILLS):
        before = _kill_while_building(tmp_path, before)
        wait_for_the_dead()
        found = api.get_segment(made.id)
        assert (found.state, found.member_count) == ("building", None)
    settle(AT)
    assert api.list_member_ids(made.id) == sorted(ids)
    assert api.get_segment(made.id).member_count == MEMBERS
    names = [one["name"] for one in list_events(subjects=[f"segment:{made.id}"])]
    assert names == ["audiences.segment_built"]
    assert Upkeep.objects.get().problem == ""


def _kill_while_building(tmp_path: Path, before: int) -> int:
    """Start a builder and kill it when it has written some more members; returns how many stand."""
    process = subprocess.Popen(
        [sys.executable, "-m", "doorstep.rooms.audiences.tests.run_builder", AT.isoformat()],
        env=environment(tmp_path) | {"DATABASE_URL": database_url()},
    )
    deadline = time.monotonic() + 90
    while Membership.objects.count() < before + MEMBERS // (2 * KILLS):
        assert process.poll() is None, "the builder ended by itself"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    process.wait()
    return Membership.objects.count()
