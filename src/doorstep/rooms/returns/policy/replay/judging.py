"""What a version would have done with a line: the decision without words, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from doorstep.rooms.returns.contracts import (
    LabelPayer,
    MethodKind,
    Outcome,
    OutcomeOffer,
    RefusalCode,
)
from doorstep.rooms.returns.policy.deciding import is_kept
from doorstep.rooms.returns.policy.effects import Effects, Window, fixed_fee, offers_for
from doorstep.rooms.returns.policy.facts import Moment
from doorstep.rooms.returns.policy.rows import LineRow
from doorstep.rooms.returns.policy.versions import Policy
from doorstep.rooms.returns.policy.windows import Extension, last_day
from doorstep.rooms.returns.rules.amounts import Back, bonus_of, fee_of
from doorstep.rooms.stores.contracts import StoreInfo

# What it costs when the item stays with the shopper, or goes to the shopper's own label.
_WITHOUT_LABEL = frozenset({MethodKind.KEEP, MethodKind.OWN_LABEL, MethodKind.IN_STORE})


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds every line of a replay."""

    store: StoreInfo
    zone: ZoneInfo
    extensions: tuple[Extension, ...]


class Judgment(NamedTuple):
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


class Judge:
    """One version, asked about thousands of lines: what no single line changes is worked out once."""

    def __init__(self, policy: Policy, scene: Scene) -> None:
        self.policy, self._scene = policy, scene
        self._asked = tuple(enumerate(rule.matcher.holds for rule in policy.rules))
        self._outcomes: dict[tuple[tuple[int, ...], str], _Outcome] = {}

    def judge(
        self, row: LineRow, values: Mapping[str, Any], moment: Moment, quantity: int, worth: int
    ) -> Judgment:
        """Decide about pieces of a line as :func:`decide_line` does, and count the money.

        :param values: the facts of the line at the moment, as both versions need them.
        :param worth: what the pieces come to by the order's books.
        """
        at, zone = moment.at, self._scene.zone
        holding = tuple([nth for nth, holds in self._asked if holds(values, at, zone)])
        outcome = self._outcomes.get((holding, row.currency))
        if outcome is None:
            outcome = self._outcome(holding, row.currency)
        if outcome.offer is None:
            return outcome.refusal
        assert row.delivered_on is not None  # lines that did not arrive are not asked about
        until, _ = last_day(
            outcome.window,
            ordered_at=row.placed_at,
            delivered_on=row.delivered_on,
            zone=zone,
            extensions=self._scene.extensions,
        )
        if until is not None and moment.today > until:
            return Judgment(RefusalCode.WINDOW_OVER, until)
        keep = is_kept(outcome.effects, row, self._scene.store)
        return _count(outcome, outcome.offer, quantity, worth, until, keep)

    def _outcome(self, holding: tuple[int, ...], currency: str) -> _Outcome:
        effects = self.policy.effects_of(holding)
        store, label = self._scene.store, effects.label
        currencies = {"store_currency": store.currency, "order_currency": currency}
        offers = () if effects.final_sale else offers_for(effects, currencies)
        assert effects.window is not None  # the base has one
        by_shopper = label is not None and label.payer is LabelPayer.SHOPPER
        found = _Outcome(
            effects,
            effects.window,
            # The first outcome offered counts: the refund, wherever there is one.
            offers[0] if offers else None,
            Judgment(RefusalCode.FINAL_SALE if effects.final_sale else RefusalCode.NOT_OFFERED),
            fixed_fee(label.fee_minor, **currencies) if label and by_shopper else 0,
            not _WITHOUT_LABEL.issuperset(effects.methods or ()),
        )
        self._outcomes[holding, currency] = found
        return found


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a combination of rules comes to in a currency, before the line's day and money.

    :ivar offer: None: refused whatever the day, by ``refusal``.
    """

    effects: Effects
    window: Window
    offer: OutcomeOffer | None
    refusal: Judgment
    label_fee_minor: int
    has_label: bool


def _count(
    outcome: _Outcome,
    offer: OutcomeOffer,
    quantity: int,
    worth: int,
    until: date | None,
    keep: bool,
) -> Judgment:
    """Count what goes back by the rules that settle real returns (``rules.amounts``)."""
    fee = bonus = 0
    if offer.fee_percent or offer.fee_minor:
        fee = fee_of([Back(worth, quantity, offer)])
    is_credit = offer.outcome is not Outcome.REFUND
    if is_credit and offer.bonus_percent:
        bonus = bonus_of([Back(worth, quantity, offer)], fee_minor=fee)
    return Judgment(
        "",
        until,
        worth - fee + bonus,
        is_credit,
        fee,
        0 if keep else outcome.label_fee_minor,
        worth if keep else 0,
        not keep and outcome.has_label,
    )
