"""The ``doorstep`` command: help everywhere, and words in place of tracebacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dev.testing.servers import database_url
from doorstep.cli.main import COMMANDS, main


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
