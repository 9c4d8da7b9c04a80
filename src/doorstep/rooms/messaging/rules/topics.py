"""What messages can be about, as people choose it: the topics of the preference centre.

A topic narrows a purpose. ``""`` stands for "everything of that purpose"; a consent for a topic
is asked before the one for all. The words are here and not in a page's catalog, because mails,
the preference centre and the console say the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from doorstep.rooms.messaging.contracts import Purpose
from doorstep.rooms.messaging.rules.topic_words import TOPIC_WORDS

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing people can have or not have messages about.

    :param purpose: what the gate asks consent for, when nothing else is said.
    """

    key: str
    purpose: Purpose

    def label(self, locale: str) -> str:
        """Return what people call it, in the language of a tag; English where we have none."""
        return _words(self.key, locale)[0]

    def explanation(self, locale: str) -> str:
        """Return the one line that says what comes and how often."""
        return _words(self.key, locale)[1]


TOPICS: tuple[Topic, ...] = (
    Topic("newsletter", Purpose.MARKETING),
    Topic("tips", Purpose.SERVICE),
    Topic("offers", Purpose.MARKETING),
    Topic("reviews", Purpose.SERVICE),
    Topic("reminders", Purpose.MARKETING),
    Topic("birthday", Purpose.MARKETING),
    Topic("loyalty", Purpose.MARKETING),
    Topic("surveys", Purpose.SERVICE),
)
"""In the order they are shown."""

TOPIC_KEYS: tuple[str, ...] = tuple(topic.key for topic in TOPICS)
_BY_KEY = {topic.key: topic for topic in TOPICS}


def find_topic(key: str) -> Topic | None:
    """Return a topic by its key, None when there is none (any more)."""
    return _BY_KEY.get(key)


def topic_label(key: str, locale: str = FALLBACK) -> str:
    """Return what people call a topic; a key nobody knows is returned as it is."""
    topic = _BY_KEY.get(key)
    return topic.label(locale) if topic else key


def shown_topics(hidden: Collection[str] = ()) -> tuple[Topic, ...]:
    """Return the topics a store offers, in order."""
    return tuple(topic for topic in TOPICS if topic.key not in hidden)


def known_topics(keys: Iterable[str]) -> list[str]:
    """Return those keys that are topics, in the order they are shown."""
    wanted = set(keys)
    return [key for key in TOPIC_KEYS if key in wanted]


def _words(key: str, locale: str) -> tuple[str, str]:
    language = locale.replace("_", "-").split("-")[0].lower()
    return TOPIC_WORDS.get(language, TOPIC_WORDS[FALLBACK])[key]
