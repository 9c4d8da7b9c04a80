"""How people speak of this room's facts: what stands in conditions, reasons and policies."""

from __future__ import annotations

from doorstep.kernel.conditions.api import say_fact

say_fact("customer.messages_sent", "has been sent {} messages", one="has been sent {} message")
say_fact("customer.messages_opened", "has opened {} messages", one="has opened {} message")
say_fact(
    "customer.messages_clicked",
    "has clicked a link in {} messages",
    one="has clicked a link in {} message",
)
say_fact(
    "customer.last_message_opened_at",
    "last opened a message {}",
    known="has opened a message",
    unknown="has never opened a message",
)
say_fact(
    "customer.last_message_clicked_at",
    "last clicked a link in a message {}",
    known="has clicked a link in a message",
    unknown="has never clicked a link in a message",
)
say_fact(
    "customer.consents",
    "has allowed {}",
    no="has not allowed {}",
    known="has allowed some messages",
    unknown="has allowed no messages",
)
say_fact(
    "customer.subscribed_topics",
    "has asked for the topics {}",
    one="has asked for the topic {}",
    no="has not asked for the topic {}",
    known="has asked for a topic",
    unknown="has asked for no topic",
)
