"""Whose a tracking number is, and whether its check digit is right. Pure.

The formats are public: UPU S10-12 (thirteen characters, all postal operators), USPS
Publication 199 (IMpb), the bar code guides of UPS, FedEx and Canada Post, and the formats that
carriers print in their own help pages. Most carriers' numbers are plain digits, so one number can
fit several; :func:`recognize` lists them with the likeliest first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

MAX_TYPED = 200  # with the spaces a scanner or a person puts in
MAX_LENGTH = 64
# Also what no eye sees: soft hyphens, NUL, marks of direction and width that come with pasting.
_SEPARATORS = re.compile(
    "[\\s\\-.\u00b7\u2010-\u2015\u00ad\\x00\u200b-\u200f\u202a-\u202e\u2060\ufeff]+"
)


class CheckDigit(StrEnum):
    """What a number's check digit says."""

    RIGHT = "right"
    WRONG = "wrong"  # mistyped, or not of this carrier
    NONE = "none"  # the format has none


@dataclass(frozen=True, slots=True)
class NumberMatch:
    """One format that a number fits.

    :param carrier: our code, as in ``rules/carriers.py``.
    :param tracking_number: what the carrier tracks: a scanned bar code holds more than that.
    :param certainty: 1 (plain digits of the right length) to 4 (prefix and check digit).
    """

    carrier: str
    format_name: str
    tracking_number: str
    check: CheckDigit
    certainty: int


def normalize_number(text: str) -> str:
    """Return a number as it is compared: upper case, without spaces and dashes."""
    return _SEPARATORS.sub("", text).upper()


# -- check digits -------------------------------------------------------------------------------

Rule = Callable[[str, str], bool]  # serial, check digit


def _value(char: str) -> int:
    """Return a character's value; UPS counts letters from A = 2."""
    return int(char) if char.isdigit() else (ord(char) - 3) % 10


def mod10(even: int, odd: int, *, prepend: str = "") -> Rule:
    """Return the rule of weights that alternate from the left, modulo 10.

    :param prepend: digits that count but are not printed.
    """

    def is_right(serial: str, check: str) -> bool:
        total = sum(
            _value(char) * (odd if place % 2 else even)
            for place, char in enumerate(prepend + serial)
        )
        return -total % 10 == int(check)

    return is_right


def weighted(weights: tuple[int, ...], modulo: int, then: int = 10) -> Rule:
    """Return the rule of fixed weights, modulo ``modulo`` and then modulo ``then`` (FedEx)."""

    def is_right(serial: str, check: str) -> bool:
        total = sum(int(char) * weight for char, weight in zip(serial, weights, strict=True))
        return total % modulo % then == int(check)

    return is_right


def mod7(serial: str, check: str) -> bool:
    """Tell whether the check digit is the serial number modulo 7 (DHL Express, Japan)."""
    return int(serial) % 7 == int(check)


def luhn(serial: str, check: str) -> bool:
    """Tell whether the check digit is right by Luhn (ISO/IEC 7812-1)."""
    total = 0
    for place, char in enumerate(reversed(serial)):
        doubled = int(char) * (1 if place % 2 else 2)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10 == int(check)


def s10(serial: str, check: str) -> bool:
    """Tell whether the check digit of an international postal number is right (UPU S10-12)."""
    weights = (8, 6, 4, 2, 3, 5, 9, 7)
    rest = 11 - sum(int(char) * weight for char, weight in zip(serial, weights, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest) == int(check)


_GS1 = mod10(3, 1)  # the sum of a bar code with an odd count of digits before the check digit
_FEDEX_12 = weighted((3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1), 11)
_FEDEX_14 = weighted((1, 7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1), 11)

# -- formats ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How one carrier writes one kind of number.

    :param pattern: matched against the whole normalized number. Groups: ``serial`` and ``check``
        for the check digit, ``number`` for the part that is tracked (the whole when absent).
    """

    carrier: str
    name: str
    pattern: re.Pattern[str]
    rule: Rule | None
    certainty: int


def _format(
    carrier: str, name: str, pattern: str, rule: Rule | None = None, *, certainty: int
) -> NumberFormat:
    return NumberFormat(carrier, name, re.compile(pattern, re.ASCII), rule, certainty)


_USPS_ROUTE = r"(?:420\d{5}(?:\d{4})?)?"

FORMATS: tuple[NumberFormat, ...] = (
    _format(
        "ups", "UPS 1Z",
        r"1Z(?P<serial>[A-Z0-9]{15})(?P<check>\d)", mod10(1, 2), certainty=4,
    ),
    _format(
        "ups", "UPS waybill",
        r"[AHJKTV](?P<serial>\d{9})(?P<check>\d)", mod10(1, 2), certainty=3,
    ),
    _format("ups_mail_innovations", "UPS Mail Innovations", r"MI\d{6}[A-Z0-9]{1,22}", certainty=3),
    _format(
        "fedex", "FedEx Express",
        r"(?P<serial>\d{11})(?P<check>\d)", _FEDEX_12, certainty=2,
    ),
    _format(
        "fedex", "FedEx bar code 34",
        r"[0-8]\d{19}(?=(?:00)?(?P<number>\d{12,14})$)(?P<serial>\d{13})(?P<check>\d)",
        _FEDEX_14, certainty=3,
    ),
    _format(
        "fedex", "FedEx ASTRA 32",
        r"3\d{15}(?P<number>(?P<serial>\d{11})(?P<check>\d))\d{4}", _FEDEX_12, certainty=3,
    ),
    _format(
        "fedex", "FedEx Ground",
        r"(?P<serial>\d{14})(?P<check>\d)", mod10(1, 3), certainty=2,
    ),
    _format(
        "fedex", "FedEx Ground SSCC",
        r"0[0124](?P<serial>\d{15})(?P<check>\d)", mod10(3, 1), certainty=3,
    ),
    _format(
        "fedex", "FedEx Ground 96",
        r"96\d{5}(?P<number>(?P<serial>\d{14})(?P<check>\d))", mod10(1, 3), certainty=4,
    ),
    _format(
        "fedex", "FedEx Ground GSN",
        r"96\d{18}(?=(?:00)?(?P<number>\d{12,14})$)(?P<serial>\d{13})(?P<check>\d)",
        _FEDEX_14, certainty=4,
    ),
    _format(
        "usps", "USPS 20",
        r"(?P<serial>\d{19})(?P<check>\d)", mod10(3, 1), certainty=2,
    ),
    _format(
        "usps", "USPS confirmation",
        _USPS_ROUTE + r"(?P<number>(?P<serial>91\d{19})(?P<check>\d))", _GS1, certainty=4,
    ),
    # Without the printed 91: it counts nevertheless.
    _format(
        "usps", "USPS confirmation 20",
        _USPS_ROUTE + r"(?P<number>(?P<serial>\d{19})(?P<check>\d))",
        mod10(3, 1, prepend="91"), certainty=2,
    ),
    # IMpb: a mailer's id has nine digits when it begins with 9 and six otherwise.
    _format(
        "usps", "USPS IMpb online",
        _USPS_ROUTE + r"(?P<number>(?P<serial>94\d{3}(?:9\d{8}(?:\d{15}|\d{11}|\d{7})"
        r"|[0-8]\d{5}(?:\d{14}|\d{10})))(?P<check>\d))", _GS1, certainty=4,
    ),
    _format(
        "usps", "USPS IMpb commercial",
        _USPS_ROUTE + r"(?P<number>(?P<serial>(?:(?:92|95)\d{3}9\d{8}(?:\d{11}|\d{7})"
        r"|(?:93|95)\d{3}[0-8]\d{5}(?:\d{14}|\d{10})))(?P<check>\d))", _GS1, certainty=4,
    ),
    _format(
        "canada_post", "Canada Post PIN",
        r"(?P<serial>\d{15})(?P<check>\d)", mod10(3, 1), certainty=2,
    ),
    _format(
        "purolator", "Purolator PIN",
        r"(?P<serial>[0-5]\d{10})(?P<check>\d)", luhn, certainty=2,
    ),
    _format("purolator", "Purolator PIN with letters", r"[A-Z]{3}\d{9}", certainty=2),
    _format(
        "dhl_express", "DHL Express waybill",
        r"(?P<serial>\d{9,10})(?P<check>\d)", mod7, certainty=2,
    ),
    _format("dhl_express", "DHL Express piece", r"J[A-Z]{2,3}\d{9,10}", certainty=3),
    _format(
        "dhl_ecommerce", "DHL eCommerce",
        r"(?:GM|LX|RX|UV|CN|SG|TH|IN|HK|MY)(?=[0-9A-Z]*\d)[0-9A-Z]{10,39}", certainty=2,
    ),
    _format("dhl_ecommerce", "DHL eCommerce 14", r"\d{14}", certainty=1),
    # DHL's identcode is a GTIN of GS1 Germany's type 00340 with the GS1 check digit.
    _format(
        "dhl", "DHL Paket 20",
        r"(?:00)?(?P<number>(?P<serial>003\d{16})(?P<check>\d))", mod10(3, 1), certainty=3,
    ),
    _format("dhl", "DHL Paket licence plate", r"JJD\d{12,20}", certainty=3),
    _format("dhl", "DHL Paket identcode", r"\d{12}", certainty=1),
    _format("dhl", "DHL Parcel Benelux", r"3S[A-Z0-9]{10,16}", certainty=1),
    _format(
        "ontrac", "OnTrac C",
        r"C(?P<serial>\d{13})(?P<check>\d)", mod10(1, 2, prepend="4"), certainty=4,
    ),
    _format(
        "ontrac", "OnTrac D",
        r"D(?P<serial>\d{13})(?P<check>\d)", mod10(1, 2, prepend="5"), certainty=4,
    ),
    _format("lasership", "LaserShip LX", r"L[AIEHNX][1-3]\d{7}", certainty=3),
    _format("lasership", "LaserShip 1LS7", r"1LS7[12]\d{10}", certainty=3),
    # Printed with a dash before the last 1, which normalizing takes away.
    _format("lasership", "LaserShip 1LS7 long", r"1LS7[12]\d{2}01[1234]\d{6}1", certainty=3),
    _format("lasership", "LaserShip 1LSCX", r"1LSCX[0-9A-Z]{10}", certainty=3),
    _format("amazon", "Amazon Logistics", r"TB[ACM]\d{12}", certainty=3),
    _format("amazon", "Amazon International", r"[AFC]\d{10}", certainty=2),
    _format("yodel", "Yodel", r"JJ?D\d{16}", certainty=3),
    _format("evri", "Evri", r"H[0-9A-Z]{15}|T\d{2}[A-Z0-9]{13}", certainty=2),
    _format("hermes", "Hermes", r"H\d{19}|\d{14}", certainty=1),
    _format("dpd", "DPD", r"0\d{13}[0-9A-Z]?|\d{14}", certainty=1),
    _format("gls", "GLS", r"\d{11,12}|Z[A-Z0-9]{7}", certainty=1),
    _format("postnl", "PostNL", r"3S[A-Z]{4}\d{7,9}", certainty=3),
    _format("la_poste", "La Poste", r"[0-9][A-Z]\d{11}", certainty=2),
    _format("chronopost", "Chronopost", r"X[A-Z]\d{9}[A-Z]{2}", certainty=2),
    _format("bpost", "bpost", r"3232\d{20}", certainty=3),
    _format("inpost", "InPost", r"[56]\d{23}", certainty=2),
    _format("correos", "Correos", r"P[A-Z0-9]{6}\d{15}[A-Z]|PQ[A-Z0-9]{21}", certainty=2),
    _format("seur", "SEUR", r"\d{13}", certainty=1),
    _format("austrian_post", "Austrian Post", r"10\d{20}", certainty=2),
    _format("swiss_post", "Swiss Post", r"99\d{16}", certainty=2),
    _format("postnord", "PostNord", r"(?:00)?[37]7\d{16}", certainty=2),
    _format("australia_post", "Australia Post", r"[A-Z0-9]{3,5}\d{18}|\d{10}|\d{12}", certainty=1),
    _format("japan_post", "Japan Post", r"\d{11}", certainty=1),
    _format("yamato", "Yamato", r"(?P<serial>\d{11})(?P<check>\d)", mod7, certainty=1),
    _format("sagawa", "Sagawa", r"(?P<serial>\d{11})(?P<check>\d)", mod7, certainty=1),
    _format("sf_express", "SF Express", r"SF\d{12,15}", certainty=3),
    _format("4px", "4PX", r"4PX\d{13}CN", certainty=3),
    _format("yunexpress", "YunExpress", r"YT\d{16}", certainty=3),
    _format("yanwen", "Yanwen", r"Y[PD]\d{9,12}|UL\d{9}YP", certainty=2),
    _format("cainiao", "Cainiao", r"(?:LP|CAINIAO)\d{14,}", certainty=3),
)  # fmt: skip

# UPU S10: the last two letters are the country of the operator that made the number.
S10_OPERATORS = {
    "AE": "emirates_post", "AR": "correo_argentino", "AT": "austrian_post",
    "AU": "australia_post", "BE": "bpost", "BR": "correios", "CA": "canada_post",
    "CH": "swiss_post", "CN": "china_post", "CZ": "czech_post", "DE": "deutsche_post",
    "DK": "postnord", "EE": "omniva", "EG": "egypt_post", "ES": "correos", "FI": "posti",
    "FR": "la_poste", "GB": "royal_mail", "GR": "elta", "HK": "hongkong_post",
    "HR": "croatian_post", "HU": "magyar_posta", "IE": "an_post", "IL": "israel_post",
    "IN": "india_post", "IS": "iceland_post", "IT": "poste_italiane", "JP": "japan_post",
    "KR": "korea_post", "LI": "liechtenstein_post", "LT": "lithuania_post",
    "LU": "post_luxembourg", "LV": "latvia_post", "MX": "correos_de_mexico",
    "MY": "malaysia_post", "NL": "postnl", "NO": "bring", "NZ": "nz_post",
    "PL": "poczta_polska", "PT": "ctt", "RU": "russian_post", "SA": "saudi_post",
    "SE": "postnord", "SG": "singapore_post", "SI": "slovenia_post", "SK": "slovakia_post",
    "TH": "thailand_post", "TR": "ptt", "TW": "taiwan_post", "UA": "ukrposhta", "US": "usps",
    "ZA": "south_africa_post",
}  # fmt: skip
_S10 = re.compile(r"(?P<service>[A-Z]{2})(?P<serial>\d{8})(?P<check>\d)(?P<country>[A-Z]{2})")


def _match_s10(number: str) -> list[NumberMatch]:
    found = _S10.fullmatch(number)
    if found is None or found["country"] not in S10_OPERATORS:
        return []
    check = CheckDigit.RIGHT if s10(found["serial"], found["check"]) else CheckDigit.WRONG
    carriers = [S10_OPERATORS[found["country"]]]
    if found["country"] == "DE":
        carriers.append("dhl")
    elif found["country"] == "FR" and found["service"][0] in "EX":
        carriers.insert(0, "chronopost")
    elif found["country"] == "GB" and found["service"][0] in "CEP":
        carriers.append("parcelforce")
    elif found["country"] == "CN" and found["service"][0] == "E":
        carriers.insert(0, "china_ems")
    return [NumberMatch(one, "UPU S10", number, check, 4) for one in carriers]


def _match(known: NumberFormat, number: str) -> NumberMatch | None:
    found = known.pattern.fullmatch(number)
    if found is None:
        return None
    groups = found.groupdict()
    check = CheckDigit.NONE
    if known.rule is not None:
        is_right = known.rule(groups["serial"], groups["check"])
        check = CheckDigit.RIGHT if is_right else CheckDigit.WRONG
    tracked = groups.get("number") or number
    return NumberMatch(known.carrier, known.name, tracked, check, known.certainty)


@lru_cache(maxsize=4096)
def match_number(text: str) -> tuple[NumberMatch, ...]:
    """Return every format a number fits, right check digits and the likeliest first.

    A match with a wrong check digit says "written like one of UPS, but mistyped".
    """
    number = normalize_number(text[:MAX_TYPED])
    if len(number) > MAX_LENGTH or not number.isascii():
        return ()
    matches = _match_s10(number) + [
        one for known in FORMATS if (one := _match(known, number)) is not None
    ]
    return tuple(sorted(matches, key=lambda m: (m.check is CheckDigit.WRONG, -m.certainty)))


def recognize(number: str) -> list[str]:
    """Return the carriers that a number can be of, the likeliest first; empty when of nobody.

    Numbers whose check digit is wrong belong to nobody; see :func:`match_number` for those.
    """
    return list(
        dict.fromkeys(m.carrier for m in match_number(number) if m.check is not CheckDigit.WRONG)
    )


def trackable_number(text: str) -> str:
    """Return what to track of a scanned bar code: without routing codes and their like.

    "420 10282 9261290113185417468510" is "9261290113185417468510". What fits no format with a
    right check digit comes back as it is, normalized.
    """
    for one in match_number(text):
        if one.check is CheckDigit.RIGHT or (one.check is CheckDigit.NONE and one.certainty > 1):
            return one.tracking_number
    return normalize_number(text)
