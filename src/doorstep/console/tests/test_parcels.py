"""Parcels in the console: found, read, settled; what was not understood; clocks; the board."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from doorstep.connectors.base import api as connectors
from doorstep.connectors.base.models import Delivery as Arrived
from doorstep.connectors.webhooks import api as webhooks
from doorstep.connectors.webhooks.models import Delivery, Endpoint
from doorstep.console.problems.queries import TALLIES, count_problems, troubles_of
from doorstep.console.tests.doors import CLOCKS
from doorstep.console.tests.shop import NUMBER, Shop
from doorstep.demo.api import SEEDER
from doorstep.kernel.clock import now
from doorstep.kernel.events import parking
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.kernel.models.events import ParkedEvent
from doorstep.kernel.tallies import read_tallies
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.changes import api as changes
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.models import Shipment
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import MessageStatus
from doorstep.rooms.messaging.models import Message
from doorstep.rooms.orders import api as orders
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.models import Call
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import (
    ReportedCheckpoint,
    Substatus,
    TrackerFilter,
    TrackingReport,
    TrackingStatus,
)

SignIn = Callable[..., Client]


def address(shop: Shop, name: str, *args: Any) -> str:
    return reverse(f"console:{name}", args=[shop.ours.store.slug, *args])


def text(client: Client, url: str, **asked: str) -> str:
    answer = client.get(url, asked)
    assert answer.status_code == 200, url
    return answer.content.decode()


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def tell(*reports: TrackingReport) -> None:
    tracking.record_reports(reports, by=SEEDER, at=now())


def step(status: TrackingStatus | None, substatus: str = "", **more: Any) -> ReportedCheckpoint:
    at = more.pop("at", now() - timedelta(minutes=30))
    return ReportedCheckpoint(at, status, Substatus(substatus), **more)


def test_a_number_is_found_however_it_is_typed(shop: Shop, sign_in: SignIn) -> None:
    client, page = sign_in("support"), address(shop, "parcels")
    for typed in (NUMBER, NUMBER[:12], f" {NUMBER[:8]} {NUMBER[8:]} "):
        assert NUMBER in text(client, page, q=typed)
    assert "No such number" in text(client, page, q="1Z999")
    assert client.get(page, {"state": "sideways"}).status_code == 302
    assert client.get(page, {"after": "x|y"}).status_code == 302


def test_every_tab_lists_what_its_number_says(shop: Shop, sign_in: SignIn) -> None:
    client, page = sign_in("owner"), address(shop, "parcels")
    shown = text(client, page)
    found = re.findall(r'href="[^"]*/parcels/(?:\?state=(\w+))?"[^>]*>[^<]*<span class="count">(\d+)', shown)  # fmt: skip
    assert len(found) == 9
    for state, count in found:
        rows = text(client, page, state=state).count('class="row-link"')
        assert rows == min(int(count), 50), state
    assert int(dict(found)["late"]) > 0, "the demo has late parcels"


def test_the_oldest_trouble_comes_first(shop: Shop, sign_in: SignIn) -> None:
    shown = text(sign_in("owner"), address(shop, "parcels"))
    table = shown[shown.index("<tbody") if "<tbody" in shown else 0 :]
    times = re.findall(r'<time datetime="([^"]+)"', table)
    assert times == sorted(times)


def test_a_parcels_page_says_when_where_and_what_to_do(shop: Shop, sign_in: SignIn) -> None:
    shown = text(sign_in("owner"), address(shop, "parcels-detail", shop.ours.parcel))
    assert "What to do" in shown
    assert "Not understood: ZZ9" in shown
    assert "Sat down for a while" in shown
    assert "told by AfterShip" in shown
    assert "One step was not understood." in shown
    assert "Shopper’s view" in shown
    warehouse = text(sign_in("warehouse"), address(shop, "parcels-detail", shop.ours.parcel))
    assert "All about this customer" not in warehouse
    assert "Settle it" in warehouse
    marketer = text(sign_in("marketer"), address(shop, "parcels-detail", shop.ours.parcel))
    assert "Settle it" not in marketer


def test_a_step_by_hand_counts_at_once_and_is_refused_in_words(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("support")
    enter = address(shop, "parcels-checkpoint", shop.ours.parcel)
    answer = client.post(
        enter, {"status": "delivered+to_neighbor", "note": "Phoned Mrs. K."}, follow=True
    )
    shown = answer.content.decode()
    assert "Delivered: left with a neighbor" in shown
    assert "told by the team" in shown
    later = (now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    refused = client.post(enter, {"status": "in_transit", "occurred_at": later})
    assert refused.status_code == 422
    assert "still to come" in refused.content.decode()
    assert client.post(enter, {"status": "in_transit+signed"}).status_code == 422
    assert client.post(enter, {"status": "lost"}).status_code == 422


def test_a_lost_parcel_is_settled_and_says_what_follows(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("support")
    with store_scope(shop.ours.store.id):
        lost = tracking.list_trackers(TrackerFilter(alarm="lost")).items[0]
        before = tracking.count_troubles(at=now()).parcels
    page = address(shop, "parcels-detail", lost.tracker_id)
    assert "Say whether it was found" in text(client, page)
    settle = address(shop, "parcels-settle", lost.tracker_id)
    assert client.post(settle, {"outcome": "eaten"}).status_code == 422
    said = client.post(settle, {"outcome": "found", "note": "In the shed"}, follow=True)
    assert "the clocks run on" in said.content.decode()
    assert "In the shed" in said.content.decode()
    with store_scope(shop.ours.store.id):
        run_until_idle()
        assert tracking.count_troubles(at=now()).parcels == before - 1
    order = text(client, address(shop, "orders-detail", lost.order_id))
    assert order.count("Settled as found") == 1
    assert "no longer: " not in order, "the entry says it, the event beside it is left out"
    assert "Offers to the shopper go on" in order
    with store_scope(shop.ours.store.id):
        unmatched = tracking.list_trackers(TrackerFilter(alarm="unmatched")).items[0]
    stray = address(shop, "parcels-settle", unmatched.tracker_id)
    assert client.post(stray, {"outcome": "found"}).status_code == 422
    assert "Settle it" not in text(client, address(shop, "parcels-detail", unmatched.tracker_id))


def test_a_codes_meaning_counts_for_what_came_before(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("support")
    page = address(shop, "parcels-not-understood")
    with store_scope(shop.ours.store.id):
        code = next(one for one in tracking.list_unknown_codes() if one.code == "ZZ9")
        before = count_problems()
    assert "ZZ9" in text(client, page)
    explain = address(shop, "parcels-code", code.id)
    said = client.post(explain, {"meaning": "in_transit+departed"}, follow=True)
    assert "stand anew" in said.content.decode()
    assert "code that you explained" in said.content.decode()
    parcel = text(client, address(shop, "parcels-detail", shop.ours.parcel))
    assert "On its way: left a depot" in parcel
    assert "not understood" not in parcel.lower()
    with store_scope(shop.ours.store.id):
        assert count_problems() == before - 1
    taken_back = client.post(explain, {"meaning": ""}, follow=True).content.decode()
    assert "Taken back." in taken_back
    wrong = client.post(explain, {"meaning": "in_transit+signed"}, follow=True).content.decode()
    assert "Choose one of the meanings" in wrong


def test_problems_name_parcels_with_counts_and_links(shop: Shop, sign_in: SignIn) -> None:
    shown = text(sign_in("support"), address(shop, "problems"))
    with store_scope(shop.ours.store.id):
        troubles, total = tracking.count_troubles(at=now()), count_problems()
    for words, state, count in (
        ("Late parcels", "late", troubles.late),
        ("Stuck parcels", "stalled", troubles.stalled),
        ("Lost parcels", "lost", troubles.lost),
        ("Delivered, but not found", "not_found", troubles.not_found),
    ):
        assert count, words
        group = shown[shown.index(f"?state={state}") :]
        assert words in group[:200]
        assert re.search(r">(\d+)</span></a>", group)[1] == str(count)  # type: ignore[index]
    assert f'<span class="badge count">{total}</span>' in shown


def test_the_number_beside_problems_stays_cheap(shop: Shop, db: None) -> None:
    with store_scope(shop.ours.store.id), CaptureQueriesContext(connection) as asked:
        count_problems()
    assert len(asked) == 1


def _listed(shop: Shop) -> dict[str, int]:
    """Count what the lists have, each by its own query."""
    parked = parking.list_parked(shop.ours.store.id, limit=1000)
    failed = Delivery.objects.filter(status="failed", endpoint__is_active=True).count()
    return {
        "deliveries": len(connectors.list_problems(limit=1000)),
        "parked": sum(one.status == "failed" for one in parked),
        "failed": messaging.count_by_status()[MessageStatus.FAILED],
        "webhooks": len(webhooks.list_given_up()) + failed,
        "parcels": troubles_of(tracking.count_troubles(at=now())),
        "late": fulfillment.count_shipments(at=now()).late,
        "by_hand": len(payments.list_refunds_by_hand(limit=1000)),
        "asked_in_vain": len(payments.list_troubles(limit=1000)),
        "untold": len(changes.list_parked_tasks(limit=1000)),
    }


def _break_things(shop: Shop) -> None:
    """Let each list have something, and beside it what is not yet a problem."""
    at = now()
    failed, going = Message.objects.order_by("id").values_list("id", flat=True)[:2]
    Message.objects.filter(id=failed).update(status="failed")
    Message.objects.filter(id=going).update(status="sent")
    late, early = Shipment.objects.filter(state="to_pack").values_list("id", flat=True)[:2]
    Shipment.objects.filter(id=late).update(missed_at=at)
    Shipment.objects.filter(id=early).update(missed_at=None)
    Arrived.objects.filter(status="rejected").update(status="received", next_attempt_at=at)
    sent = list(Delivery.objects.values_list("id", flat=True)[:1])
    Delivery.objects.filter(id__in=sent).update(
        status="failed", finished_at=at, next_attempt_at=None
    )
    calls = list(Call.objects.filter(state="done").values_list("id", flat=True)[:3])
    for call_id, attempts, words in zip(
        calls, (2, 1, 2), ("No answer.", "No answer.", ""), strict=True
    ):
        Call.objects.filter(id=call_id).update(
            state="due", due_at=at, done_at=None, attempts=attempts, first_asked_at=at, words=words
        )
    for position, status in enumerate(("failed", "behind"), start=10**9):
        ParkedEvent.objects.create(
            store_id=shop.ours.store.id, handler="orders.check", key="k", position=position,
            status=status, parked_at=at, error="No.", attempts=1,
        )  # fmt: skip


def test_each_number_of_problems_is_what_its_list_has(shop: Shop, db: None) -> None:
    with store_scope(shop.ours.store.id):
        _break_things(shop)
        asked = read_tallies(list(TALLIES.values()), at=now())
        found, listed = dict(zip(TALLIES, asked, strict=True)), _listed(shop)
        assert found == listed
        assert min(found.values()) > 0, found
        total = sum(found.values())
        assert count_problems() == total
        assert count_problems(late=found["late"], parcels=0) == total - found["parcels"]


def test_an_endpoint_given_up_counts_and_its_deliveries_no_more(shop: Shop, db: None) -> None:
    with store_scope(shop.ours.store.id):
        _break_things(shop)
        before = _listed(shop)["webhooks"]
        Endpoint.objects.filter(id=shop.ours.webhook).update(
            is_active=False, disabled_at=now(), disabled_reason="failing"
        )
        assert webhooks.count_problems() == _listed(shop)["webhooks"] <= before
        Endpoint.objects.filter(id=shop.ours.webhook).update(disabled_reason="by_hand")
        assert webhooks.count_problems() == _listed(shop)["webhooks"] == 0


def test_another_shops_problems_are_not_counted(shop: Shop, db: None) -> None:
    with store_scope(shop.theirs.store.id):
        before = count_problems()
    with store_scope(shop.ours.store.id):
        _break_things(shop)
    with store_scope(shop.theirs.store.id):
        assert count_problems() == before


def test_the_board_shows_each_role_what_it_may_see(shop: Shop, sign_in: SignIn) -> None:
    home = address(shop, "home")
    seen = {role: text(sign_in(role), home) for role in ("owner", "warehouse", "marketer")}
    with store_scope(shop.ours.store.id):
        troubles = tracking.count_troubles(at=now())
    for shown in seen.values():
        labels = re.findall(r'<span class="stat-label">([^<]+)</span>', shown)
        assert labels[:4] == ["To pack", "Late to ship", "May leave late", "On hold"]
        late = re.search(r'stat-label">Late</span><span class="stat-value">(\d+)', shown)
        assert late
        assert int(late[1]) == troubles.late
        for title in ("Orders per day", "Shipped per day", "Delivered per day", "On time"):
            assert title in shown
    assert "Messages failed" in seen["owner"]
    assert "Messages failed" not in seen["warehouse"]
    assert "Problems" in seen["warehouse"]
    assert 'stat-label">Problems' not in seen["marketer"]


def test_clocks_are_added_removed_and_said(shop: Shop, sign_in: SignIn) -> None:
    client, page = sign_in("owner"), address(shop, "settings-tracking")
    added = client.post(page, {**CLOCKS, "rows": "1", "do": "add"}).content.decode()
    assert "Not saved yet" in added
    assert 'name="row-1-carrier"' in added
    with store_scope(shop.ours.store.id):
        assert len(tracking.list_clocks()) == 1, "adding a line saves nothing"
    saved = client.post(page, CLOCKS, follow=True).content.decode()
    assert "A DHL parcel without news for 72 hours counts as stuck" in saved
    with store_scope(shop.ours.store.id):
        assert [one.carrier for one in tracking.list_clocks()] == ["", "dhl"]
    service = CLOCKS | {"row-1-service_level": "dhl/express"}
    assert "A DHL Paket International parcel" in client.post(page, service, follow=True).content.decode()  # fmt: skip
    removed = client.post(page, {**CLOCKS, "do": "remove-1"}).content.decode()
    assert 'name="row-1-carrier"' not in removed
    for wrong, said in (
        ({"row-0-lost_days": "0"}, "greater than or equal to 1"),
        ({"row-1-carrier": ""}, "required"),
        ({"row-1-carrier": "ups", "row-1-service_level": "dhl/express"}, "another carrier’s"),
        ({"rows": "3", **{k.replace("row-1", "row-2"): v for k, v in CLOCKS.items() if "row-1" in k}}, "two lines for this carrier"),
    ):  # fmt: skip
        answer = client.post(page, CLOCKS | wrong)
        assert answer.status_code == 422, wrong
        assert said in answer.content.decode(), wrong
    steps = address(shop, "settings-tracking-steps")
    client.post(steps, {"steps": ["problem"]})
    with store_scope(shop.ours.store.id):
        assert tracking.get_told_steps() == ("problem",)


def test_a_hold_stands_once_in_the_timeline(shop: Shop, sign_in: SignIn) -> None:
    client, page = sign_in("owner"), address(shop, "orders-detail", shop.ours.order)
    before = text(client, page).count("Put on hold</span>")
    client.post(address(shop, "orders-hold", shop.ours.order), {"hold-text": "Glaze is wet"})
    shown = text(client, page)
    assert shown.count("Put on hold</span>") == before + 1
    assert "Hold an order by hand" not in shown
    client.post(address(shop, "orders-note", shop.ours.order), {"text": "Call before you send it"})
    assert text(client, page).count("Call before you send it") == 1


def test_an_orders_timeline_tells_of_its_parcels_and_is_folded(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("owner")
    order_id = _order_of(shop, shop.ours.parcel)
    page = address(shop, "orders-detail", order_id)
    shown = text(client, page)
    assert len(re.findall(r">Shipped(?:, says the sales channel)?: #", shown)) == 1
    assert "Everything has left" not in shown
    assert "Not understood" in shown
    before = queries(client, page)
    with store_scope(shop.ours.store.id):
        steps = [
            step(TrackingStatus.IN_TRANSIT, "arrived", city=f"Depot {n}",
                 at=now() - timedelta(minutes=3 * n))
            for n in range(1, 31)
        ]  # fmt: skip
        tell(TrackingReport("aftership", NUMBER, carrier="dhl", checkpoints=tuple(steps)))
        run_until_idle()
    shown = text(client, page)
    assert "Depot 30" in shown
    assert "things before that" in shown
    assert "Parcel moved" not in shown
    assert queries(client, page) <= before + 1


def _order_of(shop: Shop, tracker_id: UUID) -> UUID:
    with store_scope(shop.ours.store.id):
        found = tracking.get_progress(tracker_id).order_id
    assert found
    return found


def test_lists_and_board_ask_as_often_for_many_parcels(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("owner")
    names = ("parcels", "parcels-not-understood", "home", "problems")
    pages = [address(shop, name) for name in names] + [
        address(shop, "parcels") + "?state=unmatched"
    ]
    for page in pages:
        text(client, page)
    before = [queries(client, page) for page in pages]
    with store_scope(shop.ours.store.id):
        tell(
            *(
                TrackingReport(
                    "aftership",
                    f"STRAY{n:04}",
                    carrier="dhl",
                    checkpoints=(step(None, code=f"Q{n}"), step(TrackingStatus.IN_TRANSIT)),
                )
                for n in range(60)
            )
        )
        assert orders.count_orders().all
    assert [queries(client, page) for page in pages] == before
