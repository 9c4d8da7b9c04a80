"""Marketplaces' rules, gifts and topics: the rule that refuses is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.rooms.messaging.contracts import Channel, ConsentState, Purpose
from doorstep.rooms.messaging.rules.contact import Contact, Decision
from doorstep.rooms.messaging.rules.gate import decide
from doorstep.rooms.messaging.rules.marketplaces import (
    MARKETPLACES,
    find_marketplace,
    lender_of,
    marketplace_of,
)
from doorstep.rooms.messaging.rules.recipients import for_recipient, without_prices
from doorstep.rooms.messaging.sending.templates import compile_source, default_source
from doorstep.rooms.messaging.templating.render import render_email
from doorstep.rooms.messaging.templating.samples import sample_context

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
YES = {(channel, purpose): ConsentState.GRANTED for channel in Channel for purpose in Purpose}


def ask(**changes: object) -> Decision:
    """Return the decision on an offer to somebody who said yes to everything."""
    values: dict[str, object] = {
        "purpose": Purpose.MARKETING,
        "at": AT,
        "addresses": {Channel.EMAIL: "maya@example.com", Channel.SMS: "+4915112345678"},
        "consents": YES,
    } | changes
    return decide(Contact(**values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sales_channel", "key"),
    [
        ("amazon", "amazon"), ("Amazon-DE", "amazon"), ("amazon_us", "amazon"), ("ebay.de", "ebay"),
        ("etsy2", "etsy"), ("shopify", ""), ("amazonia", ""), ("", ""), ("woocommerce", ""),
    ],
)  # fmt: skip
def test_a_marketplace_is_known_by_its_sales_channel(sales_channel: str, key: str) -> None:
    assert marketplace_of(sales_channel) == key


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Amazon: communication guidelines, no marketing, coupons or links to other shops."),
        (
            {"purpose": Purpose.SERVICE, "topic": "reviews"},
            "Amazon: communication guidelines, reviews are asked for by “Request a review” only.",
        ),
        (
            {"purpose": Purpose.SERVICE, "topic": "tips"},
            "Amazon: communication guidelines, only messages that are needed to complete an order"
            " or to answer.",
        ),
        (
            {"purpose": Purpose.TRANSACTIONAL, "kind": "order_confirmation"},
            "Amazon: communication guidelines, no order confirmations, Amazon sends its own.",
        ),
        (
            {
                "purpose": Purpose.TRANSACTIONAL,
                "kind": "parcel_delayed",
                "order_completed_at": AT - timedelta(days=31),
            },
            "Amazon: communication guidelines, no messages later than 30 days after the purchase"
            " was completed.",
        ),
    ],
)
def test_amazon_is_named_with_its_rule(changes: dict[str, object], words: str) -> None:
    decision = ask(marketplace="amazon", **changes)
    assert (decision.outcome, decision.reason, decision.words) == ("drop", "marketplace", words)
    assert {step.channel for step in decision.trace} == {"email"}  # no other way around it


def test_amazon_lets_through_what_an_order_needs() -> None:
    decision = ask(marketplace="amazon", purpose=Purpose.TRANSACTIONAL, kind="parcel_delayed")
    assert decision.outcome == "send"
    assert not decision.is_personal
    dated = ask(
        marketplace="amazon",
        purpose=Purpose.TRANSACTIONAL,
        kind="parcel_delayed",
        order_completed_at=AT - timedelta(days=29),
    )
    assert dated.outcome == "send"
    assert dated.is_personal


def test_ebay_passes_on_mail_for_ninety_days_and_no_texts() -> None:
    service = {"marketplace": "ebay", "purpose": Purpose.SERVICE}
    assert ask(**service, order_completed_at=AT - timedelta(days=89)).outcome == "send"
    late = ask(**service, order_completed_at=AT - timedelta(days=91))
    assert late.words.startswith("eBay: member-to-member contact policy, no messages later than 90")
    text = ask(**service, forced=Channel.SMS)
    assert "only mail" in text.words


def test_etsy_needs_the_persons_own_yes() -> None:
    default = {(Channel.EMAIL, Purpose.MARKETING): True}
    refused = ask(marketplace="etsy", consents={}, consent_defaults=default)
    assert refused.words == "Etsy: seller policy, marketing only to who agreed to it."
    assert ask(marketplace="etsy").outcome == "send"
    topic = {(Channel.EMAIL, Purpose.MARKETING): ConsentState.GRANTED}
    assert ask(marketplace="etsy", consents={}, topic="offers", topics=topic).outcome == "send"


def test_a_lent_address_names_its_lender() -> None:
    lent = {Channel.EMAIL: "x7k2m@marketplace.amazon.de"}
    decision = ask(addresses=lent, is_relay=True)
    assert decision.reason == "relay_address"
    assert decision.words.startswith("Amazon: communication guidelines, no marketing to an address")
    assert lender_of("maya@example.com") is None


def test_ones_own_customer_is_nobody_elses() -> None:
    assert ask(marketplace="").outcome == "send"


@given(st.sampled_from(MARKETPLACES), st.sampled_from(Purpose), st.sampled_from(Channel))
def test_no_marketplace_takes_marketing_without_a_yes(
    place: object, purpose: Purpose, channel: Channel
) -> None:
    decision = ask(marketplace=place.key, purpose=purpose, forced=channel, consents={})  # type: ignore[attr-defined]
    if purpose is Purpose.MARKETING:
        assert decision.outcome == "drop"


def test_every_marketplace_has_a_source_and_a_way_to_a_direct_relation() -> None:
    for one in MARKETPLACES:
        assert one.source
        assert one.direct
        assert find_marketplace(one.key) is one


def test_a_gifts_recipient_hears_of_the_parcel_and_of_nothing_else() -> None:
    told = ask(is_gift_recipient=True, purpose=Purpose.TRANSACTIONAL, kind="parcel_shipped")
    assert told.outcome == "send"
    told = ask(is_gift_recipient=True, purpose=Purpose.TRANSACTIONAL, kind="return_approved")
    assert told.outcome == "send"
    for purpose, kind in [
        (Purpose.MARKETING, "offer"),
        (Purpose.MARKETING, "return_approved"),
        (Purpose.SERVICE, "parcel_tips"),
        (Purpose.TRANSACTIONAL, "order_confirmation"),
        (Purpose.TRANSACTIONAL, "order_refunded"),
    ]:
        decision = ask(is_gift_recipient=True, purpose=purpose, kind=kind)
        assert (decision.outcome, decision.reason) == ("drop", "gift_recipient")


amounts = st.fixed_dictionaries({"minor": st.integers(1, 10**9), "currency": st.just("EUR")})
contexts = st.dictionaries(
    st.sampled_from(["order", "parcel", "lines", "note", "price", "total"]),
    st.recursive(
        amounts | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["unit_price", "title", "lines"]), inner, max_size=3)
        ),
        max_leaves=12,
    ),
)


@given(contexts)
def test_no_amount_is_left_in_what_a_recipient_reads(context: dict[str, object]) -> None:
    assert "minor" not in str(without_prices(context))


@pytest.mark.parametrize(
    ("topic_word", "purpose_word", "outcome", "reason"),
    [
        (ConsentState.WITHDRAWN, ConsentState.GRANTED, "drop", "topic_withdrawn"),
        (ConsentState.GRANTED, None, "send", "topic_granted"),
        (ConsentState.GRANTED, ConsentState.WITHDRAWN, "send", "topic_granted"),
        (None, ConsentState.GRANTED, "send", "consent_granted"),
        (None, ConsentState.WITHDRAWN, "drop", "consent_withdrawn"),
        (None, None, "drop", "consent_missing"),
    ],
)
def test_what_was_said_about_the_topic_comes_first(
    topic_word: ConsentState | None,
    purpose_word: ConsentState | None,
    outcome: str,
    reason: str,
) -> None:
    key = (Channel.EMAIL, Purpose.MARKETING)
    decision = ask(
        topic="birthday",
        forced=Channel.EMAIL,
        topics={key: topic_word} if topic_word else {},
        consents={key: purpose_word} if purpose_word else {},
    )
    assert (decision.outcome, decision.reason) == (outcome, reason)


def test_a_withdrawn_topic_is_called_by_its_name() -> None:
    key = (Channel.EMAIL, Purpose.MARKETING)
    decision = ask(topic="birthday", forced=Channel.EMAIL, topics={key: ConsentState.WITHDRAWN})
    assert decision.words == "The person does not want “Birthday and holidays” by e-mail."


def test_a_recipient_reads_nothing_of_the_giver() -> None:
    context = sample_context("parcel_shipped", "en")
    told = for_recipient(context, "Rose Miller")
    assert told["customer"]["first_name"] == "Rose"
    text = render_email(compile_email_of("parcel_shipped"), told).text
    assert "Rose" in text
    assert "/orders/1042" not in text
    for secret in ("Maya", "shopper@example.com", "4242", "€"):
        assert secret not in text
    # The parcel itself is theirs to know.
    assert "Hand-thrown stoneware mug" in text


def compile_email_of(kind: str) -> Any:
    return compile_source(kind, "email", default_source(kind, "email"))
