"""Where Doorstep may connect to: the guard against being sent to the machine's own network.

Merchants and shops give us addresses (webhook targets, shop domains, image links). Without a
guard, one that names ``127.0.0.1``, the cloud's metadata service or a neighbor's database would
be fetched from inside the firewall. The guard sits where the connection is opened: it resolves
the name once, refuses if *any* answer is not on the public internet, and connects to the very
address it checked, so a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Sequence[str]]

# IANA special-purpose registries (RFC 6890 and later), and two cloud services on public addresses.
_CLOSED_V4 = [
    ipaddress.IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # Azure's host agent
    )
]
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = [
    ipaddress.IPv6Network(text)
    # protocol assignments with Teredo, documentation, 6to4, documentation again, AS112
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
]
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class OutboundError(Exception):
    """A call to the outside world did not work; the message holds no secrets."""


class OutboundRefused(OutboundError):
    """The address is not one that Doorstep may call."""


class OutboundTimeout(OutboundError):
    """The other side took longer than it was given."""


def is_public(address: IPAddress) -> bool:
    """Tell whether an address is on the public internet, also inside an IPv6 wrapping."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    if address in _MAPPED or address in _NAT64:
        return is_public(ipaddress.IPv4Address(address.packed[-4:]))
    return address in _PUBLIC_V6 and not any(address in network for network in _CLOSED_V6)


@dataclass(frozen=True, slots=True)
class Policy:
    """Which ports are open to all, and which places are allowed though they are not public.

    :param ports: for public addresses.
    :param hosts: ``(host, port)`` allowed whatever they resolve to: a test's peer on loopback,
        the installation's own SMS gateway.
    :param networks: private networks allowed on every port.
    """

    ports: frozenset[int] = frozenset({80, 443})
    hosts: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, allow: Iterable[str], ports: Iterable[str | int]) -> Policy:
        """Read ``host:port`` and ``10.0.0.0/8`` entries.

        :raises ValueError: an entry is neither; the message names it.
        """
        hosts, networks = set(), []
        for entry in allow:
            if "/" in entry:
                networks.append(ipaddress.ip_network(entry))
                continue
            host, colon, port = entry.rpartition(":")
            if not colon or not host or not port.isascii() or not port.isdigit():
                raise ValueError(f"“{entry}” is neither host:port nor a network such as 10.0.0.0/8")
            hosts.add((_bare(host), int(port)))
        return cls(frozenset(int(port) for port in ports), frozenset(hosts), tuple(networks))

    def check_port(self, host: str, port: int) -> None:
        """Refuse a port before a name is even resolved."""
        if port in self.ports or (_bare(host), port) in self.hosts or self.networks:
            return
        raise OutboundRefused(f"Port {port} of {host} is not open to outgoing calls.")

    def check_address(self, host: str, port: int, address: IPAddress) -> None:
        """Refuse an address; the message names the host, never what it resolved to."""
        if (_bare(host), port) in self.hosts or any(address in net for net in self.networks):
            return
        if not is_public(address) or port not in self.ports:
            raise OutboundRefused(
                f"{host}:{port} is not on the public internet (or not on an open port). If it is "
                "yours, add it to DOORSTEP_OUTBOUND_ALLOW."
            )


def _bare(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def resolve(host: str, port: int) -> list[str]:
    """Return every address of a host, as the system's resolver has them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


# When the call in hand must be over (time.monotonic()); set around each call by the client.
_deadline: ContextVar[float | None] = ContextVar("outbound_deadline", default=None)


@contextlib.contextmanager
def deadline(at: float) -> Iterator[None]:
    """Let every wait on the network inside end at ``at`` (``time.monotonic()``) at the latest."""
    token = _deadline.set(at)
    try:
        yield
    finally:
        _deadline.reset(token)


def _left(timeout: float | None) -> float | None:
    """Return what is left for one wait: its own time-out, cut by the deadline."""
    end = _deadline.get()
    if end is None:
        return timeout
    left = end - time.monotonic()
    if left <= 0:
        raise OutboundTimeout("The call took longer than it was given.")
    return left if timeout is None else min(timeout, left)


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections for httpcore, to checked addresses only."""

    def __init__(self, policy: Policy, resolver: Resolver = resolve) -> None:
        self._policy = policy
        self._resolver = resolver
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._checked_addresses(host, port, timeout)
        failure: Exception | None = None
        for address in addresses[:4]:  # one dead address (often IPv6) must not hide a live one
            try:
                stream = self._inner.connect_tcp(
                    address, port, _left(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return _BoundedStream(stream)
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise OutboundRefused("Unix sockets are not open to outgoing calls.")

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)

    def _checked_addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        self._policy.check_port(host, port)
        lookup: Future[Sequence[str]] = _lookups().submit(self._resolver, host, port)
        try:
            addresses = list(lookup.result(_left(timeout)))
        except FutureTimeout:
            raise OutboundTimeout(f"The name {host} could not be resolved in time.") from None
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"The name {host} cannot be resolved: {error}") from error
        for address in addresses:
            # A scoped address ("fe80::1%eth0") is link-local: never public
            self._policy.check_address(host, port, ipaddress.ip_address(address.split("%")[0]))
        return addresses


@cache
def _lookups() -> ThreadPoolExecutor:
    # getaddrinfo knows no time-out; waiting for it elsewhere keeps the deadline
    return ThreadPoolExecutor(max_workers=16, thread_name_prefix="dns")


class _BoundedStream(httpcore.NetworkStream):
    """A stream none of whose waits outlasts the call's deadline.

    httpcore's own read time-out starts anew with each byte, which a server that drips one byte a
    second can use to hold a worker for hours.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
