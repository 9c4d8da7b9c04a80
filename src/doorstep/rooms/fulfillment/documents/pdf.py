"""Papers as PDF, by typst (an extra: ``pip install doorstep[pdf]``).

The compiler sees a folder of its own with the logo in it and nothing else; the sheets come in
through ``sys.inputs`` as JSON and are never part of the program.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from doorstep.kernel.errors import Conflict
from doorstep.rooms.fulfillment.documents.sheets import Sheet

_SUFFIXES = {"image/png": "logo.png", "image/jpeg": "logo.jpg"}


class PdfNotInstalled(Conflict):
    """This installation makes print pages only."""

    code = "pdf_not_installed"

    def __init__(self) -> None:
        super().__init__(
            "PDFs are not installed here: print this page from the browser, or install "
            "doorstep[pdf]."
        )


def can_make_pdf() -> bool:
    """Tell whether the extra is installed."""
    return importlib.util.find_spec("typst") is not None


def make_pdf(
    sheets: Sequence[Sheet], *, paper: str = "a4", logo: tuple[bytes, str] | None = None
) -> bytes:
    """Return the sheets as one PDF. :raises PdfNotInstalled: the extra is missing."""
    return _compile(sheets, paper, logo, "pdf", 0)


def make_picture(
    sheets: Sequence[Sheet], *, paper: str = "a4", logo: tuple[bytes, str] | None = None
) -> bytes:
    """Return a sheet as PNG at 144 dots per inch (what fits on one page)."""
    return _compile(sheets, paper, logo, "png", 144)


def _compile(
    sheets: Sequence[Sheet],
    paper: str,
    logo: tuple[bytes, str] | None,
    format: str,
    dots: int,
) -> bytes:
    if not can_make_pdf():
        raise PdfNotInstalled
    typst: Any = importlib.import_module("typst")
    template = files("doorstep.rooms.fulfillment.documents").joinpath("typst", "sheet.typ")
    data: dict[str, Any] = {
        "kind": sheets[0].kind,
        "paper": paper,
        "lang": sheets[0].language,
        "rtl": sheets[0].is_rtl,
        "title": sheets[0].title,
        "logo": "",
        "sheets": [sheet.values() for sheet in sheets],
    }
    with tempfile.TemporaryDirectory() as folder:
        if logo is not None and logo[1] in _SUFFIXES:
            data["logo"] = _SUFFIXES[logo[1]]
            Path(folder, data["logo"]).write_bytes(logo[0])
        options = {"ppi": dots} if dots else {}
        made = typst.compile(
            template.read_bytes(),
            root=folder,
            format=format,
            sys_inputs={"data": json.dumps(data)},
            **options,
        )
    return bytes(made if isinstance(made, bytes) else made[0])
