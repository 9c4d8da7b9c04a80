"""Phone numbers in E.164, the one form people are recognized by."""

from __future__ import annotations

import phonenumbers


def normalize_phone(raw: str, country: str) -> str:
    """Return the number in E.164 (``+4915112345678``), ``""`` when it can't be one.

    A number counts when its length is possible in its country: stricter tables call numbers
    from newly opened ranges wrong. What was filled in to satisfy a form (``000000``) is nobody's.

    :param country: ISO 3166-1 alpha-2, to read numbers without an international prefix.
    """
    text = raw.strip()
    if not 4 <= len(text) <= 40:
        return ""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return ""
    national = str(number.national_number)
    if len(set(national)) < 2 or national in _PLACEHOLDERS:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_PLACEHOLDERS = frozenset({"123456", "1234567", "12345678", "123456789", "1234567890"})


def phone_beginning(text: str, country: str) -> str:
    """Return how an E.164 number starts when its owner types ``text``; ``""`` for no number.

    ``0151 23`` in Germany is ``+4915123``; ``0049 151`` and ``+49 151`` are ``+49151``.
    """
    digits = "".join(char for char in text if char.isdigit())
    if len(digits) < 3 or any(char.isalpha() for char in text) or "@" in text:
        return ""
    if text.lstrip().startswith("+"):
        return f"+{digits}"
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    code = phonenumbers.country_code_for_region(country) if country else 0
    # Italy keeps the zero of a national number; everywhere else it only dials.
    national = digits if country == "IT" else digits.removeprefix("0")
    return f"+{code}{national}" if code else f"+{digits}"
