"""Contact rules in the console: set by who may, and asked about for any customer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from doorstep.console.tests.doors import CONTACT_RULES
from doorstep.console.tests.shop import Shop
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import api as messaging

SignIn = Callable[[str], Any]


def _rules_page(shop: Shop) -> str:
    return reverse("console:settings-contact", args=[shop.ours.store.slug])


def _ask_page(shop: Shop) -> str:
    return reverse("console:customers-ask", args=[shop.ours.store.slug, shop.ours.customer])


def test_rules_are_set_and_shown_again(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("owner")
    sent = CONTACT_RULES | {"cap_email": 1, "days_email": 30, "hours_sms_marketing": "10"}
    assert client.post(_rules_page(shop), sent).status_code == 302
    with store_scope(shop.ours.store.id):
        rules = messaging.get_contact_rules()
    assert [(key, cap.limit, cap.days) for key, cap in rules.caps] == [("email", 1, 30)]
    assert [(c, p, h.start, h.end) for c, p, h in rules.hours] == [("sms", "marketing", 10, 20)]
    page = client.get(_rules_page(shop)).content.decode()
    assert "SMS, marketing: from 10:00 to 20:00" in page
    assert "Florida allows" in page
    assert "Amazon: communication guidelines" in page


def test_what_makes_no_sense_stands_at_its_field(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("owner")
    half = client.post(_rules_page(shop), CONTACT_RULES | {"days_email": ""})
    assert half.status_code == 422
    assert "Fill in both" in half.content.decode()
    turned = CONTACT_RULES | {"hours_sms_marketing": "20", "until_sms_marketing": "9"}
    refused = client.post(_rules_page(shop), turned)
    assert refused.status_code == 422
    assert "The first hour must come before the last." in refused.content.decode()
    midnight = client.post(_rules_page(shop), CONTACT_RULES | {"hours_sms_marketing": "0"})
    assert midnight.status_code == 302


def test_the_gate_is_asked_and_says_which_rule_decides(shop: Shop, sign_in: SignIn) -> None:
    client = sign_in("support")
    assert "Choose a message" in client.get(_ask_page(shop)).content.decode()
    refused = client.get(_ask_page(shop), {"purpose": "marketing", "sales_channel": "amazon"})
    page = refused.content.decode()
    assert "Amazon: communication guidelines, no marketing" in page
    assert page.count("This rule decided.") == 1
    assert client.get(_ask_page(shop), {"purpose": "fun"}).status_code == 422


def test_a_customers_page_leads_to_the_question(shop: Shop, sign_in: SignIn) -> None:
    slug, customer = shop.ours.store.slug, shop.ours.customer
    page = sign_in("support").get(reverse("console:customers-detail", args=[slug, customer]))
    assert _ask_page(shop) in page.content.decode()
