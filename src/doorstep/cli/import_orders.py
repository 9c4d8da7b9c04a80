"""``doorstep import``: orders from a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from doorstep.cli.environment import any_database
from doorstep.cli.options import data_option
from doorstep.cli.stores import find_store, store_option
from doorstep.runtime.data_folder import DataFolder

if TYPE_CHECKING:
    from doorstep.connectors.csv_import.api import ImportReport

SHOWN = 20
"""Problems printed; all of them go to the file of --problems."""


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
@store_option
@click.option(
    "--format",
    "form",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "shopify", "woocommerce", "generic", "jsonl"]),
    help="What wrote the file; auto looks at its headings.",
)
@click.option(
    "--mode",
    default="history",
    show_default=True,
    type=click.Choice(["history", "live"]),
    help="history: messages nobody, ever. live: as if the orders had just arrived.",
)
@click.option("--channel", default="", help="Sales channel of the orders, e.g. shopify.")
@click.option(
    "--processes",
    default=os.cpu_count() or 1,
    show_default="one for each core",
    type=click.IntRange(1, 16),
    help="How many may work on a large JSON Lines file.",
)
@click.option("--problems", type=click.File("w", encoding="utf-8"), help="Write them here as CSV.")
def import_orders(
    file: Path,
    data: DataFolder,
    store: str | None,
    form: str,
    mode: str,
    channel: str,
    processes: int,
    problems: TextIO | None,
) -> None:
    """Import orders from FILE: a shop's CSV export, the generic CSV, or JSON Lines.

    An order is taken whole or not at all; what is refused is listed with its line. The same file
    again changes nothing, and an import that was broken off goes on where it stopped. Exits with 1
    when something was refused.
    """
    with any_database(data, "doorstep import"):
        from doorstep.connectors.csv_import import api
        from doorstep.kernel.actors import Actor
        from doorstep.kernel.clock import now
        from doorstep.kernel.tenancy import store_scope

        target = find_store(store)
        report = api.import_file(
            file,
            format=form,
            store_id=target.id,
            mode=mode,
            sales_channel=channel,
            by=Actor.system("cli.import"),
            at=now(),
            progress=lambda so_far: click.echo(f"{so_far.orders_seen} orders ...", err=True),
            processes=processes,
        )
        _tell(report)
        if problems is not None:
            with store_scope(target.id):
                problems.writelines(api.write_problems(report.run_id))
    sys.exit(bool(report.orders_refused or report.failure))


def _tell(report: ImportReport) -> None:
    click.echo(
        f"{report.file_name} ({report.format}, {report.mode}): {report.orders_seen} orders, "
        f"{report.orders_new} new, {report.orders_known} known before, "
        f"{report.orders_refused} refused."
    )
    for problem in report.problems[:SHOWN]:
        place = f"line {problem.line}" + (f", {problem.column}" if problem.column else "")
        click.echo(f"  {place}: {problem.message}")
    if (more := report.problem_count - SHOWN) > 0:
        click.echo(f"  and {more} more; --problems FILE writes them all.")
    if report.failure:
        click.echo(f"  The import failed: {report.failure}")
