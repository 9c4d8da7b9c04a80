"""What the logs keep to themselves."""

from __future__ import annotations

import logging

from doorstep.config.logs import WithoutKeys, dictionary


def _line(path: str) -> str:
    record = logging.LogRecord(
        "django.request", logging.WARNING, "", 1, "%s: %s", ("Bad Request", path), None
    )
    assert WithoutKeys().filter(record)
    return record.getMessage()


def test_keys_in_addresses_are_not_logged() -> None:
    assert _line("/o/AaIBi9wI.1xou.sig/updates") == "Bad Request: /o/…/updates"
    assert _line("/history/AaIBi9wI.sig") == "Bad Request: /history/…"
    assert _line("/console/join/eyJhbGciOi/") == "Bad Request: /console/join/…/"
    assert _line("/console/fern/orders/") == "Bad Request: /console/fern/orders/"


def test_every_line_goes_past_the_filter() -> None:
    [handler] = dictionary("json", "info")["handlers"].values()
    assert handler["filters"] == ["without_keys"]
