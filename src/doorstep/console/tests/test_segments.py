"""The segments pages: made by buttons, counted while typed, explained for anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.console.segments.starters import starters
from doorstep.console.segments.views import _harmless
from doorstep.console.tests.html_forms import sent_by
from doorstep.console.tests.shop import SEEDER, Shop
from doorstep.kernel import audit
from doorstep.kernel.clock import now
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys import api as journeys

SignIn = Callable[..., Client]


def base(shop: Shop) -> str:
    return f"/console/{shop.ours.store.slug}/segments/"


def built(shop: Shop) -> None:
    with store_scope(shop.ours.store.id):
        run_until_idle()
    audiences.run_builds(now())


def test_a_marketer_makes_a_segment_without_a_script(shop: Shop, sign_in: SignIn) -> None:
    client, new = sign_in("marketer"), f"{base(shop)}new/"
    page = client.get(new).content.decode()
    assert "Add a condition, and the number of people stands here." in page
    page = client.post(new, sent_by(page, where_do="add:r")).content.decode()
    assert "How many orders the customer placed" in page
    page = client.post(new, sent_by(page, where_do="pick:r:customer.orders")).content.decode()
    data = sent_by(page, do="count")
    data["where-r.0-a"], data["name"] = "1", "All who bought"
    page = client.post(new, data).content.decode()
    assert "has placed at least 1 order" in page
    assert "Right now" in page
    assert "Some of them" in page
    answer = client.post(new, sent_by(page, do="save"), follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain
    assert "All who bought" in text
    assert "Finding its members" in text
    built(shop)
    text = client.get(answer.redirect_chain[-1][0]).content.decode()
    assert "has placed" in text.partition("<li>")[2]
    assert "Finding its members" not in text


def test_what_is_missing_is_said_when_somebody_saves(shop: Shop, sign_in: SignIn) -> None:
    client, new = sign_in("marketer"), f"{base(shop)}new/"
    page = client.get(new).content.decode()
    answer = client.post(new, sent_by(page, do="save"))
    assert answer.status_code == 422
    assert "Add at least one condition" in answer.content.decode()
    page = client.post(new, sent_by(page, where_do="pick:r:customer.country")).content.decode()
    assert "Fill this in" not in page
    answer = client.post(new, sent_by(page, do="save"))
    assert answer.status_code == 422
    assert "Fill this in, or remove the line." in answer.content.decode()
    assert "This field is required" in answer.content.decode()


def test_every_starter_works_and_counts(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("marketer")
    found = starters("EUR")
    assert len(found) == 8
    listed = client.get(base(shop)).content.decode()
    for one in found:
        assert f"?from={one.key}" in listed
        page = client.get(f"{base(shop)}new/?from={one.key}").content.decode()
        assert "Right now" in page, one.key
        with store_scope(shop.ours.store.id):
            assert audiences.count_matching(one.condition, at=now()).of_customers


def test_two_tabs_do_not_overwrite_each_other(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("owner")
    url = f"{base(shop)}{shop.ours.segment}/change/"
    page = client.get(url).content.decode()
    first = sent_by(page, do="save")
    first["description"] = "First"
    assert client.post(url, first).status_code == 302
    second = sent_by(page, do="save")
    second["description"] = "Second"
    answer = client.post(url, second)
    assert answer.status_code == 422
    assert "Somebody else changed this segment meanwhile" in answer.content.decode()


def test_why_somebody_is_in_or_not(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("support")
    built(shop)
    here = f"{base(shop)}{shop.ours.segment}/"
    found = client.get(here, {"view": "why", "customer": str(shop.ours.customer)}).content.decode()
    assert "has placed" in found
    assert "Belongs" in found or "Does not belong" in found
    asked = client.get(here, {"view": "why", "q": "zzzz"}).content.decode()
    assert "Nobody found" in asked
    theirs = client.get(here, {"view": "why", "customer": str(shop.theirs.customer)})
    assert "Answer" not in theirs.content.decode()
    assert client.get(here, {"view": "changes"}).status_code == 200
    assert client.get(here, {"after": "rubbish"}).status_code == 302


def test_members_are_taken_out_and_it_is_written_down(shop: Shop, sign_in: SignIn) -> None:
    built(shop)
    client = sign_in("marketer")
    answer: Any = client.post(f"{base(shop)}{shop.ours.segment}/members.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0] == "id,name,email,phone,country,language"
    with store_scope(shop.ours.store.id):
        assert len(lines) - 1 == audiences.get_segment(shop.ours.segment).member_count
        entry = audit.list_entries(
            store_id=shop.ours.store.id, subject=f"segment:{shop.ours.segment}"
        )[0]
    assert entry.action == "audiences.take_members"


@pytest.mark.parametrize(
    ("cell", "safe"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("-2", "'-2"), ("+4915", "+4915"), ("+x", "'+x"), ("Maya", "Maya"), ("", "")],
)  # fmt: skip
def test_no_cell_is_a_formula(cell: str, safe: str) -> None:
    assert _harmless(cell) == safe


def test_archiving_and_taking_back(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("owner")
    state = f"{base(shop)}{shop.ours.segment}/state/"
    with store_scope(shop.ours.store.id):
        journeys.stop_campaign(campaign_id=shop.ours.campaign, by=SEEDER, at=now())
    client.post(state, {"do": "archive"})
    assert "Has ordered" in client.get(f"{base(shop)}?show=archived").content.decode()
    page = client.get(f"{base(shop)}{shop.ours.segment}/").content.decode()
    assert "Take back into use" in page
    client.post(state, {"do": "restore"})
    assert "Has ordered" in client.get(base(shop)).content.decode()


def test_who_uses_a_segment_is_said_and_archiving_refused(shop: Shop, sign_in: SignIn) -> None:
    client, here = sign_in("owner"), f"{base(shop)}{shop.ours.segment}/"
    with store_scope(shop.ours.store.id):
        asks = {"fact": "customer.segments", "op": "contains", "value": str(shop.ours.segment)}
        audiences.create_segment(name="Buyers in Bonn", condition=asks, by=SEEDER, at=now())
    listed = client.get(base(shop)).content.decode()
    assert "Buyers in Bonn" in listed.partition("Used by")[2]
    page = client.post(f"{here}state/", {"do": "archive"}, follow=True).content.decode()
    assert "It is still used by the campaign “Hello”, the segment “Buyers in Bonn”" in page
    assert "Used by" in page
    assert "Take back into use" not in page


def test_pages_ask_equally_often_however_many_there_are(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("owner")
    built(shop)

    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    here = f"{base(shop)}{shop.ours.segment}/"
    before = queries(base(shop))
    assert before <= 22
    assert queries(here) <= 23
    with store_scope(shop.ours.store.id):
        for nth in range(6):
            condition = {"fact": "customer.orders", "op": "gte", "value": nth}
            audiences.create_segment(name=f"S{nth}", condition=condition, by=SEEDER, at=now())
    audiences.run_builds(now())
    assert queries(base(shop)) == before


def test_a_segment_of_a_segment_is_chosen_by_name(shop: Shop, sign_in: SignIn) -> None:
    client, new = sign_in("marketer"), f"{base(shop)}new/"
    page = client.get(new).content.decode()
    page = client.post(new, sent_by(page, where_do="pick:r:customer.segments")).content.decode()
    data = sent_by(page, do="count")
    data["where-r.0-a"] = str(shop.ours.segment)
    page = client.post(new, data).content.decode()
    assert "belongs to “Has ordered”" in page
