"""Bodies that mean harm, or mean nothing."""

from __future__ import annotations

import pytest

from doorstep.connectors.base.contracts import Rejected
from doorstep.connectors.carriers.normalize import detect_and_normalize
from doorstep.rooms.tracking.contracts import TrackingReport

_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><TrackResponse>&c;</TrackResponse>'
)
_FILE = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    b'<TrackResponse><TrackInfo ID="9400111206206406260787">&e;</TrackInfo></TrackResponse>'
)
_DTD = b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><TrackResponse/>'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (_BOMB, "forbidden_xml"),
        (_FILE, "forbidden_xml"),
        (_DTD, "forbidden_xml"),
        (b"<a>" * 10_000 + b"</a>" * 10_000, "too_deep"),
        (b"<a>&undefined;</a>", "invalid_xml"),
        (b"<a><b></a>", "invalid_xml"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "invalid_xml"),
        (b"[" * 10_000 + b"]" * 10_000, "too_deep"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "too_deep"),
        (b'{"tracking_number": NaN}', "invalid_json"),
        (b'{"a": Infinity}', "invalid_json"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "invalid_json"),
        (b'{"number": "1", "number": "2"}', "invalid_json"),
        (b"\xff\xfe\xfd", "invalid_utf8"),
        (b'{"a": "\xff"}', "invalid_utf8"),
        (b"", "invalid_json"),
        (b"hello", "invalid_json"),
        (b"null", "unknown_format"),
        (b"[]", "unknown_format"),
        (b"{}", "unknown_format"),
        (b'"text"', "unknown_format"),
        (b"<html><body>Bad gateway</body></html>", "unknown_format"),
        (b" " * (5 * 2**20 + 1), "too_large"),
    ],
)
def test_what_cannot_be_read_is_rejected(body: bytes, code: str) -> None:
    (one,) = detect_and_normalize(body)
    assert isinstance(one, Rejected)
    assert one.code == code
    assert one.detail


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_xml_in_other_encodings_is_read(encoding: str) -> None:
    name = "utf-8" if "8-sig" in encoding else encoding
    xml = (
        f'<?xml version="1.0" encoding="{name}"?><tracking-detail><pin>7023210039414604</pin>'
        "<service-name>Colis accéléré</service-name><significant-events/></tracking-detail>"
    )
    (one,) = detect_and_normalize(xml.encode(encoding))
    assert isinstance(one, TrackingReport)
    assert one.service_level == "Colis accéléré"


def test_what_the_database_cannot_hold_is_taken_out() -> None:
    body = (
        b'{"carrier": "ups", "tracking_number": "1Z12345E0205271688", "tracking_status": null,'
        b' "tracking_history": [{"status": "TRANSIT", "status_details": "a\\u0000b\\ud800c",'
        b' "big": 1e999, "status_date": "2026-03-01T10:00:00Z"}]}'
    )
    (one,) = detect_and_normalize(body)
    assert isinstance(one, TrackingReport)
    (step,) = one.checkpoints
    assert step.description == "ab?c"
    assert step.raw["big"] == "1e999"
