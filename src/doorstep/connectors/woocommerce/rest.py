"""WooCommerce's REST API v3: one shop's orders, and what its errors mean.

https://woocommerce.github.io/woocommerce-rest-api-docs/ . Nothing in it takes an idempotency key:
whoever writes looks first, and never repeats blindly.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import httpx

from doorstep.connectors.base.api import Access
from doorstep.kernel import http

CONSUMER_KEY, CONSUMER_SECRET = "consumer_key", "consumer_secret"
_LIMITS = http.Limits(total_seconds=25.0, attempts=1, redirects=0)


class WooBusy(Exception):
    """The outcome is not known, or the shop can't just now."""

    def __init__(self, words: str, after_seconds: float | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.after_seconds = after_seconds


class WooRefusal(Exception):
    """The shop says that it will not do this: nothing changed."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code
        self.words = words


@dataclass(frozen=True, slots=True)
class Woo:
    """Calls one shop, ``access.shop_url`` is its address."""

    access: Access

    def get(self, path: str, **params: Any) -> Any:
        """Read. :raises WooBusy: not known. :raises WooRefusal: it will not."""
        return self._ask("GET", path, params=params)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Change. :raises WooBusy: not known. :raises WooRefusal: it will not."""
        return self._ask("PUT", path, json=body)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Add. :raises WooBusy: not known: look before asking again. :raises WooRefusal: no."""
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        given = self.access.credentials
        url = f"{self.access.shop_url.rstrip('/')}/wp-json/wc/v3/{path}"
        pair = f"{given.get(CONSUMER_KEY, '')}:{given.get(CONSUMER_SECRET, '')}"
        basic = f"Basic {base64.b64encode(pair.encode()).decode()}"
        try:
            with http.client(
                "woocommerce", limits=_LIMITS, headers={"Authorization": basic}
            ) as client:
                answer = client.request(method, url, **options)
        except http.OutboundTimeout as error:
            raise WooBusy("The shop did not answer in time.") from error
        except http.OutboundError as error:
            raise WooBusy(f"The shop could not be reached: {error}") from error
        return _read(answer)


def _read(answer: httpx.Response) -> Any:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.is_success and body is not None:
        return body
    said = body if isinstance(body, dict) else {}
    code, words = str(said.get("code", answer.status_code)), str(said.get("message", ""))
    if answer.status_code in (401, 403):
        raise WooBusy(
            "The shop does not take our key, or the key may only read. Enter one with read and "
            "write access under Settings, Connections."
        )
    if answer.status_code in (400, 404, 409, 410, 422):
        raise WooRefusal(code, words or "The shop refused it.")
    # Maintenance pages, gateways and security plugins answer with anything.
    raise WooBusy(
        f"The shop answered {answer.status_code} {words}".strip(), http.retry_after(answer) or None
    )


def has_access(access: Access) -> bool:
    """Tell whether a connection has what calling its shop takes."""
    given = access.credentials
    return bool(
        access.is_active
        and access.shop_url
        and given.get(CONSUMER_KEY)
        and given.get(CONSUMER_SECRET)
    )
