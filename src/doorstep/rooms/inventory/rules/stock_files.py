"""Reading a stock file: ``sku, location, on_hand`` with a header, in whatever CSV it comes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from doorstep.kernel.errors import Invalid
from doorstep.rooms.inventory.contracts import LineError

_COLUMNS = {
    "sku": ("sku", "variant sku", "article", "item"),
    "location": ("location", "location name", "warehouse"),
    "on_hand": ("on_hand", "on hand", "quantity", "qty", "stock"),
}
_MOST = 2_000_000_000
_DELIMITERS = ",;\t|"
MOST_LINES = 200_000


@dataclass(frozen=True, slots=True)
class StockLine:
    """A good line; the header is line 1."""

    line: int
    sku: str
    location: str  # "" when the file has no such column
    on_hand: int


def read_stock_file(text: str) -> tuple[list[StockLine], list[LineError]]:
    """Return the good lines, and what is wrong with the others.

    :raises Invalid: the file as a whole can't be read: empty, no header, too long.
    """
    rows = _rows(text.removeprefix("\ufeff"))
    header_line, header = next(rows, (0, []))
    if not header:
        raise Invalid("The file is empty.", field="file")
    at = _positions(header)
    good: list[StockLine] = []
    errors: list[LineError] = []
    seen: dict[tuple[str, str], int] = {}
    for line, cells in rows:
        if line - header_line > MOST_LINES:
            raise Invalid(f"A file may have {MOST_LINES:,} lines; split it.", field="file")
        if not any(cell.strip() for cell in cells):
            continue
        read = _read_line(line, cells, at, len(header))
        if isinstance(read, StockLine) and (first := seen.get((read.sku, read.location))):
            read = LineError(line, "sku", f"“{read.sku}” stood in line {first} already.")
        if isinstance(read, LineError):
            errors.append(read)
            continue
        seen[read.sku, read.location] = line
        good.append(read)
    return good, errors


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=delimiter, strict=True)
    start = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Invalid(f"Line {start} can't be read: {error}.", field=f"line {start}") from None
        yield start, cells
        start = reader.line_num + 1  # a cell in quotes may span lines


def _positions(header: list[str]) -> dict[str, int]:
    names = [cell.strip().lower() for cell in header]
    found = {
        column: next((names.index(name) for name in known if name in names), -1)
        for column, known in _COLUMNS.items()
    }
    missing = [column for column in ("sku", "on_hand") if found[column] < 0]
    if missing:
        raise Invalid(
            f"The first line must name the columns sku, location and on_hand; "
            f"{' and '.join(missing)} was not found.",
            field=missing[0],
        )
    return found


def _read_line(
    line: int, cells: list[str], at: dict[str, int], width: int
) -> StockLine | LineError:
    if len(cells) != width:
        return LineError(line, "", f"The line has {len(cells)} cells, the header {width}.")
    sku = cells[at["sku"]].strip()
    if not sku:
        return LineError(line, "sku", "The sku is missing.")
    location = cells[at["location"]].strip() if at["location"] >= 0 else ""
    number = cells[at["on_hand"]].strip()
    if not (number.isascii() and number.isdigit()) or int(number) > _MOST:
        shown = number[:40] or "nothing"
        return LineError(line, "on_hand", f"“{shown}” is not a whole number from 0.")
    return StockLine(line, sku, location, int(number))
