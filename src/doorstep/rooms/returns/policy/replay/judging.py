"""What a version would have done with a line: the decision without words, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.rooms.returns.contracts import LabelPayer, MethodKind, Outcome, RefusalCode
from doorstep.rooms.returns.policy.deciding import is_kept
from doorstep.rooms.returns.policy.effects import Effects, Offer, fixed_fee, merge
from doorstep.rooms.returns.policy.facts import Moment
from doorstep.rooms.returns.policy.rows import LineRow
from doorstep.rooms.returns.policy.versions import Policy
from doorstep.rooms.returns.policy.windows import Extension, last_day
from doorstep.rooms.stores.contracts import StoreInfo

# What it costs when the item stays with the shopper, or goes to the shopper's own label.
_WITHOUT_LABEL = frozenset({MethodKind.KEEP, MethodKind.OWN_LABEL, MethodKind.IN_STORE})


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds every line of a replay."""

    store: StoreInfo
    zone: ZoneInfo
    extensions: tuple[Extension, ...]


@dataclass(frozen=True, slots=True)
class Judgment:
    """One version's answer about the pieces of one line; money in the order's currency.

    :ivar code: a RefusalCode, or "" where it may come back.
    :ivar refund_minor: back to how it was paid, or (``is_credit``) as store credit or goods.
    :ivar fee_minor: restocking, kept by the store.
    :ivar kept_minor: what the pieces cost that need not come back.
    :ivar has_label: the store pays a label for it.
    """

    code: str
    until: date | None = None
    refund_minor: int = 0
    is_credit: bool = False
    fee_minor: int = 0
    label_fee_minor: int = 0
    kept_minor: int = 0
    has_label: bool = False


def judge(
    policy: Policy,
    row: LineRow,
    values: Mapping[str, Any],
    moment: Moment,
    quantity: int,
    scene: Scene,
) -> Judgment:
    """Decide about ``quantity`` pieces of a line as :func:`decide_line` does, and count the money.

    :param values: the facts of the line at the moment, as both versions need them.
    """
    matching = [
        rule.effects
        for rule in policy.rules
        if rule.matcher.ask(values, at=moment.at, today=moment.today, zone=scene.zone)[0]
    ]
    effects = merge(policy.base, matching)
    if effects.final_sale:
        return Judgment(RefusalCode.FINAL_SALE)
    if not effects.offers:
        return Judgment(RefusalCode.NOT_OFFERED)
    assert effects.window is not None  # the base has one
    assert row.delivered_on is not None  # lines that did not arrive are not asked about
    until, _ = last_day(
        effects.window,
        ordered_at=row.placed_at,
        delivered_on=row.delivered_on,
        zone=scene.zone,
        extensions=scene.extensions,
    )
    if until is not None and moment.today > until:
        return Judgment(RefusalCode.WINDOW_OVER, until)
    return _count(effects, effects.offers[0], row, quantity, until, scene.store)


def _count(
    effects: Effects,
    offer: Offer,
    row: LineRow,
    quantity: int,
    until: date | None,
    store: StoreInfo,
) -> Judgment:
    """Count by the first outcome offered: the refund, wherever there is one."""
    paid = (row.total_minor + row.tax_on_top_minor) * quantity // row.quantity
    currencies = {"store_currency": store.currency, "order_currency": row.currency}
    fee = paid * offer.fee_percent // 100 + fixed_fee(offer.fee_minor, **currencies) * quantity
    fee = min(fee, paid)
    bonus = paid * offer.bonus_percent // 100 if offer.outcome is not Outcome.REFUND else 0
    keep = is_kept(effects, row, store)
    label = effects.label
    by_shopper = label is not None and label.payer is LabelPayer.SHOPPER
    label_fee = fixed_fee(label.fee_minor, **currencies) if label and by_shopper else 0
    return Judgment(
        "",
        until,
        paid - fee + bonus,
        offer.outcome is not Outcome.REFUND,
        fee,
        0 if keep else label_fee,
        paid if keep else 0,
        not keep and not _WITHOUT_LABEL.issuperset(effects.methods or ()),
    )
