"""What conditions can ask about a customer's messages and what they allow.

Opens and clicks are those of people: what a scanner or prefetcher did is not counted.
"""

from __future__ import annotations

from doorstep.kernel.conditions.facts import Fact, FactType, register_fact
from doorstep.kernel.conditions.sqlfacts import Aggregate, Membership, SqlFact

_LOOKS = "messaging_deliveryevent look JOIN messaging_message mail ON mail.id = look.message_id"
_BY_PEOPLE = "look.kind = '{kind}' AND NOT look.by_machine AND NOT mail.is_test"

# The newest word per channel, purpose and topic at the moment that is asked about.
_IN_FORCE = """
    said.state = 'granted' AND NOT EXISTS (
        SELECT 1 FROM messaging_consent later
        WHERE later.store_id = said.store_id AND later.customer_id = said.customer_id
          AND later.channel = said.channel AND later.purpose = said.purpose
          AND later.topic = said.topic AND later.at <= {at}
          AND (later.at, later.id) > (said.at, said.id)
    )
"""
# A yes to a topic ends with a later no to the whole purpose.
_STILL_WANTED = """
    AND NOT EXISTS (
        SELECT 1 FROM messaging_consent no
        WHERE no.store_id = said.store_id AND no.customer_id = said.customer_id
          AND no.channel = said.channel AND no.purpose = said.purpose AND no.topic = ''
          AND no.state = 'withdrawn' AND no.at <= {at} AND no.at > said.at
    )
"""


def _customer(
    name: str,
    type: FactType,
    label: str,
    description: str,
    sql: SqlFact,
    *,
    windowed: bool = False,
) -> None:
    register_fact(
        Fact(
            name=f"customer.{name}",
            subject="customer",
            type=type,
            label=label,
            description=description,
            sql=sql,
            windowed=windowed,
        )
    )


def _looks(kind: str, value: str) -> Aggregate:
    return Aggregate(
        value=value,
        source=_LOOKS,
        key="mail.customer_id",
        store="mail.store_id",
        where=_BY_PEOPLE.replace("{kind}", kind),
        moment="look.occurred_at",
    )


_customer(
    "messages_sent",
    FactType.COUNT,
    "messages sent",
    "How many messages went to the customer; tests are left out.",
    Aggregate(
        value="count(*)",
        source="messaging_message mail",
        key="mail.customer_id",
        store="mail.store_id",
        where="mail.sent_at IS NOT NULL AND NOT mail.is_test",
        moment="mail.sent_at",
    ),
    windowed=True,
)
for _kind, _done in (("opened", "opened"), ("clicked", "clicked a link in")):
    _customer(
        f"messages_{_kind}",
        FactType.COUNT,
        f"messages {_kind}",
        f"In how many messages the customer {_done}; scanners are left out."
        if _kind == "clicked"
        else "How many messages the customer opened; scanners are left out.",
        _looks(_kind, "count(DISTINCT look.message_id)"),
        windowed=True,
    )
    _customer(
        f"last_message_{_kind}_at",
        FactType.DATETIME,
        f"last message {_kind}",
        f"When the customer last {_done} a message; scanners are left out.",
        _looks(_kind, "max(look.occurred_at)"),
    )
_customer(
    "consents",
    FactType.SET,
    "consents given",
    "What the customer said yes to, as channel and purpose: email:marketing.",
    Membership(
        element="said.channel || ':' || said.purpose",
        source="messaging_consent said",
        key="said.customer_id",
        store="said.store_id",
        where=f"said.topic = '' AND {_IN_FORCE}",
        moment="said.at",
    ),
)
_customer(
    "subscribed_topics",
    FactType.SET,
    "topics subscribed to",
    "The topics the customer asked for, on any channel: newsletter, offers, birthday and so on.",
    Membership(
        element="said.topic",
        source="messaging_consent said",
        key="said.customer_id",
        store="said.store_id",
        where=f"said.topic <> '' AND {_IN_FORCE} {_STILL_WANTED}",
        moment="said.at",
    ),
)
