"""Give Django what it needs before a command touches it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from doorstep.runtime import folder_lock
from doorstep.runtime.data_folder import DataFolder
from doorstep.runtime.database_leftovers import find_running
from doorstep.runtime.errors import DatabaseUnavailable


def use_running(data: DataFolder) -> None:
    """Set Django up against a database that already runs.

    :raises DatabaseUnavailable: no DATABASE_URL, and the embedded database is not running.
    """
    find_database(data)
    _use_address(data)
    _set_up_django()


def find_database(data: DataFolder) -> None:
    """Put the address of a running database and the secret key into the environment.

    :raises DatabaseUnavailable: no DATABASE_URL, and the embedded database is not running.
    """
    url = os.environ.get("DATABASE_URL") or find_running(data.postgres)
    if url is None:
        raise DatabaseUnavailable(
            "There is no database: DATABASE_URL is not set, and none runs in the data folder "
            f"{data.root}.",
            "Set DATABASE_URL, or use `doorstep run`, which brings its own database.",
        )
    _set_environment(data, url)


@contextlib.contextmanager
def any_database(data: DataFolder, purpose: str) -> Iterator[None]:
    """Set Django up against the database; start the embedded one for this command when none runs.

    :raises DatabaseUnavailable: it cannot be started.
    :raises DataFolderBusy: another command is just starting or stopping it.
    """
    url = os.environ.get("DATABASE_URL") or find_running(data.postgres)
    if url is not None:
        _set_environment(data, url)
        _use_address(data)
        _set_up_django()
        yield
        return
    # Only here: the web server's parent process stays small without the database driver.
    from doorstep.runtime.embedded_postgres import EmbeddedPostgres

    with folder_lock.hold(data.run / "lock", purpose):
        database = EmbeddedPostgres(data.postgres, log=data.logs / "postgres.log")
        try:
            _set_environment(data, database.start())
            _use_address(data)
            _set_up_django()
            yield
        finally:
            _close_connections()
            database.stop()


def _set_environment(data: DataFolder, url: str) -> None:
    os.environ["DATABASE_URL"] = url
    os.environ["DATA"] = str(data.root)
    if not os.environ.get("DOORSTEP_SECRET_KEY"):
        os.environ["DOORSTEP_SECRET_KEY"] = data.secret_key()


def _use_address(data: DataFolder) -> None:
    """Make links as `doorstep run` does, also where the port was told only to that command."""
    if not os.environ.get("DOORSTEP_BASE_URL") and (address := data.last_address()):
        os.environ["DOORSTEP_BASE_URL"] = address


def _set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")

    import django

    django.setup()


def _close_connections() -> None:
    from django.apps import apps

    if apps.ready:
        from django.db import connections

        connections.close_all()
