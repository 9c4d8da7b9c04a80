"""Coming in: by password, by a second factor, by invitation, as one of the demo's cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client

from doorstep.console.signin.views import invitation_token
from doorstep.console.tests.shop import ROLE_EMAILS, Shop
from doorstep.demo.api import SEEDER
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.stores import api as stores

PASSWORD = "a kettle full of ferns"


@pytest.fixture(autouse=True)
def _no_tries_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def person(shop: Shop, db: None) -> Any:
    """Marco, with a password."""
    user = get_user_model().objects.get(email=ROLE_EMAILS["manager"])
    user.set_password(PASSWORD)
    user.save()
    return user


def _log_in(client: Client, person: Any, password: str = PASSWORD, **more: str) -> Any:
    return client.post(
        "/console/account/login/", {"login": person.email, "password": password, **more}
    )


def test_by_password(person: Any, shop: Shop) -> None:
    client = Client()
    assert _log_in(client, person).headers["Location"] == "/console/"
    answer = client.get("/console/", follow=True)
    assert answer.redirect_chain[-1][0] == f"/console/{shop.ours.store.slug}/"


def test_a_wrong_password_is_said_in_plain_words(person: Any) -> None:
    text = _log_in(Client(), person, "no").content.decode()
    assert "not correct" in text


def test_guessing_is_limited_in_plain_words(person: Any) -> None:
    client = Client()
    texts = [_log_in(client, person, "no").content.decode() for _ in range(12)]
    assert "Too many" in texts[-1]
    assert "Too many" in _log_in(client, person).content.decode()


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"],
)
def test_signing_in_leads_nowhere_else(person: Any, shop: Shop, elsewhere: str) -> None:
    answer = _log_in(Client(), person, next=elsewhere)
    assert answer.headers["Location"] == "/console/"
    answer = Client().post(
        "/console/demo/session/", {"email": ROLE_EMAILS["owner"], "next": elsewhere}
    )
    assert answer.headers["Location"] == "/console/"


def test_signing_in_leads_back(person: Any, shop: Shop) -> None:
    wanted = f"/console/{shop.ours.store.slug}/stock/"
    assert _log_in(Client(), person, next=wanted).headers["Location"] == wanted


def test_totp_and_recovery_codes(person: Any) -> None:
    client = Client()
    _log_in(client, person)
    activate = "/console/account/2fa/totp/activate/"
    asked = client.get(activate)
    assert asked.headers["Location"].startswith("/console/account/reauthenticate/")
    client.post(asked.headers["Location"], {"password": PASSWORD})
    page = client.get(activate)
    assert page.status_code == 200
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    wrong = client.post(activate, {"code": "000000"})
    assert wrong.status_code == 200
    assert "Incorrect code" in wrong.content.decode()
    done = client.post(activate, {"code": _code(secret)}, follow=True)
    codes = client.get("/console/account/2fa/recovery-codes/").content.decode()
    assert done.status_code == 200
    assert "Unused codes" in codes
    recovery = codes.split("<textarea")[1].split(">")[1].split("</textarea")[0].split()[0]

    for code in recovery, "000000":
        fresh = Client()
        assert _log_in(fresh, person).headers["Location"].startswith("/console/account/2fa/auth")
        assert fresh.get("/console/").status_code == 302  # not in yet
        answer = fresh.post("/console/account/2fa/authenticate/", {"code": code})
        assert (answer.status_code == 302) is (code == recovery)
    assert client.get("/console/account/2fa/").status_code == 200


def _code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


@pytest.mark.parametrize(
    "path",
    ["login/", "logout/", "signup/", "password/reset/", "password/change/", "password/set/",
     "email/", "2fa/", "2fa/totp/activate/", "reauthenticate/", "inactive/"],
)  # fmt: skip
def test_account_pages_open(person: Any, path: str) -> None:
    client = Client()
    if path not in {"login/", "signup/", "password/reset/"}:
        _log_in(client, person)
    answer = client.get(f"/console/account/{path}", follow=True)
    assert answer.status_code == 200
    assert "design/tokens.css" in answer.content.decode()


def test_an_invitation_is_good_once(shop: Shop, db: None) -> None:
    with store_scope(shop.ours.store.id):
        member = stores.add_member(
            email="nele@fern.example", name="Nele", role="support", by=SEEDER, at=now()
        )
    user: Any = get_user_model().objects.get(id=member.user_id)
    url = f"/console/join/{invitation_token(user)}/"
    client = Client()
    assert "nele@fern.example" in client.get(url).content.decode()
    short = client.post(url, {"name": "Nele", "password": "short"})
    assert "at least 10" in short.content.decode()
    assert client.post(url, {"name": "Nele", "password": PASSWORD}).status_code == 302
    assert client.get("/console/", follow=True).status_code == 200
    assert Client().get(url).status_code == 410
    assert Client().get("/console/join/forged/").status_code == 410


def test_only_a_demos_cast_comes_in_with_a_click(shop: Shop, db: None) -> None:
    for email in "tess@tidewater.example", "nobody@example.com", "", "\x00":
        client = Client()
        assert client.post("/console/demo/session/", {"email": email}).status_code == 404
        assert "_auth_user_id" not in client.session
    # Somebody of the cast who also works for a real shop keeps the password.
    with store_scope(shop.theirs.store.id):
        stores.add_member(
            email=ROLE_EMAILS["owner"], name="Ines", role="support", by=SEEDER, at=now()
        )
    answer = Client().post("/console/demo/session/", {"email": ROLE_EMAILS["owner"]})
    assert answer.status_code == 404


def test_no_demo_no_door(shop: Shop, db: None, django_user_model: Any) -> None:
    from doorstep.rooms.stores.models.store import Store

    Store.objects.filter(id=shop.ours.store.id).update(is_demo=False)
    assert Client().get("/console/demo/").status_code == 404
    answer = Client().post("/console/demo/session/", {"email": ROLE_EMAILS["owner"]})
    assert answer.status_code == 404


def test_a_link_of_another_team_can_not_be_made(shop: Shop, sign_in: Callable[..., Client]) -> None:
    url = f"/console/{shop.ours.store.slug}/settings/team/{shop.theirs.member}/"
    assert sign_in("owner").post(url, {"do": "link"}).status_code in {302, 404}
