"""For whom a sold gift card is: what shops and plugins write beside the line. Pure.

No platform has fields of its own for it. The names below are those of Shopify's own gift card form
("Recipient email", "Send on"), WooCommerce's Gift Cards plugin ("wc_gc_giftcard_to") and common
apps, compared without case, spaces and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from doorstep.rooms.wallet.contracts import CardWish

_EMAIL = {"recipientemail", "recipientsemail", "recipientemailaddress", "wcgcgiftcardto",
          "giftcardto", "giftcardrecipientemail", "toemail", "to", "sendto", "emailto",
          "empfängeremail", "emaildudestinataire", "emaildeldestinatario"}  # fmt: skip
_NAME = {"recipientname", "recipientsname", "giftcardrecipientname", "toname",
         "empfängername", "nomdudestinataire", "nombredeldestinatario"}  # fmt: skip
_SENDER = {"sendername", "from", "fromname", "wcgcgiftcardfrom", "giftcardfrom", "absender",
           "delapartde", "departede"}  # fmt: skip
_WORDS = {"message", "giftmessage", "giftcardmessage", "wcgcgiftcardmessage", "personalmessage",
          "nachricht", "mensaje"}  # fmt: skip
_DAY = {"sendon", "senddate", "deliverydate", "deliveron", "wcgcgiftcarddelivery",
        "giftcarddeliverydate", "sendenam", "envoyerle", "enviarel"}  # fmt: skip
MAX_TEXT = 200
MAX_WORDS = 1000
_LATEST_YEARS = 2  # a day further away is a typing mistake


def read_wish(properties: Iterable[tuple[str, str]], today: date) -> CardWish:
    """Read a line's wishes; what makes no sense counts as not said, the card goes to the buyer."""
    found: dict[str, str] = {}
    for name, value in properties:
        key, text = re.sub(r"[\W_]+", "", name.lower()), value.strip()
        for kind, names in _KINDS:
            if key in names and text:
                found.setdefault(kind, text)
    email = found.get("email", "")
    if not _is_email(email):
        return CardWish()
    return CardWish(
        email,
        found.get("name", "")[:MAX_TEXT],
        found.get("sender", "")[:MAX_TEXT],
        found.get("words", "")[:MAX_WORDS],
        _read_day(found.get("day", ""), today),
    )


_KINDS = (
    ("email", _EMAIL), ("name", _NAME), ("sender", _SENDER), ("words", _WORDS), ("day", _DAY),
)  # fmt: skip


def _is_email(text: str) -> bool:
    if len(text) > MAX_TEXT:
        return False
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _read_day(text: str, today: date) -> date | None:
    """Return a day that is still to come: "2026-12-24", a moment, or seconds since 1970."""
    try:
        if re.fullmatch(r"\d{9,11}", text):
            day = datetime.fromtimestamp(int(text), UTC).date()
        else:
            day = datetime.fromisoformat(text).date()
    except (ValueError, OverflowError):
        return None
    return day if today < day <= today.replace(year=today.year + _LATEST_YEARS, day=1) else None
