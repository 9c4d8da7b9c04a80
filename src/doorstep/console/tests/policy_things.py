"""Parts of the return policy for the tests of addresses: made where a test needs them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from doorstep.console.tests.shop import Things
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.returns import api as returns

OWNER = Actor("user", "policy", "Ines", role="owner")
RULE = {
    "name": "Longer for members",
    "is_active": "on",
    "window_days": "60",
    "window_start": "delivery",
    "do": "save",
    "where-r-kind": "all",
    "where-r.0-fact": "return_line.country",
    "where-r.0-op": "eq",
    "where-r.0-a": "DE",
}
WARRANTY = {
    **{key: value for key, value in RULE.items() if key.startswith("where") or key == "do"},
    "name": "Three years in Germany",
    "is_active": "on",
    "months": "36",
    "resolutions": ["repair"],
    "needs_photos": "1",
}
BASE = {
    "window_days": "30",
    "window_start": "delivery",
    "final_sale": "no",
    "offer_refund": "on",
    "methods": ["label"],
    "label_payer": "store",
    "trigger": "inspection",
    "approval": "auto",
    "needs_photos": "0",
    "keep_below": "0",
    "instant_exchange": "no",
}
HOLIDAY = {
    "name": "Christmas",
    "orders_from": "2026-11-15",
    "orders_to": "2026-12-24",
    "until_date": "2027-01-31",
}
REASON = {
    "code": "leaks",
    "parent": "damaged",
    "fault": "merchant",
    "is_active": "on",
    "words_en": "It leaks",
    "do": "save",
    "where-r-kind": "all",
}


def draft(things: Things) -> list[Any]:
    """Let the store have a draft; the address names none."""
    with store_scope(things.store.id):
        returns.begin_policy(by=OWNER, at=now())
    return []


def draft_rule(things: Things) -> list[Any]:
    """Return a rule of the store's draft."""
    with store_scope(things.store.id):
        version = returns.begin_policy(by=OWNER, at=now())
        return [returns.get_version(version.id).rules[0].id]


def draft_warranty(things: Things) -> list[Any]:
    """Return a warranty of the store's draft."""
    with store_scope(things.store.id):
        version = returns.begin_policy(by=OWNER, at=now())
        return [returns.get_version(version.id).warranties[0].id]


def version(things: Things) -> list[Any]:
    """Return a published version of the store."""
    with store_scope(things.store.id):
        return [returns.get_live_version(at=now()).info.id]


def extension(things: Things) -> list[Any]:
    """Return a holiday extension of the store."""
    with store_scope(things.store.id):
        found = returns.list_extensions()
        if found:
            return [found[0].id]
        day = date(2026, 11, 15)
        made = returns.save_holiday_extension(
            name="Christmas",
            orders_from=day,
            orders_to=day + timedelta(days=30),
            until_date=day + timedelta(days=60),
            by=OWNER,
            at=now(),
        )
        return [made]


def replay(things: Things) -> list[Any]:
    """Return a replay of the store."""
    with store_scope(things.store.id):
        found = returns.list_replays()
        if found:
            return [found[0].id]
        at = now()
        live = returns.get_live_version(at=at)
        made = returns.begin_replay(
            version_id=live.info.id, since=at - timedelta(days=90), until=at, by=OWNER, at=at
        )
        return [made]


def replay_form(things: Things) -> dict[str, Any]:
    """Return a good form for a replay."""
    return {
        "version": str(version(things)[0]),
        "since": "2026-01-01",
        "until": "2026-11-01",
        "ask_after_days": "14",
        "label_cost": "5",
    }
