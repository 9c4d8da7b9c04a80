"""The map of the house in ``docs/map``, written from the code that it describes.

python -m dev.generate_docs            write every generated page anew
python -m dev.generate_docs --check    exit 1 when one is out of date (part of ``make lint``)
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import os
import pkgutil
import re
import sys
import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MAP = ROOT / "docs" / "map"
SOURCE = ROOT / "src" / "doorstep"
# What registers itself when it is imported: in rooms, connectors and pages alike.
REGISTERING = ("events", "handlers", "facts", "actions")
NOTE = "<!-- written by `python -m dev.generate_docs`: change the code, not this page -->"


@cache
def load() -> None:
    """Start Django and import everything that registers something."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
    import django

    django.setup()
    from django.apps import apps

    for config in apps.get_app_configs():
        if not config.name.startswith("doorstep."):
            continue
        for name in REGISTERING:
            if (Path(config.path) / name).is_dir() or (Path(config.path) / f"{name}.py").is_file():
                _import_all(importlib.import_module(f"{config.name}.{name}"))


def _import_all(module: ModuleType) -> None:
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), f"{module.__name__}."):
        if ".tests" not in found.name:
            importlib.import_module(found.name)


def page(title: str, introduction: str, body: Iterable[str]) -> str:
    """Lay out one page."""
    return "\n".join([NOTE, "", f"# {title}", "", introduction, "", *body]).rstrip() + "\n"


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Lay out a Markdown table; bars in cells are escaped."""
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for row in rows:
        cells = (" ".join(cell.split()).replace("|", "\\|") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def rooms() -> str:
    """Write which parts there are, what each owns and what it exchanges with others."""
    load()
    body: list[str] = ["## Rooms, from the ground up", ""]
    names = sorted(_packages(SOURCE / "rooms"), key=lambda name: (-_height(name), name))
    body += table(
        ("room", "what it owns", "publishes", "listens to"),
        [
            (_linked(f"rooms/{name}", name), _first_words(SOURCE / "rooms" / name), *_traffic(name))
            for name in names
        ],
    )
    body += ["", "## Around the rooms", ""]
    around = [path for path in _packages(SOURCE) if path != "rooms"]
    inner = [f"connectors/{name}" for name in _packages(SOURCE / "connectors")]
    body += table(
        ("part", "what it is"),
        [(_linked(name, name), _first_words(SOURCE / name)) for name in sorted([*around, *inner])],
    )
    return page("Rooms", "Imports point down this list only; import-linter checks it.", body)


def _linked(path: str, name: str) -> str:
    return f"[{name}](../../src/doorstep/{path})"


def _packages(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.glob("*/__init__.py") if _has_code(path))


def _has_code(init: Path) -> bool:
    return any(path != init for path in init.parent.rglob("*.py"))


@cache
def _layers() -> list[str]:
    """Return the rooms' layers, top first, from the contract that import-linter enforces."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for contract in project["tool"]["importlinter"]["contracts"]:
        if contract.get("containers") == ["doorstep.rooms"]:
            return list(contract["layers"])
    raise LookupError("pyproject.toml has no import contract for doorstep.rooms")


def _height(room: str) -> int:
    for height, layer in enumerate(_layers()):
        if room in re.findall(r"\w+", layer):
            return height
    raise LookupError(f"the import contract does not name the room {room}")


def _first_words(folder: Path) -> str:
    """Return the first paragraph of a README after its heading."""
    readme = folder / "README.md"
    if not readme.exists():
        return "(no README yet)"
    blocks = re.split(r"\n\s*\n", readme.read_text(encoding="utf-8").strip())
    prose = [block for block in blocks if not block.startswith("#")]
    return prose[0] if prose else "(nothing said yet)"


def _traffic(room: str) -> tuple[str, str]:
    from doorstep.kernel.events import registry

    published = [
        event.name.partition(".")[2]
        for event in registry.all_events()
        if event.name.startswith(f"{room}.")
    ]
    heard = {
        event
        for handler in registry.all_handlers()
        if handler.function.__module__.startswith(f"doorstep.rooms.{room}.")
        for event in handler.event_names
    }
    return ", ".join(published), ", ".join(sorted(heard))


def events() -> str:
    """Write every event with its fields and who listens."""
    load()
    from doorstep.kernel.events import registry

    body: list[str] = []
    handlers = registry.all_handlers()
    for event in registry.all_events():
        if not event.cls.__module__.startswith("doorstep.") or ".tests." in event.cls.__module__:
            continue
        listeners = [h.name for h in handlers if event.name in h.event_names]
        body += [f"## {event.name}", "", inspect.cleandoc(event.doc), ""]
        body += table(
            ("field", "type"),
            [
                (f"`{field.name}`", f"`{_type_name(field.type)}`")
                for field in dataclasses.fields(event.cls)
            ],
        )
        body += [
            "",
            f"Listeners: {', '.join(f'`{name}`' for name in listeners) or 'none yet'}.",
            "",
        ]
    return page("Events", "What happened, in the order of the names. ADR 0003 says how.", body)


def _type_name(kind: Any) -> str:
    return kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))


def actions() -> str:
    """Write the action catalogue."""
    load()
    from doorstep.kernel.actions import catalog

    rows = []
    for entry in catalog.all_actions():
        if not entry.function.__module__.startswith("doorstep.") or ".tests." in (
            entry.function.__module__
        ):
            continue
        fields = entry.input_model.model_fields
        inputs = [f"`{name}`" if f.is_required() else f"`{name}`?" for name, f in fields.items()]
        undo = f"`{entry.undo}`" if entry.undo else ""
        rows.append(
            (f"`{entry.name}`", entry.summary, ", ".join(inputs), f"`{entry.permission}`", undo)
        )
    body = table(("action", "does", "input (? optional)", "permission", "taken back by"), rows)
    return page("Actions", "Every verb that REST, console and journeys share.", body)


def facts() -> str:
    """Write the facts that conditions can ask about, and the comparisons of each type."""
    load()
    from doorstep.kernel.conditions.api import FactType, catalog
    from doorstep.kernel.conditions.operators import OPERATORS

    body: list[str] = []
    for subject in catalog():
        body += [f"## About a {subject['label']}", ""]
        body += table(("fact", "type", "meaning", "asks for"), map(_fact_row, subject["facts"]))
        body += [""]
    if not body:
        body += ["No room has registered facts yet.", ""]
    body += ["## Comparisons", ""]
    body += table(
        ("type", "operators"),
        [
            (
                f"`{kind}`",
                ", ".join(f"`{name}` ({op.words})" for name, op in OPERATORS[kind].items()),
            )
            for kind in FactType
        ],
    )
    return page("Facts", "What conditions can ask about. ADR 0005 says how they work.", body)


def _fact_row(fact: dict[str, Any]) -> tuple[str, str, str, str]:
    kind = f"`{fact['type']}`"
    if fact["choices"]:
        kind += f" of {', '.join(fact['choices'])}"
    asks = [f"`{param['name']}` ({param['label']})" for param in fact["params"]]
    if fact["windowed"]:
        asks.append("a span of time, if wanted")
    if not fact["in_segments"]:
        asks.append("one subject at a time")
    return f"`{fact['name']}`", kind, fact["description"], ", ".join(asks)


def webhooks() -> str:
    """Write the public events with what each tells and an example."""
    load()
    from doorstep.connectors.webhooks import api

    body: list[str] = []
    for one in api.list_event_types():
        body += [f"## {one.name}", "", one.summary, ""]
        rows = []
        for name, field in one.data.model_fields.items():
            rows.append((f"`{name}`", _json_type(one.data, name), field.description or ""))
        body += table(("field of `data`", "type", "meaning"), rows)
        body += ["", "```json", json.dumps(one.example, indent=2), "```", ""]
    return page(
        "Webhooks",
        "What merchants' systems can hear of. [The guide](../guides/webhooks.md) says how.",
        body,
    )


def _json_type(model: Any, name: str) -> str:
    """Return a field's type in the words of JSON Schema."""
    schema = model.model_json_schema()
    found = schema["properties"][name]
    options = found.get("anyOf", [found])
    words = []
    for option in options:
        if "$ref" in option:
            option = schema["$defs"][option["$ref"].rpartition("/")[2]]
        if "enum" in option:
            words.append("one of " + ", ".join(f"`{value}`" for value in option["enum"]))
        elif option.get("type") == "array":
            words.append(f"list of {option['items'].get('format', option['items']['type'])}")
        else:
            words.append(str(option.get("format", option.get("type"))))
    return " or ".join(words)


PAGES: dict[Path, Callable[[], str]] = {
    MAP / "rooms.md": rooms,
    MAP / "events.md": events,
    MAP / "actions.md": actions,
    MAP / "facts.md": facts,
    MAP / "webhooks.md": webhooks,
}


def main() -> None:
    """Write the pages, or check them; the guide's table of settings is one of them."""
    from dev import check_generated

    if "--check" not in sys.argv:
        sys.argv.append("--write")
    check_generated.main()


if __name__ == "__main__":
    main()
