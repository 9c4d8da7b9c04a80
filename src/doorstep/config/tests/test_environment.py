"""Every variable that is read is listed, and every listed one is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from doorstep.config import environment
from doorstep.config.settings import PACKAGE_DIR, _database

READ = re.compile(
    r"""(?:environ(?:\.get)?[\[(]|getenv\(|envvar=|environment\.(?:text|names|flag|one_of)\()\s*["'](\w+)"""
)
INTERNAL = {"DJANGO_SETTINGS_MODULE", "PATH", "DOORSTEP_RUN_MARK"}


def sources() -> list[Path]:
    return [path for path in PACKAGE_DIR.rglob("*.py") if "tests" not in path.parts]


def test_what_is_read_is_listed_and_what_is_listed_is_read() -> None:
    read = {name for path in sources() for name in READ.findall(path.read_text())} - INTERNAL
    assert read == {variable.name for variable in environment.VARIABLES}


@pytest.mark.parametrize(("value", "expected"), [("yes", True), ("0", False), ("", False)])
def test_flags(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("DOORSTEP_DEBUG", value)
    assert environment.flag("DOORSTEP_DEBUG") is expected


def test_a_flag_that_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORSTEP_DEBUG", "maybe")
    with pytest.raises(ImproperlyConfigured, match="must be yes or no"):
        environment.flag("DOORSTEP_DEBUG")


@pytest.mark.parametrize(
    ("url", "host", "name"),
    [
        ("postgresql://u:p%40ss@db.example:5433/shop", "db.example", "shop"),
        ("postgresql://postgres@/doorstep?host=/var/run/x", "/var/run/x", "doorstep"),
    ],
)
def test_database_urls(url: str, host: str, name: str) -> None:
    found = _database(url)
    assert (found["HOST"], found["NAME"]) == (host, name)


def test_another_databases_url_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="postgresql://"):
        _database("mysql://root@localhost/shop")
