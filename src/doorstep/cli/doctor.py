"""``doorstep doctor``: what is missing or wrong, and how to mend it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import click

from doorstep.cli.checks import machine
from doorstep.cli.checks.finding import Finding, note, problem
from doorstep.cli.environment import any_database
from doorstep.cli.options import bind_options, data_option
from doorstep.runtime.data_folder import DataFolder
from doorstep.runtime.database_leftovers import find_running
from doorstep.runtime.errors import RuntimeProblem

SIGNS = {"ok": "ok      ", "note": "note    ", "problem": "PROBLEM "}


@click.command()
@bind_options
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, for programs.")
def doctor(host: str, port: int, data: DataFolder, as_json: bool) -> None:
    """Check the installation; exit with 1 when there is a problem.

    Starts the embedded database for the moment when it is not running. Repairs nothing by itself.
    """
    findings = [*machine.look(data, host, port), *_database(data)]
    if as_json:
        click.echo(json.dumps([finding.as_json() for finding in findings], indent=2))
    else:
        _print(findings)
    sys.exit(any(finding.state == "problem" for finding in findings))


def _database(data: DataFolder) -> Iterator[Finding]:
    external = bool(os.environ.get("DATABASE_URL"))
    running = external or find_running(data.postgres) is not None
    if not running and not data.postgres.exists():
        yield note("database", "there is none yet", "doorstep run makes one, or set DATABASE_URL.")
        return
    try:
        with any_database(data, "doorstep doctor"):
            from doorstep.cli.checks import database

            yield from database.look(running=running)
    except RuntimeProblem as error:
        yield problem("database", error.what, error.mend)


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        click.echo(f"{SIGNS[finding.state]}{finding.check}: {finding.what}")
        if finding.mend:
            click.echo(f"{'':8}-> {finding.mend}")
    problems = sum(finding.state == "problem" for finding in findings)
    click.echo(f"\n{problems} problems." if problems != 1 else "\n1 problem.")
