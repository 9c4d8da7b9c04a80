"""From a body to reports: which format it is, and what it says.

The one entry for webhooks, for bodies that were asked for, and for files a merchant puts in.
Nothing that is sent makes it raise: what cannot be read is an answer as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from doorstep.connectors.base.contracts import Ignored, Rejected, Rejection
from doorstep.connectors.carriers.bodies import parse_body
from doorstep.connectors.carriers.formats import (
    aftership,
    amazon,
    australia_post,
    canadapost,
    chronopost,
    dhl_express,
    dhl_universal,
    easypost,
    fedex,
    gls,
    la_poste,
    purolator,
    seventeen_track,
    shippo,
    ups,
    usps,
)  # fmt: skip
from doorstep.connectors.carriers.problems import find_problem
from doorstep.rooms.tracking.contracts import TrackingReport

Result = TrackingReport | Rejected | Ignored


@dataclass(frozen=True, slots=True)
class Format:
    """One way of writing about parcels.

    :param source: the name that reports carry; ``aliases`` are further names for telling it.
    """

    source: str
    matches: Callable[[Any], bool]
    read: Callable[[Any], Sequence[Result]]
    aliases: tuple[str, ...] = ()


# In the order they are tried: shapes that are the most particular first.
FORMATS: tuple[Format, ...] = (
    Format("17track", seventeen_track.matches, seventeen_track.read, ("seventeen_track",)),
    Format("easypost", easypost.matches, easypost.read),
    Format("aftership", aftership.matches, aftership.read),
    Format("shippo", shippo.matches, shippo.read),
    Format("fedex", fedex.matches, fedex.read),
    Format("ups", ups.matches, ups.read),
    Format("usps", usps.matches, usps.read, ("active_shipping_usps",)),
    Format("canada_post", canadapost.matches, canadapost.read, ("canadapost",)),
    Format("dhl_express", dhl_express.matches_xml, dhl_express.read_xml),
    Format("mydhl", dhl_express.matches_json, dhl_express.read_json),
    Format("dhl_universal", dhl_universal.matches, dhl_universal.read, ("dhl",)),
    Format("australia_post", australia_post.matches, australia_post.read, ("australiapost",)),
    Format("gls", gls.matches, gls.read),
    Format("chronopost", chronopost.matches, chronopost.read),
    Format("purolator", purolator.matches, purolator.read),
    Format("amazon_shipping", amazon.matches, amazon.read, ("amazon",)),
    Format("la_poste", la_poste.matches, la_poste.read, ("laposte", "colissimo")),
)
_BY_NAME = {name: one for one in FORMATS for name in (one.source, *one.aliases)}


def normalize(source: str, body: bytes, content_type: str = "") -> list[Result]:
    """Return what a body of a known source says; never raises.

    A body that is plainly of another format is read as that one: aggregators and carriers are
    mixed up easily, and losing a report over it helps nobody.

    :param source: a format's name; "" or an unknown one means: find out.
    :param content_type: not relied on, because senders get it wrong: the body tells what it is.
    """
    del content_type
    try:
        return read_parsed(source, parse_body(body))
    except Rejection as error:
        return [Rejected(error.code, error.detail, error.field, error.retriable)]


def detect_and_normalize(body: bytes, source: str = "") -> list[Result]:
    """Return what a body says, whoever wrote it; never raises."""
    return normalize(source, body)


def detect(data: Any) -> Format | None:
    """Return the format of a parsed body, None when it is none of ours."""
    return next((one for one in FORMATS if one.matches(data)), None)


def read_parsed(source: str, data: Any) -> list[Result]:
    """Return what a parsed body says; never raises for what is in it."""
    told = _BY_NAME.get(source.strip().lower().replace("-", "_"))
    found = told if told is not None and told.matches(data) else detect(data)
    if found is not None:
        results = list(found.read(data))
        if results:
            return results
    error = find_problem(data)
    if error is not None:
        return [error]
    words = (
        "This is no tracking message of a carrier or aggregator that Doorstep knows. "
        "Check that the address was entered for tracking updates."
    )
    return [Rejected("unknown_format", words)]
