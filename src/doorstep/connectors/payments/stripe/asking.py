"""Stripe's API over HTTP: form-encoded, one version, every answer sorted into what it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from doorstep.kernel import http
from doorstep.rooms.payments.ports import TryAgain

# Answers keep this form whatever the account's own default is.
VERSION = "2025-04-30.basil"
# One try: asking again is the payments room's business, which knows what was asked before.
_LIMITS = http.Limits(total_seconds=20.0, attempts=1, redirects=0)


class StripeRefusal(Exception):
    """Stripe answered that it will not do this: nothing moved."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(f"{status} {code}: {words}")
        self.status = status
        self.code = code
        self.words = words


class Stripe:
    """Calls one account's API."""

    def __init__(self, api_key: str) -> None:
        self._headers = {"Authorization": f"Bearer {api_key}", "Stripe-Version": VERSION}

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Read; raises as :meth:`post`."""
        return self._ask("GET", path, params=list(encode(params)))

    def post(self, path: str, form: Mapping[str, Any], *, key: str = "") -> dict[str, Any]:
        """Do something, once per ``key``.

        Stripe keeps what it answered to a key, errors included, and gives that again for at least
        a day; it refuses the same key with another body.

        :raises StripeRefusal: nothing moved, for good.
        :raises TryAgain: nobody knows, or Stripe can't just now.
        """
        return self._ask("POST", path, data=dict(encode(form)), idempotency_key=key)

    def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        url = f"{settings.DOORSTEP_STRIPE_URL}/v1/{path}"
        try:
            with http.client("stripe", limits=_LIMITS, headers=self._headers) as client:
                answer = client.request(method, url, **options)
        except http.OutboundTimeout as error:
            raise TryAgain("Stripe did not answer in time.") from error
        except http.OutboundError as error:
            raise TryAgain(f"Stripe could not be reached: {error}") from error
        try:
            body = answer.json()
        except ValueError:
            body = {}
        if answer.status_code == 200 and isinstance(body, dict):
            return body
        raise _trouble(answer.status_code, body, http.retry_after(answer))


def _trouble(status: int, body: Any, wait: float) -> Exception:
    """Sort an error (docs.stripe.com/api/errors) into "never" and "again"."""
    error = body.get("error") if isinstance(body, dict) else None
    error = error if isinstance(error, dict) else {}
    code, said = (
        str(error.get("code") or error.get("type") or status),
        str(error.get("message", "")),
    )
    if status in (401, 403):
        return TryAgain(
            "Stripe does not take the secret key (or the key may not do this). Enter another one "
            "under Settings, Payments."
        )
    if status == 429:
        return TryAgain("Stripe has too much to do just now.", wait or None)
    if status == 409:
        return TryAgain("Stripe is still busy with the same thing.", wait or None)
    if error.get("type") == "idempotency_error":
        return TryAgain(f"Stripe was asked for something else under the same key: {said}")
    if code in ("balance_insufficient", "insufficient_funds"):
        return TryAgain(
            "Your Stripe balance is too low for this. Add funds to it at Stripe.", 3_600
        )
    if status in (400, 402, 404):
        return StripeRefusal(status, code, said)
    return TryAgain(f"Stripe had a problem ({status}).", wait or None)


def encode(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Flatten nested values the way Stripe reads forms: ``metadata[link]``, ``items[0][name]``."""
    for name, value in values.items():
        path = f"{prefix}[{name}]" if prefix else str(name)
        if isinstance(value, Mapping):
            yield from encode(value, path)
        elif isinstance(value, list):
            yield from encode({str(nth): item for nth, item in enumerate(value)}, path)
        elif isinstance(value, bool):
            yield path, "true" if value else "false"
        elif value not in (None, ""):
            yield path, str(value)
