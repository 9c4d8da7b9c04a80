from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from dev.fakes.stripe_api import API_KEY, Fake, stripe_api
from doorstep.connectors.base import receive
from doorstep.connectors.base.intake.working import work_off
from doorstep.connectors.payments.connecting import connect_stripe
from doorstep.connectors.payments.stripe.signature import sign
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.rooms.stores.contracts import StoreInfo

SECRET = "whsec_fern_and_kettle"
INES = Actor("user", "ines", "Ines", role="owner")


@pytest.fixture
def stripe(settings: Any) -> Iterator[Fake]:
    """A Stripe of our own, which the connector is pointed at."""
    receive._doors.clear()
    with stripe_api() as fake:
        settings.DOORSTEP_STRIPE_URL = fake.url
        settings.DOORSTEP_OUTBOUND_ALLOW = [fake.url.removeprefix("http://")]
        yield fake


@pytest.fixture
def account(store: StoreInfo, stripe: Fake) -> Any:
    """Fern & Kettle's Stripe account, connected."""
    return connect_stripe(api_key=API_KEY, webhook_secret=SECRET, by=INES, at=now())


@pytest.fixture
def hear(account: Any, stripe: Fake) -> Callable[..., list[int]]:
    """Take in what Stripe has to tell, through the real door; returns the statuses."""

    def take(*, times: int = 1, backwards: bool = False) -> list[int]:
        waiting, stripe.events = stripe.events, []
        answers = []
        for event in reversed(waiting) if backwards else waiting:
            body = json.dumps(event, indent=2).encode()
            for _ in range(times):
                header = sign(body, SECRET, at=int(now().timestamp()))
                answer = Client().post(
                    f"/hooks/{account}", body, content_type="application/json",
                    HTTP_STRIPE_SIGNATURE=header,
                )  # fmt: skip
                answers.append(answer.status_code)
        while work_off(now()):
            pass
        return answers

    return take
