"""How people speak of this room's facts: what stands in conditions, reasons and policies."""

from __future__ import annotations

from doorstep.kernel.conditions.api import say_fact

say_fact(
    "customer.tags",
    "has the tags {}",
    one="has the tag {}",
    no="does not have the tag {}",
    known="has a tag",
    unknown="has no tags",
)
say_fact("customer.locale", "the language")
say_fact("customer.country", "the country")
say_fact("customer.preferred_channel", "the preferred channel")
say_fact(
    "customer.is_anonymous",
    "can’t be reached by e-mail or phone",
    no="can be reached by e-mail or phone",
)
say_fact(
    "customer.first_seen_at",
    "first got in touch {}",
    known="has been in touch",
    unknown="has never been in touch",
)
say_fact(
    "customer.last_seen_at",
    "last got in touch {}",
    known="has been in touch",
    unknown="has never been in touch",
)
say_fact(
    "customer.birthday_month",
    "the month of birth is {}",
    known="the birthday is known",
    unknown="the birthday is not known",
)
say_fact(
    "customer.days_until_birthday",
    "has a birthday in {} days",
    one="has a birthday in {} day",
    known="the birthday is known",
    unknown="the birthday is not known",
)
say_fact("customer.favorite_holiday", "the favorite holiday")
say_fact("customer.favorite_color", "the favorite color")
say_fact(
    "customer.interests",
    "is interested in {}",
    no="is not interested in {}",
    known="has told us an interest",
    unknown="has told us no interests",
)
say_fact(
    "customer.sizes",
    "has the sizes {}",
    one="has the size {}",
    no="does not have the size {}",
    known="has told us a size",
    unknown="has told us no sizes",
)
