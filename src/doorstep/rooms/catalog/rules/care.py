"""What may stand in care texts, and how they come in a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from babel.core import Locale, UnknownLocaleError

from doorstep.kernel.errors import Invalid

LONGEST_TEXT = 4_000
MOST_RUN_OUT_DAYS = 3_650
TEXTS = ("how_to", "care")
URLS = ("page_url", "how_to_video_url", "how_to_image_url", "how_to_page_url")
LONGEST_FILE_ROWS = 20_000
_NOT_SHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TRANSLATED = re.compile(rf"({'|'.join(TEXTS)})_([A-Za-z]{{2,3}}(?:[-_][A-Za-z0-9]{{2,8}})*)")


def tidy_text(text: str, field: str) -> str:
    """Return a text of several lines as it can be kept.

    :raises Invalid: too long for a mail.
    """
    tidy = _NOT_SHOWN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(tidy) > LONGEST_TEXT:
        raise Invalid(f"Write up to {LONGEST_TEXT:,} characters.", field=field)
    return tidy


def tidy_url(url: str, field: str) -> str:
    """Return an address of the web, ``""`` for none.

    :raises Invalid: no complete address.
    """
    tidy = url.strip()
    if not tidy:
        return ""
    try:
        parts = urlsplit(tidy)
    except ValueError:  # such as half an IPv6 address
        parts = urlsplit("")
    if parts.scheme not in ("https", "http") or "." not in parts.netloc or " " in tidy:
        raise Invalid("Give the whole address, beginning with https://.", field=field)
    if len(tidy) > 2_000:
        raise Invalid("This address is longer than 2,000 characters.", field=field)
    return tidy


def tidy_language(tag: str, field: str) -> str:
    """Return a language tag as messages have it ("de", "pt-BR").

    :raises Invalid: no language.
    """
    try:
        return str(Locale.parse(tag.replace("_", "-"), sep="-")).replace("_", "-")
    except (UnknownLocaleError, ValueError):
        raise Invalid(f"“{tag[:20]}” is not a language, like de.", field=field) from None


def check_run_out_days(days: int) -> int:
    """Return how long a piece lasts. :raises Invalid: no sensible number of days."""
    if not 1 <= days <= MOST_RUN_OUT_DAYS:
        raise Invalid(
            f"Days are a whole number from 1 to {MOST_RUN_OUT_DAYS:,}.", field="run_out_days"
        )
    return days


@dataclass(frozen=True, slots=True)
class CareRow:
    """One line of a file: which product, and what is to be set. What is not named stays."""

    line: int
    sku: str
    values: Mapping[str, Any]  # arguments of set_care
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_care_csv(text: str) -> Iterator[CareRow | str]:
    """Yield the lines of a file, or in words what is wrong with one.

    Columns: ``sku`` and any of how_to, care, page_url, how_to_video_url, how_to_image_url,
    how_to_page_url, run_out_days, and translations as ``how_to_de``, ``care_fr``. An empty cell
    leaves what is known; ``-`` empties it.

    :raises Invalid: the file as a whole can't be read.
    """
    reader = csv.DictReader(io.StringIO(text), delimiter=_delimiter(text), strict=True)
    try:
        columns = _columns(reader.fieldnames or [])
        for number, cells in enumerate(reader, 2):
            if number > LONGEST_FILE_ROWS:
                raise Invalid(f"The file has more than {LONGEST_FILE_ROWS:,} lines: split it.")
            if any((cell or "").strip() for cell in cells.values() if isinstance(cell, str)):
                yield _row(number, cells, columns)
    except csv.Error as error:
        raise Invalid(f"The file is not a CSV file: {error} (line {reader.line_num}).") from None


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _columns(names: Any) -> dict[str, str]:
    """Return column -> what it is, in lower case; unknown columns are refused by name."""
    columns = {name: (name or "").strip() for name in names}
    known = {"sku", "title", "run_out_days", *TEXTS, *URLS}
    for name in columns.values():
        if name and name.lower() not in known and not _TRANSLATED.fullmatch(name):
            raise Invalid(
                f"There is no column “{name[:40]}”. Known are sku, {', '.join((*TEXTS, *URLS))},"
                " run_out_days, and translations like how_to_de."
            )
    if "sku" not in {name.lower() for name in columns.values()}:
        raise Invalid("The file needs a column “sku”.")
    return columns


def _row(number: int, cells: Mapping[str, str | None], columns: Mapping[str, str]) -> CareRow | str:
    values: dict[str, Any] = {}
    translations: dict[str, dict[str, str]] = {}
    sku = ""
    try:
        for raw, column in columns.items():
            cell = (cells.get(raw) or "").strip()
            if column.lower() == "sku":
                sku = cell
            elif cell and column and column.lower() != "title":
                _read(column, "" if cell == "-" else cell, values, translations)
        if not sku:
            return f"Line {number}: there is no sku."
    except Invalid as error:
        return f"Line {number}: {error.field}: {error.message}"
    return CareRow(number, sku, values, translations)


def _read(
    column: str, cell: str, values: dict[str, Any], translations: dict[str, dict[str, str]]
) -> None:
    name = column.lower()
    if name in TEXTS:
        values[name] = tidy_text(cell, name)
    elif name in URLS:
        values[name] = tidy_url(cell, name)
    elif name == "run_out_days":
        if (cell and not cell.isascii()) or (cell and not cell.isdigit()):
            raise Invalid("Days are a whole number.", field=name)
        values[name] = check_run_out_days(int(cell)) if cell else None
    elif match := _TRANSLATED.fullmatch(column):
        language = tidy_language(match.group(2), column)
        translations.setdefault(language, {})[match.group(1)] = tidy_text(cell, column)
