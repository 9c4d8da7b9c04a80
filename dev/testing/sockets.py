"""No test speaks to another machine: sockets reach the loopback and unix sockets, nothing else."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

NAMES = frozenset({"localhost", "", socket.gethostname()})


class OutsideReached(RuntimeError):
    """A test tried to reach another machine: use a fake on the loopback."""


def _is_inside(host: object) -> bool:
    if host is None or host in NAMES:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name in NAMES
    return address.is_loopback or address.is_unspecified


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Any:
    """Refuse connections and look-ups that leave the machine."""
    patch = pytest.MonkeyPatch()
    for method in ("connect", "connect_ex"):
        patch.setattr(socket.socket, method, _guard_connect(getattr(socket.socket, method)))
    real_lookup = socket.getaddrinfo

    def look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        if not _is_inside(host):
            try:
                ipaddress.ip_address(host)  # no look-up, only parsing: nothing leaves
            except ValueError:
                raise OutsideReached(f"look-up of {host}") from None
        return real_lookup(host, *arguments, **options)

    patch.setattr(socket, "getaddrinfo", look_up)
    yield
    patch.undo()


def _guard_connect(real: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_inside(address[0]):
            raise OutsideReached(f"connection to {address}")
        return real(self, address)

    return connect
