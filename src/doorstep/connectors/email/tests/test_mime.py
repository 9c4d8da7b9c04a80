"""What is built by hand reads back, with the standard library's parser, as what went in."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doorstep.connectors.email.mime import UnsafeHeader, build_message
from doorstep.rooms.messaging.ports import FilledBody, OutgoingEmail
from doorstep.rooms.messaging.templating.frames import Body

MAIL = OutgoingEmail(
    message_id=UUID("0199aaaa-0000-7000-8000-000000000001"),
    from_name="Fern & Kettle",
    from_address="hello@fern-and-kettle.example",
    reply_to="help@fern-and-kettle.example",
    to_name="Amélie Laurent",
    to_address="amelie@bücher.example",
    subject="Bestellung #1042 bestätigt – vielen Dank!",
    html="<p>Grüße</p>\n",
    text="Grüße\n",
    rfc_message_id="<0199aaaa@fern-and-kettle.example>",
    date=datetime(2026, 11, 21, 10, 0, tzinfo=UTC),
    headers=(("List-Unsubscribe", "<https://fern.example/preferences/" + "a" * 150 + ">"),),
)
# Anything a subject can be after the renderer took control characters out.
one_line = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300)
bodies = st.text(st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"]))


def parse(wire: bytes) -> EmailMessage:
    message = email.message_from_bytes(wire, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def parts(message: EmailMessage) -> dict[str, str]:
    return {
        part.get_content_type(): part.get_payload(decode=True).decode().replace("\r\n", "\n")  # type: ignore[union-attr]
        for part in message.iter_parts()
    }


@given(bodies, bodies)
def test_both_parts_arrive_as_they_were_written(html: str, text: str) -> None:
    message = parse(build_message(replace(MAIL, html=html + "<p>", text=text)))
    found = parts(message)
    assert message.get_content_type() == "multipart/alternative"
    assert list(found) == ["text/plain", "text/html"]
    assert found["text/html"] == html + "<p>"
    assert found["text/plain"] == text


@given(one_line)
def test_any_subject_arrives(subject: str) -> None:
    message = parse(build_message(replace(MAIL, subject=subject)))
    # Folding white space is all a reader may normalise.
    assert " ".join(str(message["Subject"]).split()) == " ".join(subject.split())
    assert not message["Subject"].defects


@given(one_line)
def test_any_name_arrives(name: str) -> None:
    message = parse(build_message(replace(MAIL, to_name=name)))
    address = message["To"].addresses[0]
    assert address.addr_spec == "amelie@xn--bcher-kva.example"
    # Python 3.11's own parser keeps the space between two encoded words of a name, against
    # RFC 2047, 6.2 (python/cpython#92081): compared without spaces.
    assert "".join(address.display_name.split()) == "".join(name.split())


@given(one_line, bodies)
def test_lines_keep_to_the_wires_limits(subject: str, text: str) -> None:
    wire = build_message(replace(MAIL, subject=subject, text=text))
    assert wire.isascii()
    lines = wire.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    body = wire.split(b"\r\n\r\n", 1)[1]
    assert max(map(len, body.split(b"\r\n"))) <= 76


@pytest.mark.parametrize("field", ["subject", "from_name", "to_name", "to_address", "reply_to"])
@pytest.mark.parametrize("evil", ["\nBcc: x@y.z", "\r\nBcc: x@y.z", "\x00", "\u2028Bcc: x@y.z"])
def test_a_line_break_in_a_header_is_refused(field: str, evil: str) -> None:
    with pytest.raises(UnsafeHeader):
        build_message(replace(MAIL, **{field: getattr(MAIL, field) + evil}))


def test_headers_that_mail_programs_act_on() -> None:
    message = parse(build_message(MAIL))
    assert message["Message-ID"] == "<0199aaaa@fern-and-kettle.example>"
    assert message["Date"] == "Sat, 21 Nov 2026 10:00:00 +0000"
    assert message["Reply-To"].addresses[0].addr_spec == "help@fern-and-kettle.example"
    assert message["List-Unsubscribe"] == MAIL.headers[0][1]
    assert message["From"].addresses[0].display_name == "Fern & Kettle"


def test_a_mail_without_html_is_plain_text() -> None:
    message = parse(build_message(replace(MAIL, html="")))
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == "Grüße\n"


LONG = "word " * 40


@given(
    texts=st.lists(bodies, min_size=1, max_size=4),
    values=st.lists(bodies, min_size=3, max_size=3),
)
@example(texts=["", " ", "\n", "."], values=["", " ", "\n.\n"])
@example(texts=["." * 100, ".", "\n..\n.x"], values=["..", ".=.", "."])
@example(texts=[LONG, LONG, "x=", "=\n"], values=["=", "a " * 60, "\u2028."])
@example(texts=["ü" * 50, "x", "", "y "], values=["é" * 50, " ", ""])
@example(
    texts=["a" * 75 + "x", "b" * 75 + ".", "c" * 73 + "=", "d" * 73 + "ü"], values=["e" * 76] * 3
)
def test_html_of_a_frame_comes_out_as_it_would_whole(texts: list[str], values: list[str]) -> None:
    body, filling = Body(tuple(texts)), tuple(values[: len(texts) - 1])
    html = body.fill(filling)
    filled = FilledBody(body, filling) if html else None
    framed = replace(MAIL, html="" if html else "x", framed=filled, framed_text=filled)
    for _ in range(2):  # the second finds what the first kept
        wire = build_message(framed)
        lines = wire.partition(b"\r\n\r\n")[2].split(b"\r\n")
        assert all(len(line) <= 76 and not line.startswith(b".") for line in lines)
        whole = build_message(
            replace(framed, html=html or "x", text=html or MAIL.text, framed=None, framed_text=None)
        )
        assert _bytes(wire, "html") == _bytes(whole, "html")
        assert _bytes(wire, "plain") == _bytes(whole, "plain")


def _bytes(wire: bytes, kind: str) -> bytes:
    part = parse(wire).get_body((kind,))
    assert part is not None
    found = part.get_payload(decode=True)
    assert isinstance(found, bytes)
    return found
