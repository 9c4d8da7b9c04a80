"""Write the lock files: exact versions of everything that pyproject.toml leads to.

``requirements.lock`` is what runs, ``requirements-pdf.lock`` adds the extra ``pdf``, and
``requirements-dev.lock`` what tests and checks need. Made by installing into an empty environment, so what is written is what was seen to install together.

    python -m dev.lock
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "requirements.lock"
PDF = ROOT / "requirements-pdf.lock"
DEV = ROOT / "requirements-dev.lock"
HEADER = "# Made by `make lock` from pyproject.toml; do not edit.\n"


def main() -> None:
    """Install afresh, and write both files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    with tempfile.TemporaryDirectory() as folder:
        python = _environment(Path(folder))
        runtime = _install(python, project["project"]["dependencies"])
        extra = project["project"]["optional-dependencies"]["pdf"]
        with_pdf = _install(python, [*runtime, *extra])
        wanted = [*with_pdf, *project["dependency-groups"]["dev"]]
        everything = _install(python, wanted, setuptools_too=True)
    RUNTIME.write_text(HEADER + "".join(f"{line}\n" for line in runtime))
    _add(PDF, "requirements.lock", [line for line in with_pdf if line not in runtime])
    _add(DEV, "requirements-pdf.lock", [line for line in everything if line not in with_pdf])


def _add(path: Path, below: str, lines: list[str]) -> None:
    """Write a lock file that stands on another."""
    path.write_text(HEADER + f"-r {below}\n" + "".join(f"{line}\n" for line in lines))


def _environment(folder: Path) -> str:
    venv.create(folder, with_pip=True)
    return str(folder / "bin" / "python")


def _install(python: str, requirements: list[str], *, setuptools_too: bool = False) -> list[str]:
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", *requirements], check=True, stdout=sys.stderr
    )
    done = subprocess.run(
        [python, "-m", "pip", "freeze", "--all", "--exclude", "pip"],
        check=True,
        capture_output=True,
        text=True,
    )
    # A fresh environment's own setuptools is no part of what runs.
    return sorted(
        line
        for line in done.stdout.splitlines()
        if "==" in line and (setuptools_too or not line.startswith("setuptools=="))
    )


if __name__ == "__main__":
    main()
