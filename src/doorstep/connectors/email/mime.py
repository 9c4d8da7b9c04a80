"""Turn an outgoing e-mail into the bytes that go over the wire.

The standard library's ``email`` package parses and refolds every header it is given; that costs
about two milliseconds a message, more than everything else on the way. What a transactional mail
needs is small enough to write down: RFC 5322 headers folded at 76 columns, RFC 2047 encoded words
where the text is not ASCII, ``multipart/alternative`` with quoted-printable UTF-8 parts. The tests
read the result back with the standard library's parser and compare.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from doorstep.rooms.messaging.ports import CONTROL, FilledBody, OutgoingEmail, ascii_domain

_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')  # RFC 5322, 3.2.3: need a quoted string
_WIDTH = 76
_SOFT_BREAK = b"=\r\n"  # "=" itself is written =3D, so this is never text
_LITERAL = re.compile(r"[!-\-/-<>-~](?:[ -<>-~]*[!-<>-~])?")  # no blank ends it, no dot begins it
_LEADING_DOTS = re.compile(rb"^\.+", re.MULTILINE)
_CODED_DOT = b"=2E=\n"  # with a break of its own: the line may be full


class UnsafeHeader(ValueError):
    """A header value contains a line break or control character."""


def build_message(email: OutgoingEmail) -> bytes:
    """Return the message with CRLF line ends, headers and both parts.

    No line of it begins with a dot, so that SMTP has nothing to double (RFC 5321, 4.5.2).

    :raises UnsafeHeader: when a name, address or header could inject another header.
    """
    boundary = f"=_{email.message_id.hex}"  # "=_" can't occur in quoted-printable text
    headers = [
        _sender_headers(email.from_name, email.from_address, email.reply_to, email.date),
        _header("To", format_address(email.to_name, email.to_address)),
        _header("Subject", encode_text(email.subject)),
        _header("Message-ID", email.rfc_message_id),
        *[_text_header(name, value) for name, value in email.headers],
        b"MIME-Version: 1.0\r\n",
    ]
    if email.html or email.framed is not None:
        kind = f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'
        return b"".join((*headers, kind.encode(), *_body(email, boundary.encode())))
    plain = (
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return b"".join((*headers, plain, _quoted_printable(email.text)))


@lru_cache(maxsize=1_000)
def _sender_headers(name: str, address: str, reply_to: str, date: datetime) -> bytes:
    """Return the headers that all mails of a sender have at one moment."""
    headers = [
        _header("From", format_address(name, address)),
        _header("Date", format_datetime(date.astimezone(UTC))),
    ]
    if reply_to:
        headers.append(_header("Reply-To", format_address("", reply_to)))
    return b"".join(headers)


def _body(email: OutgoingEmail, boundary: bytes) -> tuple[bytes, ...]:
    mark = b"--" + boundary
    text, html = email.framed_text, email.framed
    # The last part is the preferred one (RFC 2046, 5.1.4).
    return (
        mark,
        b"\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
        *(_quoted_framed(text) if text else (_quoted_printable(email.text),)),
        b"\r\n",
        mark,
        b"\r\nContent-Type: text/html; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
        *(_quoted_framed(html) if html else (_quoted_printable(email.html),)),
        b"\r\n",
        mark,
        b"--\r\n",
    )


def _quoted_printable(text: str) -> bytes:
    """Encode with lines of at most 76 columns (soft breaks), CRLF, and no dot to begin one."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    encoded = binascii.b2a_qp(unix.encode("utf-8", "replace"), istext=True)
    if encoded.startswith(b".") or b"\n." in encoded:
        encoded = _LEADING_DOTS.sub(lambda dots: _CODED_DOT * len(dots.group()), encoded)
    return encoded.replace(b"\n", b"\r\n")


def _quoted_framed(filled: FilledBody) -> list[bytes]:
    """Encode what stands in a frame; what many mails share was encoded with the first of them.

    Each piece is encoded as if a line began with it, and a soft break (RFC 2045, 6.7, rule 5) ends
    it where no line does: so no piece depends on how long the one before it was.
    """
    kept = filled.body.kept
    still: list[bytes] | None = kept.get("quoted")
    if still is None:
        still = [_line_ended(_quoted_printable(text)) for text in filled.body.texts]
        kept["quoted"] = still
    encoded = {value: _quoted_value(value) for value in set(filled.values)}
    pieces = [still[0]]
    for value, text in zip(filled.values, still[1:], strict=True):
        pieces += (encoded[value], text)
    last = len(pieces) - 1
    while last and not pieces[last]:
        last -= 1
    pieces[last] = pieces[last].removesuffix(_SOFT_BREAK)
    return pieces


def _quoted_value(value: str) -> bytes:
    """Encode what fills a gap: mostly a name or a number, which stand for themselves."""
    if len(value) < _WIDTH and _LITERAL.fullmatch(value):
        return value.encode() + _SOFT_BREAK
    return _line_ended(_quoted_printable(value))


def _line_ended(encoded: bytes) -> bytes:
    """Let a soft break end the last line; one that is full gives its last character to the next."""
    if not encoded or encoded.endswith(b"\r\n"):
        return encoded
    if len(encoded) - (encoded.rfind(b"\n") + 1) >= _WIDTH:
        last = encoded[-3:] if encoded[-3:-2] == b"=" else encoded[-1:]
        # On a line of its own a dot would begin it.
        own = b"=2E" if last == b"." else last
        encoded = encoded[: -len(last)] + _SOFT_BREAK + own
    return encoded + _SOFT_BREAK


@lru_cache(maxsize=1_000)
def _text_header(name: str, value: str) -> bytes:
    """Return a further header; all of them but one are the same in very many mails."""
    return _header(name, encode_text(value))


def _header(name: str, value: str) -> bytes:
    line = f"{name}: {value.rstrip()}"
    if CONTROL.search(line):
        raise UnsafeHeader(f"The header {name} contains a line break.")
    if len(line) > _WIDTH:
        line = _fold(line)
    return line.encode("utf-8") + b"\r\n"


def _fold(line: str) -> str:
    """Break before spaces so that lines keep to 76 columns where that can be.

    Never right behind the header's name: allowed, but some readers take it for an empty header.
    """
    name, *words = line.split(" ")
    lines, current = [], f"{name} {words[0]}"
    for word in words[1:]:
        if len(current) + 1 + len(word) > _WIDTH and not current.isspace():
            lines.append(current)
            current = f" {word}"
        else:
            current = f"{current} {word}"
    if lines and current.isspace():
        current = lines.pop() + current
    return "\r\n".join([*lines, current])


def encode_text(text: str) -> str:
    """Return unstructured header text, as RFC 2047 encoded words where it is not ASCII."""
    if CONTROL.search(text):
        raise UnsafeHeader("A header contains a line break.")
    looks_encoded = "=?" in text  # would be decoded by the reader though we meant it literally
    if text.isascii() and not looks_encoded and max(map(len, text.split(" ")), default=0) < 900:
        return text
    return " ".join(_encoded_words(text))


def _encoded_words(text: str) -> list[str]:
    """Split into encoded words of at most 75 columns, never inside a character (RFC 2047, 2)."""
    encoded = text.encode("utf-8", "replace")
    words, start = [], 0
    while True:
        end = start + 39  # 52 in base64, 64 with =?utf-8?b?...?=
        while end < len(encoded) and encoded[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        words.append(f"=?utf-8?b?{b64encode(encoded[start:end]).decode()}?=")
        if end >= len(encoded):
            return words
        start = end


@lru_cache(maxsize=1_000)
def format_address(name: str, address: str) -> str:
    """Return ``"Name" <address>`` with the name quoted or encoded and an ASCII domain."""
    if CONTROL.search(name) or CONTROL.search(address):
        raise UnsafeHeader("A name or address contains a line break.")
    spec = wire_address(address)
    if not name:
        return spec
    if not name.isascii() or "=?" in name:
        return f"{' '.join(_encoded_words(name))} <{spec}>"
    if _SPECIALS.search(name) or name != name.strip():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{spec}>'
    return f"{name} <{spec}>"


@lru_cache(maxsize=1_000)
def wire_address(address: str) -> str:
    """Return an address as SMTP wants it: the domain in ASCII, the local part as it is."""
    local, _, domain = address.strip().rpartition("@")
    if not local or re.search(r"[\s<>,;]", local):
        raise UnsafeHeader("The address is not complete.")
    return f"{local}@{ascii_domain(domain)}"
