"""Change what is known of a customer, by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import available_timezones

from babel.core import Locale, UnknownLocaleError

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers.actions.merge_customers import lock_customers
from doorstep.rooms.customers.contracts import Birthday, CustomerInfo, IdentityKind
from doorstep.rooms.customers.events import CustomerChanged
from doorstep.rooms.customers.models import Customer, Identity
from doorstep.rooms.customers.queries import info_of
from doorstep.rooms.customers.rules.emails import is_relay, normalize_email
from doorstep.rooms.customers.rules.names import clean, fold_name
from doorstep.rooms.customers.rules.phones import normalize_phone
from doorstep.rooms.customers.rules.profile import (
    check_birthday,
    check_holiday,
    tidy_interests,
    tidy_sizes,
)
from doorstep.rooms.stores import api as stores

# What may be erased one day must not stand in the audit trail, which can't be.
_PERSONAL = frozenset(
    {
        *("name", "email", "phone", "note", "birth_day", "birth_month", "birth_year"),
        *("favorite_holiday", "favorite_color", "sizes", "interests"),
    }
)
_DERIVED = {"name": ("search_name",), "email": ("email_is_relay",), "phone": ("phone_shown",)}


def lock_living(customer_id: UUID) -> Customer:
    row = lock_customers(customer_id)[customer_id]
    if row.erased_at is not None:
        raise Conflict("This customer was erased.")
    if row.merged_into_id is not None:
        raise Conflict("This customer was merged into another: change that one.")
    return row


@action("customers.edit_customer", permission="customers.merge", summary="Change a customer's data")
def edit_customer(
    *,
    customer_id: UUID,
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    country_code: str | None = None,
    tags: list[str] | None = None,
    note: str | None = None,
    by: Actor,
    at: datetime,
) -> CustomerInfo:
    """Change what is given; ``None`` leaves a field, ``""`` empties it.

    A new address or number is one more thing the customer is recognized by; the old one stays
    theirs until :func:`remove_identity`.

    :raises Invalid: not an address, number or country.
    :raises Conflict: the address or number is another customer's: merge them instead.
    """
    row = lock_living(customer_id)
    wanted: dict[str, Any] = {}
    if name is not None:
        wanted["name"] = clean(name, 300)
        wanted["search_name"] = fold_name(wanted["name"])
    if country_code is not None:
        wanted["country_code"] = _country(country_code)
        if wanted["country_code"] != row.country_code:
            wanted["region_code"] = ""  # a state of the country before
    if email is not None:
        wanted |= _email(row, email, at)
    if phone is not None:
        wanted |= _phone(row, phone, wanted.get("country_code", row.country_code), at)
    if tags is not None:
        wanted["tags"] = list(dict.fromkeys(tag for raw in tags if (tag := clean(raw, 60))))
    if note is not None:
        wanted["note"] = note.replace("\x00", "").strip()[:5000]
    return save_changes(row, wanted, by=by, at=at)


def _country(code: str) -> str:
    upper = code.strip().upper()
    if upper and not (len(upper) == 2 and upper.isascii() and upper.isalpha()):
        raise Invalid("A country is two letters, like DE.", field="country_code")
    return upper


def _email(row: Customer, raw: str, at: datetime) -> dict[str, Any]:
    email = normalize_email(raw)
    if raw.strip() and not email:
        raise Invalid("That is not an e-mail address.", field="email")
    if email and not is_relay(email):
        _recognize(row, IdentityKind.EMAIL, email, at)
    return {"email": raw.strip(), "email_is_relay": is_relay(email)}


def _phone(row: Customer, raw: str, country: str, at: datetime) -> dict[str, Any]:
    phone = normalize_phone(raw, country or stores.get_store().country_code)
    if raw.strip() and not phone:
        raise Invalid("That is not a phone number; start with + and the country.", field="phone")
    if phone:
        _recognize(row, IdentityKind.PHONE, phone, at)
    return {"phone": phone, "phone_shown": clean(raw, 60)}


def _recognize(row: Customer, kind: IdentityKind, value: str, at: datetime) -> None:
    """Make the value the customer's, unless it is another's.

    Inserted first and looked up after: an intake may be inserting the same value right now.
    """
    identity = Identity(
        id=new_id(),
        store_id=current_store_id(),
        customer=row,
        kind=kind.value,
        value=value,
        created_at=at,
    )
    Identity.objects.bulk_create([identity], ignore_conflicts=True)
    holder = Identity.objects.get(kind=kind.value, channel="", value=value, is_relay=False)
    if holder.customer_id != row.id:
        raise Conflict(
            "This belongs to another customer. If both are one person, merge them.",
            field=kind.value,
            code="identity_taken",
        )


def save_changes(row: Customer, wanted: dict[str, Any], *, by: Actor, at: datetime) -> CustomerInfo:
    """Write what differs on a locked row, note it in the audit trail and publish that it changed."""
    changed = {
        field: [getattr(row, field), value]
        for field, value in wanted.items()
        if getattr(row, field) != value
    }
    for field, (_, value) in changed.items():
        setattr(row, field, value)
    if changed:
        row.save(update_fields=list(changed))
        publish(
            CustomerChanged(row.id, sorted(changed)),
            key=row.id,
            at=at,
            by=by,
            subject=f"customer:{row.id}",
        )
    derived = {name for names in _DERIVED.values() for name in names}
    audit.note(
        subject=f"customer:{row.id}",
        changes={
            field: ["(personal)", "(personal)"] if field in _PERSONAL else pair
            for field, pair in changed.items()
            if field not in derived
        },
    )
    return info_of(row)


@action(
    "customers.set_preferences",
    permission="customers.merge",
    summary="Set what a customer prefers: channel, language, birthday, favorites, sizes",
)
def set_preferences(
    *,
    customer_id: UUID,
    preferred_channel: Literal["", "email", "sms", "whatsapp", "messenger", "push"] | None = None,
    locale: str | None = None,
    timezone: str | None = None,
    birthday: Birthday | None = None,
    forget_birthday: bool = False,
    favorite_holiday: str | None = None,
    favorite_color: str | None = None,
    sizes: dict[str, str] | None = None,
    interests: list[str] | None = None,
    by: Actor,
    at: datetime,
) -> CustomerInfo:
    """Set what is given; ``None`` leaves a preference, ``""`` goes back to the store's.

    :param favorite_holiday: a key of ``list_holidays``, ``""`` for none.
    :param sizes: what for -> which size, all of them; one left out is forgotten.
    :param interests: all of them.
    :raises Invalid: no such language, zone, day or holiday, or nothing to reach the person by on
        the channel.
    """
    row = lock_living(customer_id)
    wanted: dict[str, Any] = {}
    if preferred_channel is not None:
        # Conversations and devices are known to messages, above: the gate looks there.
        needed = {"email": row.email, "sms": row.phone, "whatsapp": row.phone}
        if not needed.get(preferred_channel, "known elsewhere"):
            raise Invalid("There is no address for this channel.", field="preferred_channel")
        wanted["preferred_channel"] = preferred_channel
    if locale is not None:
        wanted["locale"] = _locale(locale)
    if timezone is not None:
        if timezone and timezone not in available_timezones():
            raise Invalid(f"“{timezone}” is not a time zone.", field="timezone")
        wanted["timezone"] = timezone
    wanted |= _birthday(birthday, forget=forget_birthday, at=at)
    if favorite_holiday is not None:
        wanted["favorite_holiday"] = check_holiday(favorite_holiday)
    if favorite_color is not None:
        wanted["favorite_color"] = clean(favorite_color, 40)
    if sizes is not None:
        wanted["sizes"] = tidy_sizes(sizes)
    if interests is not None:
        wanted["interests"] = tidy_interests(interests)
    return save_changes(row, wanted, by=by, at=at)


def _birthday(birthday: Birthday | None, *, forget: bool, at: datetime) -> dict[str, Any]:
    if forget:
        return {"birth_day": None, "birth_month": None, "birth_year": None}
    if birthday is None:
        return {}
    check_birthday(birthday, today=at.date())
    return {
        "birth_day": birthday.day,
        "birth_month": birthday.month,
        "birth_year": birthday.year,
    }


def _locale(tag: str) -> str:
    if tag:
        try:
            Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            raise Invalid(f"“{tag}” is not a language, like de-AT.", field="locale") from None
    return tag


@action(
    "customers.remove_identity",
    permission="customers.merge",
    summary="Stop recognizing a customer by an address, number or id",
)
def remove_identity(*, identity_id: UUID, by: Actor, at: datetime) -> None:
    """Remove what was recorded by mistake; whoever brings it next is somebody new.

    :raises NotFound: there is none in this store.
    :raises Conflict: a merge took it elsewhere just now.
    """
    row = Identity.objects.filter(id=identity_id).first()
    if row is None:
        raise NotFound("There is no such address, number or id.")
    customer = lock_living(row.customer_id)
    deleted, _ = Identity.objects.filter(id=identity_id, customer=customer).delete()
    if not deleted:
        raise Conflict("It moved to another customer just now: look again.")
    audit.note(subject=f"customer:{customer.id}", changes={f"identity.{row.kind}": [True, None]})
