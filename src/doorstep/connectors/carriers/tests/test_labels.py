"""Return labels bought at EasyPost: over HTTP, through the worker's loop, to the shopper's page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection as database
from django.db import transaction
from django.test import Client

from dev.fakes.easypost_api import API_KEY, PDF, PNG, Fake, easypost_api, sign
from doorstep.connectors.base import api as connections
from doorstep.connectors.base import receive
from doorstep.connectors.base.intake.working import work_off
from doorstep.connectors.base.models import Connection
from doorstep.connectors.carriers.labels.connecting import label_settings, set_up_labels
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.kernel.models.events import LoggedEvent
from doorstep.rooms.orders.contracts import IncomingAddress
from doorstep.rooms.returns import api
from doorstep.rooms.returns.actions.record_scan import labels_to_look_up, look_up_scans
from doorstep.rooms.returns.contracts import (
    LabelState,
    MethodKind,
    Outcome,
    RefundTrigger,
    ReturnState,
    ReturnView,
)
from doorstep.rooms.returns.flow.label_calls import (
    LEASE,
    POSTAGE_LIMIT,
    POSTAGE_LOOK,
    WAITS,
    ask_due,
)
from doorstep.rooms.returns.flow.waiting import look_at_due
from doorstep.rooms.returns.jobs import BY as LOOP
from doorstep.rooms.returns.links import label_url
from doorstep.rooms.returns.models import ReturnLabel
from doorstep.rooms.returns.tests.flow_cast import (
    AT,
    LATER,
    MAYA,
    SAM,
    asked,
    bought,
    run_events,
    set_offers,
)
from doorstep.rooms.returns.tests.policy_cast import INES, line
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "easypost-secret-0123"
BERKELEY = {
    "name": "Fern & Kettle", "street1": "2100 Shattuck Ave", "city": "Berkeley", "state": "CA",
    "zip": "94704", "country": "US", "phone": "5105550100",
}  # fmt: skip
TOM = IncomingAddress(
    name="Tom Okafor", line1="417 Montgomery Street", city="San Francisco", region="CA",
    postal_code="94104", country_code="US",
)  # fmt: skip


@pytest.fixture
def easypost(settings: Any) -> Iterator[Fake]:
    """An EasyPost of our own."""
    receive._doors.clear()
    with easypost_api() as fake:
        settings.DOORSTEP_EASYPOST_URL = fake.url
        settings.DOORSTEP_OUTBOUND_ALLOW = [fake.url.removeprefix("http://")]
        yield fake


@pytest.fixture
def account(store: StoreInfo, easypost: Fake) -> UUID:
    """Fern & Kettle's EasyPost account, which makes labels."""
    made = connections.connect_shop(kind="easypost", name="EasyPost", secret=SECRET, by=INES, at=AT)
    set_up_labels(connection_id=made.id, api_key=API_KEY, **BERKELEY, by=INES, at=AT)
    return made.id


def order(**more: Any) -> UUID:
    """Two kettles of 600 g each, for Tom in San Francisco."""
    kettles = line(quantity=2, sku="K-1", weight_grams=600)
    return bought(kettles, **{"shipping_address": TOM, "currency": "USD"} | more)


def wants_label(method: MethodKind = MethodKind.LABEL, **more: Any) -> ReturnView:
    return asked(order(**more), method=method)


def worker(at: datetime = AT) -> int:
    """Do what the worker's loop does until nothing is due."""
    times = 0
    while ask_due(at):
        times += 1
        assert times < 20
    return times


def again(view: ReturnView) -> ReturnView:
    return api.get_return(view.summary.id, at=LATER)


def page(view: ReturnView, part: str = "") -> Any:
    """Open the link that stands in the mail, made today: links live for some months."""
    assert view.label is not None
    url = label_url(stores.get_store(), view.label.id, at=now())
    return Client().get(urlsplit(url).path + part)


# -- made ----------------------------------------------------------------------------------------


def test_a_label_is_made_stored_and_shown(account: UUID, easypost: Fake) -> None:
    view = wants_label()
    assert view.label is not None
    assert (view.label.state, view.label.provider) == (LabelState.REQUESTED, "easypost")
    assert not easypost.requests, "nobody is called inside the transaction"
    worker()
    label = again(view).label
    assert label is not None
    [shipment] = easypost.shipments.values()
    assert label.state is LabelState.READY
    assert (label.carrier, label.tracking_number) == ("ups", shipment["tracking_code"])
    assert (label.cost_minor, label.code) == (795, view.summary.number)
    assert shipment["is_return"] is True
    assert shipment["from_address"]["street1"] == "417 Montgomery Street"
    assert shipment["to_address"]["street1"] == "2100 Shattuck Ave"
    # 1,200 g and a tenth for the packaging, in ounces.
    assert shipment["parcel"] == {"weight": 46.6, "length": 11.8, "width": 7.9, "height": 5.9}
    document = page(again(view), "/document")
    assert (document.status_code, document.content) == (200, PDF)
    assert document["Content-Type"] == "application/pdf"
    assert document["Content-Disposition"].startswith("attachment")
    assert "sandbox" in document["Content-Security-Policy"]
    assert b"/document" in page(again(view)).content
    assert page(again(view), "/code").status_code == 404


def test_the_code_for_the_counter_is_the_carriers_own(account: UUID, easypost: Fake) -> None:
    view = wants_label(MethodKind.QR_DROP_OFF)
    worker()
    label = again(view).label
    assert label is not None
    assert (label.carrier, label.cost_minor, label.words) == ("usps", 820, "")
    assert page(again(view), "/code").content == PNG
    assert page(again(view), "/document").content == PDF
    shown = page(again(view)).content.decode()
    assert "/code" in shown
    assert "<svg" not in shown.split("label-sheet")[1].split("</section>")[0]


def test_a_carrier_without_codes_has_its_label_printed(account: UUID, easypost: Fake) -> None:
    easypost.rates = (("UPSDAP", "Ground", "7.95"),)
    view = wants_label(MethodKind.QR_DROP_OFF)
    worker()
    label = again(view).label
    assert label is not None
    assert label.state is LabelState.READY
    assert "has to be printed" in label.words
    assert b"Put this on the parcel" in page(again(view)).content
    assert not easypost.asked("/forms")


def test_the_shopper_is_told_once_with_the_label(account: UUID, easypost: Fake) -> None:
    view = wants_label()
    run_events()
    assert not _told()
    worker()
    run_until_idle()
    [told] = _told()
    assert told["returned"]["label_url"]
    assert told["returned"]["until_date"]
    assert again(view).summary.state is ReturnState.APPROVED


def _told() -> list[dict[str, Any]]:
    rows = apps.get_model("messaging", "Message").objects.filter(kind="return_approved")
    return [row.context for row in rows]


# -- trouble -------------------------------------------------------------------------------------


def test_a_limit_is_waited_for(account: UUID, easypost: Fake) -> None:
    easypost.plan("/v2/shipments", 429, code="RATE_LIMITED", retry_after=600)
    view = wants_label()
    worker()
    row = ReturnLabel.objects.get()
    assert (row.state, row.due_at) == ("requested", AT + timedelta(seconds=600))
    assert "too much to do" in row.words
    assert worker(AT + timedelta(seconds=599)) == 0
    worker(AT + timedelta(seconds=600))
    label = again(view).label
    assert label is not None
    assert (label.state, label.words) == (LabelState.READY, "")


@pytest.mark.parametrize("path", ["/v2/shipments", "/buy", "/forms", ".pdf", ".png"])
@pytest.mark.parametrize("status", [0, 500, 503])
@pytest.mark.parametrize("is_done", [False, True])
def test_answers_that_never_come_buy_nothing_twice(
    account: UUID, easypost: Fake, path: str, status: int, is_done: bool
) -> None:
    if path.startswith("."):
        is_done = False
        easypost.troubles.clear()
    easypost.plan(path, status, is_done=is_done)
    easypost.plan(path, status, is_done=False)
    view = wants_label(MethodKind.QR_DROP_OFF)
    at = AT
    for wait in WAITS[:4]:
        worker(at)
        at += wait
    label = again(view).label
    assert label is not None
    assert label.state is LabelState.READY
    assert len(easypost.bought) == 1
    assert page(again(view), "/code").content == PNG


def test_a_purchase_still_under_way_is_looked_at_again(account: UUID, easypost: Fake) -> None:
    easypost.plan("/buy", 422, code="SHIPMENT.PURCHASE.IN_PROGRESS", is_done=True)
    view = wants_label()
    worker()
    assert ReturnLabel.objects.get().state == "requested"
    worker(AT + WAITS[0])
    label = again(view).label
    assert label is not None
    assert label.state is LabelState.READY
    assert (len(easypost.bought), easypost.asked("/buy")) == (1, 1)


def test_a_wrong_key_waits_for_the_right_one(account: UUID, easypost: Fake) -> None:
    wrong = "EZTKsomeoneelses0123456789"
    set_up_labels(connection_id=account, api_key=wrong, **BERKELEY, by=INES, at=AT)
    view = wants_label()
    worker()
    assert "Enter another one" in ReturnLabel.objects.get().words
    set_up_labels(connection_id=account, api_key=API_KEY, **BERKELEY, by=INES, at=AT)
    worker(AT + timedelta(hours=1))
    label = again(view).label
    assert label is not None
    assert label.state is LabelState.READY


def test_when_it_never_answers_a_person_is_asked(account: UUID, easypost: Fake) -> None:
    view = wants_label()
    at = AT
    for wait in (*WAITS, timedelta()):
        easypost.plan("/v2/shipments", 503)
        worker(at)
        at += wait
    row = ReturnLabel.objects.get()
    assert (row.state, row.due_at) == ("failed", None)
    assert "problem (503)" in row.words
    view = api.request_label_again(return_id=view.summary.id, by=SAM, at=at)
    worker(at)
    label = again(view).label
    assert label is not None
    assert label.state is LabelState.READY
    with pytest.raises(Conflict):
        api.request_label_again(return_id=view.summary.id, by=SAM, at=at)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ({"rates": ()}, "No carrier would take this parcel. FedEx: Too light"),
        ({"plan": ("/buy", 422, "SHIPMENT.POSTAGE.FAILURE", "Bad phone")}, "Bad phone"),
    ],
)
def test_a_refusal_is_told_in_words(
    account: UUID, easypost: Fake, trouble: dict[str, Any], words: str
) -> None:
    if "rates" in trouble:
        easypost.rates = trouble["rates"]
        easypost.messages = [{"carrier": "FedEx", "message": "Too light", "type": "rate_error"}]
    else:
        path, status, code, message = trouble["plan"]
        easypost.plan(path, status, code=code, message=message)
    view = wants_label()
    worker()
    run_events()
    label = again(view).label
    assert label is not None
    assert label.state is LabelState.FAILED
    assert words in label.words
    assert ReturnLabel.objects.get().due_at is None
    assert not easypost.bought
    [told] = _told()  # approved all the same; the label comes another way
    assert not told["returned"]["label_url"]


def test_an_address_that_can_not_be_is_named(account: UUID, easypost: Fake) -> None:
    view = wants_label(shipping_address=IncomingAddress(line1="Somewhere", country_code="US"))
    worker()
    label = again(view).label
    assert label is not None
    assert "to_address.city: cannot be blank" in label.words


def test_what_passes_customs_is_left_to_a_person(account: UUID, easypost: Fake) -> None:
    view = asked(bought(), method=MethodKind.LABEL)  # Maya in Berlin
    worker()
    label = again(view).label
    assert label is not None
    assert label.state is LabelState.FAILED
    assert "passes customs" in label.words
    assert not easypost.requests


def test_the_guard_lets_nobody_send_us_elsewhere(
    account: UUID, easypost: Fake, settings: Any
) -> None:
    settings.DOORSTEP_OUTBOUND_ALLOW = []
    wants_label()
    worker()
    assert not easypost.requests
    assert "could not be reached" in ReturnLabel.objects.get().words


# -- taken back ----------------------------------------------------------------------------------


def test_a_canceled_returns_label_is_given_back(account: UUID, easypost: Fake) -> None:
    view = wants_label()
    worker()
    api.cancel_return(return_id=view.summary.id, by=MAYA, at=AT)
    easypost.plan("/refund", 503)
    worker()
    [shipment] = easypost.shipments.values()
    assert shipment["refund_status"] is None
    worker(AT + WAITS[0])
    assert shipment["refund_status"] == "submitted"
    row = ReturnLabel.objects.get()
    assert (row.state, row.postage) == ("voided", "asked")
    assert page(view).status_code == 404


@pytest.mark.parametrize(
    ("decided", "postage"),
    [("refunded", "back"), ("rejected", "kept"), ("submitted", "unanswered")],
)
def test_what_the_carrier_decides_weeks_later_is_followed(
    account: UUID, easypost: Fake, decided: str, postage: str
) -> None:
    view = wants_label()
    worker()
    api.cancel_return(return_id=view.summary.id, by=MAYA, at=AT)
    worker()
    [shipment] = easypost.shipments.values()
    at = AT + POSTAGE_LOOK
    worker(at)
    row = ReturnLabel.objects.get()
    assert (row.postage, row.due_at) == ("asked", at + POSTAGE_LOOK)
    shipment["refund_status"] = decided
    at = AT + POSTAGE_LIMIT
    worker(at)
    row = ReturnLabel.objects.get()
    assert (row.postage, row.due_at) == (postage, None)
    assert easypost.asked("/refund") == 1, "it is asked back once"
    label = again(view).label
    assert label is not None
    assert (label.postage, label.given_back_at) == (postage, AT)
    run_events()
    lost = LoggedEvent.objects.filter(name="returns.postage_kept")
    assert [one.payload["cost_minor"] for one in lost] == ([] if postage == "back" else [795])


def test_a_label_that_was_used_is_not(account: UUID, easypost: Fake) -> None:
    view = wants_label()
    worker()
    [shipment] = easypost.shipments.values()
    easypost.used.add(shipment["tracking_code"])
    api.cancel_return(return_id=view.summary.id, by=MAYA, at=AT)
    worker()
    label = again(view).label
    assert label is not None
    assert label.postage == "kept"


def test_one_canceled_while_it_is_bought_is_given_back(account: UUID, easypost: Fake) -> None:
    view = wants_label()
    easypost.plan("/buy", 0, is_done=True)  # bought, and nobody knows
    worker()
    api.cancel_return(return_id=view.summary.id, by=MAYA, at=AT)
    assert len(easypost.bought) == 1
    worker(AT + LEASE)
    [shipment] = easypost.shipments.values()
    assert shipment["refund_status"] == "submitted"


def test_one_that_was_only_prepared_costs_nothing(account: UUID, easypost: Fake) -> None:
    view = wants_label()
    easypost.plan("/buy", 503)
    worker()
    api.cancel_return(return_id=view.summary.id, by=MAYA, at=AT)
    worker(AT + LEASE)
    assert ReturnLabel.objects.get().due_at is None
    assert not easypost.bought
    assert not easypost.asked("/refund")


def test_a_return_with_more_time_gets_a_new_label(account: UUID, easypost: Fake) -> None:
    view = wants_label()
    worker()
    for days in (26, 31):
        look_at_due(AT + timedelta(days=days))
    late = AT + timedelta(days=40)
    worker(late)
    [first] = easypost.shipments.values()
    assert first["refund_status"] == "submitted"
    api.extend_return(return_id=view.summary.id, days=14, by=SAM, at=late)
    worker(late)
    assert len(easypost.bought) == 2
    assert ReturnLabel.objects.filter(state="ready").count() == 1
    [former] = again(view).former_labels
    assert former.postage == "asked"


# -- on its way ----------------------------------------------------------------------------------


def test_a_carriers_scan_of_the_label_pays(account: UUID, easypost: Fake) -> None:
    set_offers(Outcome.REFUND, trigger=RefundTrigger.CARRIER_SCAN)
    view = wants_label()
    worker()
    [shipment] = easypost.shipments
    _hear(account, easypost.event(shipment, "pre_transit", "2026-04-10T15:00:00Z", "Label made"))
    assert not again(view).settlements, "announced is not handed in"
    body = easypost.event(shipment, "in_transit", "2026-04-11T09:00:00Z", "Accepted at USPS")
    for _ in range(2):
        _hear(account, body)
    found = again(view)
    assert [one.amount_minor for one in found.settlements] == [4000]
    assert [one.status for one in found.scans] == ["info_received", "in_transit"]
    assert found.summary.needs != "review"


def _hear(account: UUID, body: bytes) -> None:
    """Take a webhook in by the real door, and look it up as the worker does."""
    answer = Client().post(
        f"/hooks/{account}", body, content_type="application/json",
        HTTP_X_HMAC_SIGNATURE=sign(body, SECRET),
    )  # fmt: skip
    assert answer.status_code in (200, 202), answer.content
    while work_off(now()):
        pass
    with transaction.atomic():
        look_up_scans(labels_to_look_up(now()), by=LOOP, at=now())
    run_events()


# -- set up --------------------------------------------------------------------------------------


def test_the_key_is_kept_encrypted_and_never_shown(account: UUID) -> None:
    with database.cursor() as cursor:
        cursor.execute(f"SELECT secrets::text FROM {Connection._meta.db_table}")
        assert API_KEY not in cursor.fetchone()[0]
    assert Connection.objects.get().credentials()["api_key"] == API_KEY
    found = label_settings(account)
    assert found is not None
    assert (found.city, found.weight_grams, found.is_complete) == ("Berkeley", 1000, True)
    assert not hasattr(found, "api_key")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"api_key": "sk_live_0123456789012345"}, "api_key"),
        ({"country": "XX"}, "country"),
        ({"state": ""}, "state"),
        ({"phone": " "}, "phone"),
        ({"weight_grams": 0}, "weight_grams"),
        ({"street1": "x" * 201}, "street1"),
    ],
)
def test_what_can_not_be_is_refused_with_its_field(
    account: UUID, change: dict[str, Any], field: str
) -> None:
    given = BERKELEY | {"city": "Elsewhere"} | change
    with pytest.raises(Invalid) as caught:
        set_up_labels(connection_id=account, **given, by=INES, at=AT)
    assert caught.value.field == field
    found = label_settings(account)
    assert found is not None
    assert found.city == "Berkeley"


def test_the_demo_shop_calls_nobody(account: UUID, easypost: Fake, store: StoreInfo) -> None:
    apps.get_model("stores", "Store").objects.filter(id=store.id).update(is_demo=True)
    with pytest.raises(Conflict):
        set_up_labels(connection_id=account, **BERKELEY, by=INES, at=AT)
    view = wants_label()
    assert view.label is not None
    assert (view.label.provider, view.label.state) == ("built_in", LabelState.READY)


def test_without_an_account_our_own_page_is_the_label(store: StoreInfo, easypost: Fake) -> None:
    view = wants_label()
    assert view.label is not None
    assert (view.label.provider, view.label.state) == ("built_in", LabelState.READY)
    assert worker() == 0
    assert page(view).status_code == 200
