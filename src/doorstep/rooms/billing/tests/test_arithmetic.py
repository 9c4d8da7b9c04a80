"""Giving back, to the cent: whatever is done in whatever order, it adds up."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kernel.errors import Invalid
from doorstep.rooms.billing.contracts import Account, GiveBack, GiveBackLine
from doorstep.rooms.billing.rules.quoting import MoreThanIsLeft, reckon
from doorstep.rooms.billing.rules.sale import Leg, line_legs, merged
from doorstep.rooms.billing.rules.shares import Figures, portion, share, share_of, split_amount
from doorstep.rooms.billing.rules.standing import Standing, cancel_legs

AMOUNTS = st.integers(0, 10_000_000)
PIECES = st.integers(1, 40)


@given(AMOUNTS, PIECES, st.data())
def test_partial_shares_come_to_the_whole(amount: int, pieces: int, data: st.DataObject) -> None:
    left, back = pieces, 0
    while left:
        some = data.draw(st.integers(1, left))
        part = share(amount - back, some, left)
        assert part >= 0
        back += part
        left -= some
    assert back == amount


def test_the_last_piece_takes_the_rest() -> None:
    assert [share(1000, 1, 3), share(667, 1, 2), share(333, 1, 1)] == [333, 334, 333]
    assert portion(5, 1, 2) == 3  # half up
    assert portion(-5, 1, 2) == -3


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    goods = draw(AMOUNTS)
    discount = draw(st.integers(0, goods))
    return Figures(goods, discount, draw(st.integers(0, 2_000_000)))


@given(figures(), st.data())
def test_an_amount_is_split_exactly(left: Figures, data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, left.total))
    parts = split_amount(amount, left)
    assert parts.total == amount
    for name in ("discount", "tax"):
        assert 0 <= getattr(parts, name) <= getattr(left, name)
    assert parts.goods <= left.goods + 1


def sold(lines: dict[UUID, tuple[int, Figures]], shipping: int, paid: bool) -> Standing:
    legs: list[Leg] = []
    for line_id, (pieces, worth) in lines.items():
        legs += line_legs(line_id, worth, pieces, sign=-1)
    legs.append(Leg(Account.SHIPPING, -shipping, "shipping"))
    total = -sum(leg.amount_minor for leg in legs)
    legs.append(Leg(Account.RECEIVABLE, total))
    standing = Standing()
    standing.add("sale", legs)
    if paid:
        standing.add("payment", [Leg(Account.PAID, total), Leg(Account.RECEIVABLE, -total)])
    return standing


@given(
    st.lists(st.tuples(PIECES, figures()), min_size=1, max_size=4),
    AMOUNTS,
    st.booleans(),
    st.data(),
)
def test_any_sequence_of_give_backs_adds_up(
    lines: list[tuple[int, Figures]], shipping: int, is_paid: bool, data: st.DataObject
) -> None:
    by_id = {uuid4(): line for line in lines}
    titles = dict.fromkeys(by_id, "Thing")
    standing = sold(by_id, shipping, is_paid)
    total, given_back, payable = standing.total, 0, 0
    for _ in range(data.draw(st.integers(1, 6))):
        line_id = data.draw(st.sampled_from(list(by_id)))
        pieces = data.draw(st.integers(0, by_id[line_id][0]))
        amount = None if pieces else data.draw(AMOUNTS)
        ask = GiveBack(
            (GiveBackLine(line_id, pieces, amount),),
            shipping_minor=data.draw(st.sampled_from([0, None, 5])),
            allowance_minor=data.draw(st.sampled_from([0, 0, 7])),
            fee_minor=data.draw(st.sampled_from([0, 0, 3])),
        )
        try:
            found = reckon(ask, standing, titles, "EUR")
        except (MoreThanIsLeft, Invalid):
            continue
        assert sum(leg.amount_minor for leg in found.legs) == 0
        assert found.total == (
            sum(one.total_minor for one in found.lines)
            + found.shipping
            + found.shipping_tax
            + found.allowance
            - found.fee
        )
        assert 0 <= found.payable <= found.total
        standing.add("give_back", found.legs)
        given_back += found.total
        payable += found.payable
        if found.payable:
            paid_out = [
                Leg(Account.RECEIVABLE, found.payable),
                Leg(Account.PAID, -found.payable),
            ]
            standing.add("refund_done", paid_out)
        assert standing.total == total - given_back >= 0
        assert standing.held >= 0
        assert standing.outstanding == (0 if is_paid else total - given_back)
        assert all(
            line.pieces_left >= 0 and line.left.total >= 0 for line in standing.lines.values()
        )
    assert payable == (given_back if is_paid else 0)
    canceled = cancel_legs(standing)
    standing.add("cancellation", canceled)
    fees = -standing.by_account[Account.RETURN_FEE]
    assert standing.total == fees
    assert sum(standing.by_account.values()) == 0


def test_goodwill_before_is_taken_off_a_whole_return() -> None:
    line_id = uuid4()
    standing = sold({line_id: (1, Figures(1000, 0, 190))}, 0, True)
    goodwill = reckon(GiveBack(allowance_minor=100), standing, {}, "EUR")
    standing.add("give_back", goodwill.legs)
    standing.add("refund_done", [Leg(Account.RECEIVABLE, 100), Leg(Account.PAID, -100)])
    found = reckon(GiveBack((GiveBackLine(line_id, 1),)), standing, {line_id: "Pot"}, "EUR")
    assert (found.total, found.allowance, found.payable) == (1090, -100, 1090)


def test_more_than_is_left_is_refused_in_words() -> None:
    line_id = uuid4()
    standing = sold({line_id: (2, Figures(2000, 100, 0))}, 500, True)
    with pytest.raises(MoreThanIsLeft, match="only 2 can still go back, not 3"):
        reckon(GiveBack((GiveBackLine(line_id, 3),)), standing, {line_id: "Pot"}, "EUR")
    with pytest.raises(MoreThanIsLeft, match="shipping"):
        reckon(GiveBack(shipping_minor=501), standing, {}, "EUR")
    with pytest.raises(MoreThanIsLeft, match="of this order is left"):
        reckon(GiveBack(allowance_minor=2401), standing, {}, "EUR")
    with pytest.raises(Invalid, match="fee"):
        reckon(GiveBack(allowance_minor=10, fee_minor=11), standing, {}, "EUR")


@given(figures(), PIECES)
def test_shares_keep_tax_and_discount_of_the_sale(worth: Figures, pieces: int) -> None:
    first = share_of(worth, 1, pieces)
    rest = worth - first
    assert first.total + rest.total == worth.total
    assert first.tax in (worth.tax // pieces, -(-worth.tax // pieces))


def test_entries_of_one_place_are_summed() -> None:
    legs = merged([Leg(Account.TAX, 5), Leg(Account.TAX, -5), Leg(Account.TIP, 3, "tip")])
    assert legs == [Leg(Account.TIP, 3, "tip")]
