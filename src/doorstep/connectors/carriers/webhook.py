"""Carriers' and aggregators' side of webhook intake: signature, identity, reports."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.connectors.base.contracts import (
    TRACKING,
    Envelope,
    NormalizeContext,
    Outcome,
    TrackingReceived,
)
from doorstep.connectors.carriers import signatures
from doorstep.connectors.carriers.bodies import parse_body
from doorstep.connectors.carriers.normalize import read_parsed
from doorstep.connectors.carriers.signatures import Check
from doorstep.rooms.tracking.contracts import TrackingReport

TOPIC = "tracking"
# Found without parsing: receiving must stay one insert. An aggregator's retry carries the same
# event id under other bytes (EasyPost lists the addresses it has still to reach).
# A bare "id" may be the tracking's own, which stays the same from news to news.
_EVENT_ID = re.compile(
    rb'"event_id"\s*:\s*"([0-9a-f-]{36})"|"id"\s*:\s*"(evt_[0-9A-Za-z_-]{4,80})"'
)


@dataclass(frozen=True)
class TrackingConnector:
    """Webhooks of one aggregator or carrier.

    :param source: the format to expect, "" to find out for each body.
    :param check: whether a body is signed with one secret.
    :param has_event_ids: the sender names each event, so that a retry is known by its name.
    """

    kind: str
    label: str
    source: str
    check: Check
    guide: Any
    has_event_ids: bool = False
    brings: str = TRACKING

    def is_signed(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
        """Tell in constant time whether ``body`` comes from who knows one of ``secrets``."""
        return signatures.any_secret(self.check, headers, body, secrets)

    def open_envelope(self, headers: Mapping[str, str], body: bytes) -> Envelope:
        """Identify a delivery by the sender's event id, where it has one, else by its content."""
        found = _EVENT_ID.search(body[:4_000]) if self.has_event_ids else None
        name = (found[1] or found[2]).decode() if found else hashlib.sha256(body).hexdigest()
        return Envelope(topic=TOPIC, event_id=name)

    def parse(self, body: bytes) -> Any:
        """Parse JSON or XML.

        :raises Rejection: neither, or dangerous.
        """
        return parse_body(body)

    def normalize(self, payload: Any, topic: str, context: NormalizeContext) -> list[Outcome]:
        """Turn a parsed body into reports; never raises for bad input."""
        reports: list[TrackingReport] = []
        others: list[Outcome] = []
        for one in read_parsed(self.source, payload):
            if isinstance(one, TrackingReport):
                reports.append(one)
            else:
                others.append(one)
        return [TrackingReceived(tuple(reports)), *others] if reports else others


_IN_ADDRESS = _(
    "Enter the address above, followed by ?token= and your secret. Whoever knows it can send "
    "tracking news in your name, so treat it like a password."
)


def _connector(
    kind: str, label: str, source: str, check: Check, guide: str | Promise, *, ids: bool = False
) -> TrackingConnector:
    return TrackingConnector(kind, label, source, check, guide, ids)


CONNECTORS: tuple[TrackingConnector, ...] = (
    _connector(
        "aftership", "AfterShip", "aftership", signatures.aftership,
        _("In AfterShip: Settings, Notifications, Webhooks. Add this address for tracking updates "
          "and copy the webhook secret that stands there."),
        ids=True,
    ),
    _connector(
        "easypost", "EasyPost", "easypost", signatures.easypost,
        _("In EasyPost: Account settings, Webhooks and Events. Add this address with the secret."),
        ids=True,
    ),
    _connector(
        "shippo", "Shippo", "shippo", signatures.shippo,
        _("In Shippo: Settings, API, Webhooks. Add a webhook for “Track updated”. Enter the "
          "address above, followed by ?token= and your secret."),
    ),
    _connector(
        "17track", "17TRACK", "17track", signatures.seventeen_track,
        _("In 17TRACK: API dashboard, Settings, Webhook. Enter this address. The secret is your "
          "account’s security key."),
    ),
    _connector(
        "carrier_ups", "UPS (Track Alert)", "ups", signatures.ups,
        _("Subscribe to Track Alert with this address as the destination, and with the secret as "
          "its credential."),
    ),
    _connector(
        "carrier_fedex", "FedEx (Integrated Visibility)", "fedex", signatures.fedex,
        _("In the FedEx Developer Portal: create a webhook project with this address and the "
          "secret as its security token."),
    ),
    _connector("carrier", "Another carrier", "", signatures.token, _IN_ADDRESS),
)  # fmt: skip
