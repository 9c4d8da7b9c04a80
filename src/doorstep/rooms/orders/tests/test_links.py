"""A link opens one order for a while, and nothing else ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kernel.errors import NotFound
from doorstep.kernel.ids import new_id
from doorstep.rooms.orders import links

AT = datetime(2026, 11, 20, 9, 30, 17, tzinfo=UTC)


@dataclass(frozen=True)
class Shop:
    """As much of a store as a link needs."""

    id: Any
    portal_host: str = ""
    order_link_days: int = 180


def test_a_link_names_store_order_and_minute() -> None:
    store_id, order_id = new_id(), new_id()
    token = links.order_page_token(store_id, order_id, at=AT)
    assert links.read_order_page_token(token) == (store_id, order_id, AT.replace(second=0))


def test_a_link_is_made_of_characters_that_survive_mail_programs() -> None:
    token = links.order_page_token(new_id(), new_id(), at=AT)
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert len(token) < 110


@given(st.text(max_size=120))
def test_made_up_links_open_nothing(text: str) -> None:
    with pytest.raises(NotFound):
        links.read_order_page_token(text)


def test_any_changed_character_closes_the_link() -> None:
    token = links.order_page_token(new_id(), new_id(), at=AT)
    for place, letter in enumerate(token[:-1]):  # the last one holds two bits that do not count
        changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        with pytest.raises(NotFound):
            links.read_order_page_token(changed)


def test_another_key_opens_nothing_and_an_old_key_still_reads(settings: Any) -> None:
    token = links.order_page_token(new_id(), new_id(), at=AT)
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another-key-of-this-test-" * 3
    with pytest.raises(NotFound):
        links.read_order_page_token(token)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert links.read_order_page_token(token)


def test_a_link_ends_after_the_stores_days() -> None:
    shop: Any = Shop(new_id(), order_link_days=30)
    links.check_order_link(shop, AT, at=AT + timedelta(days=30))
    with pytest.raises(links.OrderLinkExpired) as refused:
        links.check_order_link(shop, AT, at=AT + timedelta(days=30, minutes=1))
    assert refused.value.store_id == shop.id


def test_the_address_is_on_the_stores_own_domain() -> None:
    shop: Any = Shop(new_id(), portal_host="orders.fern-and-kettle.example")
    url = links.order_page_url(shop, new_id(), at=AT)
    assert url.startswith("https://orders.fern-and-kettle.example/o/")
