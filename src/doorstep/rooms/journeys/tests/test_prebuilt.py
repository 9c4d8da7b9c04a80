"""The journeys that come with it: each can be published as it is, and reads well."""

from __future__ import annotations

import pytest

from doorstep.rooms.journeys.contracts import TemplateInfo
from doorstep.rooms.journeys.prebuilt.listing import find_prebuilt, list_prebuilt
from doorstep.rooms.journeys.rules.definition import MessageStep
from doorstep.rooms.journeys.rules.reading import read_definition
from doorstep.rooms.journeys.tests import cast
from doorstep.rooms.journeys.world import check_definition
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contexts import journey_base
from doorstep.rooms.messaging.rules.topics import TOPIC_KEYS
from doorstep.rooms.stores.contracts import StoreInfo

ALL = list_prebuilt()


def test_what_there_is() -> None:
    assert {one.key for one in ALL} == {
        "back_in_stock",
        "birthday",
        "care_tips",
        "cross_sell",
        "favorite_holiday",
        "follow_us",
        "how_to",
        "late_apology",
        "late_credit",
        "newsletter_welcome",
        "replenishment",
        "review_request",
        "second_order",
        "thank_you",
        "vip_thanks",
        "welcome",
        "win_back",
    }
    assert find_prebuilt("birthday") in ALL
    assert find_prebuilt("no_such") is None


@pytest.mark.django_db
@pytest.mark.parametrize("template", ALL, ids=lambda one: one.key)
def test_each_can_be_published_as_it_is(store: StoreInfo, template: TemplateInfo) -> None:
    assert check_definition(template.definition) == []
    journey_id = cast.api.create_journey(
        name=template.name, template=template.key, by=cast.INES, at=cast.AT
    )
    published = cast.api.publish_journey(
        journey_id=journey_id,
        revision=cast.api.get_journey(journey_id).revision,
        by=cast.INES,
        at=cast.AT,
    )
    assert published.number == 1


@pytest.mark.parametrize("template", ALL, ids=lambda one: one.key)
def test_each_says_what_it_is_for_and_when_it_ends(template: TemplateInfo) -> None:
    definition = read_definition(template.definition)
    assert definition.name == template.name
    assert template.summary.endswith(".")
    assert template.category
    assert definition.goal is not None
    assert definition.exits or definition.goal.exits
    # An apology, an invitation to say what one thinks and an answer are kept from nobody.
    frank = {"late_apology", "late_credit", "review_request", "newsletter_welcome"}
    assert definition.holdout_percent == (0 if template.key in frank else 10)
    if definition.subject == "customer":
        assert definition.reentry.mode in ("after", "never")


@pytest.mark.django_db
@pytest.mark.parametrize("template", ALL, ids=lambda one: one.key)
def test_each_sends_what_fits(store: StoreInfo, template: TemplateInfo) -> None:
    definition = read_definition(template.definition)
    written = {(one.kind, one.channel) for one in messaging.list_templates()}
    sent = [step for step in definition.steps.values() if isinstance(step, MessageStep)]
    assert sent
    for step in sent:
        assert journey_base(step.template) in ("customer", definition.subject)
        assert {(step.template, "email"), (step.template, "sms")} <= written
        assert step.topic in ("", *TOPIC_KEYS)
