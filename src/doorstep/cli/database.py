"""``doorstep migrate`` and ``doorstep seed``: bring the database to where the code is."""

from __future__ import annotations

import json
import sys

import click

from doorstep.cli.environment import any_database
from doorstep.cli.options import data_option
from doorstep.runtime.data_folder import DataFolder

MIGRATION_LOCK = 0x646F6F72
"""Key of the advisory lock under which one process migrates at a time ("door")."""


@click.command()
@data_option
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when something is to be done.")
def migrate(data: DataFolder, check: bool) -> None:
    """Bring the database's tables up to date.

    Safe to start on several machines at once: one works, the others wait.
    """
    with any_database(data, "doorstep migrate"):
        from doorstep.config.health import pending_migrations

        pending = pending_migrations()
        if check:
            click.echo(f"{len(pending)} migrations to be applied." if pending else "Up to date.")
            if pending:
                sys.exit(1)
            return
        bring_up_to_date()
        click.echo(f"Applied {len(pending)} migrations." if pending else "Already up to date.")


@click.command()
@data_option
@click.option("--remove", is_flag=True, help="Take the demo shop away again, with all its data.")
def seed(data: DataFolder, remove: bool) -> None:
    """Add the demo shop: Fern & Kettle with its staff, shoppers, stock and orders.

    Running it again adds nothing twice.
    """
    with any_database(data, "doorstep seed"):
        from doorstep.demo.api import seed_demo
        from doorstep.demo.cast import SLUG
        from doorstep.demo.removal import remove_demo
        from doorstep.kernel.clock import now

        bring_up_to_date()
        if remove:
            click.echo(f"The demo shop is gone: {remove_demo(SLUG)} rows.")
            return
        seed_demo(at=now())
        click.echo("The demo shop is there.")


@click.command(hidden=True)
@data_option
@click.option("--demo/--no-demo", default=True)
def prepare(data: DataFolder, demo: bool) -> None:
    """Migrate, seed when empty, and print the addresses as JSON (for `doorstep run`)."""
    with any_database(data, "doorstep prepare"):
        from django.conf import settings

        from doorstep.demo.api import addresses, is_empty, seed_demo
        from doorstep.kernel.clock import now
        from doorstep.kernel.models.heartbeat import WorkerHeartbeat

        bring_up_to_date()
        # A killed worker's last sign of life must not make the new start look ready too early.
        # Workers on other machines give theirs again within seconds.
        WorkerHeartbeat.objects.all().delete()
        if demo and is_empty():
            seed_demo(at=now())
        click.echo(json.dumps(addresses(settings.BASE_URL)))


def bring_up_to_date() -> None:
    """Apply what migrations are missing; one process at a time."""
    from django.core.management import call_command
    from django.db import connection

    from doorstep.config.health import pending_migrations

    if not pending_migrations():
        return
    with connection.cursor() as cursor:
        # Two machines that deploy at once must not both alter the tables.
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            call_command("migrate", interactive=False, verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
