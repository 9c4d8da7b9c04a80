"""A worker killed around telling a shop platform of a change: it is told again, and counts once.

The platform is a small real HTTP server that keeps what it was told by the task's id, as one with
idempotency keys does. Killed before it had read anything, or after it did everything and before
the answer was recorded; then another worker takes over.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest

from dev.testing.servers import database_url, environment
from doorstep.kernel.events.lanes import ensure_cursors
from doorstep.kernel.tests.threads import wait_for_the_dead
from doorstep.rooms.changes import api, ports
from doorstep.rooms.changes.contracts import ChangeAsk, ChangeKind, ChangeState
from doorstep.rooms.changes.flow.telling import LEASE
from doorstep.rooms.changes.ports import Done, No, ShopPower, Tell
from doorstep.rooms.changes.tests.cast import CONNECTION, SOON, again, place, shelves, want
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.tests.vendor import vendor
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

# What the worker to be killed runs: one telling, with a platform that is behind HTTP.
TELLER = """
import django; django.setup()
from datetime import datetime
from tests.crash.test_changes import HttpShop, listen_to
from doorstep.rooms.changes import api
listen_to(HttpShop({url!r}))
print("ready", flush=True)
api.tell_next(at=datetime.fromisoformat({at!r}))
"""


class HttpShop:
    """The hands of a shop that is told over HTTP."""

    kind = "httpshop"

    def __init__(self, url: str) -> None:
        self.url = url

    def powers(self, connection_id: UUID) -> frozenset[ShopPower]:
        return frozenset(ShopPower)

    def tell(self, ask: Tell) -> Done | No:
        body = json.dumps({"task": str(ask.task_id), "power": ask.power}).encode()
        with urllib.request.urlopen(self.url, data=body, timeout=20) as answer:
            return Done(json.loads(answer.read()))


def listen_to(shop: HttpShop) -> None:
    """Make a shop known that keeps the orders of the tests' connection."""
    ports.register_platform(shop)
    ports.bind_kind_of_connection(lambda one: shop.kind if one == CONNECTION else "")


class Peer:
    """The shop itself: what it did by task, and a gate its answers wait behind."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.done: dict[str, str] = {}
        self.holds = "nothing"  # or "before", "after"
        self.reached = threading.Event()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told = json.loads(self.rfile.read(int(self.headers["content-length"])))
                peer.calls.append(told["task"])
                if peer.holds == "before":
                    peer.reached.set()
                    threading.Event().wait(60)  # until the worker is dead
                    return
                peer.done.setdefault(told["task"], told["power"])
                if peer.holds == "after":
                    peer.reached.set()
                    threading.Event().wait(60)  # until the worker is dead
                    return
                answer = json.dumps({"ok": True}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def peer() -> Iterator[Peer]:
    kept, kinds = dict(ports._platforms), list(ports._kind_of)
    one = Peer()
    listen_to(HttpShop(one.url))
    yield one
    one.server.shutdown()
    one.server.server_close()
    ports._platforms.clear()
    ports._platforms.update(kept)
    ports._kind_of[:] = kinds


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_teller_cancels_and_pays_back_once(
    store: StoreInfo, peer: Peer, tmp_path: Path, moment: str
) -> None:
    ensure_cursors()
    with vendor():
        shelves()
        order = place(connection_id=CONNECTION)
        change = want(order, ChangeAsk(ChangeKind.CANCEL, reason="no need"))
        assert change.state is ChangeState.TELLING_PLATFORM
        peer.holds = moment
        _kill_while_telling(peer, tmp_path)
        waiting = api.get_change(change.id)
        assert waiting.state is ChangeState.TELLING_PLATFORM
        assert again(order).summary.state == "on_hold"  # nobody packs it meanwhile
        peer.holds = "nothing"
        assert api.tell_next(at=SOON + LEASE / 2) == 0  # the lease still holds
        assert api.tell_next(at=SOON + LEASE + timedelta(seconds=1)) == 1
        assert api.get_change(change.id).state is ChangeState.APPLIED
        assert again(order).summary.state == "canceled"
        assert len(set(peer.calls)) == 1
        assert len(peer.done) == 1
        subject = f"order:{order.summary.id}"
        assert [one.amount_minor for one in payments.list_refunds([subject])[subject]] == [3590]
        assert api.tell_next(at=SOON + timedelta(days=3)) == 0


def _kill_while_telling(peer: Peer, folder: Path) -> None:
    env = environment(folder) | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "doorstep.config.settings",
    }
    script = TELLER.format(url=peer.url, at=SOON.isoformat())
    log = (folder / "teller.log").open("wb")
    root = Path(__file__).resolve().parents[2]  # where the tests are a package
    command = [sys.executable, "-c", script]
    teller = subprocess.Popen(command, env=env, cwd=root, stdout=log, stderr=log)
    try:
        assert peer.reached.wait(90), (folder / "teller.log").read_text()
    finally:
        teller.kill()
        teller.wait()
        log.close()
    wait_for_the_dead()
