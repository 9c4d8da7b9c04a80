"""The journey builder over HTTP: from a blank draft to a live journey, two tabs, a test, people."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.console.journeys.words import reentry
from doorstep.console.tests.shop import ROLE_EMAILS, SEEDER, Shop
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.journeys.contracts import JourneyView


class Builder:
    """A person at the builder of one journey."""

    def __init__(self, client: Client, shop: Shop, journey_id: UUID) -> None:
        self.client, self.shop, self.id = client, shop, journey_id
        self.url = f"/console/{shop.ours.store.slug}/journeys/{journey_id}/"

    @property
    def view(self) -> JourneyView:
        """The journey as it is now."""
        with store_scope(self.shop.ours.store.id):
            return journeys.get_journey(self.id)

    @property
    def steps(self) -> Any:
        """The draft's steps."""
        return self.view.definition["steps"]

    def post(self, where: str, *, revision: int | None = None, **data: Any) -> Any:
        """Send a form that began with the newest draft, or with an older one."""
        sent = {"revision": revision or self.view.revision, **data}
        return self.client.post(f"{self.url}{where}", sent)

    def page(self, query: str = "") -> str:
        """Return the builder's page as text."""
        answer = self.client.get(self.url + query)
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
def blank(shop: Shop, sign_in: Callable[..., Client]) -> Builder:
    """A journey with nothing in it."""
    client = sign_in("marketer")
    answer = client.post(f"/console/{shop.ours.store.slug}/journeys/new/", {"name": "Care"})
    return Builder(client, shop, UUID(answer["Location"].rstrip("/").rpartition("/")[2]))


@pytest.fixture
def going(shop: Shop, sign_in: Callable[..., Client]) -> Builder:
    """The journey with somebody inside."""
    return Builder(sign_in("marketer"), shop, shop.ours.journey)


MESSAGE = {"kind": "message", "template": "thank_you", "channel": "best", "purpose": "service", "topic": "", "priority": "50"}  # fmt: skip


def test_from_nothing_to_live(blank: Builder) -> None:
    assert "1 thing to mend before publishing" in blank.page()
    blank.post("steps/", at=":first", kind="wait-for", count="2", unit="days")
    blank.post("steps/", at="wait-1:next", **MESSAGE)
    answer = blank.post("condition/", place="add:wait-1:next", do="save", about="customer", **WHERE)
    assert answer.status_code == 302
    branch = blank.steps["branch-1"]
    assert branch["yes"] == branch["no"] == "message-1"  # nobody loses what follows
    blank.post("order/", do="lead", place="branch-1:no", target="")
    assert blank.steps["branch-1"]["no"] is None
    for view in "", "?view=list":
        page = blank.page(view)
        for words in "2 days", "Thank you", "Has placed at least 2 orders", "Yes":
            assert words in page, (view, words)
    page = blank.client.get(blank.url + "publication/").content.decode()
    assert "Every message has its text" in page
    answer = blank.post("publication/", do="publish", people="stay", note="The first")
    assert answer.status_code == 302
    assert blank.view.summary.status == "live"
    versions = blank.client.get(blank.url + "versions/").content.decode()
    assert "The first" in versions
    assert "Mia" in versions


WHERE = {"where-r-kind": "all", "where-r.0-fact": "customer.orders", "where-r.0-op": "gte", "where-r.0-a": "2"}  # fmt: skip


def test_publishing_is_refused_with_the_step_and_the_mend(blank: Builder) -> None:
    blank.post("steps/", at=":first", kind="wait-for", count="2", unit="days")
    with store_scope(blank.shop.ours.store.id):
        broken = dict(blank.view.definition)
        broken["steps"] = {**broken["steps"], "message-1": {"type": "message", "template": "gone", "purpose": "service", "next": None}}  # fmt: skip
        broken["steps"]["wait-1"] = {**broken["steps"]["wait-1"], "next": "message-1"}
        from doorstep.demo.api import SEEDER
        from doorstep.kernel.clock import now

        journeys.save_draft(journey_id=blank.id, definition=broken, revision=blank.view.revision, by=SEEDER, at=now())  # fmt: skip
    page = blank.page("?step=message-1")
    assert (
        page.count("There is no message “gone” (any more).") >= 3
    )  # on top, on the card, beside the form
    assert "gone (no longer there)" in page
    answer = blank.post("publication/", do="publish")
    assert answer.status_code == 422
    assert "To mend first" in answer.content.decode()
    assert blank.view.summary.status == "draft"


def test_two_tabs(blank: Builder) -> None:
    old = blank.view.revision
    blank.post("steps/", at=":first", kind="wait-for", count="2", unit="days")
    answer = blank.post("steps/", revision=old, at=":first", **MESSAGE)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Added: Wait: 2 days" in text
    assert list(blank.steps) == ["wait-1"]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text))
    fields.pop("csrfmiddlewaretoken", None)
    answer = blank.client.post(f"{blank.url}steps/", fields)
    assert answer.status_code == 302
    assert set(blank.steps) == {"wait-1", "message-1"}


def test_undo(blank: Builder) -> None:
    blank.post("steps/", at=":first", kind="wait-for", count="2", unit="days")
    blank.post("order/", do="remove", step="wait-1")
    assert not blank.steps
    assert "Undo" in blank.page()
    blank.post("draft/", do="undo")
    assert list(blank.steps) == ["wait-1"]


def test_a_wrong_form_comes_back_with_what_was_typed(blank: Builder) -> None:
    answer = blank.post(
        "steps/", at=":first", kind="split", **{"arm-0-name": "A", "arm-0-percent": "30", "arm-1-name": "B", "arm-1-percent": "30"}
    )  # fmt: skip
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "The ways make 60 % together" in text
    assert 'value="30"' in text
    assert not blank.steps


@pytest.mark.parametrize(
    ("where", "data"),
    [
        ("steps/", {"at": "gone:next", "kind": "wait-for", "count": "2", "unit": "days"}),
        ("steps/", {"at": "'; DROP TABLE", "kind": "wait-for", "count": "2", "unit": "days"}),
        ("steps/", {"at": ":first", "kind": "dance"}),
        ("steps/", {"at": ":first", "kind": "action:customers.erase_customer"}),
        ("step/", {"step": "gone", "count": "2", "unit": "days"}),
        ("order/", {"do": "move", "step": "gone", "place": ":first"}),
        ("order/", {"do": "remove", "step": "gone"}),
        ("order/", {"do": "lead", "place": ":first", "target": "gone"}),
        ("order/", {"do": "dance"}),
        ("order/", {"do": "remove-exit", "exit": "9" * 30}),
        ("condition/", {"place": "exit:" + "9" * 30, "do": "save"}),
        ("condition/", {"place": "step:gone", "do": "save"}),
    ],
)
def test_odd_forms_change_nothing(blank: Builder, where: str, data: dict[str, str]) -> None:
    before = blank.view
    answer = blank.post(where, **data)
    assert answer.status_code in {302, 422}
    assert blank.view.definition == before.definition


def test_a_file_goes_out_and_comes_in(going: Builder) -> None:
    sent = going.client.get(going.url + "journey.json")
    definition = json.loads(sent.content)
    base = f"/console/{going.shop.ours.store.slug}/journeys/"
    answer = going.client.post(base + "file/", {"text": sent.content.decode()})
    copy = Builder(
        going.client, going.shop, UUID(answer["Location"].rstrip("/").rpartition("/")[2])
    )
    assert copy.view.definition == definition
    for bad in "", "{", "[]", '{"steps": 3}', "[" * 100_000, '{"steps": {}, "name": "\\u0000"}':
        refused = going.client.post(base + "file/", {"text": bad})
        assert refused.status_code == 422, bad[:20]


@pytest.mark.parametrize("where", ["not an id", "theirs"])
def test_a_file_with_another_stores_segment_opens_and_says_so(blank: Builder, where: str) -> None:
    segment = str(blank.shop.theirs.segment) if where == "theirs" else where
    trigger = {"type": "segment", "segment": segment, "on": "entered"}
    steps = {"pause": {"type": "wait", "for": {"days": 1}, "next": None}}
    text = json.dumps({"name": "Theirs", "trigger": trigger, "first": "pause", "steps": steps})
    answer = blank.client.post(
        f"/console/{blank.shop.ours.store.slug}/journeys/file/", {"text": text}
    )
    for page in "", "?open=start", "publication/":
        opened = blank.client.get(answer["Location"] + page)
        assert opened.status_code == 200
        assert "The segment does not exist any more." in opened.content.decode()


def test_a_file_whose_parts_are_odd_can_be_mended_in_the_builder(blank: Builder) -> None:
    """Nobody gets to the split, one of its arms is none, and an exit is a list."""
    arms = [5, {"name": "A", "percent": 50, "next": None}, {"name": "B", "percent": 50}]
    steps = {
        "pause": {"type": "wait", "for": {"days": 1}, "next": None},
        "ab": {"type": "split", "arms": arms},
    }
    text = json.dumps({"first": "pause", "steps": steps, "exits": [{"event": ["a"]}]})
    answer = blank.client.post(
        f"/console/{blank.shop.ours.store.slug}/journeys/file/", {"text": text}
    )
    made = Builder(blank.client, blank.shop, UUID(answer["Location"].split("/")[-2]))
    made.page("?open=start")
    sent = made.post("steps/", at="ab:arm-0", kind="wait-for", count="2", unit="days")
    assert sent.status_code == 302
    assert made.steps["ab"]["arms"][1]["next"] == "wait-1"


def test_a_test_writes_nothing(going: Builder) -> None:
    with store_scope(going.shop.ours.store.id):
        before = len(journeys.list_enrollments(going.id).items)
    page = going.page(f"test/?customer={going.shop.ours.other_customer}&day=2027-02-01")
    assert "Would enter" in page
    assert "1 Feb 2027" in page
    assert "4 Feb 2027" in page  # three days later
    assert "is-taken" in page
    with store_scope(going.shop.ours.store.id):
        assert len(journeys.list_enrollments(going.id).items) == before
    assert "As if it began on" in going.page("test/?q=zzzz&day=never")


def test_people_and_one_of_them(going: Builder) -> None:
    page = going.page("people/?step=wait-1")
    assert "On the way" in page
    assert str(going.shop.ours.enrollment) in page
    assert "Nobody stands there" in going.page("people/?status=parked")
    one = going.page(f"people/{going.shop.ours.enrollment}/")
    assert "Stands here until then at the latest." in one
    answer = going.client.post(f"{going.url}people/{going.shop.ours.enrollment}/removal/")
    assert answer.status_code == 302
    assert "taken out by hand" in going.page(f"people/{going.shop.ours.enrollment}/")


def test_people_inside_stay_or_move(going: Builder) -> None:
    assert "They move to the new version" in going.client.get(going.url + "publication/").content.decode()  # fmt: skip
    going.post("publication/", do="publish", people="move")
    with store_scope(going.shop.ours.store.id):
        found = journeys.list_enrollments(going.id).items[0]
    assert found.version_number == 2
    answer = going.client.post(f"{going.url}versions/1/", {"people": "stay"})
    assert answer.status_code == 302
    with store_scope(going.shop.ours.store.id):
        assert [one.number for one in journeys.list_versions(going.id)] == [3, 2, 1]
        assert journeys.list_enrollments(going.id).items[0].version_number == 2


def test_a_contributor_builds_and_asks(shop: Shop, sign_in: Callable[..., Client]) -> None:
    going = Builder(sign_in("contributor"), shop, shop.ours.journey)
    assert going.post("steps/", at=":first", kind="wait-for", count="2", unit="days").status_code == 302  # fmt: skip
    page = going.client.get(going.url + "publication/").content.decode()
    assert "Ask for publishing" in page
    assert going.post("publication/", do="publish").status_code == 403
    assert going.client.post(f"{going.url}versions/1/").status_code == 403
    assert going.client.post(f"{going.url}state/", {"do": "pause"}).status_code == 403
    assert going.view.summary.version_number == 1
    going.post("publication/", do="ask", note="Please look at step 3")
    owner = Client()
    owner.force_login(get_user_model().objects.get(email=ROLE_EMAILS["owner"]))
    assert "Please look at step 3" in owner.get(going.url).content.decode()
    home = owner.get(f"/console/{shop.ours.store.slug}/").content.decode()
    assert "somebody asks you to" in home
    builder = owner.get(f"{going.url}").content.decode()
    assert "Kofi asks you to publish this." in builder


def test_publishing_asks_about_those_who_are_in_the_segment(blank: Builder) -> None:
    blank.post("steps/", at=":first", **MESSAGE)
    start = {"name": "Care", "subject": "customer", "again": "never", "kind": "segment", "on": "entered"}  # fmt: skip
    segment = str(blank.shop.ours.segment)
    assert blank.post("start/", segment=segment, **start).status_code == 302
    page = re.sub(r"\s+", " ", blank.client.get(blank.url + "publication/").content.decode())
    assert "Who is in “Has ordered” already" in page
    assert 'name="members" value="no" checked' in page
    assert blank.post("publication/", do="publish", members="yes").status_code == 302
    trigger = (blank.view.live_definition or {})["trigger"]
    assert trigger["include_members"] is True
    assert blank.view.is_filling
    edit = f"/console/{blank.shop.ours.store.slug}/segments/{segment}/change/"
    assert "Who comes in or leaves by this change counts like anybody else" in (
        blank.client.get(edit).content.decode()
    )


def test_who_may_only_look_sees_no_button(shop: Shop, sign_in: Callable[..., Client]) -> None:
    looking = Builder(sign_in("support"), shop, shop.ours.journey)
    page = looking.page("?step=wait-1")
    assert "flow-plus" not in page
    assert "Save in the draft" not in page
    assert "Publish…" not in page


def test_the_builder_asks_as_often_for_many_steps(blank: Builder) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            blank.page()
        return len(captured)

    blank.post("steps/", at=":first", **MESSAGE)
    asked()
    few = asked()
    for _nth in range(12):
        blank.post("steps/", at=":first", **MESSAGE)
    assert asked() == few
    assert few <= 28


def test_what_an_event_must_be_like_is_asked_in_the_form(blank: Builder) -> None:
    start = {"name": "Care", "subject": "customer", "again": "never", "kind": "event", "on": "entered"}  # fmt: skip
    event = "audiences.site_activity_recorded"
    assert f'name="where-{event}' not in blank.page("?open=start")
    # Another event chosen in the form: its fields come without saving.
    page = blank.page(f"?open=start&event={event}")
    assert f'name="where-{event}-kind"' in page
    kinds = "product_viewed, added_to_wishlist, product_viewed"
    blank.post("start/", **start, event=event, **{f"where-{event}-kind": kinds})
    trigger = blank.view.definition["trigger"]
    assert trigger["where"] == {"kind": ["product_viewed", "added_to_wishlist"]}
    assert "what they do: looks at a product or wishes for something" in blank.page()
    assert 'value="product_viewed, added_to_wishlist"' in blank.page("?open=start")
    # What another event's fields were never counts for this one.
    consent = "messaging.consent_changed"
    sent = {f"where-{event}-kind": "searched", f"where-{consent}-state": "granted"}
    blank.post("start/", **start, event=consent, **sent)
    assert blank.view.definition["trigger"]["where"] == {"state": "granted"}
    blank.post("start/", **start, event=consent)
    assert "where" not in blank.view.definition["trigger"]


def test_what_no_field_shows_stays_and_a_wait_asks_too(blank: Builder) -> None:
    wait = {"kind": "wait-event", "event": "tracking.parcel_delivered", "count": "7", "unit": "days"}  # fmt: skip
    name = "where-tracking.parcel_delivered-is_whole_order"
    blank.post("steps/", at=":first", **wait, **{name: "yes"})
    assert blank.steps["wait-1"]["where"] == {"is_whole_order": True}
    assert "with it the whole order is there: yes" in blank.page("?view=list")
    product = "01999999-0000-7000-8000-000000000000"
    definition = json.loads(json.dumps(dict(blank.view.definition)))
    definition["steps"]["wait-1"] = {
        **definition["steps"]["wait-1"],
        "event": "audiences.site_activity_recorded",
        "where": {"product_id": product},
    }
    with store_scope(blank.shop.ours.store.id):
        journeys.save_draft(
            journey_id=blank.id, definition=definition, revision=blank.view.revision,
            by=SEEDER, at=now(),
        )  # fmt: skip
    wait |= {"event": "audiences.site_activity_recorded", "step": "wait-1"}
    blank.post("step/", **wait, **{"where-audiences.site_activity_recorded-kind": "searched"})
    assert blank.steps["wait-1"]["where"] == {"product_id": product, "kind": "searched"}


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ({"mode": "always"}, "Each order once"),
        ({"mode": "after", "days": 30}, "not before 30 days have passed"),
        ({"mode": "never"}, "One order of each person, and never again"),
    ],
)
def test_an_orders_journey_says_who_comes_again(mode: dict[str, Any], words: str) -> None:
    assert words in reentry({"subject": "order", "reentry": mode})


def test_results_of_messages_and_a_split_and_keeping_a_way(blank: Builder) -> None:
    selling = {"type": "message", "template": "win_back", "purpose": "marketing", "channel": "email", "next": None}  # fmt: skip
    arms = [
        {"name": "A <b>", "percent": 50, "next": "m"},
        {"name": "B", "percent": 50, "next": None},
    ]
    document = {**blank.view.definition, "first": "ab",
                "steps": {"ab": {"type": "split", "arms": arms}, "m": selling}}  # fmt: skip
    at, by = now(), SEEDER
    with store_scope(blank.shop.ours.store.id):
        revision = journeys.save_draft(journey_id=blank.id, definition=document,
                                       revision=blank.view.revision, by=by, at=at)  # fmt: skip
        journeys.publish_journey(journey_id=blank.id, revision=revision, by=by, at=at)
    page = blank.page("results/")
    assert "Nobody has come to it yet." in page
    assert "Not enough people yet" in page
    assert "A &lt;b&gt;" in page
    assert 'style="' not in page
    assert 'value="14" selected' in blank.page("results/?days=14&version=1")
    assert 'value="7" selected' in blank.page("results/?days=999&version=x")
    answer = blank.client.post(f"{blank.url}results/winner/", {"step": "ab", "arm": "B"}, follow=True)  # fmt: skip
    assert "everybody goes the way “B”" in answer.content.decode()
    assert blank.view.summary.version_number == 2
    again = blank.client.post(f"{blank.url}results/winner/", {"step": "ab", "arm": "C"}, follow=True)  # fmt: skip
    assert "no such way" in again.content.decode()
    assert "Keep one way for everybody" not in blank.page("results/")
