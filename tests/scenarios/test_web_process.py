"""The real web server: it keeps its connections, and notices when the database was away."""

from __future__ import annotations

import urllib.request
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from dev.testing.servers import LiveServer
from doorstep.runtime.supervisor import probe
from tests.crash.running import until


def sessions() -> set[int]:
    """Return the database sessions that are not this test's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return {row[0] for row in cursor.fetchall()}


def test_threads_keep_their_connections(shared_server: LiveServer) -> None:
    url = f"{shared_server.url}/healthz"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(probe, [url] * 40))
    before = len(sessions())
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(probe, [url] * 200)) == {""}
    assert len(sessions()) <= before + 8


def test_a_cut_connection_is_replaced(shared_server: LiveServer) -> None:
    with connection.cursor() as cursor:
        for pid in sessions():
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    until(lambda: probe(f"{shared_server.url}/healthz") == "", "the server to recover")
    assert shared_server.web.exit_code is None
    assert shared_server.worker.exit_code is None


def test_static_files_are_compressed_and_cached_for_ever(shared_server: LiveServer) -> None:
    """Needs no installed static root: the first process collects them."""
    with urllib.request.urlopen(f"{shared_server.url}/static/staticfiles.json") as answer:
        assert answer.status == 200
        manifest = answer.read().decode()
    hashed = manifest.partition('"design/tokens.css": "')[2].partition('"')[0]
    assert hashed
    request = urllib.request.Request(
        f"{shared_server.url}/static/{hashed}", headers={"Accept-Encoding": "gzip"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "immutable" in answer.headers["Cache-Control"]
