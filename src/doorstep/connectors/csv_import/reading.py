"""Read delimited text of unknown origin: encoding, delimiter, broken rows.

Nothing good is lost to something bad: a row with wrong bytes, a missing half or an open quote
is reported with its line and reading goes on behind it.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import IO

from doorstep.connectors.csv_import.contracts import FileRefused
from doorstep.connectors.csv_import.formats import FORMATS, Format

_SAMPLE = 64 * 1024
_DELIMITERS = (",", ";", "\t", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written."""

    format: Format
    encoding: str
    delimiter: str
    bom: int  # bytes to skip
    headings: tuple[str, ...]  # as written
    places: dict[str, int]  # our word -> column


@dataclass(frozen=True, slots=True)
class Row:
    """One row, or the reason why it is none."""

    line: int
    cells: list[str]
    problem: str = ""


def sniff_encoding(sample: bytes) -> tuple[str, int]:
    """Return the encoding and how many bytes of byte order mark come first."""
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name, len(bom)
    if len(sample) >= 4 and sample[1::2][:100].count(0) > len(sample[1::2][:100]) // 2:
        return "utf-16-le", 0
    if len(sample) >= 4 and sample[0::2][:100].count(0) > len(sample[0::2][:100]) // 2:
        return "utf-16-be", 0
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "cp1252", 0
    return "utf-8", 0


def sniff_layout(sample: bytes, wanted: str = "auto") -> Layout:
    """Find out how a file is written from its first bytes.

    :param wanted: a format's name, or "auto".
    :raises FileRefused: empty, or no heading line of a known format with any delimiter.
    """
    encoding, bom = sniff_encoding(sample)
    text = sample[bom:].decode(encoding, "replace")
    if not text.strip():
        raise FileRefused("The file is empty.", 1)
    formats = [FORMATS[wanted]] if wanted in FORMATS else list(FORMATS.values())
    best: tuple[int, Layout] | None = None
    for delimiter in _DELIMITERS:
        headings = next(csv.reader(text.splitlines(), delimiter=delimiter), [])
        lowered = [heading.strip().lower() for heading in headings]
        for one in formats:
            places = _places(one, lowered)
            layout = Layout(one, encoding, delimiter, bom, tuple(headings), places)
            score = len(set(places.values())) if _missing(layout) == [] else 0
            if score and (best is None or score > best[0]):
                best = (score, layout)
    if best is None:
        raise FileRefused(_explain(text, formats), 1)
    return best[1]


def _places(one: Format, lowered: list[str]) -> dict[str, int]:
    places = {}
    for word, headings in one.columns.items():
        found = next((heading for heading in headings if heading in lowered), None)
        if found is not None:
            places[word] = lowered.index(found)
    return places


def _missing(layout: Layout) -> list[str]:
    return [word for word in layout.format.required if word not in layout.places]


def _explain(text: str, formats: list[Format]) -> str:
    first = text.splitlines()[0]
    delimiter = max(_DELIMITERS, key=first.count)
    shown = [cell.strip() for cell in first.split(delimiter)][:8]
    wanted = "; ".join(
        f"{one.name}: {', '.join(one.columns[word][0] for word in one.required)}" for one in formats
    )
    return (
        f"The first line is not a heading line of a known format. Found: {', '.join(shown)[:300]}."
        f" Needed at least – {wanted}."
    )


class _Lines:
    """Physical lines of a file, decoded one by one; lines can be given back."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._lines = _split(stream, encoding)
        self._returned: list[tuple[str, bool]] = []
        self.taken: list[tuple[str, bool]] = []  # since the record began
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.pop() if self._returned else next(self._lines)
        self.taken.append(line)
        self.number += 1
        return line[0]

    def give_back_all_but_first(self) -> None:
        back = self.taken[1:]
        self._returned.extend(reversed(back))
        self.number -= len(back)
        del self.taken[1:]


def _split(stream: IO[bytes], encoding: str) -> Iterator[tuple[str, bool]]:
    """Yield lines and whether their bytes fit the encoding."""
    if encoding.startswith("utf-16"):
        for text in codecs.getreader(encoding)(stream, "replace"):
            yield text, "\ufffd" not in text
        return
    for raw in stream:
        try:
            yield raw.decode(encoding), True
        except UnicodeDecodeError:
            yield raw.decode("cp1252", "replace"), False


def read_rows(stream: IO[bytes] | BufferedReader, layout: Layout) -> Iterator[Row]:
    """Yield the rows behind the heading line; empty ones are left out."""
    stream.read(layout.bom)
    lines = _Lines(stream, layout.encoding)
    width = len(layout.headings)
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    is_heading = True
    while True:
        lines.taken.clear()
        first_line = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back_all_but_first()
            # What stands before the broken cell still tells which order the row is of.
            before = lines.taken[0][0].split('"', 1)[0] if lines.taken else ""
            # The reader still stands inside the quote: start a new one behind the bad line.
            reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
            cells = before.split(layout.delimiter)[:-1]
            yield Row(first_line, cells, f"the row cannot be read ({error})")
            continue
        if is_heading:
            is_heading = False
        elif cells and any(cells):
            fits = all(good for _, good in lines.taken)
            yield _row(first_line, cells, width, fits, layout.encoding)


def _row(line: int, cells: list[str], width: int, fits: bool, encoding: str) -> Row:
    problem = ""
    if not fits:
        problem = f"the row is not valid {encoding.upper()}"
    elif len(cells) < width:
        problem = f"half a row: {len(cells)} of {width} columns"
    elif len(cells) > width and any(cell.strip() for cell in cells[width:]):
        problem = f"{len(cells)} columns where the heading has {width}"
    elif any("\x00" in cell for cell in cells):
        problem = "the row contains a NUL character"
    return Row(line, cells, problem)
