"""The preference centre: a look changes nothing, a choice is saved with its words, and undone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.actions.second_words import confirmation_token
from doorstep.rooms.messaging.contracts import MessageRequest, Purpose
from doorstep.rooms.messaging.identity import preferences_token
from doorstep.rooms.messaging.models import Consent, Message, SignUp, Suppression
from doorstep.rooms.messaging.preference_jobs import send_preferences_link
from doorstep.rooms.stores.contracts import StoreInfo

BY = Actor.system("portal.tests")
SIGN_UP = "/s/fern-and-kettle/newsletter"


@pytest.fixture
def maya(store: StoreInfo, now: datetime) -> UUID:
    """Maya, known by e-mail and phone."""
    claim = PersonClaim(email="maya@example.com", phone="+46701234567", name="Maya", locale="en")
    return customers.resolve_customers([claim], at=now)[0]


@pytest.fixture
def page(store: StoreInfo, maya: UUID, now: datetime) -> str:
    """The path of Maya's choices."""
    return f"/s/fern-and-kettle/preferences/{messaging.center_token(maya, at=now)}"


def state(maya: UUID) -> tuple[Any, ...]:
    said = sorted((c.channel, c.purpose, c.topic, c.state) for c in messaging.list_consents(maya))
    return tuple(said), Suppression.objects.filter(lifted_at=None).count()


def test_topics_are_chosen_with_their_words(client: Client, page: str, maya: UUID) -> None:
    response = client.post(page, {"do": "topics", "topic": ["email:newsletter", "email:tips"]})
    assert response.status_code == 200
    said = {(c.channel, c.topic): c for c in messaging.list_consents(maya) if c.topic}
    assert said["email", "newsletter"].state == "granted"
    assert said["email", "reviews"].state == "withdrawn"
    wording = said["email", "newsletter"].wording
    assert wording is not None
    assert wording.text.startswith("Newsletter: News from the shop")
    assert said["email", "newsletter"].proof["url"].endswith("/s/fern-and-kettle/preferences")
    # SMS has nothing ticked: it is unsubscribed
    [stopped] = Suppression.objects.filter(lifted_at=None)
    assert (stopped.channel, stopped.reason) == ("sms", "unsubscribe")


def test_everything_ends_with_one_click_and_comes_back(
    client: Client, page: str, maya: UUID
) -> None:
    client.post(page, {"do": "topics", "topic": ["email:newsletter", "sms:offers"]})
    before = center(page)
    response = client.post(page, {"do": "nothing"})
    assert "You are unsubscribed" in response.content.decode()
    assert center(page).nothing
    undo = response.context["undo"]
    client.post(page, {"do": "undo", "undo": undo})
    assert center(page).topics == before.topics
    assert client.post(page, {"do": "undo", "undo": undo[:-1]}).status_code == 422


def center(page: str) -> Any:
    from doorstep.kernel.clock import now

    return messaging.get_preference_center(page.rpartition("/")[2], locale="en", at=now())


def test_a_break_and_its_end(client: Client, page: str, maya: UUID, now: datetime) -> None:
    client.post(page, {"do": "break-30"})
    [pause] = messaging.list_pauses(customer_id=maya, at=now + timedelta(minutes=5))
    assert (pause.reason, pause.is_active) == ("asked_for", True)
    client.post(page, {"do": "break-90"})
    assert len(messaging.list_pauses(customer_id=maya, at=now)) == 1
    client.post(page, {"do": "break-0"})
    [pause] = messaging.list_pauses(customer_id=maya, at=now + timedelta(minutes=5))
    assert not pause.is_active


def test_about_oneself(client: Client, page: str, maya: UUID) -> None:
    client.post(page, {"do": "about", "language": "de", "day": "29", "month": "2", "holiday": ""})
    person = customers.get_customer(maya)
    assert (person.locale, str(person.birthday)) == ("de", "--02-29")
    wrong = {"do": "about", "language": "de", "day": "31", "month": "2", "holiday": ""}
    assert client.post(page, wrong).status_code == 422
    shown = client.get(page).content.decode()  # messages get forwarded: the day is not shown
    assert '<option value="29" selected>' not in shown
    client.post(page, {"do": "about", "language": "de", "forget_birthday": "on", "holiday": ""})
    assert customers.get_customer(maya).birthday is None


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    looks=st.lists(
        st.sampled_from(
            ["?", "?do=nothing", "?lang=ar&do=topics", "?undo=x&do=undo", "?do=break-30"]
        ),
        max_size=4,
    ),
    method=st.sampled_from(["get", "head"]),
)
def test_no_look_changes_anything(
    client: Client, store: StoreInfo, page: str, maya: UUID, now: datetime, looks: list[str],
    method: str,
) -> None:  # fmt: skip
    client.post(SIGN_UP, {"email": "amelie@example.com"})
    waiting = SignUp.objects.get()
    confirm = f"{SIGN_UP}/{confirmation_token(store.id, waiting.id, at=now)}"
    before = state(maya), Consent.objects.count(), Message.objects.count()
    for look in looks:
        for path in (page, confirm, SIGN_UP, "/s/fern-and-kettle/preferences"):
            assert getattr(client, method)(path + look).status_code == 200
    assert (state(maya), Consent.objects.count(), Message.objects.count()) == before
    waiting.refresh_from_db()
    assert waiting.confirmed_at is None


def test_sign_up_says_the_same_of_everybody(client: Client, store: StoreInfo, maya: UUID) -> None:
    pages = []
    for email in ("maya@example.com", "nobody@example.com"):
        response = Client(enforce_csrf_checks=True).post(SIGN_UP, {"email": email})
        content = re.sub(rb'nonce="[^"]*"', b"", response.content)
        pages.append((response.status_code, content))
    assert pages[0] == pages[1]
    assert client.post(SIGN_UP, {"email": "x"}).status_code == 422
    client.post(SIGN_UP, {"email": "bot@example.com", "website": "x"})
    assert not SignUp.objects.filter(address_key="bot@example.com").exists()


def test_confirming_takes_a_button(client: Client, store: StoreInfo, now: datetime) -> None:
    client.post(SIGN_UP, {"email": "amelie@example.com", "locale": "fr"})
    path = f"{SIGN_UP}/{confirmation_token(store.id, SignUp.objects.get().id, at=now)}"
    assert Consent.objects.count() == 0
    first, second = client.post(path), client.post(path)
    assert first.status_code == second.status_code == 200
    assert Consent.objects.count() == 1
    assert client.get(f"{SIGN_UP}/forged").status_code == 404


def test_too_many_sign_ups_are_refused(client: Client, store: StoreInfo) -> None:
    answers = [client.post(SIGN_UP, {"email": "amelie@example.com"}) for _ in range(6)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert "Retry-After" in answers[-1]


def test_the_link_by_mail_does_not_tell_who_is_known(
    client: Client, store: StoreInfo, maya: UUID
) -> None:
    path = "/s/fern-and-kettle/preferences"
    emails = ("nobody@example.com", "maya@example.com")
    answers = [client.post(path, {"email": email}) for email in emails]
    assert [one.status_code for one in answers] == [200, 200]
    assert Message.objects.count() == 0  # a job does it, for both alike
    for email in emails:
        send_preferences_link(store_id=str(store.id), email=email, locale="en")
    [mail] = Message.objects.all()
    assert (mail.kind, mail.to_address) == ("preferences_link", "maya@example.com")


def test_a_foreign_store_has_no_such_page(
    client: Client, page: str, other_store: StoreInfo, maya: UUID
) -> None:
    token = page.rpartition("/")[2]
    for path in (f"/s/tidewater-books/preferences/{token}", f"{page}x"):
        assert client.get(path).status_code == 404
        assert client.post(path, {"do": "nothing"}).status_code == 404
    assert not center(page).nothing
    with store_scope(other_store.id):
        assert Consent.objects.count() == 0


def test_the_header_of_a_newsletter_ends_what_sells(
    client: Client, store: StoreInfo, maya: UUID, now: datetime
) -> None:
    request = MessageRequest(
        "order_confirmation", Purpose.MARKETING, "portal.tests:n", maya, {}, topic="newsletter",
    )  # fmt: skip
    [decided] = messaging.request_messages([request], by=BY, at=now)
    token = preferences_token(store.id, decided.message_id)
    program = Client(enforce_csrf_checks=True)
    assert (
        program.post(f"/preferences/{token}", {"List-Unsubscribe": "One-Click"}).status_code == 200
    )
    said = {(c.channel, c.purpose): c.state for c in messaging.list_consents(maya)}
    assert said == {("email", "marketing"): "withdrawn"}


def test_two_tabs_leave_one_word_each(
    client: Client, page: str, maya: UUID, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    form = {"do": "topics", "topic": ["email:newsletter", "sms:tips"]}
    client.post(page, form)
    once = Consent.objects.count()
    client.post(page, form)
    assert Consent.objects.count() == once
    with django_assert_max_num_queries(40):
        client.get(page)
