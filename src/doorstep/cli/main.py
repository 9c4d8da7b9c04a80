"""The ``doorstep`` command."""

from __future__ import annotations

import importlib
import sys
from importlib import metadata
from typing import Any

import click

from doorstep.runtime.errors import RuntimeProblem

COMMANDS = {
    "run": ("doorstep.cli.run", "run"),
    "web": ("doorstep.cli.web", "web"),
    "worker": ("doorstep.cli.worker", "worker"),
    "live": ("doorstep.cli.live", "live"),
    "migrate": ("doorstep.cli.database", "migrate"),
    "prepare": ("doorstep.cli.database", "prepare"),
    "setup": ("doorstep.cli.setup", "setup"),
    "seed": ("doorstep.cli.database", "seed"),
    "import": ("doorstep.cli.import_orders", "import_orders"),
    "replay": ("doorstep.cli.replay", "replay"),
    "doctor": ("doorstep.cli.doctor", "doctor"),
}


class LazyGroup(click.Group):
    """Import a command when it is asked for: ``--help`` and ``run`` need no Django."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what a person can mend is told in a sentence, without a traceback."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if (told := _tell(error)) is None:
                raise
            raise click.ClickException(told) from error


def _tell(error: Exception) -> str | None:
    """Return the sentence for a person, or ``None`` when the error is a fault of the program."""
    if isinstance(error, RuntimeProblem):
        return str(error)
    if "django" not in sys.modules:
        return None
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError, ProgrammingError

    from doorstep.kernel.errors import DomainError

    if isinstance(error, DomainError):
        return f"{error.field}: {error.message}" if error.field else error.message
    if isinstance(error, ImproperlyConfigured):
        return f"Doorstep is not configured rightly: {error}"
    if isinstance(error, OperationalError):
        return f"The database does not answer: {str(error).strip()}\nCheck: doorstep doctor"
    if isinstance(error, ProgrammingError) and "does not exist" in str(error):
        return "The database is not up to date.\nBring it up to date with: doorstep migrate"
    return None


def _version() -> str:
    try:
        return metadata.version("doorstep")
    except metadata.PackageNotFoundError:
        return "from a checkout"


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="doorstep")
def main() -> None:
    """Everything after the buy button, on your own machine.

    `doorstep run` starts all of it. For a larger installation set DATABASE_URL and run
    `doorstep migrate`, then `doorstep web`, `doorstep worker` and `doorstep live` as often as you
    need.
    Settings are read from the environment: see docs/guides/configuration.md.
    """
