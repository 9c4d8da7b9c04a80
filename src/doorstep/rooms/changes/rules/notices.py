"""The Mail, Internet, or Telephone Order Merchandise Rule, 16 CFR 435.2(b), as this room applies it.

When a seller can't ship by the promised day, the shopper is asked without being prompted, before
or at that day: agree to the new date, or cancel and be paid back in full.

- First delay, new date known and at most 30 days after the promised one: no answer is consent
  (435.2(b)(1)(ii)(A)).
- First delay longer than 30 days, or without a definite new date: no answer is no consent. What is
  not agreed to is canceled when the promised day and 30 days are over (435.2(b)(1)(iii)).
- A second or later delay: no answer is no consent; canceled on the day promised last
  (435.2(b)(2)).

A shopper who agreed may cancel until it ships all the same. Answering must cost nothing: both
answers are links.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

THIRTY = timedelta(days=30)
COUNTRY = "US"
# A notice that comes when the day is over already still leaves somebody time to answer.
LEAST_TIME = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Terms:
    """What no answer means (``consent`` or ``cancel``), and when it counts as none."""

    silence: str
    respond_by: datetime


def terms_of(
    *, nth: int, promised: date, new_date: date | None, at: datetime, zone: ZoneInfo
) -> Terms:
    """Return what no answer to a notice means.

    :param nth: 1 for the first delay of an order.
    :param promised: the day it should have left, as it was last said.
    """
    if nth == 1 and new_date is not None and new_date - promised <= THIRTY:
        # Silence agrees: the answer can come until it leaves, so the clock is the new day.
        return Terms("consent", _end_of(new_date, zone, at))
    if nth == 1:
        return Terms("cancel", _end_of(promised + THIRTY, zone, at))
    return Terms("cancel", _end_of(promised, zone, at))


def _end_of(day: date, zone: ZoneInfo, at: datetime) -> datetime:
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return max(end, at + LEAST_TIME)
