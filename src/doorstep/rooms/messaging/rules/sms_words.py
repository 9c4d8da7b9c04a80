"""What a texted answer means: stop, start again, help.

CTIA Messaging Principles 5.1.3 and the FCC's rule of April 2025 (47 CFR 64.1200(a)(10)): the words
stop, quit, end, revoke, opt out, cancel, unsubscribe count, and so does any reasonable wording.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Meaning = Literal["stop", "start", "help", "other"]


def _words(text: str) -> list[str]:
    """Return the words in lower case, without accents, apostrophes and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"['’`]", "", plain)
    return re.findall(r"\w+", plain)


def _plain(words: str) -> frozenset[str]:
    return frozenset(_words(words))


_STOP_WORDS = _plain(
    "stop stopall stopp quit end revoke optout cancel unsubscribe remove abmelden abbestellen "
    "aufhoren desabonner arret arreter baja cancelar alto parar إيقاف الغاء توقف"
)
_START_WORDS = _plain("start unstop yes resume subscribe")
_HELP_WORDS = _plain("help info hilfe aide ayuda")
# "please stop texting me", "don't text me any more", "take me off your list", "leave me alone"
_STOP_PHRASES = re.compile(
    r"\b(?:stop|quit|cease|no more|end|cancel|revoke)\b.{0,24}"
    r"\b(?:text|texts|texting|messag\w*|sms|spam|contact\w*|send\w*|notifications?)\b"
    r"|\b(?:do not|dont|never)\s+(?:text|message|contact|send|sms|write)\b"
    r"|\bopt(?:ing)?\s+(?:me\s+)?out\b|\bunsubscribe\b|\bremove me\b|\btake me off\b"
    r"|\bleave me alone\b|\brevoke\b.{0,20}\bconsent\b|\bno (?:more )?(?:texts|messages)\b"
    r"|\bkeine (?:sms|nachrichten)\b|\bplus de (?:sms|messages)\b|\bno mas (?:sms|mensajes)\b"
)
# "please stop", "stop it", "STOP NOW": short, and stop is what it says
_POLITE = _plain("please pls now it this all me thanks thank you bitte")


def meaning_of(text: str) -> Meaning:
    """Return what an answer by SMS asks for; ``"other"`` goes to a human.

    When in doubt it is a stop: a message too few can be mended, one too many is unlawful.
    """
    words = _words(text)
    if not words:
        return "other"
    joined = "".join(words)
    core = [word for word in words if word not in _POLITE]
    if joined in _STOP_WORDS or (core and all(word in _STOP_WORDS for word in core)):
        return "stop"
    if _STOP_PHRASES.search(" ".join(words)):
        return "stop"
    if joined in _START_WORDS:
        return "start"
    if joined in _HELP_WORDS:
        return "help"
    return "other"
