"""Events and audit entries in words, for timelines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from doorstep.console.parcels.words import reason_words
from doorstep.console.templatetags.console import day, money, state_words


@dataclass(frozen=True)
class Said:
    """How a timeline says something: a title, one sentence, an icon and a tone."""

    title: str
    body: str = ""
    icon: str = "spark"
    tone: str = "neutral"


def _reasons(names: list[str]) -> str:
    return ", ".join(str(state_words(name)) for name in names)


def _day(text: str | None) -> str:
    return day(date.fromisoformat(text)) if text else ""


def _range(payload: dict[str, Any]) -> str:
    first, last = _day(payload["from_date"]), _day(payload["to_date"])
    return first if first == last else f"{first} – {last}"


def _shipped(payload: dict[str, Any]) -> Said:
    title = (
        _("Shipped, says the sales channel: %(number)s")
        if payload["source"] == "platform"
        else _("Shipped: %(number)s")
    )
    count = len(payload["parcel_ids"])
    parts = [ngettext("%(n)s parcel", "%(n)s parcels", count) % {"n": count}] if count else []
    if payload["is_whole_order"]:
        parts.append(_("nothing of the order is left to ship"))
    return Said(title % {"number": payload["number"]}, " · ".join(parts), "truck", "ok")


def _number_changed(payload: dict[str, Any]) -> Said:
    before = payload["previous_number"]
    return Said(
        _("Tracking number: %(number)s") % {"number": payload["tracking_number"] or "–"},
        _("Before: %(number)s") % {"number": before} if before else "",
        "tag",
    )


def _missed(payload: dict[str, Any]) -> Said:
    new = _day(payload["new_date"])
    return Said(
        _("Did not leave by %(day)s: %(number)s")
        % {"day": _day(payload["ship_by_date"]), "number": payload["number"]},
        _("Should leave by %(day)s instead.") % {"day": new} if new else "",
        "clock",
        "bad",
    )


def _revised(payload: dict[str, Any]) -> Said:
    if not payload["to_date"]:
        return Said(_("The day of arrival is open again"), "", "calendar")
    parts = [str(reason_words(payload["reason"]))]
    if payload["previous_to"] and payload["previous_to"] != payload["to_date"]:
        parts.append(_("before: %(day)s") % {"day": _day(payload["previous_to"])})
    return Said(
        _("Expected %(days)s") % {"days": _range(payload)}, " · ".join(parts), "calendar", "info"
    )


_ALARMS = {
    "late": gettext_lazy("late"),
    "stalled": gettext_lazy("stuck"),
    "lost": gettext_lazy("lost"),
    "not_found": gettext_lazy("not found"),
}


def _alarm_ended(payload: dict[str, Any]) -> Said:
    ended = ", ".join(str(_ALARMS.get(one, one)) for one in payload["alarms"])
    return Said(_("A parcel is no longer: %(alarms)s") % {"alarms": ended}, "", "check", "ok")


_PAUSES = {
    "late_parcel": gettext_lazy("a parcel is late"),
    "stalled_parcel": gettext_lazy("a parcel is stuck"),
    "lost_parcel": gettext_lazy("a parcel is lost"),
    "parcel_problem": gettext_lazy("there is trouble with a parcel"),
    "late_to_ship": gettext_lazy("the order leaves late"),
    "open_ticket": gettext_lazy("a question is open"),
    "pending_return": gettext_lazy("a return is open"),
}


def _pause_words(payload: dict[str, Any]) -> str:
    reason = payload["reason"]
    words = str(_PAUSES.get(reason, state_words(reason)))
    return words[:1].upper() + words[1:]


_EVENTS: dict[str, Callable[[dict[str, Any]], Said]] = {
    "orders.order_placed": lambda p: Said(
        _("Order arrived from %(channel)s") % {"channel": p["sales_channel"]},
        ngettext(
            "%(total)s, %(count)s piece. Checked: %(state)s.",
            "%(total)s, %(count)s pieces. Checked: %(state)s.",
            p["item_count"],
        )
        % {
            "total": money(p["total_minor"], p["currency"]),
            "count": p["item_count"],
            "state": state_words(p["state"]),
        },
        "inbox",
        "ok",
    ),
    "orders.order_updated": lambda p: Said(
        _("Changed"), ", ".join(name.replace("_", " ") for name in p["changed"]), "edit"
    ),
    "orders.order_canceled": lambda p: Said(_("Canceled"), p["reason"], "close", "bad"),
    "orders.order_refunded": lambda p: Said(
        _("Refunded %(amount)s") % {"amount": money(p["amount_minor"], p["currency"])},
        "",
        "refund",
        "info",
    ),
    "orders.order_put_on_hold": lambda p: Said(
        _("Put on hold"), _reasons(p["reasons"]), "pause", "warn"
    ),
    "orders.hold_lifted": lambda p: Said(
        _("A reason to wait is gone: %(reasons)s") % {"reasons": _reasons(p["reasons"])},
        _("Still open: %(reasons)s") % {"reasons": _reasons(p["still_open"])},
        "refresh",
    ),
    "orders.order_released": lambda p: Said(
        _("Released"),
        _("No longer waiting for: %(reasons)s") % {"reasons": _reasons(p["reasons"])},
        "check",
        "ok",
    ),
    "orders.order_shipped_on_platform": lambda p: Said(
        _("Shipped, says the sales channel"), "", "truck", "ok"
    ),
    "orders.order_shipped": lambda p: Said(_("Everything has left"), "", "truck", "ok"),
    "fulfillment.shipment_created": lambda p: Said(
        _("To be packed: %(number)s") % {"number": p["number"]},
        _("Should leave by %(day)s.") % {"day": _day(p["ship_by_date"])}
        if p["ship_by_date"]
        else "",
        "box",
    ),
    "fulfillment.shipment_packed": lambda p: Said(
        _("Packed: %(number)s") % {"number": p["number"]}, "", "box", "info"
    ),
    "fulfillment.shipment_reopened": lambda p: Said(
        _("Opened again: %(number)s") % {"number": p["number"]}, p["reason"], "box", "warn"
    ),
    "fulfillment.shipment_shipped": _shipped,
    "fulfillment.shipment_canceled": lambda p: Said(
        _("Shipment called off: %(number)s") % {"number": p["number"]},
        _("It had left already.") if p["was_shipped"] else "",
        "close",
        "warn",
    ),
    "fulfillment.tracking_number_changed": _number_changed,
    "fulfillment.ship_by_at_risk": lambda p: Said(
        _("May leave late: %(number)s") % {"number": p["number"]},
        _("It should leave by %(day)s and is not packed.") % {"day": _day(p["ship_by_date"])},
        "clock",
        "warn",
    ),
    "fulfillment.ship_by_missed": _missed,
    "tracking.estimate_revised": _revised,
    "tracking.parcel_late": lambda p: Said(
        _("A parcel is late"),
        _("It was promised by %(day)s.") % {"day": _day(p["promised_to"])}
        if p["promised_to"]
        else "",
        "clock",
        "warn",
    ),
    "tracking.parcel_stalled": lambda p: Said(
        _("A parcel is stuck"), _("No news for too long."), "pause", "warn"
    ),
    "tracking.parcel_lost": lambda p: Said(
        _("A parcel is lost"),
        _("The carrier says so.") if p["by_carrier"] else _("No news of it for very long."),
        "alert",
        "bad",
    ),
    "tracking.alarm_ended": _alarm_ended,
    "tracking.parcel_not_found": lambda p: Said(
        # What they wrote stands on the parcel's page: events can't be erased.
        _("Delivered, but the shopper can’t find it"),
        "",
        "search",
        "bad",
    ),
    "tracking.parcel_matched": lambda p: Said(
        ngettext(
            "News from before it was shipped: %(n)s step",
            "News from before it was shipped: %(n)s steps",
            p["checkpoints"],
        )
        % {"n": p["checkpoints"]},
        "",
        "link",
    ),
    "tracking.delivery_taken_back": lambda p: Said(
        _("Not delivered after all"), _("What was called delivered was not."), "refresh", "warn"
    ),
    "messaging.pause_put": lambda p: Said(
        _("Offers to the shopper wait"), _pause_words(p), "pause", "info"
    ),
    "messaging.pause_lifted": lambda p: Said(
        _("Offers to the shopper go on"),
        _("It had been: %(why)s") % {"why": _pause_words(p)},
        "check",
        "neutral",
    ),
}


def say_event(name: str, payload: dict[str, Any], notes: dict[str, str]) -> Said:
    """Say an event in words; one that this page does not know yet is shown by its name.

    :param notes: texts by note id: events only name a note, so that it can be erased.
    """
    if name == "orders.note_added":
        text = notes.get(payload["note_id"], "")
        return Said(_("Note"), text or _("The note was erased."), "message", "info")
    known = _EVENTS.get(name)
    if known is not None:
        return known(payload)
    return Said(name.partition(".")[2].replace("_", " ").capitalize(), "", "spark")


def say_changes(changes: dict[str, Any]) -> str:
    """Say what an action changed: "role: support → manager"."""
    return "; ".join(
        f"{field.replace('_', ' ')}: {_short(pair[0])} → {_short(pair[1])}"
        if isinstance(pair, list) and len(pair) == 2
        else f"{field.replace('_', ' ')}: {_short(pair)}"
        for field, pair in changes.items()
    )


def _short(value: Any) -> str:
    text = "–" if value in (None, "", [], {}) else str(value)
    return text if len(text) <= 120 else text[:119] + "…"
