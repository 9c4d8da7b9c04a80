"""Make the plain-text part out of compiled HTML, once per template.

It works on the HTML whose Liquid is still placeholders: what comes out is a text template, so a
message without its own text body costs no HTML parsing when it is rendered.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    [
        "p",
        "div",
        "table",
        "tr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "hr",
    ]
)
_HIDDEN = frozenset(["head", "style", "script", "title"])
_SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
_BLANK_LINES = re.compile(r"\n{3,}")


def html_to_text(html: str) -> str:
    """Return readable text: links as “label (address)”, cells beside each other, blocks apart."""
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    return tidy_text("".join(reader.pieces))


def tidy_text(text: str) -> str:
    """Trim lines, and leave at most one blank line between them."""
    lines = map(str.strip, _SPACES.sub(" ", text).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip() + "\n"


def tidy_line(line: str) -> str:
    """Trim one line, and leave single spaces in it."""
    if line.isprintable() and "  " not in line:  # no other blanks than single spaces
        return line.strip()
    return _SPACES.sub(" ", line).strip()


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.hidden = 0
        self.links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if (
            tag in _HIDDEN
            or (tag == "div" and "display:none" in (values.get("style") or ""))
            or (self.hidden and tag == "div")
        ):
            self.hidden += 1
        if tag == "li":
            self._write("\n- ")
        elif tag == "br" or tag in _BLOCKS:
            self._write("\n")
        elif tag == "img":
            self._write(values.get("alt") or "")
        elif tag in ("td", "th"):
            self._write(" ")
        elif tag == "a":
            self.links.append((values.get("href") or "", len(self.pieces)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN or (self.hidden and tag == "div"):
            self.hidden = max(self.hidden - 1, 0)
        elif tag in _BLOCKS and tag != "li":  # the next one begins a line anyway
            self._write("\n")
        elif tag == "a" and self.links:
            self._end_link(*self.links.pop())

    def _end_link(self, href: str, start: int) -> None:
        label = "".join(self.pieces[start:]).strip()
        if not href or self.hidden:
            return
        bare = href.removeprefix("mailto:").removeprefix("tel:")
        if not label:
            self._write(href)
        elif bare != label:
            self._write(f" ({bare})")

    def handle_data(self, data: str) -> None:
        self._write(_SPACES.sub(" ", data.replace("\n", " ")))

    def _write(self, text: str) -> None:
        if not self.hidden:
            self.pieces.append(text)
