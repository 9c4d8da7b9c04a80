"""The way out: against a real server on the loopback, and against every way to reach inside."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.test import override_settings
from structlog.testing import capture_logs

from doorstep.kernel.http import (
    Client,
    Limits,
    NetworkInTransaction,
    OutboundRefused,
    OutboundTimeout,
    OutboundTooLarge,
    OutboundUnreachable,
    client,
)
from doorstep.kernel.netguard import Policy, is_public
from doorstep.kernel.tests.peer import Peer, dripping_peer, http_peer, in_turn, reply, tls_peer

LONG = 20
"""Seconds: far above the deadlines here, on any machine, and far below what had no deadline."""

QUICK = Limits(connect_seconds=1, read_seconds=1, total_seconds=2, backoff_seconds=0.01)


@pytest.fixture
def peer() -> Iterator[Peer]:
    with http_peer() as serving:
        yield serving


def allowing(port: int, *hosts: str) -> Policy:
    return Policy.read([f"{host}:{port}" for host in hosts or ("127.0.0.1",)], [80, 443])


def caller(port: int, **options: Any) -> Client:
    return Client("tests", **({"limits": QUICK, "policy": allowing(port)} | options))


# --- what may be called --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255"),
        *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "198.18.0.1"),
        *("192.0.2.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "168.63.129.16"),
        *("::", "::1", "::127.0.0.1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1"),
        *("2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "64:ff9b:1::1", "100::1", "5f00::1"),
    ],
)
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "2606:4700::1", "::ffff:8.8.8.8"])
def test_addresses_outside_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "localhost",
            "LOCALHOST.",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
        ),
        *(
            "127.1",
            "0",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::]",
            "169.254.169.254",
        ),
    ],
)
def test_no_spelling_of_an_inner_address_is_called(host: str, peer: Peer) -> None:
    def as_libc(name: str, port: int) -> Sequence[str]:
        try:
            return [socket.inet_ntoa(socket.inet_aton(name))]
        except OSError:
            return [str(entry[4][0]) for entry in socket.getaddrinfo(name.rstrip("."), port)]

    # the port itself is open, so that it is the address which is refused
    open_port = Policy(ports=frozenset({80, 443, peer.port}))
    with (
        caller(peer.port, policy=open_port, resolver=as_libc) as http,
        pytest.raises(OutboundRefused, match=r"not on the public internet|not a valid URL"),
    ):
        http.get(peer.url("/", host))
    assert peer.seen == []


def test_a_name_that_leads_inside_is_refused(peer: Peer) -> None:
    for answers in (["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["fe80::1%eth0"]):
        with (
            caller(
                peer.port,
                policy=Policy(ports=frozenset({peer.port})),
                resolver=lambda *_, found=answers: found,
            ) as http,
            pytest.raises(OutboundRefused),
        ):
            http.get(peer.url("/", "rebound.example"))
    assert peer.seen == []


def test_a_name_is_resolved_once_and_the_checked_address_is_called(peer: Peer) -> None:
    peer.answers["/"] = reply(200, b"hello")
    asked: list[str] = []

    def resolver(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    policy = allowing(peer.port, "shop.example")
    with caller(peer.port, policy=policy, resolver=resolver) as http:
        assert http.get(peer.url("/", "shop.example")).text == "hello"
    assert asked == ["shop.example"]
    assert peer.seen[0].headers["host"] == f"shop.example:{peer.port}"


def test_ports_and_schemes_are_limited(peer: Peer) -> None:
    with caller(1, policy=Policy()) as http:
        with pytest.raises(OutboundRefused, match="Port 6379"):
            http.get("http://8.8.8.8:6379/")
        for url in ("file:///etc/passwd", "gopher://8.8.8.8/", "/orders", "http:///x"):
            with pytest.raises(OutboundRefused):
                http.get(url)
        with pytest.raises(OutboundRefused, match="not a valid URL") as caught:
            http.get("http://[::bad?token=secret")
        assert "secret" not in str(caught.value)


def test_a_private_network_can_be_allowed(peer: Peer) -> None:
    peer.answers["/"] = reply(200)
    policy = Policy.read(["127.0.0.0/8"], [80])
    with caller(peer.port, policy=policy) as http:
        assert http.get(peer.url("/")).status_code == 200


def test_the_settings_say_what_is_allowed(peer: Peer) -> None:
    peer.answers["/"] = reply(200)
    with client("tests") as http, pytest.raises(OutboundRefused):
        http.get(peer.url("/"))
    allowed = override_settings(DOORSTEP_OUTBOUND_ALLOW=[f"127.0.0.1:{peer.port}"])
    with allowed, client("tests") as http:
        assert http.get(peer.url("/")).status_code == 200
    for wrong in ("localhost", "localhost:http", ":80", "10.0.0.0/99"):
        with (
            override_settings(DOORSTEP_OUTBOUND_ALLOW=[wrong]),
            pytest.raises(ImproperlyConfigured, match="DOORSTEP_OUTBOUND_ALLOW"),
        ):
            client("tests")


def test_a_proxy_from_the_environment_is_not_used(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", peer.url("/"))
    inside = caller(peer.port, resolver=lambda *_: ["10.0.0.1"])
    with inside as http, pytest.raises(OutboundRefused):
        http.get("http://shop.example/")
    assert peer.seen == []


def test_tls_asks_for_the_name_and_believes_no_stranger(tmp_path: Path) -> None:
    with tls_peer(tmp_path, "shop.example") as (port, asked):
        policy = allowing(port, "shop.example")
        quick = Limits(connect_seconds=2, total_seconds=3, attempts=1)
        http = caller(port, policy=policy, limits=quick, resolver=lambda *_: ["127.0.0.1"])
        with http, pytest.raises(OutboundUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
            http.get(f"https://shop.example:{port}/")
    assert asked == ["shop.example"]


# --- redirects -----------------------------------------------------------------------------------


def test_a_redirect_inside_is_refused(peer: Peer) -> None:
    peer.answers["/away"] = reply(302, location="http://127.0.0.1/admin")
    peer.answers["/meta"] = reply(307, location="http://169.254.169.254/latest/")
    peer.answers["/file"] = reply(302, location="file:///etc/passwd")
    with caller(peer.port) as http:
        for path in ("/away", "/meta", "/file"):
            with pytest.raises(OutboundRefused):
                http.get(peer.url(path))


def test_credentials_stay_with_their_host(peer: Peer) -> None:
    peer.answers["/start"] = reply(302, location=peer.url("/elsewhere", "localhost"))
    peer.answers["/elsewhere"] = reply(200)
    peer.answers["/near"] = reply(302, location="/here")
    peer.answers["/here"] = reply(200)
    options = {
        "policy": allowing(peer.port, "127.0.0.1", "localhost"),
        "resolver": lambda *_: ["127.0.0.1"],
        "headers": {"X-Access-Token": "s3cret"},
        "auth": ("shop", "s3cret"),
    }
    with caller(peer.port, **options) as http:
        http.get(peer.url("/start"), headers={"Cookie": "session=s3cret"})
        http.get(peer.url("/near"))
    seen = {request.path: str(request.headers) for request in peer.seen}
    assert "s3cret" not in seen["/elsewhere"]
    assert "Authorization" not in seen["/elsewhere"]
    assert "Authorization" in seen["/here"]
    assert "s3cret" in seen["/here"]


def test_a_body_is_not_sent_on_and_circles_end(peer: Peer) -> None:
    peer.answers["/post"] = reply(307, location=peer.url("/stolen", "localhost"))
    peer.answers["/circle"] = reply(302, location="/circle")
    with caller(peer.port, policy=allowing(peer.port, "127.0.0.1", "localhost")) as http:
        with pytest.raises(OutboundRefused, match="to another host"):
            http.post(peer.url("/post"), json={"card": 1})
        with pytest.raises(OutboundRefused, match="circles"):
            http.get(peer.url("/circle"))
    assert "/stolen" not in peer.paths
    assert peer.paths.count("/circle") == QUICK.redirects + 1


# --- bounds --------------------------------------------------------------------------------------


def test_a_dripping_server_is_left_at_the_deadline() -> None:
    with dripping_peer() as port:
        limits = Limits(read_seconds=1, total_seconds=0.5, attempts=1)
        started = time.monotonic()
        with caller(port, limits=limits) as http, pytest.raises(OutboundTimeout):
            http.get(f"http://127.0.0.1:{port}/")
        assert time.monotonic() - started < LONG


def test_a_silent_server_is_left_at_the_deadline(peer: Peer) -> None:
    peer.answers["/"] = lambda request: time.sleep(1)
    started = time.monotonic()
    limits = Limits(read_seconds=0.2, total_seconds=0.5, attempts=1_000)
    with caller(peer.port, limits=limits) as http, pytest.raises(OutboundTimeout):
        http.get(peer.url("/"))
    assert time.monotonic() - started < LONG


def test_a_slow_name_server_is_left_at_the_deadline() -> None:
    ended = threading.Event()

    def slow(host: str, port: int) -> Sequence[str]:
        ended.wait(3 * LONG)
        return ["127.0.0.1"]

    limits = Limits(total_seconds=0.2, attempts=1)
    started = time.monotonic()
    with caller(80, limits=limits, resolver=slow) as http, pytest.raises(OutboundTimeout):
        http.get("http://shop.example/")
    ended.set()
    assert time.monotonic() - started < LONG


def test_a_huge_answer_is_cut_off(peer: Peer) -> None:
    peer.answers["/huge"] = reply(200, b"x" * 200_000)
    bomb = gzip.compress(b"\0" * 5_000_000)
    peer.answers["/bomb"] = reply(200, bomb, content_encoding="gzip")
    peer.answers["/packed"] = reply(200, gzip.compress(b"plain"), content_encoding="gzip")
    peer.answers["/broken"] = reply(200, gzip.compress(b"x" * 99)[:-4], content_encoding="gzip")
    peer.answers["/odd"] = reply(200, b"x", content_encoding="br")
    with caller(peer.port, limits=Limits(max_bytes=100_000, attempts=1)) as http:
        for path in ("/huge", "/bomb"):
            with pytest.raises(OutboundTooLarge):
                http.get(peer.url(path))
        assert http.get(peer.url("/packed")).text == "plain"
        for path in ("/broken", "/odd"):
            with pytest.raises(OutboundUnreachable):
                http.get(peer.url(path))


def test_nobody_there_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with caller(port) as http, pytest.raises(OutboundUnreachable, match=r"127\.0\.0\.1"):
        http.get(f"http://127.0.0.1:{port}/")


# --- retries -------------------------------------------------------------------------------------


def test_what_may_be_repeated_is_repeated(peer: Peer) -> None:
    peer.answers["/busy"] = in_turn(reply(503), reply(429), reply(200, b'{"ok": true}'))
    with caller(peer.port) as http:
        assert http.get(peer.url("/busy")).json() == {"ok": True}
    assert len(peer.seen) == 3


def test_a_post_is_sent_once_unless_it_has_a_key(peer: Peer) -> None:
    peer.answers["/pay"] = in_turn(reply(503), reply(201))
    with caller(peer.port) as http:
        assert http.post(peer.url("/pay"), json={}).status_code == 503
        peer.answers["/pay"] = in_turn(reply(503), reply(201))
        assert http.post(peer.url("/pay"), json={}, idempotency_key="k1").status_code == 201
    assert [request.headers["idempotency-key"] for request in peer.seen] == [None, "k1", "k1"]


def test_a_get_that_does_something_is_sent_once(peer: Peer) -> None:
    peer.answers["/send"] = in_turn(reply(503), reply(202))
    with caller(peer.port) as http:
        assert http.get(peer.url("/send"), repeatable=False).status_code == 503
    assert len(peer.seen) == 1


def test_the_last_answer_is_returned_when_all_fail(peer: Peer) -> None:
    peer.answers["/down"] = reply(503)
    with caller(peer.port) as http:
        assert http.get(peer.url("/down")).status_code == 503
    assert len(peer.seen) == QUICK.attempts


def test_retry_after_is_honored_or_left_to_the_caller(peer: Peer) -> None:
    peer.answers["/soon"] = in_turn(reply(429, retry_after="1"), reply(200))
    peer.answers["/later"] = reply(429, retry_after="3600")
    started = time.monotonic()
    with caller(peer.port) as http:
        assert http.get(peer.url("/soon")).status_code == 200
        assert time.monotonic() - started >= 1
        answer = http.get(peer.url("/later"))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")
    assert peer.paths.count("/later") == 1
    assert time.monotonic() - started < 2


# --- transactions and logs -----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_no_network_inside_a_transaction(peer: Peer) -> None:
    with caller(peer.port) as http:
        with transaction.atomic(), pytest.raises(NetworkInTransaction, match="commit, then call"):
            http.get(peer.url("/"))
        assert peer.seen == []
        assert http.get(peer.url("/")).status_code == 404


@pytest.mark.django_db
def test_the_transaction_around_a_test_does_not_count(peer: Peer) -> None:
    with caller(peer.port) as http:
        assert http.get(peer.url("/")).status_code == 404
        with transaction.atomic(), pytest.raises(NetworkInTransaction):
            http.get(peer.url("/"))


def test_the_log_tells_no_secrets(peer: Peer) -> None:
    token = "t" * 50
    with (
        caller(peer.port, headers={"Authorization": "Bearer s3cret"}) as http,
        capture_logs() as lines,
    ):
        http.get(peer.url(f"/bot/{token}/send?key=s3cret"), params={"sig": "s3cret"})
    (line,) = [entry for entry in lines if entry["event"] == "outbound_http"]
    assert "s3cret" not in str(line)
    assert token not in str(line)
    assert (line["purpose"], line["method"], line["status"]) == ("tests", "GET", 404)
    assert line["url"].endswith("/bot/…/send")


def test_httpx_itself_does_not_log_urls(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"), caller(peer.port) as http:
        http.get(peer.url("/?key=s3cret"))
    assert "s3cret" not in caplog.text


def test_answers_are_ordinary_responses(peer: Peer) -> None:
    peer.answers["/"] = reply(422, b'{"field": "sku"}', content_type="application/json")
    with caller(peer.port, base_url=peer.url("")) as http:
        answer = http.post("/", json={"sku": ""})
    assert answer.json() == {"field": "sku"}
    with pytest.raises(httpx.HTTPStatusError):
        answer.raise_for_status()


def test_without_redirects_the_redirect_is_the_answer(peer: Peer) -> None:
    peer.answers["/moved"] = reply(302, location="http://169.254.169.254/latest/")
    limits = Limits(connect_seconds=1, read_seconds=1, total_seconds=2, redirects=0)
    with caller(peer.port, limits=limits) as http:
        assert http.post(peer.url("/moved"), json={}).status_code == 302
    assert peer.paths == ["/moved"]
