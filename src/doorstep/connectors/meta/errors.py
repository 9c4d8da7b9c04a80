"""Meta's error codes in our words, and what they mean for the message.

WhatsApp: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
Messenger: https://developers.facebook.com/docs/messenger-platform/error-codes
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doorstep.rooms.messaging.ports import Outcome

# Too many calls or messages, or Meta itself has trouble: the same message may work later.
_LATER = frozenset(
    {1, 2, 4, 17, 32, 341, 613, 1200, 80007, 130429, 131000, 131016, 131048, 131056, 131057, 133004}
)
_WORDS = {
    10: "The access token may not do this: give the app the messaging permission.",
    190: "The access token is not valid (any more). Enter a new one under Settings, Connections.",
    200: "The access token may not do this: give the app the messaging permission.",
    368: "Meta has blocked the account for a while because of its rules.",
    551: "The person can't be reached: they blocked the page or closed their account.",
    130472: "Meta left this person out, as part of an experiment of theirs.",
    131005: "The access token may not do this: give the app the messaging permission.",
    131008: "Meta says that a value is missing.",
    131021: "The number is the store's own.",
    131026: "The number can't be reached on WhatsApp.",
    131031: "The account is locked. WhatsApp Manager says why.",
    131042: "There is a problem with the account's payment. WhatsApp Manager says which.",
    131047: "More than 24 hours since the person's last message: only an approved text may go.",
    131049: "Meta did not deliver it, to keep people from getting too much advertising.",
    131050: "The person stopped advertising messages from the store.",
    131051: "WhatsApp does not know this type of message.",
    132000: "The approved text has another number of values than the connection's settings give it.",
    132001: "There is no approved text of this name in this language.",
    132005: "A value is too long for the approved text.",
    132007: "The approved text's content breaks WhatsApp's rules.",
    132012: "A value has a format that the approved text does not take.",
    132015: "The approved text is paused because people did not like it.",
    132016: "The approved text was disabled for good.",
}
# The address is dead: nobody to be reached there, whatever is sent.
_DEAD = frozenset({551, 131026})
# Subcodes that say more than the code they come with.
_OUTSIDE_WINDOW = 2018278
_NO_SUCH_PERSON = 2018001
_BLOCKED = 1545041
TOKEN_PROBLEM = 190


def judge_error(error: Mapping[str, Any], status: int) -> tuple[Outcome, str]:
    """Return what an error means for the message, and say it.

    :param error: the ``error`` object of the answer; may be empty when Meta gave none.
    """
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    words = words_of(error, status)
    if subcode == _OUTSIDE_WINDOW:
        return "refused", words
    if code in _DEAD or subcode in (_NO_SUCH_PERSON, _BLOCKED):
        return "bounced", words
    if code in _LATER or status == 429 or (status >= 500 and code not in _WORDS):
        return "retry", words
    return "refused", words


def words_of(error: Mapping[str, Any], status: int = 0) -> str:
    """Say an error plainly, with Meta's code for who has to look it up."""
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    if subcode == _OUTSIDE_WINDOW:
        return "More than 24 hours since the person's last message: Meta lets nothing through."
    if subcode in (_NO_SUCH_PERSON, _BLOCKED):
        return "The person can't be reached: they are gone, or blocked the page."
    known = _WORDS.get(code)
    details = error.get("error_data")
    more = details.get("details") if isinstance(details, dict) else None
    theirs = next(
        (t for t in (more, error.get("message"), error.get("title")) if isinstance(t, str) and t),
        f"HTTP {status}" if status else "no reason given",
    )
    said = known or " ".join(theirs.split())[:300]
    return f"{said} ({code})" if code else said


def is_dead(error: Mapping[str, Any]) -> bool:
    """Tell whether an error of a status report says that the address is dead."""
    return _number(error.get("code")) in _DEAD


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
