"""Carriers' webhooks over HTTP: signed, stored with one insert, applied in sets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.connectors.base import receive
from doorstep.connectors.base.actions import connect_shop, rotate_secret
from doorstep.connectors.base.intake.working import work_off
from doorstep.connectors.base.models import Connection, Delivery
from doorstep.connectors.base.queries import get_connection
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import TrackerFilter

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
INES = Actor("user", "ines", "Ines", role="owner")
SECRET = "ﬁrst-secret-0123456789"  # the ligature: EasyPost's secrets are NFKD
NUMBER = "9400111206206406260787"
Sign = Callable[[bytes, str], dict[str, str]]


def _hmac(body: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


def _easypost(body: bytes, secret: str) -> dict[str, str]:
    key = secret.replace("ﬁ", "fi")
    return {"X-Hmac-Signature": f"hmac-sha256-hex={_hmac(body, key).hex()}"}


def _shippo(body: bytes, secret: str) -> dict[str, str]:
    return {"Shippo-Auth-Signature": f"t=1,v1={_hmac(b'1.' + body, secret).hex()}"}


SIGNS: dict[str, Sign] = {
    "aftership": lambda b, s: {"aftership-hmac-sha256": base64.b64encode(_hmac(b, s)).decode()},
    "easypost": _easypost,
    "shippo": _shippo,
    "17track": lambda b, s: {"sign": hashlib.sha256(b + b"/" + s.encode()).hexdigest()},
    "carrier_ups": lambda b, s: {"Credential": s.encode().decode("latin-1")},
    "carrier_fedex": lambda b, s: {"fdx-signature": _hmac(b, s).hex()},
    "carrier": lambda b, s: {"X-Doorstep-Token": s.encode().decode("latin-1")},
}
PLAIN = "first-secret-0123456789"


def _secret(kind: str) -> str:
    return SECRET if kind == "easypost" else PLAIN


def _track(number: str = NUMBER, status: str = "DELIVERED") -> dict[str, Any]:
    step = {"status": status, "status_details": "", "status_date": "2026-03-02T08:00:00Z"}
    return {"carrier": "usps", "tracking_number": number, "tracking_history": [step]}


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    receive._doors.clear()
    receive._budget.clear()
    receive._refused.clear()


@pytest.fixture
def connect(store: Any) -> Callable[[str], UUID]:
    """Connect an aggregator or carrier to Fern & Kettle."""

    def make(kind: str) -> UUID:
        return connect_shop(kind=kind, name=kind, secret=_secret(kind), by=INES, at=AT).id

    return make


def post(connection_id: UUID, body: bytes, headers: dict[str, str], query: str = "") -> int:
    """POST a body the way a carrier does; return the status."""
    meta: dict[str, Any] = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in headers.items()}
    answer = Client(enforce_csrf_checks=True).post(
        f"/hooks/{connection_id}{query}", body, content_type="application/json", **meta
    )
    return answer.status_code


@pytest.mark.parametrize("kind", list(SIGNS))
def test_only_who_knows_the_secret_gets_in(kind: str, connect: Callable[[str], UUID]) -> None:
    connection_id, sign = connect(kind), SIGNS[kind]
    body = json.dumps(_track()).encode()
    assert post(connection_id, body, {}) == 401
    assert post(connection_id, body, sign(body, "not the secret")) == 401
    assert post(connection_id, body, sign(body, "")) == 401
    assert post(connection_id, body, dict.fromkeys(sign(body, "x"), "")) == 401
    assert not Delivery.objects.exists()
    assert post(connection_id, body, sign(body, _secret(kind))) == 200
    assert post(connection_id, body, sign(body, _secret(kind))) == 200
    stored = Delivery.objects.get()
    assert bytes(stored.body) == body
    assert stored.topic == "tracking"
    assert stored.headers == {}
    assert Connection.objects.get(id=connection_id).sales_channel == ""


@pytest.mark.parametrize("kind", ["aftership", "easypost", "17track", "carrier_fedex"])
def test_a_changed_body_does_not_pass(kind: str, connect: Callable[[str], UUID]) -> None:
    body = json.dumps(_track()).encode()
    headers = SIGNS[kind](body, _secret(kind))
    assert post(connect(kind), body + b" ", headers) == 401
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("kind", list(SIGNS))
def test_both_secrets_count_while_rotating(kind: str, connect: Callable[[str], UUID]) -> None:
    connection_id, sign = connect(kind), SIGNS[kind]
    rotate_secret(connection_id=connection_id, secret="second-secret-0123", by=INES, at=AT)
    receive.forget_cached(connection_id)
    for place, secret in enumerate((_secret(kind), "second-secret-0123")):
        body = json.dumps(_track(f"{NUMBER}{place}")).encode()
        assert post(connection_id, body, sign(body, secret)) == 200


@pytest.mark.parametrize("kind", ["shippo", "carrier"])
def test_a_token_in_the_address(kind: str, connect: Callable[[str], UUID]) -> None:
    connection_id = connect(kind)
    body = json.dumps(_track()).encode()
    assert post(connection_id, body, {}, "?token=wrong") == 401
    assert post(connection_id, body, {}, "?token=") == 401
    assert post(connection_id, body, {}, f"?token={PLAIN}") == 200


@pytest.mark.parametrize("kind", ["aftership", "easypost", "17track", "carrier_ups"])
def test_no_token_where_there_is_a_signature(kind: str, connect: Callable[[str], UUID]) -> None:
    connection_id = connect(kind)
    assert post(connection_id, b"{}", {}, f"?token={_secret(kind)}") == 401
    assert not Delivery.objects.exists()


def test_an_event_sent_again_in_other_bytes_is_stored_once(
    connect: Callable[[str], UUID],
) -> None:
    connection_id = connect("easypost")
    for pending in (1, 0):
        body = json.dumps({"id": "evt_0123456789", "object": "Event", "pending_urls": [pending]})
        raw = body.encode()
        assert post(connection_id, raw, _easypost(raw, SECRET)) == 200
    assert Delivery.objects.count() == 1


def test_a_body_becomes_a_tracked_parcel(connect: Callable[[str], UUID]) -> None:
    post(connect("shippo"), json.dumps(_track()).encode(), {}, f"?token={PLAIN}")
    assert work_off(now()) == 1
    assert Delivery.objects.get().status == "processed"
    (parcel,) = tracking.list_trackers(TrackerFilter(search=NUMBER)).items
    assert (parcel.tracking_number, parcel.carrier, parcel.status) == (NUMBER, "usps", "delivered")


@pytest.mark.parametrize("is_stopped_first", [False, True])
def test_17track_no_longer_looking_takes_no_delivery_back(
    is_stopped_first: bool, connect: Callable[[str], UUID]
) -> None:
    connection_id = connect("17track")
    step = {"time_iso": "2026-03-02T08:00:00+00:00", "stage": "Delivered", "description": "At home"}
    track = {"latest_status": {"status": "Delivered"},
             "tracking": {"providers": [{"events": [step]}]}}  # fmt: skip
    bodies: list[dict[str, Any]] = [
        {"event": "TRACKING_UPDATED", "data": {"number": NUMBER, "track_info": track}},
        {"event": "TRACKING_STOPPED", "data": {"number": NUMBER, "tag": ""}},
    ]
    for told in reversed(bodies) if is_stopped_first else bodies:
        body = json.dumps(told).encode()
        assert post(connection_id, body, SIGNS["17track"](body, PLAIN)) == 200
        assert work_off(now()) == 1
    assert set(Delivery.objects.values_list("status", flat=True)) == {"processed"}
    (parcel,) = tracking.list_trackers(TrackerFilter(search=NUMBER)).items
    assert parcel.status == "delivered"
    assert parcel.delivered_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    statuses = [one.status for one in tracking.get_progress(parcel.tracker_id).checkpoints]
    assert sorted(statuses) == ["delivered", "expired"]


def test_xml_of_a_direct_carrier_is_taken(connect: Callable[[str], UUID]) -> None:
    body = (
        b"<tracking-detail><pin>7023210039414604</pin><significant-events><occurrence>"
        b"<event-identifier>0174</event-identifier><event-date>2026-03-02</event-date>"
        b"<event-time>08:00:00</event-time><event-time-zone>EST</event-time-zone>"
        b"</occurrence></significant-events></tracking-detail>"
    )
    post(connect("carrier"), body, {}, f"?token={PLAIN}")
    work_off(now())
    (parcel,) = tracking.list_trackers(TrackerFilter(search="7023210039414604")).items
    assert (parcel.carrier, parcel.status) == ("canada_post", "out_for_delivery")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "rejected", "forbidden_xml"),
        (b'{"errors": [{"code": "404", "message": "Not found"}]}', "rejected", "not_found"),
        (b'{"hello": "there"}', "rejected", "unknown_format"),
        (b'{"object": "Event", "description": "batch.updated"}', "ignored", ""),
    ],
)
def test_what_is_no_news_is_kept_and_says_why(
    body: bytes, status: str, code: str, connect: Callable[[str], UUID]
) -> None:
    post(connect("carrier"), body, {}, f"?token={PLAIN}")
    work_off(now())
    stored = Delivery.objects.get()
    assert (stored.status, stored.error_code) == (status, code)
    assert stored.error_detail


def test_receiving_is_one_insert_and_applying_goes_by_sets(
    connect: Callable[[str], UUID],
) -> None:
    connection_id = connect("carrier")
    counts = []
    for size in (5, 50):
        for place in range(size):
            body = json.dumps(_track(f"94001112062064062{size:02}{place:03}")).encode()
            with CaptureQueriesContext(
                database,
            ) as queries:
                assert post(connection_id, body, {}, f"?token={PLAIN}") == 200
            assert len(queries) <= 2  # the connection (cached for seconds) and the insert
        with CaptureQueriesContext(database) as queries:
            assert work_off(now()) == size
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 2


def test_the_page_is_told_where_the_address_goes(connect: Callable[[str], UUID]) -> None:
    info = get_connection(connect("17track"))
    assert info.brings == "tracking"
    assert "17TRACK" in info.guide
