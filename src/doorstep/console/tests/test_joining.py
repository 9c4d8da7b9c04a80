"""Links that set a password: whose they are, what they open, and when they stop working."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from doorstep.console.tests.shop import Shop
from doorstep.demo.api import SEEDER
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.stores import api as stores

PASSWORD = {"name": "Nele", "password": "a sentence nobody guesses"}


def _add(client: Client, shop: Shop, email: str) -> tuple[int, str]:
    """Add a person to our team; return the status and the link, "" when there is none."""
    url = reverse("console:settings-team", args=[shop.ours.store.slug])
    answer = client.post(url, {"email": email, "name": "Nele", "role": "support"})
    found = re.search(r"/console/join/[^<\"\s]+", answer.content.decode())
    return answer.status_code, found[0] if found else ""


def _person(email: str) -> Any:
    return get_user_model().objects.get(email=email)


def test_a_new_person_joins_once(shop: Shop, sign_in: Callable[..., Client]) -> None:
    status, link = _add(sign_in("owner"), shop, "nele@fern.example")
    assert (status, bool(link)) == (200, True)
    newcomer = Client()
    assert newcomer.get(link).headers["Cache-Control"].endswith("private")
    assert newcomer.post(link, PASSWORD).status_code == 302
    assert newcomer.get("/console/", follow=True).status_code == 200
    assert Client().post(link, PASSWORD).status_code == 410


def test_adding_the_people_of_another_store_gives_no_link_to_them(
    shop: Shop, sign_in: Callable[..., Client]
) -> None:
    client = sign_in("owner")
    assert _add(client, shop, "tess@tidewater.example") == (200, "")
    url = reverse(
        "console:settings-member", args=[shop.ours.store.slug, _person("tess@tidewater.example").id]
    )
    answer = client.post(url, {"do": "link"})
    assert b"/console/join/" not in answer.content
    assert "a team that is not yours" in answer.content.decode()


def test_a_link_is_void_once_the_person_is_in_another_store_too(
    shop: Shop, sign_in: Callable[..., Client]
) -> None:
    _status, link = _add(sign_in("owner"), shop, "nele@fern.example")
    with store_scope(shop.theirs.store.id):
        stores.add_member(email="nele@fern.example", name="Nele", role="owner", by=SEEDER, at=now())
    assert Client().post(link, PASSWORD).status_code == 410


def test_the_owner_of_all_of_a_persons_stores_may_make_a_link(
    shop: Shop, sign_in: Callable[..., Client]
) -> None:
    ines = _person("ines@fernandkettle.example")
    with store_scope(shop.theirs.store.id):
        stores.add_member(email=ines.email, name="", role="owner", by=SEEDER, at=now())
        stores.add_member(email="nele@fern.example", name="", role="owner", by=SEEDER, at=now())
    _status, link = _add(sign_in("owner"), shop, "nele@fern.example")
    assert Client().post(link, PASSWORD).status_code == 302


def test_a_link_does_not_replace_the_second_factor(
    shop: Shop, sign_in: Callable[..., Client]
) -> None:
    _status, link = _add(sign_in("owner"), shop, "nele@fern.example")
    TOTP.activate(_person("nele@fern.example"), generate_totp_secret())
    client = Client()
    assert client.post(link, PASSWORD)["Location"] == reverse("account_login")
    assert client.get("/console/")["Location"].startswith(reverse("account_login"))


def test_the_seed_of_the_codes_is_stored_encrypted(
    shop: Shop, sign_in: Callable[..., Client]
) -> None:
    seed = generate_totp_secret()
    factor = TOTP.activate(_person("ines@fernandkettle.example"), seed).instance
    assert seed not in str(factor.data)
    code = format_hotp_value(hotp_value(seed, next(yield_hotp_counters_from_time())))
    assert TOTP(factor).validate_code(code)


def test_pages_about_people_are_kept_nowhere(shop: Shop, sign_in: Callable[..., Client]) -> None:
    page = sign_in("owner").get(reverse("console:customers", args=[shop.ours.store.slug]))
    assert page["Cache-Control"] == "private, no-store"


def test_a_link_is_not_given_to_managers(shop: Shop, sign_in: Callable[..., Client]) -> None:
    url = reverse("console:settings-member", args=[shop.ours.store.slug, shop.ours.member])
    assert sign_in("manager").post(url, {"do": "link"}).status_code == 403


def test_a_manager_makes_no_key_that_may_more_than_a_manager(
    shop: Shop, sign_in: Callable[..., Client]
) -> None:
    url = reverse("console:settings-api-keys", args=[shop.ours.store.slug])
    key = {"name": "Till", "scopes": ["orders.view", "staff.edit"]}
    assert sign_in("manager").post(url, key).status_code == 403
    assert sign_in("owner").post(url, key).status_code == 200
