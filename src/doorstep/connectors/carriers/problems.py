"""Bodies that say why there is nothing: not found, not allowed, something else went wrong.

Every carrier has its own shape for that; what they share is a code and a sentence somewhere near
the top.
"""

from __future__ import annotations

import re
from typing import Any

from doorstep.connectors.base.contracts import Rejected
from doorstep.connectors.carriers.reading import dig, first, items, plain, text

_AUTH = re.compile(
    r"auth|credential|licen[sc]e|forbidden|invalid_client|password|api[ _-]?key|access denied"
    r"|log ?in|\btoken\b|\b401\b|\b403\b|not permitted|permission",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"not[ _-]?found|no (?:result|shipment|pin history|record|information|data|tracking)"
    r"|could not (?:locate|find)|cannot be found|can ?not find|unable to (?:locate|find)"
    r"|does not exist|n.existe|introuvable|inconnu|aucun|unknown (?:tracking|number)|\b404\b"
    r"|not available for your item|invalid tracking id|notfound|nicht gefunden|no encontrad",
    re.IGNORECASE,
)


def problem(code: str, message: str, number: str = "") -> Rejected:
    """Return a rejection in plain words, sorted by what a merchant can do about it."""
    said = plain(message).strip() or code or "no reason given"
    about = f"{number}: " if number else ""
    both = f"{code} {said}"
    if _NOT_FOUND.search(both):
        return Rejected(
            "not_found",
            f"{about}The carrier does not know this number (yet). It says: {said}"[:500],
            retriable=False,
        )
    if _AUTH.search(both):
        return Rejected(
            "auth_error",
            f"{about}The carrier refused the request for this. Check the account’s key with "
            f"whoever asks the carrier. It says: {said}"[:500],
            retriable=False,
        )
    return Rejected(
        "carrier_error", f"{about}The carrier answered with an error: {said}"[:500], retriable=False
    )


def find_problem(data: Any) -> Rejected | None:
    """Return what an error body says, None when the body is no error."""
    if isinstance(data, list):
        data = data[0] if data else None
    if not isinstance(data, dict):
        return None
    for find in (_fault, _error_lists, _error_object, _title, _flat):
        found = find(data)
        if found:
            return problem(*found)
    return None


def _deep_lists(data: dict[str, Any]) -> list[dict[str, Any]]:
    return (
        items(data, "errors")
        or items(data, "response", "errors")
        or items(data, "messages", "message")
        or items(data, "wrapper", "messages", "message")
        or items(data, "Errors", "Error")
    )


def _error_lists(data: dict[str, Any]) -> tuple[str, str] | None:
    for one in _deep_lists(data):
        code = first(one, "code", "Code", "errorCode", "name", "status")
        words = first(
            one, "message", "description", "Description", "detail", "title", "name", limit=400
        )
        if code or words:
            return code, words
    return None


def _error_object(data: dict[str, Any]) -> tuple[str, str] | None:
    error = dig(data, "error") or dig(data, "Error")
    if error is None:
        return None
    if isinstance(error, str):
        return text(error), first(data, "error_description", "message", limit=400) or text(error)
    if isinstance(error, dict):
        inner = items(error, "errors")
        code = first(error, "code", "Number", "type") or (first(inner[0], "code") if inner else "")
        words = first(error, "message", "Description", "detail", limit=400) or (
            first(inner[0], "detail", "title", "message", limit=400) if inner else ""
        )
        return (code or "error", words)
    return None


def _title(data: dict[str, Any]) -> tuple[str, str] | None:
    """Read RFC 7807 problem details and their like."""
    if text(data, "title") and (text(data, "status").isdigit() or text(data, "detail")):
        words = f"{text(data, 'title')}. {text(data, 'detail', limit=400)}"
        return text(data, "status"), words
    return None


def _fault(data: dict[str, Any]) -> tuple[str, str] | None:
    """Read SOAP faults, DHL's ErrorResponse and bare <Error> documents."""
    fault = dig(data, "Envelope", "Body", "Fault") or dig(data, "Fault")
    if isinstance(fault, dict):
        return first(fault, "faultcode", "Code"), first(fault, "faultstring", "Reason", limit=400)
    for root in ("ErrorResponse", "ShipmentTrackingErrorResponse"):
        condition = dig(data, root, "Response", "Status", "Condition")
        if condition is not None:
            return text(condition, "ConditionCode"), text(condition, "ConditionData", limit=400)
    return None


def _flat(data: dict[str, Any]) -> tuple[str, str] | None:
    """Read a code or a sentence at the top level, where nothing else is said."""
    code = first(data, "code", "returnCode", "errorCode", "status")
    words = first(
        data, "message", "returnMessage", "errorMessage", "detail", "description", limit=400
    )
    if words and len(data) <= 8:
        return code, words
    return None
