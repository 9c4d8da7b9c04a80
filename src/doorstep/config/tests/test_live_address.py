"""Where pages listen, and what their security policy must allow for it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from doorstep.config.live_address import find_address, policy_sources


@pytest.mark.parametrize(
    ("given", "port", "by_path", "address", "sources"),
    [
        ("", "", False, "", []),
        ("", "8001", False, ":8001/live", ["http://*:8001"]),
        ("", "8001", True, "/live", []),
        ("", "", True, "/live", []),
        (":9000/live", "8001", True, ":9000/live", ["http://*:9000"]),
        ("https://live.fern.example/live/", "", True, "https://live.fern.example/live",
         ["https://live.fern.example"]),
        ("http://10.0.0.7:8001/live", "", False, "http://10.0.0.7:8001/live",
         ["http://10.0.0.7:8001"]),
    ],
)  # fmt: skip
def test_addresses(given: str, port: str, by_path: bool, address: str, sources: list[str]) -> None:
    assert find_address(given, port, by_path=by_path) == address
    assert policy_sources(address) == sources


@pytest.mark.parametrize(
    "given", ["live", "//evil.example/live", "javascript:alert(1)", ":port/live",
              "https://live.example; script-src *", '/live" onload="x'],
)  # fmt: skip
def test_anything_else_is_refused(given: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DOORSTEP_LIVE_URL"):
        find_address(given, "", by_path=False)
