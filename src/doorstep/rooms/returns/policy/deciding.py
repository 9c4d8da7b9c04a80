"""Whether lines may come back, on what terms, and why: the one decision everybody asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.errors import Invalid
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.returns.contracts import (
    Eligibility,
    LabelPayer,
    MethodKind,
    Outcome,
    OutcomeOffer,
    RefundTrigger,
    RefusalCode,
    ReturnKind,
    RuleTrace,
    Terms,
)
from doorstep.rooms.returns.policy.effects import Effects, fixed_fee, offers_for
from doorstep.rooms.returns.policy.facts import NOTHING_ASKED, READERS, Asked, Moment
from doorstep.rooms.returns.policy.languages import choose_language, refusal_words, show_date
from doorstep.rooms.returns.policy.reasons import ReasonBook, read_reasons
from doorstep.rooms.returns.policy.rows import LineRow, load_rows
from doorstep.rooms.returns.policy.versions import (
    LiveVersion,
    Policy,
    Warranty,
    counting,
    live_policy,
    load_live,
    load_policy,
    version_for,
)
from doorstep.rooms.returns.policy.windows import Extension, last_day, warranty_end
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

_KINDS = (ReturnKind.VOLUNTARY, ReturnKind.WARRANTY)


@dataclass(frozen=True, slots=True)
class Question:
    """Everything beside the line that an answer depends on."""

    store: StoreInfo
    zone: ZoneInfo
    moment: Moment
    kind: ReturnKind
    locale: str
    extensions: tuple[Extension, ...]
    with_trace: bool = True


class _Refused(Exception):
    """Stops the decision about one line; ``at_day`` is the day that the words name."""

    def __init__(self, code: RefusalCode, at_day: date | None = None, words: str = "") -> None:
        super().__init__(code)
        self.code, self.at_day, self.words = code, at_day, words


def decide(
    order_ids: Collection[UUID] = (),
    *,
    line_ids: Collection[UUID] = (),
    at: datetime,
    kind: ReturnKind = ReturnKind.VOLUNTARY,
    reasons: Mapping[UUID, str] | None = None,
    locale: str = "",
    version_id: UUID | None = None,
    with_trace: bool = True,
) -> dict[UUID, Eligibility]:
    """Decide about every line of some orders, or about some lines; the same number of queries.

    The version that counts is the one under which the order was placed; see ``versions``. Lines
    that are not this store's are left out.

    :param kind: VOLUNTARY by the rules, or WARRANTY by the warranties.
    :param reasons: line → reason's code, once the shopper chose one; rules may ask for it.
    :param locale: of the answer's words; without it the order's, then the store's.
    :param version_id: ask this version (a draft, too) instead.
    :param with_trace: False where the answer is not shown to anybody.
    :raises Invalid: for another kind: withdrawal and make-good don't go by the policy.
    """
    _check_kind(kind)
    docket = Docket(order_ids, line_ids=line_ids, at=at, version_id=version_id)
    return docket.answers(kind=kind, reasons=reasons, locale=locale, with_trace=with_trace)


class Docket:
    """Lines with all that the policy may ask of them, read once and asked about as often as needed.

    A page that shows what is possible, and then what a chosen reason makes of it, asks twice.

    :param store: where it was read already.
    :param book: the store's reasons, where they were read already.
    """

    def __init__(
        self,
        order_ids: Collection[UUID] = (),
        *,
        line_ids: Collection[UUID] = (),
        at: datetime,
        version_id: UUID | None = None,
        store: StoreInfo | None = None,
        book: ReasonBook | None = None,
    ) -> None:
        self.store = store or stores.get_store(current_store_id())
        self._at, self._book = at, book
        live, self._holidays = live_policy(at)
        self._chosen = _Versions(version_id, live, at)
        self.rows = load_rows(
            order_ids=order_ids,
            line_ids=line_ids,
            at=at,
            with_history=self._chosen.asks_history or (book is not None and book.asks_history),
            with_taken=True,
            store=self.store,
        )

    def answers(
        self,
        *,
        kind: ReturnKind = ReturnKind.VOLUNTARY,
        reasons: Mapping[UUID, str] | None = None,
        locale: str = "",
        with_trace: bool = True,
    ) -> dict[UUID, Eligibility]:
        """Decide about every line; the parameters are those of :func:`decide`.

        :raises Invalid: for another kind: withdrawal and make-good don't go by the policy.
        """
        _check_kind(kind)
        zone = ZoneInfo(self.store.timezone)
        moment = Moment(self._at, self._at.astimezone(zone).date())
        question = Question(
            self.store, zone, moment, kind, locale, self._holidays, with_trace=with_trace
        )
        book = self._reasons() if self._chosen.asks_reason or reasons else ReasonBook(())
        answers = {}
        for row in self.rows.values():
            policy = self._chosen.of(row)
            asked = book.asked((reasons or {}).get(row.line_id, ""))
            answer = decide_line(policy, row, asked, question)
            if not answer.is_allowed and asked is NOTHING_ASKED and policy.asks_reason:
                answer = _with_reasons(answer, policy, row, book, question)
            answers[row.line_id] = answer
        return answers

    def _reasons(self) -> ReasonBook:
        if self._book is None:
            self._book = read_reasons()
        return self._book


def _check_kind(kind: ReturnKind) -> None:
    if kind not in _KINDS:
        raise Invalid("The policy decides about returns and warranty claims only.", field="kind")


class _Versions:
    """The versions in question, each loaded once."""

    def __init__(self, version_id: UUID | None, live: Sequence[LiveVersion], at: datetime) -> None:
        self._at = at
        self._only = load_policy(version_id) if version_id is not None else None
        self._live = live
        policies = [self._only] if self._only else [load_live(one.id) for one in counting(live, at)]
        self.asks_history = any(policy.asks_history for policy in policies)
        self.asks_reason = any(policy.asks_reason for policy in policies)

    def of(self, row: LineRow) -> Policy:
        if self._only is not None:
            return self._only
        return load_live(version_for(self._live, placed_at=row.placed_at, at=self._at).id)


def _with_reasons(
    answer: Eligibility,
    policy: Policy,
    row: LineRow,
    book: ReasonBook,
    question: Question,
) -> Eligibility:
    """Add the reasons for which a line may come back although in general it may not."""
    if answer.reason_code not in _BY_RULES:
        return answer
    quick = replace(question, with_trace=False)
    allowed = tuple(
        code for code, asked in book.leaves if decide_line(policy, row, asked, quick).is_allowed
    )
    return replace(answer, allowed_reasons=allowed) if allowed else answer


_BY_RULES = {RefusalCode.FINAL_SALE, RefusalCode.WINDOW_OVER, RefusalCode.NOT_OFFERED}


def decide_line(policy: Policy, row: LineRow, asked: Asked, question: Question) -> Eligibility:
    """Decide about one loaded line; touches no database.

    :param row: with what is taken of it.
    """
    quantity = max(0, min(row.quantity, row.arrived) - row.taken)
    trace: list[RuleTrace] = []
    try:
        _check_line(row)
        if question.kind is ReturnKind.WARRANTY:
            terms = _claim_terms(policy, row, asked, question, trace)
        else:
            terms = _return_terms(policy, row, asked, question, trace)
    except _Refused as refused:
        language = choose_language(question.locale, row.locale, question.store.default_locale)
        reason = refusal_words(refused.code, refused.at_day, language)
        words = refused.words or refusal_words(refused.code, refused.at_day, "en")
        trace.append(RuleTrace("Answer", False, (f"not eligible: {words}",)))
        return Eligibility(
            line_id=row.line_id,
            quantity=0 if refused.code not in _BY_RULES else quantity,
            is_allowed=False,
            terms=None,
            reason=reason,
            reason_code=refused.code,
            policy_version_id=policy.version_id,
            trace=tuple(trace) if question.with_trace else (),
        )
    trace.append(RuleTrace("Answer", True, (_allowed_words(terms, quantity),)))
    return Eligibility(
        line_id=row.line_id,
        quantity=quantity,
        is_allowed=True,
        terms=terms,
        reason="",
        reason_code="",
        policy_version_id=policy.version_id,
        trace=tuple(trace) if question.with_trace else (),
    )


def _allowed_words(terms: Terms, quantity: int) -> str:
    until = (
        "without end" if terms.until_date is None else "until " + show_date(terms.until_date, "en")
    )
    return f"eligible {until}, {quantity} at most"


def _check_line(row: LineRow) -> None:
    """Refuse what no rule can allow.

    :raises _Refused: it was canceled, is a gift card, is back already, or has not arrived.
    """
    if row.is_canceled or row.is_removed:
        raise _Refused(RefusalCode.CANCELED)
    if row.is_gift_card:
        raise _Refused(RefusalCode.GIFT_CARD)
    if row.taken >= row.quantity:
        raise _Refused(RefusalCode.ALREADY_RETURNED)
    if row.delivered_on is None or row.arrived - row.taken <= 0:
        raise _Refused(RefusalCode.NOT_DELIVERED, row.expected_on)


def line_values(policy: Policy, row: LineRow, asked: Asked, moment: Moment) -> dict[str, Any]:
    """Return what the version's conditions have to know of a line."""
    return {name: READERS[name](row, moment, asked) for name in policy.fact_names}


def merged_effects(
    policy: Policy,
    row: LineRow,
    asked: Asked,
    question: Question,
    trace: list[RuleTrace] | None = None,
) -> Effects:
    """Ask every rule, and put together the effects of those that hold; see ``effects.merge``."""
    values = line_values(policy, row, asked, question.moment)
    at, today, zone = question.moment.at, question.moment.today, question.zone
    holding = []
    for nth, rule in enumerate(policy.rules):
        if trace is None:
            holds = rule.matcher.holds(values, at, zone)
        else:
            holds, words = rule.matcher.ask(values, at=at, today=today, zone=zone)
            trace.append(RuleTrace(rule.name, holds, words))
        if holds:
            holding.append(nth)
    return policy.effects_of(tuple(holding))


def _return_terms(
    policy: Policy, row: LineRow, asked: Asked, question: Question, trace: list[RuleTrace]
) -> Terms:
    """Return the terms of a return by the rules. :raises _Refused: they don't allow it."""
    noted = trace if question.with_trace else None
    effects = merged_effects(policy, row, asked, question, noted)
    if effects.final_sale:
        raise _Refused(RefusalCode.FINAL_SALE)
    offers = _offers(effects, row, question.store)
    if not offers:
        raise _Refused(RefusalCode.NOT_OFFERED)
    until = _window_end(effects, row, question, trace)
    if until is not None and question.moment.today > until:
        words = f"The window ended on {show_date(until, 'en')}."
        raise _Refused(RefusalCode.WINDOW_OVER, until, words)
    terms = terms_of(effects, row, question.store, offers, until)
    return replace(terms, needs_photos=max(terms.needs_photos, int(asked.asks_photo)))


def _offers(effects: Effects, row: LineRow, store: StoreInfo) -> tuple[OutcomeOffer, ...]:
    currencies = {"store_currency": store.currency, "order_currency": row.currency}
    return offers_for(effects, currencies)


def _window_end(
    effects: Effects, row: LineRow, question: Question, trace: list[RuleTrace]
) -> date | None:
    window = effects.window
    assert window is not None  # the base has one: read_effects(is_base=True)
    assert row.delivered_on is not None  # _check_line refused it otherwise
    until, extension = last_day(
        window,
        ordered_at=row.placed_at,
        delivered_on=row.delivered_on,
        zone=question.zone,
        extensions=question.extensions,
    )
    if question.with_trace:
        trace.append(RuleTrace("Window", True, (_window_words(effects, row, until),)))
        if extension is not None:
            end = show_date(extension.until_date, "en")
            words = f"extended until {end} for orders of those days"
            trace.append(RuleTrace(f"Extension: {extension.name}", True, (words,)))
    return until


def _window_words(effects: Effects, row: LineRow, until: date | None) -> str:
    window = effects.window
    if window is None or window.days is None or until is None:
        return "may come back without end"
    if window.start == "order":
        start = f"the order on {show_date(row.ordered_on, 'en')}"
    else:
        arrived = "estimated delivery" if row.is_estimated else "delivery"
        start = f"{arrived} on {show_date(row.delivered_on or row.ordered_on, 'en')}"
    return f"{window.days} days from {start}: until {show_date(until, 'en')}"


def terms_of(
    effects: Effects,
    row: LineRow,
    store: StoreInfo,
    offers: tuple[OutcomeOffer, ...],
    until: date | None,
) -> Terms:
    """Turn merged effects into the room's contract.

    A thing that need not come back has no way back, no label to pay, and nothing to wait for.
    """
    label = effects.label
    keep = is_kept(effects, row, store)
    fee = 0
    if label is not None and label.payer is LabelPayer.SHOPPER and not keep:
        fee = fixed_fee(label.fee_minor, store_currency=store.currency, order_currency=row.currency)
    trigger = effects.trigger or RefundTrigger.INSPECTION
    return Terms(
        until_date=until,
        offers=offers,
        methods=(MethodKind.KEEP,) if keep else effects.methods or (),
        label_payer=LabelPayer.STORE if keep or label is None else label.payer,
        label_fee_minor=fee,
        trigger=RefundTrigger.APPROVAL if keep else trigger,
        is_auto=effects.approval == "auto",
        needs_photos=effects.needs_photos or 0,
        keep_item=keep,
        instant_exchange=bool(effects.instant_exchange),
    )


def is_kept(effects: Effects, row: LineRow, store: StoreInfo) -> bool:
    """Tell whether a piece is so cheap that it need not come back (store's currency only)."""
    below = effects.keep_below_minor or 0
    return row.currency == store.currency and row.unit_paid_minor < below


def _claim_terms(
    policy: Policy, row: LineRow, asked: Asked, question: Question, trace: list[RuleTrace]
) -> Terms:
    """Return the terms of a warranty claim. :raises _Refused: none covers it (any more)."""
    values = line_values(policy, row, asked, question.moment)
    warranty = _first_warranty(policy, values, question, trace)
    if warranty is None:
        raise _Refused(RefusalCode.NO_WARRANTY)
    assert row.delivered_on is not None  # _check_line refused it otherwise
    until = warranty_end(row.delivered_on, warranty.months)
    if question.moment.today > until:
        words = f"The warranty ended on {show_date(until, 'en')}."
        raise _Refused(RefusalCode.WARRANTY_OVER, until, words)
    effects = merged_effects(policy, row, asked, question)
    if Outcome.REPAIR in warranty.resolutions:  # what is kept can't be mended
        effects = effects.model_copy(update={"keep_below_minor": 0})
    terms = terms_of(
        effects,
        row,
        question.store,
        tuple(OutcomeOffer(outcome) for outcome in warranty.resolutions),
        until,
    )
    # What broke comes back at the seller's cost: directive (EU) 2019/771, article 14.
    return replace(
        terms,
        is_auto=warranty.is_auto,
        needs_photos=warranty.needs_photos,
        label_payer=LabelPayer.STORE,
        label_fee_minor=0,
    )


def _first_warranty(
    policy: Policy, values: Mapping[str, Any], question: Question, trace: list[RuleTrace]
) -> Warranty | None:
    at, today, zone = question.moment.at, question.moment.today, question.zone
    for warranty in policy.warranties:
        holds, words = warranty.matcher.ask(values, at=at, today=today, zone=zone)
        trace.append(RuleTrace(warranty.name, holds, words))
        if holds:
            return warranty
    return None
