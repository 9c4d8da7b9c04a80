"""Every topic has words in every language of the shoppers' pages."""

from __future__ import annotations

from doorstep.rooms.messaging.rules.consent_words import sign_up_words
from doorstep.rooms.messaging.rules.topic_words import TOPIC_WORDS
from doorstep.rooms.messaging.rules.topics import (
    TOPIC_KEYS,
    TOPICS,
    known_topics,
    shown_topics,
    topic_label,
)
from doorstep.rooms.messaging.templating.phrases import LOCALES


def test_all_words_in_all_languages() -> None:
    assert set(TOPIC_WORDS) == set(LOCALES)
    for language, words in TOPIC_WORDS.items():
        assert set(words) == set(TOPIC_KEYS), language
        assert all(label and line for label, line in words.values())
    assert TOPICS[0].label("de-AT") == "Newsletter"
    assert TOPICS[1].label("tlh") == "Tips"
    assert topic_label("gone") == "gone"


def test_what_is_shown_and_known() -> None:
    assert [topic.key for topic in shown_topics({"tips"})] == [k for k in TOPIC_KEYS if k != "tips"]
    assert known_topics(["offers", "x", "newsletter"]) == ["newsletter", "offers"]


def test_the_words_of_the_form() -> None:
    for language in LOCALES:
        words = sign_up_words("Fern & Kettle", [], language)
        assert "Fern & Kettle" in words
        assert "{" not in words
    assert "“Tipps”" in sign_up_words("F", ["tips"], "de-DE")


def test_every_built_in_message_has_a_name_and_a_meaning() -> None:
    from doorstep.rooms.messaging.rules.kind_words import kind_meaning, kind_title
    from doorstep.rooms.messaging.templating.kinds import CONTEXT_TYPES

    assert [kind for kind in CONTEXT_TYPES if not kind_meaning(kind).endswith(".")] == []
    titles = [kind_title(kind) for kind in CONTEXT_TYPES]
    assert len(set(titles)) == len(titles)
    assert kind_title("own_0123456789abcdef") == "A message of your own"
