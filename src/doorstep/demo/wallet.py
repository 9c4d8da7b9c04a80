"""Stored value of the demo shop: Maya's credit, one part of it ending, and gift cards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from doorstep.demo.agenda import SEEDER
from doorstep.demo.cast import JONAS, MAYA
from doorstep.rooms.customers import api as customers
from doorstep.rooms.wallet import api as wallet

_DAY = timedelta(days=1)


def make_wallets(at: datetime) -> None:
    """Give credit, let some be spent, issue cards: for the counter and for a birthday to come."""
    maya, jonas = (customers.find_customer_by_email(p.email) for p in (MAYA, JONAS))
    assert maya is not None
    assert jonas is not None
    for amount, cause, words, ago, lasts in (
        (2500, "demo:credit:cup", "A cup arrived chipped", 120, None),
        (1000, "demo:credit:late", "Your parcel was late, sorry", 40, 50),
        (-800, "demo:spend:1038", "Paid at the checkout, order #1038", 30, None),
        (1500, "demo:credit:thanks", "Thank you for your patience", 10, 190),
    ):
        when: dict[str, Any] = {"by": SEEDER, "at": at - ago * _DAY}
        what: dict[str, Any] = {
            "customer_id": maya.id,
            "currency": "EUR",
            "cause": cause,
            "words": words,
        }
        if amount < 0:
            wallet.spend_credit(amount_minor=-amount, **what, **when)
            continue
        ends = when["at"] + lasts * _DAY if lasts else None
        wallet.issue_credit(amount_minor=amount, expires_at=ends, **what, **when)
    wallet.issue_gift_card(
        currency="EUR", amount_minor=5000, cause="demo:card:jonas", buyer_id=maya.id,
        recipient_name="Jonas", recipient_email=JONAS.email, recipient_locale="de",
        recipient_time_zone="Europe/Berlin", sender_name="Maya",
        words="Happy birthday! For the next pot of tea.", send_on=(at + 6 * _DAY).date(),
        by=SEEDER, at=at - 2 * _DAY,
    )  # fmt: skip
    counter = wallet.issue_gift_card(
        currency="EUR", amount_minor=3000, cause="demo:card:counter", by=SEEDER, at=at - 200 * _DAY
    )
    wallet.spend_gift_card(
        code=counter.code, currency="EUR", amount_minor=1250, cause="demo:spend:counter",
        words="Paid at the counter", by=SEEDER, at=at - 20 * _DAY,
    )  # fmt: skip
    lost = wallet.issue_gift_card(
        currency="EUR", amount_minor=2500, cause="demo:card:lost", recipient_name="Rose",
        expires_at=at + 900 * _DAY, by=SEEDER, at=at - 90 * _DAY,
    )  # fmt: skip
    wallet.disable_gift_card(
        gift_card_id=lost.id, reason="Lost on the way home", by=SEEDER, at=at - 60 * _DAY
    )
