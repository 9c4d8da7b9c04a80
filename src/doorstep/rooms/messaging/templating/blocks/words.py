"""What people type into a block: words, names in double braces, and a few marks.

Everything is escaped here. The only Liquid that comes out is made from the list of names
(:mod:`names`), and a brace that somebody typed is printed *by* Liquid, so that neither the HTML
nor the plain text made from it can turn it into a tag.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from doorstep.rooms.messaging.templating.blocks.names import Name, names_of, targets_of
from doorstep.rooms.messaging.templating.errors import did_you_mean
from doorstep.rooms.messaging.templating.mjml_check import is_unsafe

LINK_SCHEMES = ("https", "mailto", "tel")
_BRACE = '{{ "{" }}'
_NAME = re.compile(
    r"""\{\{-?[ \t]{0,9}([a-z_][a-z0-9_.]{0,99})[ \t]{0,9}"""
    r"""(?:\|[ \t]{0,9}default:[ \t]{0,9}["“”„]([^"“”„{}\n]{0,200})["“”„][ \t]{0,9})?-?\}\}"""
)
_LINKED = re.compile(
    r"\[([^\[\]\n]{1,300})\]\(((?:[^()\s]|\([^()\s]{0,200}\)){1,2000}|\{\{[^{}\n]{1,100}\}\})\)"
)
_TOKEN = re.compile(rf"(?P<name>{_NAME.pattern})|(?P<link>{_LINKED.pattern})|(?P<mark>\*\*|\*)")
_CODE = re.compile(r"\{\{|\{%")
_BULLET = re.compile(r"[ \t]{0,9}[-•][ \t]+(?=\S)")
_NUMBER = re.compile(r"[ \t]{0,9}\d{1,3}[.)][ \t]+(?=\S)")
_TAGS = {"*": ("<em>", "</em>"), "**": ("<strong>", "</strong>")}
_GAP = "margin:0 0 12px"


@dataclass(frozen=True, slots=True)
class Words:
    """Turns one kind of message's words into what may stand in MJML."""

    message: str

    def line(self, text: str, *, isolate: bool = True) -> str:
        """Return one line as HTML. ``isolate`` keeps a value's direction to itself (not in attributes)."""
        pieces, position = [], 0
        for match in _NAME.finditer(text):
            if (name := self._name(match)) is None:
                continue
            pieces += [_plain(text[position : match.start()]), _printed(*name, isolate=isolate)]
            position = match.end()
        return "".join(pieces) + _plain(text[position:])

    def attribute(self, text: str) -> str:
        """Return a text for an attribute's value."""
        return self.line(text, isolate=False)

    def rich(self, text: str) -> str:
        """Return paragraphs, lists, bold, italic and links as HTML."""
        chunks = [chunk for chunk in re.split(r"\n[ \t]*\n", text) if chunk.strip()]
        parts = [part for chunk in chunks for part in self._chunk(chunk.strip("\n"))]
        if parts:  # the last has no gap below it: the block's own follows
            parts[-1] = parts[-1].replace(_GAP, "margin:0", 1)
        return "".join(parts)

    def mistakes(self, text: str, *, with_links: bool) -> Iterator[str]:
        """Yield what is wrong with some words: code, unknown names, bad links."""
        for match in _CODE.finditer(text):
            if match.group() == "{%":
                yield (
                    "“{% … %}” is code, and does nothing here. Take it out, or go on editing this"
                    " mail as code."
                )
            elif (named := _NAME.match(text, match.start())) is None:
                yield (
                    "Double braces hold one name of the list and nothing else, such as"
                    " {{ brand.name }}. Choose it under “Put in a name”, or take the braces out."
                )
            elif with_links and _is_target(text, match):
                continue  # judged with its link
            elif problem := self._bad_name(named.group(1), named.group(2)):
                yield problem
        for match in _LINKED.finditer(text) if with_links else ():
            if problem := self._bad_link(match.group(2)):
                yield f"The link “{match.group(1)}”: {problem.rstrip('.')}."

    def _bad_name(self, path: str, instead: str | None) -> str | None:
        known = names_of(self.message)
        if path in known:
            if instead and not known[path].is_text:
                return (
                    f"Only a text can have other words instead; “{path}” is none. Leave them out."
                )
            return None
        if path in targets_of(self.message):
            return (
                f"“{path}” is an address. Write it as a link, [words]({{{{ {path} }}}}), or choose it"
                " in a button."
            )
        hint = did_you_mean(path, known, expected="Choose it under “Put in a name”.")
        return f"This message knows no name “{path}”. {hint}"

    def _bad_link(self, address: str) -> str | None:
        if named := _NAME.fullmatch(address):
            path = named.group(1)
            if path in targets_of(self.message):
                return None
            hint = did_you_mean(path, targets_of(self.message))
            return f"this message knows no address “{path}”. {hint}".strip()
        return link_problem(address)

    def _name(self, match: re.Match[str]) -> tuple[Name, str] | None:
        name = names_of(self.message).get(match.group(1))
        return (name, match.group(2) or "") if name else None

    def _chunk(self, chunk: str) -> Iterator[str]:
        """Yield a paragraph's text and lists, in their order."""
        lines: list[str] = []
        listed: tuple[str, re.Pattern[str]] | None = None
        for line in chunk.split("\n"):
            kind = next((k for k in (("ul", _BULLET), ("ol", _NUMBER)) if k[1].match(line)), None)
            if kind != listed and lines:
                yield self._part(lines, listed)
                lines = []
            listed = kind
            lines.append(kind[1].sub("", line, count=1) if kind else line)
        yield self._part(lines, listed)

    def _part(self, lines: list[str], listed: tuple[str, re.Pattern[str]] | None) -> str:
        if listed is None:
            return f'<p style="{_GAP}">{"<br />".join(map(self._inline, lines))}</p>'
        items = "".join(f"<li>{self._inline(line)}</li>" for line in lines)
        style = f"{_GAP};padding:0;padding-{{{{ locale.start }}}}:22px"
        return f'<{listed[0]} style="{style}">{items}</{listed[0]}>'

    def _inline(self, line: str) -> str:
        out: list[str] = []
        opened: list[tuple[str, int]] = []
        position = 0
        for match in _TOKEN.finditer(line):
            out.append(_plain(line[position : match.start()]))
            position = match.end()
            if match.group("mark"):
                _mark(match, line, out, opened)
            elif match.group("name"):
                out.append(self._value(match.group("name")))
            else:
                out.append(self._link(match.group("link")))
        out.append(_plain(line[position:]))
        return "".join(out)

    def _value(self, written: str) -> str:
        match = _NAME.fullmatch(written)
        name = self._name(match) if match else None
        return _printed(*name, isolate=True) if name else _plain(written)

    def _link(self, written: str) -> str:
        match = _LINKED.fullmatch(written)
        if match is None or self._bad_link(match.group(2)):
            return _plain(written)
        words, address = self.line(match.group(1)), match.group(2)
        style = "color:{{ brand.link_color }}"
        if named := _NAME.fullmatch(address):
            path = named.group(1)
            linked = f'<a href="{{{{ {path} }}}}" style="{style}">{words}</a>'
            return f"{{% if {path} != blank %}}{linked}{{% else %}}{words}{{% endif %}}"
        return f'<a href="{escape(address)}" style="{style}">{words}</a>'


def escape(text: str) -> str:
    """Return text that is text alone, in HTML and in Liquid."""
    return _plain(text)


def link_problem(address: str) -> str | None:
    """Return what is wrong with an address people shall get to, with the mend; None when good."""
    if problem := _address_problem(address):
        return problem
    scheme, _, rest = address.partition(":")
    scheme = scheme.lower()
    if scheme == "http":
        return "it starts with http://, which anybody on the way can read. Write https:// instead"
    if scheme not in LINK_SCHEMES:
        return "it has to start with https:// (or mailto: or tel:)"
    if scheme == "mailto" and "@" not in rest:
        return "after mailto: comes an e-mail address, such as mailto:hello@example.com"
    if scheme == "tel" and not re.fullmatch(r"\+?[\d().\s-]{3,30}", rest):
        return "after tel: comes a phone number, such as tel:+4930901820"
    is_whole = scheme != "https" or _host(address)
    return None if is_whole else "after https:// the name of a site is missing"


def image_problem(address: str) -> str | None:
    """Return what is wrong with a picture's address, with the mend; None when good."""
    if problem := _address_problem(address):
        return problem
    if address.lower().startswith("http:"):
        return "it starts with http://, and many inboxes hide such pictures. Write https:// instead"
    if not address.lower().startswith("https://"):
        return "it has to start with https:// : put the picture on your shop's site first"
    return None if _host(address) else "after https:// the name of a site is missing"


def _address_problem(address: str) -> str | None:
    if re.search(r"[\s<>\"'`{}|\\^\x00-\x20\x7f-\x9f]", address):
        return "it has a space, quote or brace in it, which no address has. Copy it once more"
    if is_unsafe(address):
        return "it has to start with https://, and hold no script"
    return None


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
        return "" if "@" in parts.netloc else parts.hostname or ""
    except ValueError:  # such as half an IPv6 address
        return ""


def _is_target(text: str, match: re.Match[str]) -> bool:
    """Tell whether braces stand where a link's address does: that is judged with the link."""
    return text[max(match.start() - 2, 0) : match.start()] == "]("


def _printed(name: Name, instead: str, *, isolate: bool) -> str:
    if instead and name.is_text:
        words = instead.replace("\\", "").replace("'", "’")
        liquid = f"{{{{ {name.path} | default: '{words}' }}}}"
    else:
        liquid = name.liquid
    return f"<bdi>{liquid}</bdi>" if isolate else liquid


def _plain(text: str) -> str:
    return html.escape(text, quote=True).replace("{", _BRACE)


def _mark(match: re.Match[str], line: str, out: list[str], opened: list[tuple[str, int]]) -> None:
    """Open or close emphasis; a mark without its other half stays the sign it is."""
    mark = match.group("mark")
    known = [one for one, _place in opened]
    if mark in known and not line[match.start() - 1].isspace():
        while True:
            one, place = opened.pop()
            if one == mark:
                out[place] = _TAGS[mark][0]
                out.append(_TAGS[mark][1])
                return
    if match.end() < len(line) and not line[match.end()].isspace():
        opened.append((mark, len(out)))
    out.append(mark)
