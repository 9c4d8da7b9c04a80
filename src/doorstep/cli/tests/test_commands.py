"""The ``doorstep`` command: help everywhere, and words in place of tracebacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from django.db import connection
from django.test import Client

from dev.testing.database import prepared_database
from dev.testing.servers import database_url
from doorstep.cli.main import COMMANDS, main
from doorstep.console.tests.shop import make_shop
from doorstep.rooms.stores.api import list_stores
from doorstep.runtime.data_folder import DataFolder


def doorstep(*arguments: str, **environment: str | None) -> Result:
    return CliRunner().invoke(main, list(arguments), env=environment)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    result = doorstep(command, "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")


def test_an_unknown_command_and_a_wrong_port_are_usage_errors() -> None:
    assert doorstep("dance").exit_code == 2
    assert "99999" in doorstep("run", "--port", "99999").output


def test_web_without_a_database_says_what_to_do(tmp_path: Path) -> None:
    result = doorstep("web", "--data", str(tmp_path), DATABASE_URL=None)
    assert result.exit_code == 1
    assert "DATABASE_URL is not set" in result.output
    assert "Traceback" not in result.output


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = doorstep("migrate", "--data", str(tmp_path / "file"))
    assert result.exit_code == 1
    assert "cannot be used" in result.output


@pytest.mark.django_db
def test_migrate_tells_that_nothing_is_to_be_done(tmp_path: Path) -> None:
    result = doorstep("migrate", "--check", "--data", str(tmp_path), DATABASE_URL=database_url())
    assert (result.exit_code, result.output) == (0, "Up to date.\n")


@pytest.mark.django_db
def test_replay_without_a_store(tmp_path: Path) -> None:
    result = doorstep(
        "replay", "deliveries", "--status", "rejected", "--data", str(tmp_path),
        DATABASE_URL=database_url(),
    )  # fmt: skip
    assert result.exit_code == 1
    assert "no store yet" in result.output


@pytest.mark.django_db
def test_replay_names_the_handlers_there_are(tmp_path: Path) -> None:
    result = doorstep(
        "replay", "events", "--handler", "nobody", "--from-start", "--data", str(tmp_path),
        DATABASE_URL=database_url(),
    )  # fmt: skip
    assert result.exit_code == 1
    assert "There is no handler “nobody”" in result.output


def test_replay_events_wants_a_place_to_start(tmp_path: Path) -> None:
    result = doorstep("replay", "events", "--handler", "x", "--data", str(tmp_path))
    assert result.exit_code == 2


@pytest.mark.django_db
def test_doctor_finds_what_is_wrong(tmp_path: Path) -> None:
    result = doorstep(
        "doctor", "--json", "--data", str(tmp_path),
        DATABASE_URL=database_url(), DOORSTEP_SECRET_KEY="short",
    )  # fmt: skip
    found = {finding["check"]: finding for finding in json.loads(result.output)}
    assert result.exit_code == 1
    assert found["database"]["state"] == found["migrations"]["state"] == "ok"
    assert found["secret key"]["state"] == found["worker"]["state"] == "problem"
    assert found["worker"]["mend"].startswith("Start one")


@pytest.mark.django_db
@pytest.mark.parametrize(("workers", "state"), [(1, "ok"), (1000, "problem")])
def test_doctor_counts_connections(tmp_path: Path, workers: int, state: str) -> None:
    result = doorstep(
        "doctor", "--json", "--data", str(tmp_path),
        DATABASE_URL=database_url(), DOORSTEP_WORKERS=str(workers),
    )  # fmt: skip
    [found] = [one for one in json.loads(result.output) if one["check"] == "connections"]
    assert found["state"] == state
    assert f"{workers} worker" in found["what"]


@pytest.mark.django_db
def test_doctor_asks_the_live_streams(tmp_path: Path) -> None:
    said = b'{"status": "ready", "problems": [], "streams": 3}'

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        answered = _live_finding(tmp_path, port)
        said = b"somebody else's health"
        strange = _live_finding(tmp_path, port)
        server.shutdown()
    silent = _live_finding(tmp_path, port)
    assert (answered["state"], answered["what"]) == (
        "ok",
        f"answer on 127.0.0.1:{port}, 3 pages listen",
    )
    assert strange["state"] == silent["state"] == "note"
    assert "DOORSTEP_LIVE_PORT" in silent["mend"]


def _live_finding(tmp_path: Path, port: int) -> dict[str, str]:
    result = doorstep(
        "doctor", "--json", "--data", str(tmp_path),
        DATABASE_URL=database_url(), DOORSTEP_LIVE_PORT=str(port), PORT="1",
    )  # fmt: skip
    return next(one for one in json.loads(result.output) if one["check"] == "live streams")


@pytest.mark.parametrize(
    ("told", "links"),
    [("", "http://127.0.0.1:9000"), ("https://shop.example", "https://shop.example")],
)
@pytest.mark.django_db
def test_commands_make_links_as_the_last_run_did(tmp_path: Path, told: str, links: str) -> None:
    DataFolder.open(tmp_path).address_file.write_text("http://127.0.0.1:9000")
    # A process of its own: settings are read once.
    command = [sys.executable, "-m", "doorstep.cli", "doctor", "--json", "--data", str(tmp_path)]
    environment = {"DATABASE_URL": database_url(), "DOORSTEP_BASE_URL": told}
    result = subprocess.run(command, env=os.environ | environment, capture_output=True, check=False)
    found = {finding["check"]: finding["what"] for finding in json.loads(result.stdout)}
    assert found["address"].startswith(f"links start with {links}")


@pytest.mark.django_db(transaction=True)
def test_setup_makes_a_store_whose_owner_can_join(tmp_path: Path, client: Client) -> None:
    arguments = ["Fern & Kettle", "--owner", "Ines@Example.com", "--currency", "eur"]
    options = {"DATABASE_URL": database_url()}
    result = doorstep("setup", *arguments, "--data", str(tmp_path), **options)
    assert result.exit_code == 0, result.output
    [store] = list_stores()
    assert (store.slug, store.currency, store.is_demo) == ("fern-kettle", "EUR", False)

    path = "/console/join/" + result.output.partition("/console/join/")[2].strip()
    answer = client.post(path, {"name": "Ines", "password": "two cups of assam, please"})
    assert answer.status_code == 302
    assert client.get("/console/", follow=True).status_code == 200
    assert client.get(path).status_code == 410, "the link works once"

    again = doorstep("setup", *arguments, "--data", str(tmp_path), **options)
    assert again.exit_code == 0
    assert len(list_stores()) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--currency", "XXQ", "--owner", "a@example.com"], "not a currency"),
        (["--currency", "EUR", "--owner", "nobody"], "not an e-mail"),
        (["--currency", "EUR", "--owner", "a@example.com", "--timezone", "Mars"], "time zone"),
    ],
)
def test_setup_says_what_is_wrong_and_makes_nothing(
    tmp_path: Path, wrong: list[str], words: str
) -> None:
    result = doorstep("setup", "Fern", *wrong, "--data", str(tmp_path), DATABASE_URL=database_url())
    assert result.exit_code == 1
    assert words in result.output
    assert list_stores() == []


def test_the_demo_shop_goes_without_a_trace(
    tmp_path: Path, django_db_setup: None, django_db_blocker: Any
) -> None:
    """Also what has happened in it since it was made; the shop beside it stays whole."""
    with django_db_blocker.unblock(), prepared_database("shop", make_shop) as shop:
        demo, own = shop.ours.store.id, shop.theirs.store.id
        before = _rows(demo), _rows(own)
        assert {"orders_order", "kernel_event", "messaging_message"} <= before[0].keys()
        for arguments, left in ((["seed"], before[0]), (["seed", "--remove"], {})):
            result = doorstep(*arguments, "--data", str(tmp_path), DATABASE_URL=database_url())
            assert result.exit_code == 0, result.output
            assert _rows(demo) == left
        assert [store.id for store in list_stores()] == [own]
        assert _rows(own) == before[1]
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _rows(store_id: UUID) -> dict[str, int]:
    """Count the rows of a store, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables "
            "USING (table_schema, table_name) WHERE table_schema = 'public' "
            "AND column_name = 'store_id' AND table_type = 'BASE TABLE' ORDER BY table_name"
        )
        tables = [row[0] for row in cursor.fetchall()]
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE store_id = %s', [store_id])
            counts[table] = cursor.fetchone()[0]
    return {table: count for table, count in counts.items() if count}
