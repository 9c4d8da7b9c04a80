"""Reads a page's controls as a browser would send them."""

from __future__ import annotations

from html.parser import HTMLParser

from django.http import QueryDict


class _Controls(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._area: tuple[str, list[str]] | None = None
        self._select: tuple[str, list[str], list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name, value = found.get("name", ""), found.get("value", "")
        if tag == "input" and name:
            if found.get("type") in ("checkbox", "radio") and "checked" not in found:
                return
            self.sent.append((name, value.replace("\r", "").replace("\n", "")))
        elif tag == "textarea":
            self._area = (name, [])
        elif tag == "select":
            self._select = (name, [], [])
        elif tag == "option" and self._select:
            self._select[1].append(value)
            if "selected" in found:
                self._select[2].append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            text = "".join(self._area[1]).removeprefix("\n")
            self.sent.append((self._area[0], text.replace("\n", "\r\n")))
            self._area = None
        elif tag == "select" and self._select:
            name, options, chosen = self._select
            self.sent += [(name, value) for value in (chosen or options)[-1:]]
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[1].append(data)


def sent_by(html: str, **buttons: str) -> QueryDict:
    """Return what pressing a button sends: all controls as they stand, and the button."""
    reader = _Controls()
    reader.feed(html)
    data = QueryDict(mutable=True)
    for name, value in reader.sent:
        data.appendlist(name, value)
    for name, value in buttons.items():
        data[name.replace("_do", "-do")] = value
    return data
