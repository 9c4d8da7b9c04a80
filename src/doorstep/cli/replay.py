"""``doorstep replay``: work through again what is stored."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from uuid import UUID

import click

from doorstep.cli.environment import any_database
from doorstep.cli.options import data_option
from doorstep.cli.stores import find_store, store_option
from doorstep.runtime.data_folder import DataFolder
from doorstep.runtime.errors import RuntimeProblem

TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


@click.group()
def replay() -> None:
    """Work through stored deliveries or events again.

    Every order that came in and everything that happened is kept as it was; after a fault is mended,
    what went wrong can be done again.
    """


@replay.command()
@data_option
@store_option
@click.option("--status", "statuses", multiple=True, help="Only these, e.g. rejected; repeatable.")
@click.option("--id", "ids", multiple=True, type=click.UUID, help="Only this one; repeatable.")
@click.option("--from", "start", type=click.DateTime(TIMES), help="Received since then (UTC).")
@click.option("--to", "end", type=click.DateTime(TIMES), help="Received before then (UTC).")
def deliveries(
    data: DataFolder,
    store: str | None,
    statuses: tuple[str, ...],
    ids: tuple[UUID, ...],
    start: datetime | None,
    end: datetime | None,
) -> None:
    """Process stored deliveries of the shops again.

    Nothing is doubled: an order that is known already and no older than the delivery stays as it is.
    A running worker takes them up at once.
    """
    with any_database(data, "doorstep replay"):
        from doorstep.connectors.base import api
        from doorstep.kernel.clock import now
        from doorstep.kernel.tenancy import store_scope

        with store_scope(find_store(store).id):
            count = api.replay(
                statuses=statuses,
                delivery_ids=ids,
                received_from=start.replace(tzinfo=UTC) if start else None,
                received_to=end.replace(tzinfo=UTC) if end else None,
                at=now(),
            )
    click.echo(f"{count} deliveries are due again." if count else "No delivery matches.")
    sys.exit(0 if count else 1)


@replay.command()
@data_option
@click.option("--handler", "name", metavar="NAME", help="Which handler reads again.")
@click.option("--from-start", is_flag=True, help="From the beginning of the log.")
@click.option("--after", type=click.IntRange(0), help="From after this position.")
@click.option("--list", "show", is_flag=True, help="List the handlers and what they have not read.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def events(
    data: DataFolder, name: str | None, from_start: bool, after: int | None, show: bool, yes: bool
) -> None:
    """Let one handler read the event log again.

    For a handler that was wrong and is mended, or that keeps a table which is to be made anew. What
    it does again is up to the handler: read its description first.
    """
    if not show and (name is None or from_start == (after is not None)):
        raise click.UsageError("Give --handler with either --from-start or --after, or --list.")
    with any_database(data, "doorstep replay"):
        from doorstep.kernel.events import lanes, registry, sequencer

        if show:
            _list_handlers()
            return
        known = {handler.name for handler in registry.all_handlers()}
        if name not in known:
            raise RuntimeProblem(
                f"There is no handler “{name}”.",
                f"There are: {', '.join(sorted(known)) or 'none'}.",
            )
        position = after or 0
        count = max(0, sequencer.head_position() - position)
        if not yes:
            click.confirm(f"{name} reads up to {count} events again. Go on?", abort=True)
        lanes.ensure_cursors()
        lanes.rewind(name, position)
    click.echo(f"{name} reads from position {position} on, as soon as a worker runs.")


def _list_handlers() -> None:
    from doorstep.kernel.events import lanes, registry, sequencer

    behind = {handler.name for handler in lanes.handlers_behind()}
    click.echo(f"The log ends at position {sequencer.head_position()}.")
    for handler in registry.all_handlers():
        state = "has events to read" if handler.name in behind else "has read all"
        click.echo(f"  {handler.name}: {state} ({', '.join(handler.event_names)})")
