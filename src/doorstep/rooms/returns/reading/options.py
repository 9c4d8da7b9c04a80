"""The form of a return: what may come back, for which reasons, and what each outcome comes to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.errors import NotFound
from doorstep.kernel.money import format_money
from doorstep.rooms.billing import api as billing
from doorstep.rooms.billing.contracts import GiveBack, GiveBackLine
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import VariantInfo
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import LineView, OrderDetail
from doorstep.rooms.returns.contracts import (
    AskedLine,
    Eligibility,
    LabelPayer,
    LineOption,
    MethodKind,
    Outcome,
    OutcomeAmount,
    PartInfo,
    ReturnKind,
    ReturnOptions,
    Terms,
    VariantChoice,
)
from doorstep.rooms.returns.flow.prices import Given, exchange_price, list_prices
from doorstep.rooms.returns.flow.settling import PAID_WAYS
from doorstep.rooms.returns.flow.withdrawing import withdrawal_of
from doorstep.rooms.returns.models import ReplacementPart
from doorstep.rooms.returns.policy.deciding import Docket
from doorstep.rooms.returns.policy.reasons import ReasonBook, read_reasons, reasons_of
from doorstep.rooms.returns.reading.glance import words_of
from doorstep.rooms.returns.reading.views import BANK_DAYS
from doorstep.rooms.returns.rules.amounts import Back, bonus_of, fee_of
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

_CREDITED = {Outcome.STORE_CREDIT, Outcome.EXCHANGE_ANY}


def options(
    order_id: UUID,
    *,
    at: datetime,
    kind: ReturnKind = ReturnKind.VOLUNTARY,
    locale: str = "",
    reasons: Mapping[UUID, str] | None = None,
) -> ReturnOptions:
    """Return what of an order may come back; what may not is there with the reason.

    A constant number of queries.

    :param reasons: line → the reason already chosen; terms may depend on it.
    :raises NotFound: there is no such order in this store.
    """
    order = orders.get_order(order_id)
    return ReturnCase(order, stores.get_store(), at=at, kind=kind, locale=locale).options(reasons)


class ReturnCase:
    """One order's return as the steps of one page ask about it: everything is read once.

    :param order: as it was read for the page.
    :param store: the order's.
    :param locale: of the answers' words.
    """

    def __init__(
        self,
        order: OrderDetail,
        store: StoreInfo,
        *,
        at: datetime,
        kind: ReturnKind = ReturnKind.VOLUNTARY,
        locale: str = "",
    ) -> None:
        self._order, self._store = order, store
        self._at, self._kind, self._locale = at, kind, locale
        self._goods: _Goods | None = None

    @cached_property
    def book(self) -> ReasonBook:
        """The store's reasons."""
        return read_reasons()

    @cached_property
    def _docket(self) -> Docket:
        order_id = self._order.summary.id
        return Docket([order_id], at=self._at, store=self._store, book=self.book)

    def _decide(self, reasons: Mapping[UUID, str] | None) -> dict[UUID, Eligibility]:
        if self._kind is ReturnKind.WITHDRAWAL:
            return withdrawal_of(self._docket.rows.values())
        return self._docket.answers(kind=self._kind, reasons=reasons, locale=self._locale)

    def options(
        self, reasons: Mapping[UUID, str] | None = None, *, with_goods: bool = True
    ) -> ReturnOptions:
        """Return what may come back; what may not is there with the reason.

        :param reasons: line → the reason already chosen; terms may depend on it.
        :param with_goods: also what lines can be exchanged for, four queries more.
        """
        order, decided = self._order, self._decide(reasons)
        lines = [line for line in order.lines if line.id in decided and not line.is_removed]
        rows = [self._docket.rows[line.id] for line in lines]
        zone = ZoneInfo(self._store.timezone)
        offered = reasons_of(rows, self.book, zone, at=self._at)
        goods = self._goods_for(lines, decided) if with_goods else None
        found = tuple(
            LineOption(
                line_id=line.id,
                title=line.title,
                variant_title=line.variant_title,
                options=line.options,
                sku=line.sku,
                image_url=line.image_url,
                ordered=line.quantity,
                eligibility=decided[line.id],
                reasons=offered.get(line.id, ()),
                variants=goods.variants_for(line) if goods else (),
                parts=goods.parts_for(line) if goods else (),
            )
            for line in lines
        )
        allowed = [one.eligibility for one in found if one.eligibility.is_allowed]
        return ReturnOptions(
            order_id=order.summary.id,
            order_number=order.summary.number,
            kind=self._kind,
            currency=order.summary.currency,
            is_gift=order.is_gift,
            lines=found,
            methods=common_methods([one.terms for one in allowed if one.terms]),
            words=words_of([one.eligibility for one in found]),
        )

    def _goods_for(self, lines: Sequence[LineView], decided: Mapping[UUID, Eligibility]) -> _Goods:
        wanted = {line.id: _swaps_of(decided[line.id]) for line in lines}
        if self._goods is None or self._goods.wanted != wanted:
            self._goods = _Goods(self._order, lines, wanted)
        return self._goods

    def amounts(
        self, lines: Sequence[AskedLine], *, method: MethodKind | None = None
    ) -> dict[Outcome, OutcomeAmount]:
        """Return what each outcome that all chosen lines offer comes to, refund first.

        The figures are billing's own: exactly what would be booked now.

        :param method: the way back, where it was chosen: a label may cost something.
        :raises NotFound: a line of another order.
        :raises MoreThanIsLeft: more pieces than can come back.
        """
        decided = self._decide({one.line_id: one.reason_code for one in lines})
        chosen = {one.line_id for one in lines}
        if chosen - decided.keys():
            raise NotFound("This is not a line of this order.")
        terms = {
            line_id: answer.terms
            for line_id, answer in decided.items()
            if line_id in chosen and answer.terms is not None
        }
        if not terms or len(terms) < len(chosen):
            return {}
        pieces: dict[UUID, int] = defaultdict(int)
        for one in lines:
            pieces[one.line_id] += one.quantity
        ask = GiveBack(tuple(GiveBackLine(line, n) for line, n in pieces.items()))
        quote = billing.quote_give_back(self._order.summary.id, ask, order=self._order)
        totals = {one.line_id: one.total_minor for one in quote.lines}
        fee_of_label = _label_fee(list(terms.values()), method)
        today = self._at.astimezone(ZoneInfo(self._store.timezone)).date()
        found = {}
        for outcome in _common_outcomes(list(terms.values())):
            backs = [
                Back(
                    totals[line_id],
                    pieces[line_id],
                    next(offer for offer in one.offers if offer.outcome is outcome),
                )
                for line_id, one in terms.items()
            ]
            found[outcome] = _amount(
                outcome, quote.currency, backs, fee_of_label, today, self._locale or "en"
            )
        return found


def common_methods(terms: Sequence[Terms]) -> tuple[MethodKind, ...]:
    """Return the ways back that all lines offer which have to come back; QR code first."""
    coming = [one for one in terms if not one.keep_item]
    if not coming:
        return (MethodKind.KEEP,) if terms else ()
    common = set(coming[0].methods).intersection(*(one.methods for one in coming))
    return tuple(method for method in MethodKind if method in common)


def _swaps_of(answer: Eligibility) -> frozenset[Outcome]:
    """Return for which of the things that are read here a line may be exchanged."""
    offered = {offer.outcome for offer in answer.terms.offers} if answer.terms else set()
    return frozenset(offered & {Outcome.EXCHANGE, Outcome.REPLACEMENT_PART})


class _Goods:
    """What lines can be exchanged for, read once for all of them."""

    def __init__(
        self,
        order: OrderDetail,
        lines: Sequence[LineView],
        wanted: Mapping[UUID, frozenset[Outcome]],
    ) -> None:
        self.wanted = wanted
        own = catalog.get_variants([one.variant_id for one in lines if one.variant_id])
        self._own = own
        products = self._products(lines, Outcome.EXCHANGE)
        self._of_product = catalog.list_variants_of(products) if products else {}
        self._parts = self._read_parts(self._products(lines, Outcome.REPLACEMENT_PART))
        ids = {one.id for many in self._of_product.values() for one in many}
        ids |= {part.variant_id for many in self._parts.values() for part in many}
        channel, currency = order.summary.sales_channel, order.summary.currency
        self._stock = inventory.available_to_promise(list(ids), channel) if ids else {}
        self._prices = list_prices(ids | own.keys(), channel=channel, currency=currency)

    def _products(self, lines: Sequence[LineView], outcome: Outcome) -> set[UUID]:
        return {
            self._own[line.variant_id].product_id
            for line in lines
            if line.variant_id in self._own and outcome in self.wanted[line.id]
        }

    def _read_parts(self, products: set[UUID]) -> dict[UUID, list[ReplacementPart]]:
        found: dict[UUID, list[ReplacementPart]] = defaultdict(list)
        if products:
            for part in ReplacementPart.objects.filter(product__in=products).order_by("name"):
                found[part.product_id].append(part)
        return found

    def variants_for(self, line: LineView) -> tuple[VariantChoice, ...]:
        """Return the other variants of a line's product, with live stock and the difference."""
        own = self._own.get(line.variant_id) if line.variant_id else None
        if own is None or Outcome.EXCHANGE not in self.wanted[line.id]:
            return ()
        paid = line.total_minor // line.quantity
        given = Given(paid, own.id)
        found = []
        for variant in self._of_product.get(own.product_id, ()):
            if variant.id == own.id:
                continue
            price = exchange_price(given, variant.id, self._prices, is_variant=True)
            found.append(
                choice_of(variant, self._stock.get(variant.id), price, (price or paid) - paid)
            )
        return tuple(found)

    def parts_for(self, line: LineView) -> tuple[PartInfo, ...]:
        """Return the parts of a line's product."""
        own = self._own.get(line.variant_id) if line.variant_id else None
        if own is None:
            return ()
        return tuple(
            PartInfo(
                part.id,
                part.product_id,
                part.variant_id,
                part.name,
                part.note,
                self._stock.get(part.variant_id),
            )
            for part in self._parts.get(own.product_id, ())
        )


def choice_of(
    variant: VariantInfo, available: int | None, price: int | None, difference: int = 0
) -> VariantChoice:
    """Return a variant as something to choose."""
    return VariantChoice(
        variant.id,
        variant.product_title,
        variant.title,
        variant.sku,
        variant.options,
        variant.image_url,
        available,
        price,
        difference,
    )


def find_exchanges(order_id: UUID, variant_ids: Collection[UUID]) -> tuple[VariantChoice, ...]:
    """Return variants as EXCHANGE_ANY offers them: with live stock and their list price.

    What has no price in the order's currency can't be chosen and is left out.

    :raises NotFound: there is no such order.
    """
    order = orders.get_summaries([order_id]).get(order_id)
    if order is None:
        raise NotFound("There is no such order.")
    variants = catalog.get_variants(variant_ids)
    prices = list_prices(variants, channel=order.sales_channel, currency=order.currency)
    stock = inventory.available_to_promise(list(variants), order.sales_channel)
    return tuple(
        choice_of(variants[one], stock.get(one), prices[one])
        for one in dict.fromkeys(variant_ids)
        if one in variants and one in prices and variants[one].is_active
    )


def amounts(
    order_id: UUID,
    lines: Sequence[AskedLine],
    *,
    at: datetime,
    kind: ReturnKind = ReturnKind.VOLUNTARY,
    method: MethodKind | None = None,
    locale: str = "en",
) -> dict[Outcome, OutcomeAmount]:
    """Return what each outcome that all chosen lines offer comes to; see ``ReturnCase.amounts``.

    :raises NotFound: no such order, or a line of another one.
    :raises MoreThanIsLeft: more pieces than can come back.
    """
    order = orders.get_order(order_id)
    case = ReturnCase(order, stores.get_store(), at=at, kind=kind, locale=locale)
    return case.amounts(lines, method=method)


def _common_outcomes(terms: Sequence[Terms]) -> list[Outcome]:
    offered = [[offer.outcome for offer in one.offers] for one in terms]
    common = set(offered[0]).intersection(*offered)
    return sorted(
        (one for one in offered[0] if one in common), key=lambda one: one is not Outcome.REFUND
    )


def _label_fee(terms: Sequence[Terms], method: MethodKind | None) -> int:
    if method is not None and method.value not in PAID_WAYS:
        return 0
    fees = [x.label_fee_minor for x in terms if x.label_payer is LabelPayer.SHOPPER]
    return max(fees, default=0)


def _amount(
    outcome: Outcome,
    currency: str,
    backs: Sequence[Back],
    label_fee: int,
    today: date,
    locale: str,
) -> OutcomeAmount:
    fee = fee_of(backs, label_fee_minor=label_fee)
    bonus = bonus_of(backs, fee_minor=fee) if outcome in _CREDITED else 0
    goods = sum(one.total_minor for one in backs)
    is_money = outcome in (Outcome.REFUND, Outcome.STORE_CREDIT, Outcome.EXCHANGE_ANY)
    is_money = is_money or outcome is Outcome.EXCHANGE
    total = goods - fee + bonus if is_money else 0
    words = [f"What you paid: {format_money(goods, currency, locale)}"]
    if fee:
        words.append(f"Less a fee of {format_money(fee, currency, locale)}")
    if bonus:
        words.append(f"Plus a bonus of {format_money(bonus, currency, locale)}")
    by = today + timedelta(days=BANK_DAYS) if outcome is Outcome.REFUND else None
    return replace(
        OutcomeAmount(outcome, currency, total, fee if is_money else 0, bonus, (), by),
        words=tuple(words) if is_money else (),
    )
