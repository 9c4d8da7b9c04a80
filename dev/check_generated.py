"""Parts of the documentation that are written from the code: check them, or write them anew.

python -m dev.check_generated            exit 1 when a file is out of date
python -m dev.check_generated --write    write them
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from dev import generate_openapi
from dev.generate_docs import PAGES
from doorstep.config.environment import VARIABLES

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "guides" / "configuration.md"
BEGIN = "<!-- variables: written by `python -m dev.check_generated --write` -->\n"
END = "<!-- end -->"


def configuration() -> str:
    """Return the configuration guide with the table of variables in it."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for variable in VARIABLES:
        default = f"`{variable.default}`" if variable.default else ""
        lines.append(f"| `{variable.name}` | {default} | {variable.meaning} |")
    before, _, rest = GUIDE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    return before + BEGIN + "\n".join(lines) + "\n" + END + after


GENERATED: dict[Path, Callable[[], str]] = {
    GUIDE: configuration,
    generate_openapi.FILE: generate_openapi.openapi,
    **PAGES,
}


def main() -> None:
    """Check or write every generated file."""
    stale = []
    for path, make in GENERATED.items():
        wanted = make()
        if path.exists() and path.read_text(encoding="utf-8") == wanted:
            continue
        if "--write" in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
        else:
            stale.append(str(path.relative_to(ROOT)))
    if stale:
        sys.exit(
            f"out of date: {', '.join(stale)}\nwrite anew with: python -m dev.check_generated --write"
        )


if __name__ == "__main__":
    main()
