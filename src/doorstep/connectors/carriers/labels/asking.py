"""EasyPost's API over HTTP: JSON, the key as user name, every answer sorted into what it means.

Shapes and codes: docs.easypost.com (Errors, Shipments, Rate limiting and backoff guide).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from doorstep.kernel import http
from doorstep.rooms.returns.ports import TryAgain

# One try: asking again is the returns room's business, which keeps what was prepared. Carriers
# take their time to rate and to sell.
_LIMITS = http.Limits(read_seconds=45.0, total_seconds=50.0, attempts=1, redirects=0)
_FILE_LIMITS = http.Limits(total_seconds=20.0, attempts=2, max_bytes=5 * 1024 * 1024)

ALREADY_BOUGHT = "SHIPMENT.POSTAGE.EXISTS"
# Nobody knows whether it was bought: looked at again later.
_UNKNOWN = {
    "SHIPMENT.PURCHASE.IN_PROGRESS",
    "SHIPMENT.POSTAGE.TIMED_OUT",
    "SHIPMENT.POSTAGE.NO_RESPONSE",
}
_A_WHILE = 1_800.0  # until a person has changed something at EasyPost or here


class EasyPostRefusal(Exception):
    """EasyPost answered that it will not do this: nothing was bought."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(f"{status} {code}: {words}")
        self.status = status
        self.code = code
        self.words = words


class EasyPost:
    """Calls one account's API."""

    def __init__(self, api_key: str) -> None:
        if not api_key:
            raise TryAgain(
                "EasyPost is not connected (any more). Enter its API key under Settings, "
                "Connections.",
                _A_WHILE,
            )
        self._auth = (api_key, "")

    def get(self, path: str) -> dict[str, Any]:
        """Read; raises as :meth:`post`."""
        return self._ask("GET", path)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Do something.

        :raises EasyPostRefusal: it was not done, for good.
        :raises TryAgain: nobody knows, or EasyPost can't just now.
        """
        return self._ask("POST", path, json=body)

    def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        url = f"{settings.DOORSTEP_EASYPOST_URL}/v2/{path}"
        try:
            with http.client("easypost", limits=_LIMITS, auth=self._auth) as client:
                answer = client.request(method, url, **options)
        except http.OutboundTimeout as error:
            raise TryAgain("EasyPost did not answer in time.") from error
        except http.OutboundError as error:
            raise TryAgain(f"EasyPost could not be reached: {error}") from error
        try:
            body = answer.json()
        except ValueError:
            body = {}
        if answer.status_code in (200, 201) and isinstance(body, dict):
            return body
        raise _trouble(answer.status_code, body, http.retry_after(answer))


def fetch_file(url: str) -> tuple[bytes, str]:
    """Return a label's bytes and what they are: PDF or PNG, by their own first bytes.

    It lies with EasyPost's storage, at an address that is its own key: ours is not sent there.

    :raises TryAgain: it could not be loaded, or is neither.
    """
    try:
        with http.client("easypost-files", limits=_FILE_LIMITS) as client:
            answer = client.get(url)
    except http.OutboundError as error:
        raise TryAgain(f"The label could not be loaded from EasyPost: {error}") from error
    if answer.status_code != 200:
        raise TryAgain(f"The label could not be loaded from EasyPost ({answer.status_code}).")
    for start, content_type in ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n", "image/png")):
        if answer.content.startswith(start):
            return answer.content, content_type
    raise TryAgain("What EasyPost has as the label is neither a PDF nor a PNG.")


def _trouble(status: int, body: Any, wait: float) -> Exception:
    """Sort an error into "never" and "again"."""
    error = body.get("error") if isinstance(body, dict) else None
    error = error if isinstance(error, dict) else {}
    code = str(error.get("code") or status)
    if status in (401, 403):
        return TryAgain(
            "EasyPost does not take the API key (or the key may not do this). Enter another one "
            "under Settings, Connections.",
            _A_WHILE,
        )
    if status == 402:
        return TryAgain(
            "EasyPost could not charge your account for the label. Add a payment method or funds "
            "at EasyPost.",
            _A_WHILE,
        )
    if status == 429:
        return TryAgain("EasyPost has too much to do just now.", wait or None)
    if code in _UNKNOWN:
        return TryAgain("The carrier has not answered EasyPost yet.", wait or None)
    if status in (400, 404, 405, 409, 422):
        return EasyPostRefusal(status, code, _words(error))
    return TryAgain(f"EasyPost had a problem ({status}).", wait or None)


def _words(error: Mapping[str, Any]) -> str:
    """Return what EasyPost says, with the fields it blames; ``errors`` holds objects or texts."""
    found = [str(error.get("message") or "")]
    fields = error.get("errors")
    for one in fields if isinstance(fields, list) else []:
        words = one.get("message") if isinstance(one, dict) else one
        where = one.get("field") if isinstance(one, dict) else ""
        if words:
            found.append(f"{where}: {words}" if where else str(words))
    return "; ".join(part for part in dict.fromkeys(found) if part)[:500]
