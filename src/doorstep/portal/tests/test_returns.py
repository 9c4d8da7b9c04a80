"""A return on the shopper's pages: three steps and a summary, and every rule judged on the server."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from PIL import Image

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.languages import LANGUAGES
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.tests.cast import MAYA, line, order
from doorstep.rooms.returns import api as returns
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
BY = Actor.system("portal.tests")


@pytest.fixture
def shop(store: StoreInfo) -> Iterator[StoreInfo]:
    ensure_cursors()
    with store_scope(store.id):
        yield store


@pytest.fixture
def delivered(shop: StoreInfo) -> UUID:
    """An order that went out a week ago."""
    at = timezone.now()
    placed = order(
        lines=[line("TEA", quantity=2), line("POT", price=2500)],
        placed_at=at - timedelta(days=9),
        version_at=at - timedelta(days=7),
        fulfilled_at=at - timedelta(days=7),
    )
    [made] = orders.record_orders(
        [placed], sales_channel="shopify", connection_id=None, mode="history", by=BY, at=at
    )
    run_until_idle()
    return made.order_id


def address(store: StoreInfo, order_id: UUID) -> str:
    url = orders.order_page_url(store, order_id, at=timezone.now())
    return "/o/" + url.rsplit("/o/", 1)[1]


def fields(html: str) -> dict[str, str]:
    """Return what a browser would send: the hidden fields of a step."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return dict(found)


def choose(client: Client, here: str, order_id: UUID, **more: str) -> Any:
    """Take the first step: one tea that is too small."""
    tea = orders.get_order(order_id).lines[0].id
    reasons = returns.reasons_for([tea], at=timezone.now())[tea]
    code = (reasons[-1].children or reasons)[-1].code
    start = client.get(here).content.decode()
    given = fields(start) | {f"q_{tea}": "1", f"r_{tea}": code, "step": "terms"}
    return client.post(here, given | more)


def test_three_steps_and_a_summary(client: Client, shop: StoreInfo, delivered: UUID) -> None:
    here = address(shop, delivered) + "/return"
    terms = choose(client, here, delivered)
    assert terms.status_code == 200, terms.content.decode()[-3000:]
    html = terms.content.decode()
    assert 'value="refund"' in html
    assert "€10.00" in html
    method = re.findall(r'name="method" value="([a-z_]+)"', html)[0]
    summary = client.post(
        here, fields(html) | {"outcome": "refund", "method": method, "step": "summary"}
    )
    assert summary.status_code == 200, summary.content.decode()[-3000:]
    given = fields(summary.content.decode()) | {"step": "send"}
    sent = client.post(here, given)
    again = client.post(here, given)
    assert sent.status_code == again.status_code == 303, sent.content.decode()[-3000:]
    assert sent["Location"] == again["Location"]  # the same form twice is one return
    page = client.get(sent["Location"])
    assert page.status_code == 200
    [view] = returns.list_returns_of([delivered], at=timezone.now())[delivered]
    assert view.summary.pieces == 1
    assert view.summary.number in page.content.decode()
    card = client.get(address(shop, delivered)).content.decode()
    assert view.summary.number in card


@pytest.mark.parametrize(
    "wrong",
    [
        {"q": "3"},
        {"q": "0"},
        {"q": "-1"},
        {"q": "many"},
        {"r": ""},
        {"r": "not_a_reason"},
    ],
)
def test_a_wrong_choice_is_said_and_nothing_moves(
    client: Client, shop: StoreInfo, delivered: UUID, wrong: dict[str, str]
) -> None:
    here = address(shop, delivered) + "/return"
    tea = orders.get_order(delivered).lines[0].id
    more = {f"{name}_{tea}": value for name, value in wrong.items()}
    answer = choose(client, here, delivered, **more)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert not returns.list_returns_of([delivered], at=timezone.now())


@pytest.mark.parametrize("outcome", ["repair", "gold", ""])
def test_an_outcome_that_is_not_offered_is_refused(
    client: Client, shop: StoreInfo, delivered: UUID, outcome: str
) -> None:
    here = address(shop, delivered) + "/return"
    html = choose(client, here, delivered).content.decode()
    given = fields(html) | {"outcome": outcome, "method": "label", "step": "send"}
    answer = client.post(here, given)
    assert answer.status_code == 422
    assert not returns.list_returns_of([delivered], at=timezone.now())


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_confirmation_says_what_the_policy_page_says(
    client: Client, shop: StoreInfo, language: str
) -> None:
    at = timezone.now()
    placed = order(
        lines=[line("TEA")], placed_at=at, version_at=at, person=replace(MAYA, locale=language)
    )
    [made] = orders.record_orders(
        [placed], sales_channel="shopify", connection_id=None, by=BY, at=at
    )
    run_until_idle()
    [message] = messaging.list_messages(subject=f"order:{made.order_id}").items
    mail = messaging.get_message(message.id, at=at)
    address = re.findall(r"https?://[^/\s]+(/s/\S+/returns-policy\?lang=\w+)", mail.text)[0]
    page = unescape(client.get(address).content.decode())
    assert f'lang="{language}"' in page
    with translation.override(language):
        said = returns.policy_text(at=at, locale=language)
    assert said.summary in mail.text
    assert said.summary in unescape(mail.html)
    told = [words for words in said.sections[0].lines if words in said.summary]
    assert len(told) >= 3  # until when, what one can choose, who pays the way back
    assert all(words in page for words in told)


def test_another_orders_return_is_not_shown(
    client: Client, shop: StoreInfo, delivered: UUID
) -> None:
    answer = client.get(address(shop, delivered) + "/returns/R-1")
    assert answer.status_code == 404
    assert client.get("/o/forged/return").status_code == 404
    assert client.get("/returns/photos/forged").status_code == 404
    assert client.get("/returns/labels/forged").status_code == 404


def test_a_picture_is_kept_as_a_jpeg_of_ours(
    client: Client, shop: StoreInfo, delivered: UUID
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (3000, 1000), "green").save(out, "PNG")
    photo = returns.add_photo(order_id=delivered, data=out.getvalue(), by=BY, at=timezone.now())
    answer = client.get(photo.url)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(answer.content)).size == (2000, 667)


def test_withdrawal_is_taken_whatever_it_names(
    client: Client, shop: StoreInfo, delivered: UUID
) -> None:
    here = f"/s/{shop.slug}/withdraw"
    assert "Withdraw from contract here" in client.get(here).content.decode()
    given = {"name": "Maya", "order_number": "#9999", "contact": "maya@example.com", "text": ""}
    check = client.post(here, given | {"step": "check"})
    assert "Confirm withdrawal" in check.content.decode()
    done = client.post(here, given | {"step": "confirm"})
    assert done.status_code == 200
    known = client.post(here, given | {"order_number": "#1001", "step": "confirm"})
    own = re.compile(r'W-\d+|#\d+|\d+:\d+|nonce="[^"]+"')
    assert own.sub("", known.content.decode()) == own.sub("", done.content.decode())
    bad = client.post(here, {"name": "", "step": "confirm"})
    assert bad.status_code == 422


def test_an_orders_page_asks_little_about_returns(
    client: Client, shop: StoreInfo, delivered: UUID
) -> None:
    here = address(shop, delivered)
    assert f"{here}/return" in client.get(here).content.decode()
    with CaptureQueriesContext(connection) as queries:
        client.get(here)
    assert len(queries) <= 16, [q["sql"][:90] for q in queries]


def test_what_is_still_here_cannot_be_sent_back(client: Client, shop: StoreInfo) -> None:
    at = timezone.now()
    placed = order(placed_at=at - timedelta(hours=1), version_at=at)
    [made] = orders.record_orders(
        [placed], sales_channel="shopify", connection_id=None, by=BY, at=at
    )
    here = address(shop, made.order_id)
    page = client.get(here).content.decode()
    assert f"{here}/return" not in page
    assert f"/s/{shop.slug}/withdraw" in page


def test_the_policy_is_a_page(client: Client, shop: StoreInfo) -> None:
    answer = client.get(f"/s/{shop.slug}/returns-policy")
    assert answer.status_code == 200
    assert "30" in answer.content.decode()


def test_a_number_that_can_be_none_is_a_404(
    client: Client, shop: StoreInfo, delivered: UUID
) -> None:
    for number in ("R-1", "%00", "R-1%00"):
        assert client.get(f"{address(shop, delivered)}/returns/{number}").status_code == 404


def test_the_same_form_twice_is_one_return_also_when_nothing_is_left(
    client: Client, shop: StoreInfo, delivered: UUID
) -> None:
    here = address(shop, delivered) + "/return"
    tea = orders.get_order(delivered).lines[0].id
    html = choose(client, here, delivered, **{f"q_{tea}": "2"}).content.decode()
    method = re.findall(r'name="method" value="([a-z_]+)"', html)[0]
    given = fields(html) | {"outcome": "refund", "method": method, "step": "send"}
    for wrong in ({"key": "a\x00"}, {f"n_{tea}": "a\x00b"}):
        assert client.post(here, given | wrong).status_code == 422
    sent, again = client.post(here, given), client.post(here, given)
    assert sent.status_code == again.status_code == 303, again.content.decode()[-3000:]
    assert sent["Location"] == again["Location"]
    assert client.post(here, given | {"key": "another tab"}).status_code == 422
    assert len(returns.list_returns_of([delivered], at=timezone.now())[delivered]) == 1


def test_what_is_wrong_with_a_picture_is_said(
    client: Client, shop: StoreInfo, delivered: UUID
) -> None:
    here = address(shop, delivered) + "/return"
    tea = orders.get_order(delivered).lines[0].id
    html = choose(client, here, delivered, **{f"r_{tea}": "damaged_in_transit"}).content.decode()
    script = SimpleUploadedFile("a.jpg", b"<svg><script>alert(1)</script></svg>", "image/jpeg")
    given = fields(html) | {"outcome": "refund", "step": "summary", f"f_{tea}": script}
    answer = client.post(here, given)
    assert answer.status_code == 422
    assert "This is no photo we can open" in answer.content.decode()
