"""Every address of the console, by every role, from every wrong side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client

from doorstep.console import urls
from doorstep.console.tests.doors import DOORS, Door
from doorstep.console.tests.shop import Shop
from doorstep.kernel.actions.permissions import ROLES

READABLE = sorted(name for name, door in DOORS.items() if door.read)
WRITABLE = sorted(name for name, door in DOORS.items() if door.write)
NO_LOGO = {"settings-logo"}  # the demo shop has none: 404 for those who may


def test_every_address_has_an_entry() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} == set(DOORS)


@pytest.mark.parametrize("role", ROLES)
def test_pages_open_by_role(shop: Shop, sign_in: Callable[..., Client], role: str) -> None:
    client = sign_in(role)
    seen = {}
    for name in READABLE:
        door = DOORS[name]
        good = 404 if name in NO_LOGO else 200
        expected = good if door.read in ROLES[role] else 403
        found = client.get(door.url(name, shop.ours.store.slug, shop.ours)).status_code
        if found != expected:
            seen[name] = (found, expected)
    assert seen == {}


@pytest.mark.parametrize("name", WRITABLE)
def test_forms_by_role(shop: Shop, sign_in: Callable[..., Client], name: str) -> None:
    door = DOORS[name]
    url = door.url(name, shop.ours.store.slug, shop.ours)
    # Those who may not come first: a form that is sent once can often not be sent twice.
    refused = [role for role in ROLES if door.write not in ROLES[role]]
    for role in refused:
        assert sign_in(role).post(url, door.data(shop.ours)).status_code == 403, role
    for role in sorted(set(ROLES) - set(refused)):
        with transaction.atomic():
            answer = sign_in(role).post(url, door.data(shop.ours))
            assert answer.status_code == door.sent, role
            transaction.set_rollback(True)


def test_what_is_only_a_form_can_not_be_opened(shop: Shop, sign_in: Callable[..., Client]) -> None:
    client = sign_in("owner")
    for name, door in DOORS.items():
        if not door.read:
            url = door.url(name, shop.ours.store.slug, shop.ours)
            assert client.get(url).status_code == 405, name


def test_signed_out(shop: Shop, db: None) -> None:
    client = Client()
    for name, door in DOORS.items():
        url = door.url(name, shop.ours.store.slug, shop.ours)
        for answer in ([client.get(url)] if door.read else []) + [client.post(url)]:
            if answer.status_code != 405:
                assert answer.status_code == 302, name
                assert answer["Location"].startswith("/console/account/login/?next="), name


def test_a_store_one_is_not_in_is_not_there(shop: Shop, sign_in: Callable[..., Client]) -> None:
    client = sign_in("owner")
    for name, door in DOORS.items():
        for slug in shop.theirs.store.slug, "no-such-store":
            url = door.url(name, slug, shop.theirs)
            found = client.post(url, door.data(shop.theirs)) if door.write else client.get(url)
            assert found.status_code == 404, name


@pytest.mark.parametrize("name", sorted(DOORS))
def test_things_of_another_store_are_not_there(
    shop: Shop, sign_in: Callable[..., Client], name: str
) -> None:
    door: Door = DOORS[name]
    if door.args(shop.ours) == door.args(shop.theirs):
        return  # this address names no object
    client = sign_in("owner")
    url = door.url(name, shop.ours.store.slug, shop.theirs)
    if door.read:
        assert client.get(url).status_code == 404
    if door.write:
        answer = client.post(url, door.data(shop.ours))
        assert answer.status_code == (302 if door.says_gone else 404)


def test_forged_ids_in_forms(shop: Shop, sign_in: Callable[..., Client]) -> None:
    client, slug, theirs = sign_in("owner"), shop.ours.store.slug, shop.theirs
    for name, data, status in (
        ("customers-merge", {"other": theirs.other_customer}, 422),
        (
            "stock-adjust",
            {**DOORS["stock-adjust"].data(shop.ours), "location_id": theirs.location},
            404,
        ),
        ("stock-safety", {"quantity": 3, "variant": theirs.variant}, 302),
        ("messages-suppressions", {"lift": theirs.suppression}, 404),
    ):
        url = DOORS[name].url(name, slug, shop.ours)
        assert client.post(url, data).status_code == status, name


def test_every_form_needs_its_token(shop: Shop, sign_in: Callable[..., Client]) -> None:
    client = sign_in("owner", enforce_csrf_checks=True)
    for name in WRITABLE:
        url = DOORS[name].url(name, shop.ours.store.slug, shop.ours)
        answer = client.post(url, DOORS[name].data(shop.ours))
        assert answer.status_code == 403, name
        assert b"expired" in answer.content


BAD = {
    "long": "x" * 20_000,
    "nul": "a\x00b",
    "number": "-99999999999999999999",
    "markup and other writing": "<script>alert(1)</script> שלום ‮abc 漢字 😀",
    "nothing": "",
}


@pytest.mark.parametrize("bad", BAD)
def test_no_form_breaks(shop: Shop, sign_in: Callable[..., Client], bad: str) -> None:
    client = sign_in("owner")
    for name in WRITABLE:
        door = DOORS[name]
        good = door.data(shop.ours)
        url = door.url(name, shop.ours.store.slug, shop.ours)
        for field in good:
            answer = client.post(url, {**good, field: BAD[bad]})
            assert answer.status_code < 500, (name, field)


@pytest.mark.parametrize("bad", BAD)
def test_no_address_breaks(shop: Shop, sign_in: Callable[..., Client], bad: str) -> None:
    client = sign_in("owner")
    names = ("q", "after", "before", "state", "hold", "paid", "channel", "customer", "since", "until",
             "tag", "status", "open", "order", "language", "part")  # fmt: skip
    for name in READABLE:
        url = DOORS[name].url(name, shop.ours.store.slug, shop.ours)
        asked = dict.fromkeys(names, BAD[bad])
        status = client.get(url, asked).status_code
        assert status < 500, name
        # A bad cursor leads back, a bad id is not there: what is read after that is read alone.
        for left_out in ("after", "open") if status != 200 else ():
            less = {one: BAD[bad] for one in names if one != left_out}
            assert client.get(url, less).status_code < 500, (name, left_out)


def test_people_without_a_store(shop: Shop, db: None) -> None:
    user: Any = get_user_model().objects.create(email="lone@example.com")
    client = Client()
    client.force_login(user)
    answer = client.get("/console/")
    assert answer.status_code == 403
    assert b"no store" in answer.content
