"""Shopify's GraphQL Admin API: a token by client credentials, queries, and what errors mean.

Tokens live 24 hours and are kept in the process only: https://shopify.dev/docs/apps/build/
authentication-authorization/access-tokens/client-credentials-grant
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from doorstep.connectors.base.api import Access
from doorstep.kernel import http

VERSION = "2026-04"
CLIENT_ID, CLIENT_SECRET = "client_id", "client_secret"
# One try: asking again is the business of who keeps the task and its key.
_LIMITS = http.Limits(total_seconds=25.0, attempts=1, redirects=0)
_EARLY_SECONDS = 300  # a token is renewed before it ends, not when

_tokens: dict[tuple[str, str], tuple[str, float]] = {}
_lock = threading.Lock()


class ShopifyBusy(Exception):
    """The outcome is not known, or Shopify can't just now."""

    def __init__(self, words: str, after_seconds: float | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.after_seconds = after_seconds


class ShopifyRefusal(Exception):
    """Shopify says that it will not do this: nothing changed."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code
        self.words = words


@dataclass(frozen=True, slots=True)
class Admin:
    """Calls one shop. ``access.shop_url`` is its ``https://….myshopify.com``."""

    access: Access

    @property
    def base(self) -> str:
        """Where it answers."""
        url = self.access.shop_url.rstrip("/")
        return url if url.startswith("http") else f"https://{url}"

    def run(self, query: str, **variables: Any) -> dict[str, Any]:
        """Run a query or mutation; returns its data.

        :raises ShopifyBusy: not known, throttled, down, or the access is wrong (a person has to
            mend that; nothing is lost meanwhile).
        :raises ShopifyRefusal: the query itself was refused.
        """
        answer = self._post(
            f"{self.base}/admin/api/{VERSION}/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": self._token()},
        )
        if answer.status_code in (401, 403):
            self._forget_token()
            raise ShopifyBusy(
                "Shopify does not take our access. Check the app's client id, secret and scopes "
                "under Settings, Connections."
            )
        body = _body(answer)
        if errors := body.get("errors"):
            raise _of_errors(errors, body.get("extensions"))
        data = body.get("data")
        if not isinstance(data, dict):
            raise ShopifyBusy(f"Shopify answered {answer.status_code} without data.")
        return data

    def mutate(self, name: str, query: str, **variables: Any) -> dict[str, Any]:
        """Run a mutation of one field; returns its payload.

        :raises ShopifyBusy: as :meth:`run`.
        :raises ShopifyRefusal: ``userErrors`` say why nothing changed.
        """
        payload = self.run(query, **variables).get(name)
        if not isinstance(payload, dict):
            raise ShopifyBusy(f"Shopify answered nothing to {name}.")
        errors = payload.get("userErrors") or payload.get("orderCancelUserErrors") or []
        if errors:
            first = errors[0]
            code = str(first.get("code") or ".".join(first.get("field") or []) or "user_error")
            if code.startswith("IDEMPOTENCY_CONCURRENT"):
                raise ShopifyBusy("Shopify is still busy with the same thing.", 5)
            words = "; ".join(str(one.get("message", "")) for one in errors)
            raise ShopifyRefusal(code, words)
        return payload

    def _token(self) -> str:
        given = self.access.credentials
        key = (self.base, given.get(CLIENT_ID, ""))
        with _lock:
            token, ends = _tokens.get(key, ("", 0.0))
            if token and time.monotonic() < ends:
                return token
        answer = self._post(
            f"{self.base}/admin/oauth/access_token",
            json={
                "grant_type": "client_credentials",
                "client_id": given.get(CLIENT_ID, ""),
                "client_secret": given.get(CLIENT_SECRET, ""),
            },
        )
        body = _body(answer)
        token = str(body.get("access_token", ""))
        if not token:
            raise ShopifyBusy(
                "Shopify gave no access token. Check the app's client id and secret under "
                "Settings, Connections."
            )
        lives = max(float(body.get("expires_in", 86_399)) - _EARLY_SECONDS, 60.0)
        with _lock:
            _tokens[key] = (token, time.monotonic() + lives)
        return token

    def _forget_token(self) -> None:
        with _lock:
            _tokens.pop((self.base, self.access.credentials.get(CLIENT_ID, "")), None)

    def _post(self, url: str, **options: Any) -> httpx.Response:
        try:
            with http.client("shopify", limits=_LIMITS) as client:
                answer = client.post(url, **options)
        except http.OutboundTimeout as error:
            raise ShopifyBusy("Shopify did not answer in time.") from error
        except http.OutboundError as error:
            raise ShopifyBusy(f"Shopify could not be reached: {error}") from error
        if answer.status_code == 429 or answer.status_code >= 500:
            raise ShopifyBusy(
                f"Shopify is busy or down ({answer.status_code}).",
                http.retry_after(answer) or None,
            )
        return answer


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ShopifyBusy(f"Shopify answered {answer.status_code} with something that is no JSON.")
    return body


def _of_errors(errors: Any, extensions: Any) -> Exception:
    """Sort top-level errors: throttled and internal ones are asked again."""
    first: Any = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        first = {"message": str(errors)}
    code = str((first.get("extensions") or {}).get("code", ""))
    words = str(first.get("message", ""))
    if code == "THROTTLED":
        return ShopifyBusy("Shopify has too much to do just now.", _wait(extensions))
    if code in ("INTERNAL_SERVER_ERROR", "TIMEOUT"):
        return ShopifyBusy(f"Shopify had a problem: {words}")
    if code == "ACCESS_DENIED":
        return ShopifyBusy(f"The app may not do this; give it the scope it asks for: {words}")
    return ShopifyRefusal(code or "graphql_error", words)


def _wait(extensions: Any) -> float:
    """Return how long until the bucket holds what the query costs (leaky bucket)."""
    cost = extensions.get("cost", {}) if isinstance(extensions, Mapping) else {}
    status = cost.get("throttleStatus", {})
    missing = float(cost.get("requestedQueryCost", 0)) - float(status.get("currentlyAvailable", 0))
    rate = float(status.get("restoreRate", 0)) or 50.0
    return max(missing / rate, 1.0)


def gid(kind: str, external_id: str) -> str:
    """Return Shopify's global id of a numeric one."""
    return (
        external_id if external_id.startswith("gid://") else f"gid://shopify/{kind}/{external_id}"
    )


def numeric(global_id: str) -> str:
    """Return the numeric id that webhooks use."""
    return global_id.rsplit("/", 1)[-1].partition("?")[0]
