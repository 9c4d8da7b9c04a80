"""What conditions can ask about a customer."""

from doorstep.kernel.conditions.facts import (
    Fact,
    FactType,
    Subject,
    register_fact,
    register_subject,
)
from doorstep.kernel.conditions.sqlfacts import Column, Membership
from doorstep.rooms.customers.rules.holidays import HOLIDAYS

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
        choices=("email", "sms", "whatsapp", "messenger", "push"),
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

_BIRTH = "{s}.birth_month IS NOT NULL"
_TODAY = "({at} AT TIME ZONE {zone})::date"
# The next birthday: this year's, or next year's once it is over. make_date would refuse
# 29 February in most years, so it is counted from the first of the month, and never over its end.
_IN_YEAR = (
    "make_date(extract(year FROM {today})::int + {plus}, {s}.birth_month, 1)"
    " + least({s}.birth_day, extract(day FROM make_date(extract(year FROM {today})::int + {plus},"
    " {s}.birth_month, 1) + interval '1 month - 1 day')::int) - 1"
)


def _birthday(plus: int) -> str:
    return _IN_YEAR.replace("{today}", _TODAY).replace("{plus}", str(plus))


register_fact(
    Fact(
        name="customer.birthday_month",
        subject="customer",
        type=FactType.NUMBER,
        label="month of birth",
        description="The month of the customer's birthday, 1 to 12.",
        sql=Column("{s}.birth_month"),
    )
)
register_fact(
    Fact(
        name="customer.days_until_birthday",
        subject="customer",
        type=FactType.NUMBER,
        label="days until the birthday",
        description="How many days are left until the next birthday; 0 on the day itself.",
        sql=Column(
            f"CASE WHEN {_BIRTH} THEN CASE WHEN {_birthday(0)} >= {_TODAY}"
            f" THEN {_birthday(0)} ELSE {_birthday(1)} END - {_TODAY} END"
        ),
    )
)
register_fact(
    Fact(
        name="customer.favorite_holiday",
        subject="customer",
        type=FactType.ENUM,
        label="favorite holiday",
        description="The holiday the customer likes best.",
        choices=tuple(HOLIDAYS),
        sql=Column("nullif({s}.favorite_holiday, '')"),
    )
)
register_fact(
    Fact(
        name="customer.favorite_color",
        subject="customer",
        type=FactType.TEXT,
        label="favorite color",
        description="The color the customer likes best, in their own words.",
        sql=Column("nullif({s}.favorite_color, '')"),
    )
)
register_fact(
    Fact(
        name="customer.interests",
        subject="customer",
        type=FactType.SET,
        label="interests",
        description="What the customer is interested in.",
        sql=Membership(
            element="t.interest",
            source="customers_customer keen "
            "CROSS JOIN LATERAL unnest(keen.interests) AS t(interest)",
            key="keen.id",
            store="keen.store_id",
        ),
    )
)
register_fact(
    Fact(
        name="customer.sizes",
        subject="customer",
        type=FactType.SET,
        label="sizes",
        description="The customer's sizes, each as “Shoes: 42”.",
        sql=Membership(
            element="sized.key || ': ' || sized.value",
            source="customers_customer worn "
            "CROSS JOIN LATERAL jsonb_each_text(worn.sizes) AS sized(key, value)",
            key="worn.id",
            store="worn.store_id",
        ),
    )
)
