"""What is said about campaigns: where they stand, when they go, what they brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.console.journeys.evidence import weigh
from doorstep.console.templatetags.console import when
from doorstep.console.templatetags.console_segments import figure
from doorstep.rooms.journeys.contracts import CampaignAhead, CampaignInput, CampaignView
from doorstep.rooms.messaging.contracts import BatchResults

TONES = {
    "draft": "neutral",
    "scheduled": "info",
    "sending": "info",
    "sent": "ok",
    "stopped": "warn",
}
# The bar's parts and their tones.
PARTS = (
    ("delivered", "ok"),
    ("waiting", "info"),
    ("problem", "bad"),
    ("held_back", "neutral"),
    ("stopped", "warn"),
)


def status_words(status: str) -> str:
    """Say where a campaign stands."""
    return {
        "draft": _("Draft"),
        "scheduled": _("Waits for its time"),
        "sending": _("Going out"),
        "sent": _("All asked for"),
        "stopped": _("Stopped"),
    }.get(status, status)


def part_words(key: str) -> str:
    """Say what a part of the bar is."""
    return {
        "delivered": _("Delivered"),
        "waiting": _("Still to go"),
        "problem": _("Came back or failed"),
        "held_back": _("Not sent, by your rules"),
        "stopped": _("Stopped before it was sent"),
    }[key]


def part_counts(messages: BatchResults) -> dict[str, int]:
    """Return the bar's parts: each message asked for is in one of them."""
    return {
        "delivered": messages.delivered,
        "waiting": messages.waiting,
        "problem": messages.bounced + messages.failed,
        "held_back": sum(messages.held_back.values()),
        "stopped": messages.stopped,
    }


def when_words(campaign: CampaignInput, zone: str) -> str:
    """Say when a campaign goes."""
    if not campaign.send_on:
        return _("As soon as it is started")
    # The wall clock's own words: they are the same in every zone.
    at = when(datetime.fromisoformat(campaign.send_on).replace(tzinfo=get_current_timezone()))
    if campaign.in_their_zone:
        return _("%s on each recipient’s own clock") % at
    return _("%(at)s in the shop’s time (%(zone)s)") % {"at": at, "zone": zone}


@dataclass(frozen=True)
class Part:
    """One piece of the bar, in user units of 600."""

    key: str
    label: str
    count: int
    tone: str
    x: float
    width: float


@dataclass(frozen=True)
class Row:
    """A campaign as a list and its page show it."""

    view: CampaignView
    status: str
    tone: str
    left: int
    waiting: int
    asked: int
    opened: int
    clicked: int
    parts: tuple[Part, ...]
    can_stop: bool
    is_live: bool


def row_of(view: CampaignView) -> Row:
    """Sum up what became of a campaign."""
    messages = view.numbers.messages
    counts, total = part_counts(messages), messages.asked
    parts, x = [], 0.0
    for key, tone in PARTS:
        width = 600 * counts[key] / total if total else 0.0
        parts.append(Part(key, part_words(key), counts[key], tone, round(x, 2), round(width, 2)))
        x += width
    waiting = messages.waiting
    is_going = view.status in ("scheduled", "sending") or (view.status == "sent" and waiting > 0)
    status, tone = status_words(view.status), TONES.get(view.status, "neutral")
    if view.status == "sent":
        status, tone = (_("Going out"), "info") if waiting else (_("Sent"), "ok")
    return Row(
        view=view,
        status=status,
        tone=tone,
        left=messages.sent,
        waiting=waiting,
        asked=total,
        opened=messages.opened,
        clicked=messages.clicked,
        parts=tuple(parts),
        can_stop=is_going,
        is_live=is_going,
    )


def order_words(view: CampaignView) -> tuple[str, str]:
    """Say in two sentences what the campaign's people ordered, against those held out."""
    got = view.audience - view.held_out
    if not view.audience:
        return _("Nobody was written to yet."), ""
    said = ngettext(
        "%(n)s of %(of)s person ordered within 7 days.",
        "%(n)s of %(of)s people ordered within 7 days.",
        got,
    ) % {"n": figure(view.ordered), "of": figure(got)}
    if not view.held_out and view.input.holdout_percent:
        return said, _("The segment is so small that nobody was held out to compare with.")
    if not view.held_out:
        return said, _(
            "Nobody was held out, so nobody can tell who would have ordered anyway. "
            "Hold out a few percent next time."
        )
    found = weigh(
        entered=got,
        reached=view.ordered,
        held_out=view.held_out,
        held_out_reached=view.held_out_ordered,
    )
    control = _("Of %(of)s held out, %(n)s ordered.") % {
        "n": figure(view.held_out_ordered),
        "of": figure(view.held_out),
    }
    low, high = f"{100 * found.low:+.1f}", f"{100 * found.high:+.1f}"
    between = {"low": low, "high": high}
    verdict = {
        "early": _("That is too few people on one side to say more."),
        "more": _("The campaign added orders: between %(low)s and %(high)s in a hundred people."),
        "less": _("Those who got nothing ordered more: between %(low)s and %(high)s in a hundred."),
    }.get(
        found.verdict, _("No clear difference: between %(low)s and %(high)s in a hundred people.")
    )
    return said, f"{control} {verdict % between}"


def warnings(campaign: CampaignInput, ahead: CampaignAhead) -> list[str]:
    """Say what somebody should know before they start a campaign."""
    said: list[str] = []
    if ahead.is_finding:
        said.append(_("The segment’s members are still being found. Wait a moment."))
    elif not ahead.people:
        said.append(_("Nobody belongs to this segment now, so nothing would be sent."))
    dropped = sum(one.people for one in ahead.groups if one.outcome == "drop")
    if ahead.sampled and dropped == ahead.sampled:
        said.append(_("Of the people looked at, nobody would get it. The reasons stand below."))
    elif ahead.sampled and dropped * 2 > ahead.sampled:
        said.append(_("More than half would not get it. The reasons stand below."))
    if ahead.already_over:
        said.append(
            ngettext(
                "For %d person of those looked at this time is over already: theirs goes at once.",
                "For %d people of those looked at this time is over already: theirs go at once.",
                ahead.already_over,
            )
            % ahead.already_over
        )
    if ahead.minutes > 24 * 60:
        said.append(_("At this speed it takes longer than a day."))
    if ahead.people and campaign.holdout_percent and ahead.people * campaign.holdout_percent < 3000:
        said.append(_("Fewer than 30 people would be held out: too few to compare with."))
    return said


def outcome_words(outcome: str) -> tuple[str, str]:
    """Say what the gate would do, and in which tone."""
    return {
        "send": (_("Would get it"), "ok"),
        "defer": (_("Would get it later"), "warn"),
        "drop": (_("Would not get it"), "neutral"),
    }.get(outcome, (outcome, "neutral"))
