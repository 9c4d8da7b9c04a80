"""Replaying a rule over the orders there are, and gifts as they are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.conditions.api import parse
from doorstep.rooms.orders import api
from doorstep.rooms.orders.api import MatchCount
from doorstep.rooms.orders.tests.cast import AT, LATER, line, order, record
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")


def count(tree: dict[str, Any], subject: str) -> MatchCount:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = api.count_matching_orders(
            parse(tree, subject), since=AT - timedelta(days=90), at=LATER, zone=UTC
        )
    assert len(queries) == 1
    return found


def test_orders_are_counted_by_their_own_facts_and_by_their_lines(store: StoreInfo) -> None:
    heavy = line(properties=(("Engraving", "x"),))
    record(order(1, is_gift=True), order(2, lines=[heavy]), order(3, is_test=True, is_gift=True))
    assert count({"fact": "order.is_gift", "op": "eq", "value": True}, "order") == MatchCount(2, 1)
    wish = {"fact": "line.wishes", "op": "contains", "value": "Engraving"}
    assert count(wish, "line") == MatchCount(2, 1)


def test_only_orders_can_be_counted(store: StoreInfo) -> None:
    condition = parse({"fact": "customer.orders", "op": "gte", "value": 1}, "customer")
    with pytest.raises(ValueError, match="customer"):
        api.count_matching_orders(condition, since=AT, at=LATER, zone=UTC)


def test_the_first_order_is_known_from_those_before(store: StoreInfo) -> None:
    later = replace(order(2), placed_at=AT - timedelta(minutes=1))
    record(order(1), later)
    first = {"fact": "order.is_first", "op": "eq", "value": True}
    assert count(first, "order") == MatchCount(2, 1)
    second = {"fact": "order.orders_before", "op": "eq", "value": 1}
    assert count(second, "order") == MatchCount(2, 1)


def test_a_gift_is_kept_with_its_message(store: StoreInfo) -> None:
    given = order(1, is_gift=True, gift_message="Dear Rose", gift_wrap=True, gift_receipt=True)
    [answer] = record(given)
    found = api.get_order(answer.order_id)
    assert (found.is_gift, found.gift_message) == (True, "Dear Rose")
    assert (found.gift_wrap, found.gift_receipt) == (True, True)
    context: Any = api.confirmation_context(answer.order_id, at=LATER)
    assert context["order"]["is_gift"]
    assert context["order"]["gift_message"] == "Dear Rose"
    record(replace(given, version_at=LATER, gift_message="Dear Tom"), at=LATER)
    assert api.get_order(answer.order_id).gift_message == "Dear Tom"
