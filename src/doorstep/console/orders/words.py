"""Events and audit entries in words, for timelines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.console.templatetags.console import money, state_words


@dataclass(frozen=True)
class Said:
    """How a timeline says something: a title, one sentence, an icon and a tone."""

    title: str
    body: str = ""
    icon: str = "spark"
    tone: str = "neutral"


def _reasons(names: list[str]) -> str:
    return ", ".join(str(state_words(name)) for name in names)


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
