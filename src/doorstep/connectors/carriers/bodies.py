"""From bytes to plain dicts and lists, whatever a carrier sends: JSON or XML.

Both come out in one shape, so that every format reads with the same few functions: an XML element
is a dict of its children by their local names (a list where a name repeats), its text where it has
no children, attributes as ``@name``. Nothing here trusts its input: document types, entities and
references are refused unread, and depth, size and number of elements are limited.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from doorstep.connectors.base.contracts import Rejection
from doorstep.connectors.base.payload import MAX_DEPTH

MAX_BYTES = 5 * 1024 * 1024
MAX_NODES = 200_000


def parse_body(body: bytes) -> Any:
    """Parse a JSON or XML body into dicts, lists and scalars that PostgreSQL can keep as JSON.

    :raises Rejection: too large, too deep, neither JSON nor XML, a key that is there twice, a
        number that is none (NaN), or ``forbidden_xml`` for a document type or an entity.
    """
    if len(body) > MAX_BYTES:
        raise Rejection("too_large", f"Larger than {MAX_BYTES} bytes.", retriable=False)
    if _looks_like_xml(body):
        return _parse_xml(body)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        words = f"Byte {error.start} is not valid UTF-8."
        raise Rejection("invalid_utf8", words, retriable=False) from error
    return _parse_json(text)


def _looks_like_xml(body: bytes) -> bool:
    head = body[:200].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    return head.startswith(b"<")


# -- JSON ---------------------------------------------------------------------------------------


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _read_float(digits: str) -> float | str:
    """Keep what is beyond a float as its digits: infinity is no JSON, and is kept as JSON."""
    value = float(digits)
    return value if math.isfinite(value) else digits


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that is there twice: which of the two a reader means is anybody's guess."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is there twice in one object")
    return made


_DECODER = json.JSONDecoder(
    parse_float=_read_float, parse_constant=_refuse_constant, object_pairs_hook=_unique
)


def _parse_json(text: str) -> Any:
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise Rejection("invalid_json", f"Not valid JSON: {error}", retriable=False) from error
    return value if _needs_no_cleaning(text) else _clean(value)


def _needs_no_cleaning(text: str) -> bool:
    r"""Tell whether a body is clean and shallow for sure, so that walking through it is spared.

    The decoders refuse a bare NUL or half a surrogate: only an escape can bring one (``\u0000``,
    ``\ud83d``). With fewer brackets than levels are allowed, there can't be too many levels.
    """
    if text.count("[") + text.count("{") > MAX_DEPTH:
        return False
    return "\\u" not in text


def _too_deep() -> Rejection:
    return Rejection("too_deep", f"Nested deeper than {MAX_DEPTH} levels.", retriable=False)


def _clean(value: Any, depth: int = 0) -> Any:
    """Check the depth and take out what PostgreSQL cannot keep: NUL and half surrogates."""
    if depth > MAX_DEPTH:
        raise _too_deep()
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(key): _clean(child, depth + 1) for key, child in value.items()}
    if isinstance(value, list):
        return [_clean(child, depth + 1) for child in value]
    return value


def clean_text(text: str) -> str:
    """Return a text without NUL and half surrogates."""
    if text.isprintable():
        return text
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


# -- XML ----------------------------------------------------------------------------------------


def _parse_xml(body: bytes) -> Any:
    try:
        root = fromstring(body, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        words = "XML with a document type or entities is not read. Send it without."
        raise Rejection("forbidden_xml", words, retriable=False) from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise Rejection("invalid_xml", f"Not valid XML: {error}"[:300], retriable=False) from error
    budget = [MAX_NODES]
    return {_local(root): _plain(root, 1, budget)}


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _plain(element: Element, depth: int, budget: list[int]) -> Any:
    if depth > MAX_DEPTH:
        raise _too_deep()
    budget[0] -= 1
    if budget[0] < 0:
        raise Rejection("too_large", f"More than {MAX_NODES} elements.", retriable=False)
    made: dict[str, Any] = {
        f"@{name.rpartition('}')[2]}": value for name, value in element.attrib.items()
    }
    for child in element:
        name, value = _local(child), _plain(child, depth + 1, budget)
        known = made.get(name)
        if name not in made:
            made[name] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            made[name] = [known, value]
    text = clean_text((element.text or "").strip())
    if not made:
        return text or None
    if text:
        made["#text"] = text
    return made
