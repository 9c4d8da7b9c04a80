"""What a dry run found, as charts and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

OUTCOMES = ("send", "defer", "drop")
TONES = {"send": "ok", "defer": "warn", "drop": "neutral"}
MOST_BARS = 92  # more days than that are summed up by week, or by month

_REASONS: dict[str, Any] = {
    "frequency_cap": gettext_lazy("They had enough messages already: later"),
    "outranked": gettext_lazy("A message that matters more came first: later"),
    "over_cap": gettext_lazy("They had enough messages already"),
    "unusable_address": gettext_lazy("The address can’t be used"),
    "no_address": gettext_lazy("No address to write to"),
    "no_provider": gettext_lazy("Nothing is connected to send it by"),
    "no_template": gettext_lazy("There is no text for it"),
    "topic_withdrawn": gettext_lazy("They turned this topic off"),
    "consent_withdrawn": gettext_lazy("They said no to it"),
    "consent_missing": gettext_lazy("They never agreed to it"),
    "not_before": gettext_lazy("It was asked for later"),
    "marketplace": gettext_lazy("The marketplace they bought on forbids it"),
    "relay_address": gettext_lazy("Only a marketplace’s stand-in address is known"),
    "quiet_hours": gettext_lazy("It was a quiet hour where they are: later"),
    "gift_recipient": gettext_lazy("It is not for who gets a gift"),
}


def reason_words(reason: str) -> str:
    """Say why a message would not have gone, or not at once."""
    if reason.startswith("suppressed_"):
        return _("The address is suppressed, or they unsubscribed")
    if reason.startswith("paused_"):
        return _("Messages to them were paused: later")
    return str(_REASONS.get(reason, reason.replace("_", " ")))


def outcome_words(outcome: str) -> str:
    """Say what would have become of a message."""
    return {
        "send": _("Would have gone"),
        "defer": _("Would have gone later"),
        "drop": _("Would not have gone"),
    }.get(outcome, outcome)


def status_words(status: str) -> tuple[str, str]:
    """Say where a run stands, and in which tone."""
    return {
        "queued": (_("Waits for its turn"), "info"),
        "running": (_("Running"), "info"),
        "done": (_("Done"), "ok"),
        "failed": (_("Failed"), "bad"),
        "canceled": (_("Canceled"), "neutral"),
    }.get(status, (status, "neutral"))


def step_outcome_words(outcome: str) -> str:
    """Say how people came out of a step."""
    if outcome.startswith("arm:"):
        return _("way “%s”") % outcome.removeprefix("arm:")
    return {
        "send": _("would have got it"),
        "defer": _("would have got it later"),
        "drop": _("would not have got it"),
        "waited": _("waited"),
        "timed_out": _("waited in vain"),
        "still_waiting": _("still waiting at the end"),
        "exited": _("left early"),
        "yes": _("yes"),
        "no": _("no"),
        "done": _("done"),
    }.get(outcome, outcome)


@dataclass(frozen=True)
class Span:
    """Some days of the chart: how many messages by outcome, and the boxes that show them."""

    label: str
    counts: Mapping[str, int]
    boxes: tuple[tuple[str, float, float, float, float], ...]  # tone, x, y, width, height

    @property
    def total(self) -> int:
        """How many messages there would have been."""
        return sum(self.counts.values())


def chart(days: Mapping[str, Mapping[str, int]], first: date, last: date) -> list[Span]:
    """Lay the days out as stacked bars, 600 wide and 160 high; long spans by week or month."""
    step = _step((last - first).days + 1)
    found: dict[date, dict[str, int]] = {}
    day = first
    while day <= last:
        found[day] = dict.fromkeys(OUTCOMES, 0)
        day += timedelta(days=step)
    for text, counts in days.items():
        at = min(max(date.fromisoformat(text), first), last)
        begin = first + timedelta(days=(at - first).days // step * step)
        for outcome, count in counts.items():
            found[begin][outcome] = found[begin].get(outcome, 0) + count
    top = max((sum(counts.values()) for counts in found.values()), default=0) or 1
    slot = 600 / len(found)
    return [
        Span(f"{begin:%d %b %Y}", counts, _boxes(counts, nth * slot, slot * 0.8, top))
        for nth, (begin, counts) in enumerate(found.items())
    ]


def _step(days: int) -> int:
    return 1 if days <= MOST_BARS else 7 if days <= 7 * MOST_BARS else 28


def _boxes(
    counts: Mapping[str, int], x: float, width: float, top: int
) -> tuple[tuple[str, float, float, float, float], ...]:
    boxes, below = [], 160.0
    for outcome in OUTCOMES:
        height = 160 * counts.get(outcome, 0) / top
        below -= height
        if height:
            boxes.append((TONES[outcome], *(round(v, 2) for v in (x, below, width, height))))
    return tuple(boxes)  # type: ignore[arg-type]


def bar_span_words(days: int) -> str:
    """Say what one bar of the chart stands for."""
    return {1: _("per day"), 7: _("per week")}.get(_step(days), _("per four weeks"))


def goal_words(result: Mapping[str, Any]) -> str:
    """Say how many reached the goal, in a sentence."""
    got, held = result["entered"], result["held_out"]
    said = _("%(n)s of %(of)s who would have got it did what the journey is for.") % {
        "n": result["goals"],
        "of": got,
    }
    if held:
        said += " " + _("Of %(of)s who would have been held out, %(n)s did.") % {
            "n": result["held_out_goals"],
            "of": held,
        }
    return said + " " + _("Nobody got anything in truth, so this is what people do by themselves.")
