"""Killed at every step of a return's refund and of exchanges: it all ends, and happens once.

Each process that has a part in it (the page that is asked for a return, the page that inspects,
the loops that ask vendors and handle events) dies at each of its steps (see ``dying``), and
whoever comes next begins again: people send their form again, a new worker takes over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps

from dev.fakes.shopify_api import CLIENT_ID, CLIENT_SECRET, Shop, shopify_api
from dev.fakes.stripe_api import API_KEY, Fake, stripe_api
from doorstep.connectors.base import api as connections
from doorstep.connectors.payments.connecting import connect_stripe
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.models.events import ParkedEvent
from doorstep.rooms.billing import api as billing
from doorstep.rooms.billing.contracts import Account
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import FinancialStatus
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.calls.claiming import LEASE
from doorstep.rooms.payments.contracts import ChargeState, RefundState
from doorstep.rooms.payments.models import Call, PaymentLink
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import (
    AskedLine,
    DepositState,
    Disposition,
    Finding,
    NewThingState,
    Outcome,
    PieceCondition,
    ReceivedItem,
    ReturnState,
    ReturnView,
)
from doorstep.rooms.returns.flow.waiting import look_at_due
from doorstep.rooms.returns.tests.flow_cast import (
    AT,
    INES,
    LATER,
    MAYA,
    REASON,
    WANDA,
    set_offers,
    stocked,
    wish,
)
from doorstep.rooms.returns.tests.policy_cast import deliver, line, lines_of, place
from doorstep.rooms.stores.contracts import StoreInfo
from tests.crash.dying import dies

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]
AGAIN = LEASE + timedelta(seconds=1)


@pytest.fixture
def shop(store: StoreInfo, settings: Any) -> Iterator[Shop]:
    """Fern & Kettle's shop platform, which took the money and gives it back."""
    with shopify_api() as fake:
        settings.DOORSTEP_OUTBOUND_ALLOW = [fake.url.removeprefix("http://")]
        fake.add_order("order-1", {"l1": 2}, "40.00")
        made = connections.connect_shop(
            kind="shopify", name="Shopify", secret="s" * 20, shop_url=fake.url, by=INES, at=AT
        )
        known = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        connections.set_credentials(connection_id=made.id, credentials=known, by=INES, at=AT)
        yield fake


@pytest.fixture
def stripe(store: StoreInfo, settings: Any) -> Iterator[Fake]:
    """Fern & Kettle's Stripe account, which holds money."""
    with stripe_api() as fake:
        settings.DOORSTEP_STRIPE_URL = fake.url
        settings.DOORSTEP_OUTBOUND_ALLOW = [fake.url.removeprefix("http://")]
        connect_stripe(api_key=API_KEY, webhook_secret="whsec_0123456789", by=INES, at=AT)
        yield fake


class Story:
    """Maya bought two kettles (K-1), which arrived; each act may be begun again."""

    def __init__(self, outcome: Outcome, *, price: int = 2000) -> None:
        """Let it happen. :param price: of a K-2, for which she may exchange a K-1."""
        ensure_cursors()
        self.ids = stocked(K_1=5, K_2=5)
        for sku, amount in (("K-1", 2000), ("K-2", price)):
            catalog.set_price(
                variant_id=self.ids[sku], currency="EUR", amount_minor=amount, by=INES, at=AT
            )
        self.outcome = outcome
        self.order_id = place(
            line(quantity=2, sku="K-1", variant_id=self.ids["K-1"]),
            financial_status=FinancialStatus.PAID,
        )
        known = connections.list_connections()
        if known[0].kind == "shopify":
            mine = apps.get_model("orders", "Order").objects.filter(id=self.order_id)
            mine.update(connection_id=known[0].id)
        deliver(self.order_id)
        run_until_idle()
        self.shelves = self.stock()
        self.seen: set[str] = set()

    def stock(self) -> dict[str, tuple[int, int]]:
        """Return what is there, and what of it is reserved, by SKU."""
        return {one.sku: (one.on_hand, one.reserved) for one in inventory.list_stock().rows}

    def survive(self, *acts: Callable[[datetime], object], at: datetime = LATER) -> None:
        """Have each act killed at each of its steps, and begun again by another process."""
        for act in acts:
            for deaths in count():
                assert deaths < 200, "it does not come any further"
                # Whoever was killed left a lease behind that has to end.
                moment = at + AGAIN * len(self.seen)
                if not dies(self.seen, partial(act, moment)):
                    break

    # -- what happens ----------------------------------------------------------------------------

    def ask(self, _at: datetime) -> None:
        """Send the form; sent again it is the same return."""
        is_exchange = self.outcome is Outcome.EXCHANGE
        asked = AskedLine(
            lines_of(self.order_id)[0].id,
            2,
            REASON,
            self.outcome,
            exchange_variant_id=self.ids["K-2"] if is_exchange else None,
            exchange_quantity=2 if is_exchange else 0,
        )
        api.request_return(request=wish(self.order_id, asked, key="form"), by=MAYA, at=AT)

    def come_back(self, _at: datetime) -> None:
        """Open the parcel, inspect the kettles and put them on the shelf, where that is not done."""
        view = self.view()
        if not view.pieces:
            items = [ReceivedItem(str(one.id), one.quantity) for one in view.lines]
            view = api.record_reception(
                return_id=view.summary.id, items=items, key="scan", by=WANDA, at=LATER
            )
        if view.summary.inspected_at is None:
            good = [
                Finding(one.id, PieceCondition.AS_NEW, True, disposition=Disposition.RESTOCK)
                for one in view.pieces
            ]
            api.inspect_return(return_id=view.summary.id, findings=good, by=WANDA, at=LATER)

    # -- what became of it -----------------------------------------------------------------------

    def view(self) -> ReturnView:
        """Return the return, of which there is one."""
        [found] = api.list_returns_of([self.order_id], at=LATER)[self.order_id]
        return found

    def is_over(self, state: ReturnState, *, unanswered: int = 0) -> ReturnView:
        """Check that nothing is left to do, that all books add up, and that it says how it ended."""
        self._died_around_every_call(unanswered)
        assert not run_until_idle()
        assert not ParkedEvent.objects.exists()
        assert not Call.objects.exclude(state="done").exists()
        view = self.view()
        assert (view.summary.state, view.summary.needs) == (state, "")
        assert all(one.state == "settled" and one.words for one in view.settlements)
        kinds = [one.kind for one in messaging.list_messages().items]
        told = [kind for kind in kinds if kind.startswith("return_")]
        assert told
        assert len(told) == len(set(told))
        ids = [self.order_id, *self.new_orders()]
        for money in billing.get_moneys(ids).values():
            assert all(sum(x.amount_minor for x in one.entries) == 0 for one in money.bookings)
            assert (money.outstanding_minor, money.pending_minor) == (0, 0)
        return view

    def _died_around_every_call(self, unanswered: int) -> None:
        calls = {kind.removeprefix("before ") for kind in self.seen if kind.startswith("before ")}
        answered = {kind.removeprefix("after ") for kind in self.seen if kind.startswith("after ")}
        assert calls
        assert len(calls - answered) == unanswered
        assert len(self.seen) > 20

    def new_orders(self) -> list[UUID]:
        """List the orders that the return made."""
        rows = apps.get_model("orders", "Order").objects.exclude(id=self.order_id)
        return list(rows.values_list("id", flat=True))

    def on_shelf(self, **more: tuple[int, int]) -> dict[str, tuple[int, int]]:
        """Return the stock at the start with so many more (there, reserved)."""
        return {
            sku: tuple(map(sum, zip(had, more.get(sku.replace("-", "_"), (0, 0)), strict=True)))
            for sku, had in self.shelves.items()
        }


def work(at: datetime) -> None:
    """Do what the worker's loops do, until nothing is left."""
    while look_at_due(at) + run_until_idle() + payments.ask_all_due(at=at):
        pass


def tomorrow(at: datetime) -> None:
    """Do what the worker does when what it put off is due."""
    work(at + timedelta(days=1))


@pytest.mark.parametrize("trouble", ["", "lost"])
def test_a_refund_moves_once(shop: Shop, trouble: str) -> None:
    story = Story(Outcome.REFUND)
    if trouble:
        shop.plan("refundCreate", trouble)  # done, and the answer never comes
    story.survive(story.ask, story.come_back)
    [paid] = story.view().settlements
    assert paid.state == "booked"  # on its way, and it says so
    assert billing.get_money(story.order_id).pending_minor == 4000
    story.survive(work, tomorrow)
    view = story.is_over(ReturnState.CLOSED, unanswered=1 if trouble else 0)
    [paid] = view.settlements
    assert (paid.refund_minor, paid.credit_minor) == (4000, 0)
    _went_back(shop, story, 4000)
    assert not story.new_orders()
    assert story.stock() == story.on_shelf(K_1=(2, 0))


def test_an_exchange_goes_out_once_and_its_rest_back_once(shop: Shop) -> None:
    set_offers(Outcome.REFUND, Outcome.EXCHANGE)
    story = Story(Outcome.EXCHANGE, price=1500)
    story.survive(story.ask, work)
    assert story.stock() == story.on_shelf(K_2=(0, 2))
    story.survive(story.come_back, work, tomorrow)
    view = story.is_over(ReturnState.CLOSED)
    [thing] = view.new_things
    assert thing.state == NewThingState.ORDERED
    assert story.new_orders() == [thing.order_id]
    assert orders.get_order(thing.order_id).summary.state == "ready"
    _went_back(shop, story, 1000)
    assert _moved(story.order_id) == -3000
    assert _moved(thing.order_id) == 3000
    assert story.stock() == story.on_shelf(K_1=(2, 0), K_2=(0, 2))


@pytest.mark.parametrize("comes_back", [True, False])
def test_an_instant_exchange_is_held_once_and_let_go_or_taken(
    stripe: Fake, comes_back: bool
) -> None:
    set_offers(Outcome.REFUND, Outcome.EXCHANGE, instant_exchange=True)
    story = Story(Outcome.EXCHANGE)
    story.survive(story.ask, work, at=AT)
    link = PaymentLink.objects.get()
    [page] = stripe.all("checkout.session")
    stripe.pay(page["id"])

    def come_from_paying(at: datetime) -> None:
        payments.open_pay_page(link_id=link.id, is_back=True, at=at)

    story.survive(come_from_paying, work, at=AT)
    [thing] = story.view().new_things
    assert (thing.state, thing.deposit) == (NewThingState.ORDERED, DepositState.HELD)
    assert orders.get_order(thing.order_id).summary.state == "ready"
    if comes_back:
        story.survive(story.come_back, work)
    else:
        story.survive(work, at=AT + timedelta(days=3))
        story.survive(work, at=AT + timedelta(days=8))
    view = story.is_over(ReturnState.CLOSED if comes_back else ReturnState.EXPIRED)
    [intent] = stripe.all("payment_intent")
    [charge] = payments.list_charges([f"order:{thing.order_id}"])[f"order:{thing.order_id}"]
    taken = 0 if comes_back else 4000
    ended = (ChargeState.VOIDED, DepositState.RELEASED, "canceled")
    if not comes_back:
        ended = (ChargeState.CAPTURED, DepositState.CAPTURED, "succeeded")
    assert (charge.state, view.new_things[0].deposit, intent["status"]) == ended
    assert (charge.captured_minor, intent["amount_received"]) == (taken, taken)
    assert len([one for one in stripe.events if one["type"] == "charge.captured"]) == taken // 4000
    assert _moved(thing.order_id) == 4000 - taken
    assert story.new_orders() == [thing.order_id]
    assert story.stock() == story.on_shelf(K_1=(2 if comes_back else 0, 0), K_2=(0, 2))


def _went_back(shop: Shop, story: Story, amount_minor: int) -> None:
    """Check that the shop gave this back once, and that everybody here knows."""
    [made] = shop.order("order-1")["refunds"]
    assert made["amount"] == Decimal(amount_minor) / 100
    subject = f"order:{story.order_id}"
    [refund] = payments.list_refunds([subject])[subject]
    assert (refund.state, refund.amount_minor) == (RefundState.SUCCEEDED, amount_minor)
    [charge] = payments.list_charges([subject])[subject]
    assert charge.refunded_minor == amount_minor
    assert billing.get_money(story.order_id).refunded_minor == amount_minor
    [known] = orders.get_order(story.order_id).refunds
    assert known.amount_minor == amount_minor


def _moved(order_id: UUID) -> int:
    """Return what an order got of another's money."""
    return billing.get_money(order_id).by_account.get(Account.TRANSFER, 0)
