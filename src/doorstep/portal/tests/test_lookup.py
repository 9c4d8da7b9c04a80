"""The look-up lets shoppers in and tells guessers nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.rooms.stores.contracts import StoreInfo

PATH = "/s/fern-and-kettle/lookup"
Place = Callable[..., UUID]


def ask(client: Client, number: str, contact: str, **extra: Any) -> Any:
    return client.post(PATH, {"number": number, "contact": contact}, **extra)


def said(response: Any) -> tuple[int, str]:
    """Return status and page without what the guesser typed and what differs each time."""
    page = response.content.decode()
    page = re.sub(r'(nonce|value|name="csrfmiddlewaretoken" value)="[^"]*"', "", page)
    return response.status_code, page


@pytest.mark.parametrize("contact", ["maya@example.com", " MAYA@Example.com ", "111 57", "11157"])
@pytest.mark.parametrize("number", ["#1042", "1042", " #1042 "])
def test_number_and_address_open_the_page(
    client: Client, place: Place, number: str, contact: str
) -> None:
    place()
    response = ask(client, number, contact)
    assert response.status_code == 303
    assert response["Location"].startswith("/o/")
    page = client.get(response["Location"])
    assert page.status_code == 200
    assert b"#1042" in page.content


def test_every_miss_gives_the_same_answer(client: Client, place: Place) -> None:
    place()
    answers = {
        said(ask(client, number, contact))
        for number, contact in [
            ("#1042", "someone@example.com"),
            ("#1042", "99999"),
            ("#9999", "maya@example.com"),
            ("#9999", "99999"),
            ("1042", "maya@example.co"),
            ("'; drop table", "x" * 200),
        ]
    }
    assert len(answers) == 1
    [(status, page)] = answers
    assert status == 422
    assert "We found no order with these." in page


def test_a_miss_costs_the_database_what_a_wrong_address_costs(client: Client, place: Place) -> None:
    place()
    costs = []
    for number, contact in ("#1042", "no@example.com"), ("#9999", "no@example.com"):
        with CaptureQueriesContext(connection) as queries:
            ask(client, number, contact)
        costs.append([re.sub(r"'[^']*'", "?", q["sql"]) for q in queries])
    assert costs[0] == costs[1]


def test_another_stores_order_is_a_miss(
    client: Client, place: Place, other_store: StoreInfo
) -> None:
    place()
    response = client.post(
        "/s/tidewater-books/lookup", {"number": "#1042", "contact": "maya@example.com"}
    )
    assert response.status_code == 422


def test_tries_are_limited_by_number_wherever_they_come_from(client: Client, place: Place) -> None:
    place()
    for attempt in range(8):
        tried = ask(client, "#1042", f"{attempt}@example.com", REMOTE_ADDR=f"203.0.113.{attempt}")
        assert tried.status_code == 422
    # Written another way it is the same number, and the right answer comes too late.
    blocked = ask(client, "10-42", "maya@example.com", REMOTE_ADDR="203.0.113.99")
    assert blocked.status_code == 429
    assert 0 < int(blocked["Retry-After"]) <= 900
    assert "Too many tries" in blocked.content.decode()


@pytest.mark.parametrize("disguise", ["\u0345", "\u200b", "#", " ", "_", "\u202e"])
def test_signs_that_do_not_count_give_no_new_tries(
    client: Client, place: Place, disguise: str
) -> None:
    place()
    for attempt in range(9):
        tried = ask(client, f"10{disguise * attempt}42", f"{attempt}@example.com")
    assert tried.status_code == 429


def test_one_line_with_many_ipv6_addresses_counts_as_one(client: Client, place: Place) -> None:
    place()
    for number in range(31):
        address = f"2001:db8:1:2::{number:x}"
        last = ask(client, f"#{number}", "a@example.com", REMOTE_ADDR=address)
    assert last.status_code == 429


def test_a_number_that_does_not_exist_is_limited_alike(client: Client, store: StoreInfo) -> None:
    statuses = [ask(client, "#777", "a@example.com").status_code for _ in range(9)]
    assert statuses == [422] * 8 + [429]


def test_tries_are_limited_by_address(client: Client, place: Place) -> None:
    place()
    for number in range(30):
        assert ask(client, f"#{number}", "a@example.com").status_code == 422
    assert ask(client, "#1042", "maya@example.com").status_code == 429
    elsewhere = ask(client, "#1042", "maya@example.com", REMOTE_ADDR="203.0.113.7")
    assert elsewhere.status_code == 303


def test_a_right_answer_forgives_the_wrong_ones(client: Client, place: Place) -> None:
    place()
    for _ in range(3):
        for attempt in range(7):
            ask(client, "#1042", f"{attempt}@example.com")
        assert ask(client, "#1042", "maya@example.com").status_code == 303


@pytest.mark.parametrize("missing", ["number", "contact"])
def test_an_empty_field_is_named(client: Client, store: StoreInfo, missing: str) -> None:
    data = {"number": "#1", "contact": "a@example.com"} | {missing: " "}
    response = client.post(PATH, data)
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {missing}


def test_the_form_needs_its_token(place: Place) -> None:
    strict = Client(enforce_csrf_checks=True)
    place()
    assert ask(strict, "#1042", "maya@example.com").status_code == 403


def test_an_unknown_store_is_a_404(client: Client, store: StoreInfo) -> None:
    assert client.get("/s/no-such-shop/lookup").status_code == 404


def test_with_two_stores_the_name_is_needed(
    client: Client, store: StoreInfo, other_store: StoreInfo
) -> None:
    assert client.get("/lookup").status_code == 404  # two stores: which one?


def test_the_only_store_answers_without_its_name(client: Client, store: StoreInfo) -> None:
    assert b"Fern &amp; Kettle" in client.get("/lookup").content


def test_a_store_answers_on_its_own_host(
    client: Client,
    store: StoreInfo,
    other_store: StoreInfo,
    settings: Any,
    change_store: Callable[..., None],
) -> None:
    settings.ALLOWED_HOSTS = ["orders.fern.example"]
    change_store(portal_host="orders.fern.example")
    page = client.get("/lookup", headers={"host": "orders.fern.example:8443"})
    assert b"Fern &amp; Kettle" in page.content
    assert (
        client.get("/s/tidewater-books/lookup", headers={"host": "orders.fern.example"}).status_code
        == 404
    )


def test_a_store_may_have_the_machines_own_name(
    client: Client, store: StoreInfo, other_store: StoreInfo, change_store: Callable[..., None]
) -> None:
    change_store(portal_host="127.0.0.1")
    own = {"headers": {"host": "127.0.0.1:8000"}}
    assert b"Fern &amp; Kettle" in client.get("/lookup", **own).content
    assert client.get("/s/tidewater-books/lookup", **own).status_code == 200
    change_store(portal_host="localhost")  # another name of the machine serves all alike
    other = {"headers": {"host": "localhost:8000"}}
    assert client.get("/s/tidewater-books/lookup", **other).status_code == 200


def test_the_visitors_language(client: Client, store: StoreInfo) -> None:
    page = client.get(PATH, headers={"accept-language": "tlh, es-MX;q=0.9, de;q=0.5"})
    assert "Encuentra tu pedido" in page.content.decode()
