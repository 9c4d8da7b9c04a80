"""The text and the behavior cannot differ: what it says about a line is what is decided."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.kernel.ids import new_id
from doorstep.rooms.fulfillment.ports import return_terms
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import (
    Eligibility,
    LabelPayer,
    MethodKind,
    Outcome,
    PolicyText,
    RefundTrigger,
    ReturnKind,
)
from doorstep.rooms.returns.policy.deciding import Question, decide_line
from doorstep.rooms.returns.policy.effects import BASE, Effects, LabelTerms, Offer, Window
from doorstep.rooms.returns.policy.facts import NOTHING_ASKED, READERS, Moment
from doorstep.rooms.returns.policy.languages import LANGUAGES, phrases_in
from doorstep.rooms.returns.policy.matching import Matcher
from doorstep.rooms.returns.policy.reasons import default_reasons
from doorstep.rooms.returns.policy.rows import LineRow
from doorstep.rooms.returns.policy.text.conditions import condition_words
from doorstep.rooms.returns.policy.text.writing import Writing, write_policy
from doorstep.rooms.returns.policy.versions import Policy, Rule
from doorstep.rooms.returns.tests.policy_cast import AT, DELIVERED, INES, deliver, place
from doorstep.rooms.stores.contracts import StoreInfo

STORE = StoreInfo(
    id=UUID(int=1),
    slug="fern-and-kettle",
    name="Fern & Kettle",
    is_demo=False,
    currency="EUR",
    timezone="Europe/Berlin",
    default_locale="en",
    country_code="DE",
    brand_color="#1f6f54",
    logo_type="",
    support_email="",
    support_phone="",
    postal_address="",
    website_url="",
    faq_url="",
    portal_host="",
    marketing_needs_opt_in=True,
    production_days_min=1,
    production_days_max=2,
    transit_days_min=2,
    transit_days_max=4,
    order_link_days=180,
)
ZONE = ZoneInfo("Europe/Berlin")
REASONS = {one.code: one.words for one in default_reasons()}


def _where(name: str, op: str, value: Any) -> dict[str, Any]:
    return {"fact": f"return_line.{name}", "op": op, "value": value}


_CONDITIONS = st.one_of(
    st.sampled_from(["DE", "US", "FR"]).map(lambda one: _where("country", "eq", one)),
    st.sampled_from(["tea", "sale"]).map(lambda one: _where("product_tags", "contains", one)),
    st.booleans().map(lambda one: _where("was_on_sale", "eq", one)),
    st.integers(0, 60).map(lambda one: _where("days_since_order", "gte", one)),
    st.integers(0, 5000).map(
        lambda one: _where("price", "lt", {"amount_minor": one, "currency": "EUR"})
    ),
    st.integers(1, 12).map(lambda one: _where("order_month", "eq", one)),
)
_WINDOWS = st.builds(
    Window,
    days=st.one_of(st.none(), st.integers(0, 400)),
    start=st.sampled_from(["delivery", "order"]),
)
_OFFERS = st.lists(
    st.builds(
        Offer,
        outcome=st.sampled_from(list(Outcome)),
        fee_percent=st.integers(0, 100),
        fee_minor=st.integers(0, 9_999),
        bonus_percent=st.integers(0, 100),
    ),
    unique_by=lambda one: one.outcome,
    max_size=3,
)
_LABELS = st.builds(
    LabelTerms, payer=st.sampled_from(list(LabelPayer)), fee_minor=st.integers(0, 2_000)
)


def _maybe(some: Any) -> Any:
    return st.one_of(st.none(), some)


_EFFECTS = st.builds(
    Effects,
    window=_maybe(_WINDOWS),
    final_sale=_maybe(st.booleans()),
    offers=_maybe(_OFFERS.map(tuple)),
    methods=_maybe(st.lists(st.sampled_from(list(MethodKind)), min_size=1).map(tuple)),
    label=_maybe(_LABELS),
    trigger=_maybe(st.sampled_from(list(RefundTrigger))),
    approval=_maybe(st.sampled_from(["auto", "review"])),
    needs_photos=_maybe(st.integers(0, 5)),
    keep_below_minor=_maybe(st.integers(0, 3_000)),
    instant_exchange=_maybe(st.booleans()),
)


@st.composite
def policies(draw: Any) -> Policy:
    """A version with any rules, ready to be asked."""
    rules = [
        Rule(new_id(), f"Rule {nth}", Matcher.of(condition), effects)
        for nth, (condition, effects) in enumerate(
            draw(st.lists(st.tuples(_CONDITIONS, _EFFECTS), max_size=6))
        )
    ]
    base = draw(_EFFECTS)
    whole = {name: getattr(base, name) for name in Effects.model_fields}
    return Policy(
        new_id(),
        1,
        BASE.model_copy(update={name: one for name, one in whole.items() if one is not None}),
        tuple(rules),
        (),
    )


@st.composite
def lines(draw: Any) -> LineRow:
    """Any line of an order that arrived."""
    placed = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=draw(st.integers(0, 120)))
    quantity, total = draw(st.integers(1, 4)), draw(st.integers(0, 9_000))
    delivered = placed.astimezone(ZONE).date() + timedelta(days=draw(st.integers(0, 9)))
    return LineRow(
        line_id=new_id(),
        order_id=new_id(),
        quantity=quantity,
        sku="TEA-1",
        title="Tea",
        variant_title="",
        total_minor=total,
        tax_on_top_minor=0,
        discount_minor=draw(st.sampled_from([0, 100])),
        is_gift_card=False,
        requires_shipping=True,
        is_removed=False,
        shipped_quantity=quantity,
        variant_id=None,
        placed_at=placed,
        is_canceled=False,
        is_history=False,
        currency=draw(st.sampled_from(["EUR", "EUR", "EUR", "USD"])),
        order_total_minor=total,
        channel="shopify",
        country_code=draw(st.sampled_from(["DE", "US", "FR"])),
        region="",
        customer_id=None,
        is_gift=False,
        locale="",
        delivery_to_date=None,
        fulfilled_at=None,
        order_tags=frozenset(),
        product_tags=draw(st.sampled_from([frozenset(), frozenset({"tea"}), frozenset({"sale"})])),
        customer_tags=frozenset(),
        order_number="#1001",
        ordered_on=placed.astimezone(ZONE).date(),
        delivered_on=delivered,
        arrived=quantity,
    )


class Reader:
    """Reads the text as a shopper does: general part, then the first exception that fits.

    It knows the text alone; which exceptions fit is taken from the answer's own trace.
    """

    def __init__(self, text: PolicyText, policy: Policy, answer: Eligibility) -> None:
        held = [step.matched for step in answer.trace[: len(policy.rules)]]
        fitting = {rule.id for rule, fits in zip(policy.rules, held, strict=True) if fits}
        exceptions = [one for one in text.sections if one.rule_id in fitting]
        self.parts = [*(one.lines for one in exceptions), text.sections[0].lines]

    def find(self, *patterns: str) -> re.Match[str] | None:
        """Return what the first part says that says one of these at all."""
        for part in self.parts:
            for sentence in part:
                for pattern in patterns:
                    if found := re.fullmatch(pattern, sentence):
                        return found
        return None

    def may_come_back(self) -> bool:
        """Tell whether the item is no final sale, and something is offered for it."""
        sale = self.find(r"It can(’t)? be returned\.", r"It (can)’t be returned( unless.*:|\.)")
        offers = self.find(r"You choose: (.*)\.", r"No return is offered\.")
        is_sale = sale is not None and "can’t" in sale[0]
        return not is_sale and offers is not None and "No return" not in offers[0]

    def last_day(self, row: LineRow) -> date | None:
        """Return the last day the text states."""
        found = self.find(
            r"You can return it within (\d+) days of (delivery|your order)\.",
            r"You can return it at any time\.",
        )
        assert found is not None
        if not found.lastindex:
            return None
        start = row.ordered_on if found[2] == "your order" else row.delivered_on
        assert start is not None
        return start + timedelta(days=int(found[1]))

    def offers(self, row: LineRow) -> list[tuple[str, int, int, int]]:
        """Return (words, fee percent, fee minor, bonus percent) of each offer stated."""
        found = self.find(r"You choose: (.*)\.")
        assert found is not None
        stated = []
        for part in found[1].split("; "):
            percent = re.search(r"less (\d+) %", part)
            fee = re.search(r"less €([\d.,]+) per item", part)
            bonus = re.search(r"plus (\d+) %", part)
            minor = round(float(fee[1].replace(",", "")) * 100) if fee else 0
            stated.append(
                (
                    part.split(" (")[0],
                    int(percent[1]) if percent else 0,
                    minor if row.currency == "EUR" else 0,
                    int(bonus[1]) if bonus else 0,
                )
            )
        return stated

    def keeps(self, row: LineRow) -> bool:
        """Tell whether the text lets the shopper keep it."""
        found = self.find(
            r"What costs less than €([\d.,]+) you may keep.*", r"It has to come back\."
        )
        if found is None or not found.lastindex or row.currency != "EUR":
            return False
        return row.total_minor // row.quantity < round(float(found[1].replace(",", "")) * 100)

    def label_fee(self, row: LineRow) -> int:
        """Return what the text takes off for the way back."""
        found = self.find(
            r"We pay for the way back\.",
            r"You pay for the way back\.",
            r"Our way back costs €([\d.,]+) per return, .*",
        )
        if found is None or not found.lastindex or self.keeps(row) or row.currency != "EUR":
            return 0
        return round(float(found[1].replace(",", "")) * 100)


@settings(max_examples=400, deadline=None)
@given(policies(), lines(), st.integers(0, 500))
def test_the_text_states_what_is_decided(policy: Policy, row: LineRow, days: int) -> None:
    at = row.placed_at + timedelta(days=days)
    question = Question(
        STORE, ZONE, Moment(at, at.astimezone(ZONE).date()), ReturnKind.VOLUNTARY, "en", ()
    )
    answer = decide_line(policy, row, NOTHING_ASKED, question)
    text = write_policy(policy, (), Writing(STORE, "en", REASONS))
    reader = Reader(text, policy, answer)
    if not reader.may_come_back():
        assert not answer.is_allowed, text.plain
        return
    until = reader.last_day(row)
    in_time = until is None or question.moment.today <= until
    assert answer.is_allowed == in_time, text.plain
    if answer.terms is None:
        return
    names = phrases_in("en")["outcomes"]
    assert answer.terms.until_date == until
    assert [
        (names[one.outcome], one.fee_percent, one.fee_minor, one.bonus_percent)
        for one in answer.terms.offers
    ] == reader.offers(row)
    assert answer.terms.keep_item == reader.keeps(row)
    assert answer.terms.label_fee_minor == reader.label_fee(row)
    review = reader.find(r"Your return is approved at once\.", r"We look at each request first.*")
    assert review is not None
    assert answer.terms.is_auto == review[0].startswith("Your return")


@settings(max_examples=60, deadline=None)
@given(policies(), st.sampled_from(LANGUAGES))
def test_every_language_says_the_same_numbers(policy: Policy, language: str) -> None:
    text = write_policy(policy, (), Writing(STORE, language, REASONS))
    english = write_policy(policy, (), Writing(STORE, "en", REASONS))
    assert "{" not in text.plain
    assert [len(one.lines) for one in text.sections] == [len(one.lines) for one in english.sections]
    for mine, theirs in zip(text.sections, english.sections, strict=True):
        for here, there in zip(mine.lines, theirs.lines, strict=True):
            days = re.search(r"within (\d+) days", there)
            assert days is None or days[1] in here


def test_every_language_has_every_phrase() -> None:
    english = phrases_in("en")
    for language in LANGUAGES:
        phrases = phrases_in(language)
        assert phrases.keys() == english.keys()
        for section, words in english.items():
            assert phrases[section].keys() == words.keys(), (language, section)
            blanks = re.compile(r"\{[a-z]+\}")
            for key, text in words.items():
                assert set(blanks.findall(phrases[section][key])) == set(blanks.findall(text)), key


def test_every_fact_has_words() -> None:

    words = phrases_in("en")
    for name in READERS:
        short = name.partition(".")[2]
        assert short in words["facts"] or short in words["facts_yes"], short


@pytest.mark.parametrize(
    ("where", "language", "words"),
    [
        (
            _where("country", "in", ["DE", "AT"]),
            "en",
            "the country of delivery is Austria or Germany",
        ),
        (_where("country", "in", ["DE", "AT"]), "de", "Lieferland ist Österreich oder Deutschland"),
        (_where("was_on_sale", "eq", False), "fr", "il a été acheté au prix fort"),
        (_where("reason", "eq", "too_small"), "es", "tu motivo es “Demasiado pequeño”"),
        (_where("order_month", "eq", 12), "de", "Monat der Bestellung ist Dezember"),
        (
            _where("price", "gt", {"amount_minor": 5000, "currency": "EUR"}),
            "de",
            "Stückpreis ist über 50,00\u00a0€",
        ),
        (
            {
                "none": [
                    _where("fault", "eq", "carrier"),
                    _where("today", "lt", {"from_today": {"days": 0}}),
                ]
            },
            "en",
            "none of this is so: the cause is the carrier’s mistake or the day of the return is "
            "before today",
        ),
        ({"all": []}, "en", ""),
    ],
)
def test_conditions_in_the_shoppers_language(where: Any, language: str, words: str) -> None:
    document = {"version": 1, "subject": "return_line", "where": where}
    assert condition_words(Matcher.of(document).condition, language, REASONS) == words


@pytest.mark.django_db
def test_the_default_policys_text(store: StoreInfo) -> None:
    text = api.policy_text(at=AT, locale="en-GB")
    assert text.title == "Returns and exchanges"
    assert "You can return it within 30 days of delivery." in text.sections[0].lines
    headings = [one.heading for one in text.sections]
    assert "If the cause is the carrier’s mistake or our mistake" in headings
    assert text.summary == (
        "You can return it within 30 days of delivery. You choose: your money back; exchange for "
        "another variant; store credit. We pay for the way back."
    )
    assert "14 days" in text.plain
    order_id = place()
    deliver(order_id, DELIVERED)
    assert api.policy_text(at=AT, order_id=order_id, locale="de").language == "de"


@pytest.mark.django_db
def test_slips_say_what_counts_for_their_order(store: StoreInfo) -> None:
    api.save_holiday_extension(
        name="Spring",
        orders_from=date(2026, 4, 1),
        orders_to=date(2026, 4, 1),
        until_date=date(2026, 6, 30),
        by=INES,
        at=AT,
    )
    first, second = place(), place(nth=2, ordered=DELIVERED)
    told = return_terms({first: "en", second: "de"}, AT)  # what papers ask, through their port
    assert told[first].startswith("You can return it within 30 days of delivery.")
    assert "until June 30, 2026" in told[first]
    assert told[second].startswith("Du kannst es innerhalb von 30 Tagen")
    assert "2026" not in told[second]
