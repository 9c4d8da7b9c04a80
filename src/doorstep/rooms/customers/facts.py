"""What conditions can ask about a customer."""

from doorstep.kernel.conditions.facts import (
    Fact,
    FactType,
    Subject,
    register_fact,
    register_subject,
)
from doorstep.kernel.conditions.sqlfacts import Column, Membership

CUSTOMER = register_subject(Subject("customer", "customer", "customers_customer"))

register_fact(
    Fact(
        name="customer.tags",
        subject="customer",
        type=FactType.SET,
        label="tags",
        description="The tags the team gave the customer.",
        sql=Membership(
            element="t.tag",
            source="customers_customer tagged CROSS JOIN LATERAL unnest(tagged.tags) AS t(tag)",
            key="tagged.id",
            store="tagged.store_id",
        ),
    )
)
register_fact(
    Fact(
        name="customer.locale",
        subject="customer",
        type=FactType.TEXT,
        label="language",
        description="The language the customer prefers, as BCP 47 (de-AT).",
        sql=Column("nullif({s}.locale, '')"),
    )
)
register_fact(
    Fact(
        name="customer.country",
        subject="customer",
        type=FactType.TEXT,
        label="country",
        description="The customer's country, ISO 3166-1 alpha-2 (DE).",
        sql=Column("nullif({s}.country_code, '')"),
    )
)
register_fact(
    Fact(
        name="customer.preferred_channel",
        subject="customer",
        type=FactType.ENUM,
        label="preferred channel",
        description="The channel the customer asked to be written to on.",
        choices=("email", "sms"),
        sql=Column("nullif({s}.preferred_channel, '')"),
    )
)
register_fact(
    Fact(
        name="customer.is_anonymous",
        subject="customer",
        type=FactType.BOOL,
        label="anonymous",
        description="Whether there is no way to reach the customer.",
        sql=Column("({s}.email = '' AND {s}.phone = '')"),
    )
)
register_fact(
    Fact(
        name="customer.first_seen_at",
        subject="customer",
        type=FactType.DATETIME,
        label="first seen",
        description="When the customer first bought or got in touch.",
        sql=Column("{s}.first_seen_at"),
    )
)
register_fact(
    Fact(
        name="customer.last_seen_at",
        subject="customer",
        type=FactType.DATETIME,
        label="last seen",
        description="When the customer last bought or got in touch.",
        sql=Column("{s}.last_seen_at"),
    )
)
