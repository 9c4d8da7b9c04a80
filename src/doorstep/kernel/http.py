"""The one way out to other systems' HTTP APIs: bounded in time and size, guarded, logged.

``client(purpose="shopify")`` is a context manager with ``get``, ``post`` and ``request``; answers
are ordinary ``httpx.Response`` objects with the body already read. See ADR 0006.
"""

from __future__ import annotations

import email.utils
import logging
import random
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx
import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from doorstep.kernel.netguard import (
    GuardedBackend,
    OutboundError,
    OutboundRefused,
    OutboundTimeout,
    Policy,
    Resolver,
    deadline,
    resolve,
)

__all__ = [
    "Client",
    "Limits",
    "NetworkInTransaction",
    "OutboundError",
    "OutboundRefused",
    "OutboundTimeout",
    "OutboundTooLarge",
    "OutboundUnreachable",
    "client",
    "retry_after",
]

log = structlog.get_logger(__name__)
# httpx logs whole URLs, with the tokens some APIs want in the query.
logging.getLogger("httpx").setLevel(logging.WARNING)

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
RETRIED_STATUSES = frozenset({429, 502, 503, 504})
# What may go along to another host after a redirect; anything else could be a credential.
_PORTABLE_HEADERS = frozenset({"accept", "accept-encoding", "accept-language", "user-agent"})
_BODY_ERRORS = (httpx.TransportError, httpx.DecodingError, zlib.error)


class OutboundUnreachable(OutboundError):
    """No connection, or one that broke off."""


class OutboundTooLarge(OutboundError):
    """The answer is larger than the caller takes."""


class NetworkInTransaction(RuntimeError):
    """A call was made while a database transaction was open: a programming error.

    The transaction would hold its locks for as long as the other side pleases, and could roll
    back what the other side has already done. Record the intent, commit, and call from a job.
    """


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much one call may take, over all its attempts."""

    connect_seconds: float = 5.0
    read_seconds: float = 10.0  # for one wait, not for the whole answer
    total_seconds: float = 30.0
    attempts: int = 3
    backoff_seconds: float = 0.25  # doubles with each attempt, with full jitter
    max_bytes: int = 10 * 1024 * 1024  # after decompression
    redirects: int = 3  # 0: the redirect itself is the answer


class Client:
    """Calls one system. Cheap to make, safe to share between threads; close it when done."""

    def __init__(
        self,
        purpose: str,
        *,
        limits: Limits | None = None,
        headers: Mapping[str, str] | None = None,
        auth: httpx.Auth | tuple[str, str] | None = None,
        base_url: str = "",
        policy: Policy | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        """Prepare a client; see :func:`client`.

        :param policy: what may be called; by default the installation's settings.
        """
        self._purpose = purpose
        self._limits = limits or Limits()
        self._http = httpx.Client(
            transport=_GuardedTransport(policy or _configured_policy(), resolver),
            base_url=base_url,
            auth=auth,
            headers={"Accept-Encoding": "gzip", "User-Agent": "Doorstep"} | dict(headers or {}),
            timeout=httpx.Timeout(self._limits.read_seconds, connect=self._limits.connect_seconds),
            follow_redirects=False,
            trust_env=False,  # a proxy from the environment would bypass the guard
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the kept connections."""
        self._http.close()

    def get(self, url: str, **options: Any) -> httpx.Response:
        """Send a GET; options as for :meth:`request`."""
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> httpx.Response:
        """Send a POST; it is tried once unless it has an ``idempotency_key``."""
        return self.request("POST", url, **options)

    def request(
        self,
        method: str,
        url: str,
        *,
        idempotency_key: str = "",
        idempotency_header: str = "Idempotency-Key",
        repeatable: bool | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Send a request and return the whole answer, whatever its status.

        Connection failures, 429, 502, 503 and 504 are tried again with growing, random pauses
        (or after the time that Retry-After asks for) while the total time allows, if the method
        is idempotent or a key makes it so.

        :param idempotency_key: sent along; the other side must honor it.
        :param repeatable: False for a GET that does something all the same (some SMS gateways
            send by GET), which must then never be tried twice.
        :param options: as for ``httpx.Client.build_request``: ``params``, ``json``, ``data``,
            ``content``, ``headers``.
        :raises NetworkInTransaction: inside a database transaction.
        :raises OutboundRefused: the address may not be called.
        :raises OutboundTimeout: no whole answer in time.
        :raises OutboundTooLarge: an answer beyond ``max_bytes``.
        :raises OutboundUnreachable: no connection, or it broke off.
        """
        refuse_in_transaction()
        request = self._build(method.upper(), url, options)
        if idempotency_key:
            request.headers[idempotency_header] = idempotency_key
        if repeatable is None:
            repeatable = request.method in IDEMPOTENT or bool(idempotency_key)
        call = _Call(self._purpose, request, time.monotonic() + self._limits.total_seconds)
        with deadline(call.end):
            for pause in self._pauses(repeatable):
                answer = self._attempt(call, pause is None)
                if answer is not None and (pause is None or not _wants_retry(answer)):
                    return answer
                wait = max(pause or 0.0, retry_after(answer))
                if answer is not None and time.monotonic() + wait >= call.end:
                    return answer
                time.sleep(max(0.0, min(wait, call.end - time.monotonic())))
        raise OutboundTimeout(f"{call.where} did not answer in time.")

    def _build(self, method: str, url: str, options: dict[str, Any]) -> httpx.Request:
        try:
            return self._http.build_request(method, url, **options)
        except (httpx.InvalidURL, UnicodeError):
            # the URL may hold a token: it is not repeated
            raise OutboundRefused("The address is not a valid URL.") from None

    def _pauses(self, repeatable: bool) -> Iterator[float | None]:
        """Yield the pause after each attempt; None after the last."""
        attempts = self._limits.attempts if repeatable else 1
        for attempt in range(attempts - 1):
            # spreading retries needs no unpredictable numbers
            yield random.uniform(0, self._limits.backoff_seconds * 2**attempt)  # noqa: S311
        yield None

    def _attempt(self, call: _Call, last: bool) -> httpx.Response | None:
        """Try once; None stands for a failure that may be tried again."""
        started, call.attempt = time.monotonic(), call.attempt + 1
        try:
            answer = self._follow(call.request)
        except OutboundError as error:
            call.log(started, error=type(error).__name__)
            if last or isinstance(error, OutboundRefused | OutboundTooLarge):
                raise
            if time.monotonic() >= call.end:
                raise OutboundTimeout(f"{call.where} did not answer in time.") from error
            return None
        call.log(started, status=answer.status_code, size=len(answer.content))
        return answer

    def _follow(self, request: httpx.Request) -> httpx.Response:
        own_host = True
        for _ in range(self._limits.redirects + 1):
            _check_url(request.url)
            answer, following = self._send(request, own_host)
            if following is None or not self._limits.redirects:
                return answer
            request, same = _checked_redirect(request, following)
            own_host = own_host and same
        raise OutboundRefused(f"{request.url.host} redirects in circles.")

    def _send(
        self, request: httpx.Request, own_host: bool
    ) -> tuple[httpx.Response, httpx.Request | None]:
        where = request.url.host
        auth = httpx.USE_CLIENT_DEFAULT if own_host else None  # nobody else's business
        try:
            raw = self._http.send(request, stream=True, auth=auth)
            try:
                body = b"" if raw.has_redirect_location else self._read(raw)
            finally:
                raw.close()
        except httpx.TimeoutException as error:
            raise OutboundTimeout(f"{where} did not answer in time.") from error
        except _BODY_ERRORS as error:
            raise OutboundUnreachable(f"The connection to {where} failed: {error}") from error
        headers = httpx.Headers(
            [(k, v) for k, v in raw.headers.multi_items() if k not in _ENCODING_HEADERS]
        )
        answer = httpx.Response(raw.status_code, headers=headers, content=body, request=request)
        return answer, raw.next_request

    def _read(self, raw: httpx.Response) -> bytes:
        """Read the body up to the cap, unpacking gzip without ever unpacking a bomb."""
        encoding = raw.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip", ""):
            raise OutboundUnreachable(f"{raw.request.url.host} answers in an unasked encoding.")
        unpack = zlib.decompressobj(31) if "gzip" in encoding else None
        body = bytearray()
        for chunk in raw.iter_raw():
            room = self._limits.max_bytes - len(body) + 1
            body += unpack.decompress(chunk, room) if unpack else chunk
            if len(body) > self._limits.max_bytes:
                raise OutboundTooLarge(
                    f"The answer of {raw.request.url.host} is over {self._limits.max_bytes} bytes."
                )
        if unpack and body and not unpack.eof:
            raise OutboundUnreachable(f"The answer of {raw.request.url.host} broke off.")
        return bytes(body)


_ENCODING_HEADERS = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def client(purpose: str, **options: Any) -> Client:
    """Return a client for one purpose, which names it in the log: ``with client("sms") as http``.

    :param options: ``limits``, ``headers``, ``auth``, ``base_url`` as for :class:`Client`.
    """
    return Client(purpose, **options)


def refuse_in_transaction() -> None:
    """Raise where a database transaction is open; a test's own enclosing one does not count.

    :raises NetworkInTransaction: see there.
    """
    for connection in connections.all(initialized_only=True):
        for block in connection.atomic_blocks:
            if not getattr(block, "_from_testcase", False):
                raise NetworkInTransaction(
                    "No network inside a transaction: record the intent, commit, then call."
                )


@dataclass
class _Call:
    """One request with its attempts, as the log sees it."""

    purpose: str
    request: httpx.Request
    end: float
    attempt: int = 0

    @property
    def where(self) -> str:
        return self.request.url.host

    def log(self, started: float, **outcome: Any) -> None:
        """Write one line: no query, no headers, no body, and no token in the path."""
        url = self.request.url
        path = "/".join(part if len(part) <= 40 else "…" for part in url.path.split("/"))
        log.info(
            "outbound_http",
            purpose=self.purpose,
            method=self.request.method,
            url=f"{url.scheme}://{url.host}{f':{url.port}' if url.port else ''}{path}",
            query="…" if url.query else "",
            attempt=self.attempt,
            seconds=round(time.monotonic() - started, 3),
            **outcome,
        )


class _GuardedTransport(httpx.HTTPTransport):
    """httpx's transport on a pool whose connections the guard opens."""

    def __init__(self, policy: Policy, resolver: Resolver) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool.close()
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            max_connections=20,
            max_keepalive_connections=10,
            keepalive_expiry=30.0,
            network_backend=GuardedBackend(policy, resolver),
        )


@lru_cache(maxsize=1)
def _tls() -> Any:
    return httpx.create_ssl_context(trust_env=False)  # loading the CA file takes 20 ms: once


def _configured_policy() -> Policy:
    try:
        return Policy.read(settings.DOORSTEP_OUTBOUND_ALLOW, settings.DOORSTEP_OUTBOUND_PORTS)
    except ValueError as error:
        raise ImproperlyConfigured(f"DOORSTEP_OUTBOUND_ALLOW or _PORTS: {error}.") from error


def _check_url(url: httpx.URL) -> None:
    if url.scheme not in ("http", "https") or not url.host:
        raise OutboundRefused("Only http:// and https:// addresses are called.")


def _checked_redirect(
    request: httpx.Request, following: httpx.Request
) -> tuple[httpx.Request, bool]:
    """Return the next hop and whether it is the same host; strangers get no credentials.

    :raises OutboundRefused: from https to http, or with a body to another host.
    """
    old, new = urlsplit(str(request.url)), urlsplit(str(following.url))
    if old.scheme == "https" and new.scheme != "https":
        raise OutboundRefused(f"{request.url.host} redirects from https to an open connection.")
    if (old.scheme, old.hostname, old.port) == (new.scheme, new.hostname, new.port):
        return following, True
    if request.method not in ("GET", "HEAD"):
        raise OutboundRefused(f"{request.url.host} redirects a {request.method} to another host.")
    headers = {k: v for k, v in following.headers.items() if k in _PORTABLE_HEADERS}
    bare = httpx.Request(
        following.method, following.url, headers=headers, extensions=following.extensions
    )
    return bare, False


def _wants_retry(answer: httpx.Response) -> bool:
    return answer.status_code in RETRIED_STATUSES


def retry_after(answer: httpx.Response | None) -> float:
    """Return the seconds an answer asks us to wait (RFC 9110, 10.2.3); 0 when it does not."""
    raw = "" if answer is None else answer.headers.get("retry-after", "").strip()
    if raw.isascii() and raw.isdigit():
        return float(raw[:9])
    try:
        when = email.utils.parsedate_to_datetime(raw)
    except ValueError:
        return 0.0
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
