"""Messages and splits in numbers as pages show them: bars, shares, reasons, a plain word."""

from __future__ import annotations

from dataclasses import dataclass

from babel.numbers import format_percent
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from doorstep.console.dryruns.words import reason_words
from doorstep.console.journeys.evidence import Share, make_share
from doorstep.console.templatetags.console_segments import figure
from doorstep.rooms.journeys.contracts import MessageNumbers, SplitResults
from doorstep.rooms.messaging.contracts import BatchResults

_NO_OPENS = ("sms",)  # a text message does not tell that it was read


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a funnel: so many, of a hundred delivered so many, drawn so wide (0 to 100)."""

    label: str
    count: int
    share: str
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """One more number, with what it says about it."""

    label: str
    count: int
    tone: str = "neutral"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What became of some messages, ready to be shown."""

    messages: BatchResults
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    held_back: int
    reasons: tuple[tuple[str, int], ...]  # the most frequent first
    orders: int | None  # None: orders are not credited to such messages
    orders_after_click: int
    revenue: tuple[tuple[str, int], ...]  # (currency, minor units)


def percent(count: int, of: int) -> str:
    """Say a share in the reader's language, with a decimal where it is small; "" of nothing."""
    if not of:
        return ""
    share = count / of
    locale = (get_language() or "en").replace("-", "_")
    pattern = "#,##0.0%" if 0 < share < 0.1 else "#,##0%"
    return format_percent(share, format=pattern, locale=locale)


def show_numbers(numbers: MessageNumbers, *, channel: str = "best") -> Numbers:
    """Return the numbers of some messages as they are shown."""
    messages = numbers.messages
    reasons: dict[str, int] = {}
    for reason, count in messages.held_back.items():
        words = reason_words(reason)
        reasons[words] = reasons.get(words, 0) + count
    return Numbers(
        messages=messages,
        bars=_bars(numbers, channel),
        lines=_lines(messages),
        held_back=sum(messages.held_back.values()),
        reasons=tuple(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
        orders=numbers.orders if numbers.counts_orders else None,
        orders_after_click=numbers.orders_after_click,
        revenue=tuple(sorted(numbers.revenue_minor.items())),
    )


def _bars(numbers: MessageNumbers, channel: str) -> tuple[Bar, ...]:
    found = numbers.messages
    counted = [(_("Sent"), found.sent), (_("Delivered"), found.delivered)]
    if channel not in _NO_OPENS:
        counted.append((_("Opened"), found.opened))
    counted.append((_("Clicked"), found.clicked))
    if numbers.counts_orders:
        counted.append((_("Ordered"), numbers.orders))
    most = max((count for _label, count in counted), default=0) or 1
    return tuple(
        Bar(
            label,
            count,
            percent(count, found.sent if nth == 1 else found.delivered) if nth else "",
            round(100 * count / most, 2),
        )
        for nth, (label, count) in enumerate(counted)
    )


def _lines(found: BatchResults) -> tuple[Line, ...]:
    """Return what went wrong or is still to come; what did not happen is left out."""
    lines = (
        Line(_("Still to go"), found.waiting, "info"),
        Line(_("Unsubscribed"), found.unsubscribed, "warn", percent(found.unsubscribed, found.delivered)),
        Line(_("Reported as spam"), found.complained, "bad", percent(found.complained, found.delivered)),
        Line(_("Came back"), found.bounced, "bad", percent(found.bounced, found.sent)),
        Line(_("Could not be sent"), found.failed, "bad"),
        Line(_("Stopped before it was sent"), found.stopped, "warn"),
    )  # fmt: skip
    return tuple(line for line in lines if line.count)


@dataclass(frozen=True, slots=True)
class ArmShown:
    """One way of a split as its row and its bar show it; widths on a scale of 0 to 600."""

    name: str
    percent: int
    share: Share
    orders: int
    revenue: tuple[tuple[str, int], ...]
    is_leader: bool
    width: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SplitShown:
    """A split as its card shows it."""

    step: str
    headline: str
    words: str
    counted: str
    arms: tuple[ArmShown, ...]
    tone: str
    winner: str  # "" where none is sure
    can_keep: bool  # there is a way that not everybody goes already


def show_split(split: SplitResults, days: int) -> SplitShown:
    """Return a split with a plain word on whether its ways differ."""
    said = split.comparison
    shares = [make_share(min(arm.reached, arm.people), arm.people) for arm in split.arms]
    top = max([share.high for share in shares if share.of] or [1.0])
    arms = tuple(
        ArmShown(
            arm.name,
            arm.percent,
            share,
            arm.orders,
            tuple(sorted(arm.revenue_minor.items())),
            nth == said.leader and said.verdict == "differs",
            *(round(600 * value / top, 1) for value in (share.value, share.low, share.high)),
        )
        for nth, (arm, share) in enumerate(zip(split.arms, shares, strict=True))
    )
    winner = split.arms[said.leader].name if said.leader is not None else ""
    headline, words = _verdict(split, winner)
    counted = _("Counted is who reached the goal after going that way.") if split.by_goal else (
        ngettext(
            "Counted is who ordered within %d day after going that way, whatever made them.",
            "Counted is who ordered within %d days after going that way, whatever made them.",
            days,
        ) % days
    )  # fmt: skip
    return SplitShown(
        step=split.step,
        headline=headline,
        words=words,
        counted=counted,
        arms=arms,
        tone={"differs": "ok", "same": "neutral"}.get(said.verdict, "info"),
        winner=winner if said.verdict == "differs" else "",
        can_keep=any(arm.percent < 100 for arm in split.arms)
        and not any(arm.percent == 100 for arm in split.arms),
    )


def _verdict(split: SplitResults, leader: str) -> tuple[str, str]:
    said, more = split.comparison, figure(_rounded(split.comparison.more_people))
    match said.verdict:
        case "few":
            return _("Not enough people yet"), _("About %s more are needed before a difference could mean anything. Let it run.") % more  # fmt: skip
        case "open":
            return _("No clear winner yet"), _("“%(way)s” is ahead, but chance alone could have made that. About %(n)s more people would show whether a difference this large is real.") % {"way": leader, "n": more}  # fmt: skip
        case "same":
            return _("As good as each other"), _("So far there is so little between them that it would take more than ten times as many people to find a difference. Keep whichever you like better.")  # fmt: skip
    return _("“%s” is better") % leader, _("If the ways were alike, chance would make such a difference %s. Look at what was ordered as well before you keep it.") % _chance(said.p_value)  # fmt: skip


def _chance(p_value: float) -> str:
    if p_value < 0.001:
        return _("in fewer than 1 of 1,000 cases")
    return _("in about 1 of %s cases") % figure(round(1 / p_value))


def _rounded(count: int) -> int:
    """Round up to two figures that count: nobody can know it to the last person."""
    unit = 10 ** max(len(str(count)) - 2, 0)
    return -(-count // unit) * unit
