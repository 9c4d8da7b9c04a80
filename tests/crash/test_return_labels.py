"""Killed at every step of buying a return's label and of giving it back: it is bought once.

See ``dying``: whoever is killed leaves a lease that ends, and the next begins again with what was
written down. A label nobody needs is given back, also when its buyer died before he wrote it down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from dev.fakes.easypost_api import API_KEY, Fake, easypost_api
from doorstep.connectors.base import api as connections
from doorstep.connectors.carriers.labels.connecting import set_up_labels
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.rooms.orders.contracts import IncomingAddress
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import LabelState, MethodKind, Postage, ReturnView
from doorstep.rooms.returns.flow.label_calls import LEASE, POSTAGE_LOOK, ask_due
from doorstep.rooms.returns.models import ReturnLabel
from doorstep.rooms.returns.tests.flow_cast import AT, MAYA, asked, bought
from doorstep.rooms.returns.tests.policy_cast import INES, line
from doorstep.rooms.stores.contracts import StoreInfo
from tests.crash.dying import dies

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]
AGAIN = LEASE + timedelta(seconds=1)


@pytest.fixture
def easypost(store: StoreInfo, settings: Any) -> Iterator[Fake]:
    """Fern & Kettle's EasyPost account."""
    with easypost_api() as fake:
        settings.DOORSTEP_EASYPOST_URL = fake.url
        settings.DOORSTEP_OUTBOUND_ALLOW = [fake.url.removeprefix("http://")]
        made = connections.connect_shop(
            kind="easypost", name="EasyPost", secret="s" * 20, by=INES, at=AT
        )
        set_up_labels(
            connection_id=made.id, api_key=API_KEY, name="Fern & Kettle",
            street1="2100 Shattuck Ave", city="Berkeley", state="CA", zip="94704", country="US",
            phone="5105550100", by=INES, at=AT,
        )  # fmt: skip
        yield fake


def wants_code(nth: int = 1) -> ReturnView:
    """Tom sends two kettles back from San Francisco, with a code for the counter."""
    home = IncomingAddress(
        name="Tom Okafor", line1="417 Montgomery Street", city="San Francisco", region="CA",
        postal_code="94104", country_code="US",
    )  # fmt: skip
    kettles = line(quantity=2, sku="K-1")
    order_id = bought(kettles, nth=nth, shipping_address=home, currency="USD")
    return asked(order_id, method=MethodKind.QR_DROP_OFF)


class Survivor:
    """Has an act killed at each of its steps, and begun again by another process."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    @property
    def now(self) -> datetime:
        """Return the moment by which everybody's lease has ended."""
        return AT + AGAIN * (len(self.seen) + 1)

    def __call__(self, act: Callable[[datetime], object], *, deaths: int = 200) -> int:
        """Return how often it died; at most ``deaths`` times, then it is left as it is."""
        for died in count():
            if died == deaths:
                return died
            if not dies(self.seen, partial(act, self.now)):
                return died
        raise AssertionError


def work(at: datetime) -> None:
    """Do what the worker's loops do, until nothing is left."""
    while ask_due(at) + run_until_idle():
        pass


def test_a_label_is_bought_once(easypost: Fake) -> None:
    view = wants_code()
    survive = Survivor()
    assert survive(work) > 10
    found = api.get_return(view.summary.id, at=survive.now)
    assert found.label is not None
    assert found.label.state is LabelState.READY
    assert len(easypost.bought) == 1
    bought_one = easypost.shipments[easypost.bought[0]]
    assert found.label.tracking_number == bought_one["tracking_code"]
    assert len(bought_one["forms"]) == 1
    assert ReturnLabel.objects.get().due_at is None

    api.cancel_return(return_id=view.summary.id, by=MAYA, at=survive.now)
    assert survive(work) > 2
    assert bought_one["refund_status"] == "submitted"
    _is_followed(ReturnLabel.objects.get(), survive.now)


def _is_followed(label: ReturnLabel, at: datetime) -> None:
    """Its price was asked back, and the carrier is asked again tomorrow what it decided."""
    assert label.postage == Postage.ASKED
    assert label.due_at is not None
    assert at < label.due_at <= at + POSTAGE_LOOK


def test_whenever_it_is_canceled_nothing_stays_bought(easypost: Fake) -> None:
    for deaths in count(1):
        view = wants_code(deaths)
        survive = Survivor()
        died = survive(work, deaths=deaths)
        api.cancel_return(return_id=view.summary.id, by=MAYA, at=survive.now)
        work(survive.now)
        row = ReturnLabel.objects.get(authorization=view.summary.id)
        assert row.state == "voided"
        if row.external_id in easypost.bought:
            _is_followed(row, survive.now)
        else:  # it died before anything was bought
            assert (row.postage, row.due_at) == ("", None)
        kept = [
            name
            for name in easypost.bought
            if easypost.shipments[name]["refund_status"] != "submitted"
        ]
        assert not kept, f"bought and kept after {deaths} deaths"
        if died < deaths:
            return  # it came to its end before it could die so often
