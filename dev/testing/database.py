"""A real PostgreSQL for the tests: DATABASE_URL's server, or the embedded one.

Migrations run once, into a template database that is kept until they change; every test process
gets a copy of it, which takes a tenth of a second.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import pickle
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from doorstep.config.settings import _database
from doorstep.runtime import folder_lock
from doorstep.runtime.database_programs import find_programs
from doorstep.runtime.embedded_postgres import EmbeddedPostgres
from doorstep.runtime.errors import DataFolderBusy

ROOT = Path(__file__).resolve().parents[2]
STANDING = ROOT / ".data" / "test"
"""Kept between runs, so the template database is still there."""

_running = contextlib.ExitStack()


# Under this name, processes that tests start find the migrated database they can copy.
TEMPLATE = "DOORSTEP_TEST_TEMPLATE"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Point Django at the database, starting one where DATABASE_URL names none."""
    key = os.environ.setdefault("DOORSTEP_SECRET_KEY", secrets.token_urlsafe(48))
    settings.SECRET_KEY = key
    # Tests ask for static files by their own names, and nothing is collected first.
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    settings.OWN_HOSTS.append("testserver")
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    # Slow on purpose in production, and for no gain here.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if not os.environ.get("DATABASE_URL"):
        # Processes of xdist inherit the address, so only the first one starts a server.
        os.environ["DATABASE_URL"] = _running.enter_context(_embedded())
        settings.DATABASES["default"].update(_database(os.environ["DATABASE_URL"]))


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server that :func:`pytest_configure` started."""
    _running.close()


@contextlib.contextmanager
def _embedded() -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        STANDING.mkdir(parents=True, exist_ok=True)
        try:
            stack.enter_context(folder_lock.hold(STANDING / "lock", "tests"))
            folder = STANDING
        except DataFolderBusy:  # a second run beside the first: a database of its own
            folder = Path(tempfile.mkdtemp(prefix="doorstep-tests-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = EmbeddedPostgres(folder / "postgres", log=folder / "postgres.log", throw_away=True)
        stack.callback(server.stop)
        yield server.start()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """Give this test process a database of its own, copied from the migrated template."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    database = settings.DATABASES["default"]
    base = f"test_{database['NAME']}"
    name = f"{base}_{worker}" if worker else base
    with django_db_blocker.unblock(), _admin() as admin:
        template = _template(admin, base)
        _recreate(admin, name, template)
        _use(name)
        os.environ[TEMPLATE] = template
        yield
        connections.close_all()
        _drop(admin, name)


@contextlib.contextmanager
def prepared_database(what: str, fill: Callable[[], object]) -> Iterator[Any]:
    """Work on a copy of a database that ``fill`` has filled, once for all processes of this run.

    For what takes long to make and many modules of tests want. The tests' own database is back
    afterwards, untouched. Needs :func:`django_db_setup` and an unblocked database.

    :param what: a short name without signs.
    :return: what ``fill`` returned; it is pickled.
    """
    own = str(connection.settings_dict["NAME"])
    template = os.environ[TEMPLATE]
    with _admin() as admin:
        series = f"{template.partition('_tmpl_')[0][:30]}_filled_{what}_"
        filled = series + _run_id()
        made = _fill_once(admin, filled, template, fill, series)
        copy = f"{own[:40]}_{what}"
        _recreate(admin, copy, filled)
        _use(copy)
        try:
            yield made
        finally:
            connections.close_all()
            _use(own)
            _drop(admin, copy)


def copy_template(url: str) -> None:
    """Copy the migrated template into an empty database on another server.

    :param url: address of that database.
    """
    programs = find_programs(Path())
    with _admin() as admin:
        source = f"{admin.info.dsn} password='{admin.info.password}' dbname={os.environ[TEMPLATE]}"
    dump = subprocess.run(
        [programs / "pg_dump", "--no-owner", source], capture_output=True, check=True
    )
    restore = [programs / "psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", url]
    subprocess.run(restore, input=dump.stdout, capture_output=True, check=True)


def _run_id() -> str:
    """Return what tells this run of the tests from others on the same server."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:12]


def _fill_once(
    admin: psycopg.Connection[Any],
    name: str,
    template: str,
    fill: Callable[[], object],
    series: str,
) -> object:
    """Make a filled database unless another process of this run has; return what ``fill`` said.

    Those of earlier runs are dropped. What ``fill`` returned is kept as the database's comment.
    """
    admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
    try:
        said = admin.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        ).fetchone()
        if said is None or said[0] is None:
            earlier = admin.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [series]
            )
            for (old,) in earlier.fetchall():
                _drop(admin, old)
            _recreate(admin, name, template)
            _use(name)
            made = fill()
            connections.close_all()
            text = base64.b64encode(pickle.dumps(made)).decode()
            comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
            admin.execute(comment.format(sql.Identifier(name), sql.Literal(text)))
            return made
        return pickle.loads(base64.b64decode(said[0]))
    finally:
        admin.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


def _admin() -> psycopg.Connection[Any]:
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    for key in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(key, None)
    return psycopg.connect(**parameters, autocommit=True)


def _template(admin: psycopg.Connection[Any], base: str) -> str:
    """Return the name of the migrated template; make it when the migrations are new."""
    name = f"{base[:40]}_tmpl_{_fingerprint()}"
    # Also test runs on other checkouts wait here; the lock falls with the connection.
    admin.execute("SELECT pg_advisory_lock(hashtext(%s))", [base])
    try:
        found = admin.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{base[:40]}_tmpl_"]
        )
        existing = {row[0] for row in found}
        for old in existing - {name}:
            _drop(admin, old)
        if name not in existing:
            draft = f"{base[:40]}_draft"
            _recreate(admin, draft, "template0")
            _use(draft)
            call_command("migrate", interactive=False, verbosity=0)
            connections.close_all()
            admin.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(draft), sql.Identifier(name)
                )
            )
    finally:
        admin.execute("SELECT pg_advisory_unlock(hashtext(%s))", [base])
    return name


def _fingerprint() -> str:
    digest = hashlib.sha256()
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        module = __import__(migration.__module__, fromlist=["__file__"])
        digest.update(f"{app} {name}".encode())
        digest.update(Path(str(module.__file__)).read_bytes())
        for script in sorted(Path(str(module.__file__)).parent.glob("*.sql")):
            digest.update(script.read_bytes())
    for package in ("django", "procrastinate"):
        digest.update(metadata.version(package).encode())
    return digest.hexdigest()[:12]


def _use(name: str) -> None:
    connections.close_all()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _recreate(admin: psycopg.Connection[Any], name: str, template: str) -> None:
    _drop(admin, name)
    admin.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )


def _drop(admin: psycopg.Connection[Any], name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
