"""What a browser or a load balancer meets before any page."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client, RequestFactory, override_settings
from django.test.client import RequestFactory as Factory

from doorstep.config import error_pages
from doorstep.config.chunked_bodies import with_length
from doorstep.config.client_address import ClientAddressMiddleware
from doorstep.kernel.models.heartbeat import WorkerHeartbeat
from doorstep.rooms.stores.api import create_store


def beat(age: timedelta) -> None:
    WorkerHeartbeat.objects.create(worker_id="w", at=datetime.now(UTC) - age)


@pytest.mark.django_db
def test_health_asks_for_a_living_worker(client: Client) -> None:
    assert client.get("/healthz").status_code == 503
    beat(timedelta(seconds=60))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "no worker" in answer.json()["problems"][0]
    WorkerHeartbeat.objects.all().delete()
    beat(timedelta(seconds=1))
    assert client.get("/healthz").json() == {"status": "ready", "problems": []}


@pytest.mark.django_db
def test_health_answers_to_any_host_name(client: Client) -> None:
    beat(timedelta(0))
    assert client.get("/healthz", headers={"host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.django_db
def test_a_missing_page_is_said_in_plain_words_with_a_nonce(client: Client) -> None:
    answer = client.get("/there/is/nothing")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "There is no page here" in page
    nonce = page.partition('<style nonce="')[2].partition('"')[0]
    assert nonce
    assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_pages_ask_for_no_device(client: Client) -> None:
    assert "camera=()" in client.get("/console/account/login/").headers["Permissions-Policy"]


def test_a_chunked_body_is_read() -> None:
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], _start: object) -> list[bytes]:
        seen.update(length=environ.get("CONTENT_LENGTH"), body=environ["wsgi.input"].read())
        return []

    chunked = {"HTTP_TRANSFER_ENCODING": "Chunked", "wsgi.input_terminated": True}
    with_length(application)({**chunked, "wsgi.input": BytesIO(b"abc")}, print)
    assert seen == {"length": "3", "body": b"abc"}
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        with_length(application)({**chunked, "wsgi.input": BytesIO(b"x" * 99)}, print)
    assert seen["length"] == "11"
    with_length(application)({"wsgi.input": BytesIO(b"abc")}, print)
    assert seen["length"] is None


def test_programs_get_a_problem_document(rf: RequestFactory) -> None:
    answer = error_pages.failed(rf.post("/api/v1/orders"))
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["status"] == 500


@pytest.mark.parametrize(("proxy", "expected"), [(True, "203.0.113.9"), (False, "127.0.0.1")])
def test_only_the_proxys_own_entry_is_believed(rf: Factory, proxy: bool, expected: str) -> None:
    seen = []
    middleware = ClientAddressMiddleware(lambda request: seen.append(request.META["REMOTE_ADDR"]))
    with override_settings(BEHIND_PROXY=proxy):
        middleware(rf.get("/", headers={"x-forwarded-for": "198.51.100.1, 203.0.113.9"}))
    assert seen == [expected]


@pytest.mark.django_db
def test_a_made_up_host_name_is_refused_and_a_stores_own_is_not(client: Client) -> None:
    strange = client.get("/nothing", headers={"host": "evil.example"})
    assert (strange.status_code, b"Nothing is served" in strange.content) == (400, True)
    assert "'nonce-" in strange.headers["Content-Security-Policy"]
    assert strange.headers["X-Content-Type-Options"] == "nosniff"
    create_store(
        slug="fern", name="Fern", currency="EUR", portal_host="orders.fern.example",
        at=datetime.now(UTC),
    )  # fmt: skip
    assert client.get("/nothing", headers={"host": "orders.fern.example"}).status_code == 404


def test_a_body_larger_than_any_form_is_not_read(client: Client) -> None:
    answer = client.generic(
        "POST",
        "/lookup",
        b"x",
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(100 * 1024 * 1024),
    )
    assert answer.status_code == 413
    assert b"64 MB" in answer.content
