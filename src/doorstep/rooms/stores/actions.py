"""What can be done to stores, team and keys."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from babel.core import Locale, UnknownLocaleError
from django.db import IntegrityError, transaction

from doorstep.kernel import audit, money
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actions.permissions import ALL_PERMISSIONS, OWNER, ROLES, can
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.events.publish import publish
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.stores.contracts import ApiKeyInfo, Member, NewApiKey, StoreInfo
from doorstep.rooms.stores.events import StoreSettingsChanged
from doorstep.rooms.stores.models import ApiKey, Membership, Store, User
from doorstep.rooms.stores.queries import get_store, real_stores_of


def create_store(
    *, slug: str, name: str, currency: str, at: datetime, is_demo: bool = False, **settings: Any
) -> StoreInfo:
    """Create a store (command line and seed; nobody is in it yet).

    :raises Invalid: unknown currency, zone or locale.
    :raises Conflict: the short name is taken.
    """
    if slug in RESERVED_SLUGS:
        raise Invalid(f"“{slug}” is an address of the console itself.", field="slug")
    money.exponent(currency)
    _check_settings(settings)
    try:
        with transaction.atomic():
            row = Store.objects.create(
                slug=slug, name=name, currency=currency, created_at=at, is_demo=is_demo, **settings
            )
    except IntegrityError:
        raise Conflict(f"A store called “{slug}” exists already.", field="slug") from None
    return get_store(row.id)


# Addresses below /console/ that are not a store's.
RESERVED_SLUGS = frozenset({"account", "demo", "join"})

EDITABLE = frozenset(
    {
        "name",
        "timezone",
        "default_locale",
        "country_code",
        "brand_color",
        "logo",
        "logo_type",
        "support_email",
        "support_phone",
        "postal_address",
        "website_url",
        "faq_url",
        "social_links",
        "portal_host",
        "marketing_needs_opt_in",
        "production_days_min",
        "production_days_max",
        "transit_days_min",
        "transit_days_max",
        "order_link_days",
    }
)


def _check_settings(settings: dict[str, Any]) -> None:
    unknown = set(settings) - EDITABLE
    if unknown:
        raise Invalid(f"Not a setting of a store: {', '.join(sorted(unknown))}.")
    if not settings.get("name", "Store").isprintable():
        raise Invalid("A name is one line.", field="name")
    zone = settings.get("timezone")
    if zone is not None and zone not in available_timezones():
        raise Invalid(f"“{zone}” is not a time zone, like Europe/Berlin.", field="timezone")
    locale = settings.get("default_locale")
    if locale is not None:
        try:
            Locale.parse(locale, sep="-")
        except (UnknownLocaleError, ValueError):
            raise Invalid(
                f"“{locale}” is not a language, like de.", field="default_locale"
            ) from None
    for field in ("website_url", "faq_url"):
        url = settings.get(field)
        if url and not url.startswith(("https://", "http://")):
            raise Invalid("A web address starts with https://", field=field)
    for line in settings.get("social_links", "").split():
        if not line.startswith(("https://", "http://")):
            raise Invalid("Each web address starts with https://", field="social_links")
    for low, high in (
        ("production_days_min", "production_days_max"),
        ("transit_days_min", "transit_days_max"),
    ):
        if low in settings and high in settings and settings[low] > settings[high]:
            raise Invalid("The first number of days must not be above the second.", field=low)


@action(
    "stores.change_settings",
    permission="settings.edit",
    summary="Change the brand, the zone or a default of the store",
)
def change_settings(*, settings: dict[str, Any], by: Actor, at: datetime) -> StoreInfo:
    """Change settings of the current store.

    :raises Invalid: a setting does not exist or its value makes no sense.
    """
    _check_settings(settings)
    if "portal_host" in settings:
        settings = {**settings, "portal_host": _host(settings["portal_host"])}
    store = Store.objects.select_for_update().get(id=current_store_id())
    changed = {
        name: [getattr(store, name), value]
        for name, value in settings.items()
        if getattr(store, name) != value
    }
    if not changed:
        return get_store(store.id)
    for name, (_, value) in changed.items():
        setattr(store, name, value)
    try:
        with transaction.atomic():
            store.save(update_fields=list(changed))
    except IntegrityError as error:
        if "one_store_per_host" in str(error):
            raise Conflict("Another store has this domain.", field="portal_host") from None
        raise Invalid(f"The settings were not accepted: {_first_line(error)}") from None
    changed.pop("logo", None)  # a picture says nothing in an audit entry
    audit.note(subject=f"store:{store.id}", changes=changed)
    publish(StoreSettingsChanged(sorted(settings)), key=store.id, at=at, by=by)
    return get_store(store.id)


def _host(written: str) -> str:
    """Return a domain as it is compared with."""
    return written.strip().rstrip(".").lower()


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


@action("stores.add_member", permission="staff.edit", summary="Add a person to the team")
def add_member(*, email: str, name: str, role: str, by: Actor, at: datetime) -> Member:
    """Add a person to the current store's team; the person is created when new.

    :raises Invalid: not an address, or no such role.
    :raises Conflict: already in the team.
    """
    email = email.strip().lower()
    if "@" not in email:
        raise Invalid("That is not an e-mail address.", field="email")
    if role not in ROLES:
        raise Invalid(f"There is no role “{role}”.", field="role")
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)
    _, created = Membership.objects.get_or_create(
        store_id=current_store_id(), user=user, defaults={"role": role, "created_at": at}
    )
    if not created:
        raise Conflict(f"{email} is in the team already.", field="email")
    audit.note(subject=f"user:{user.id}", changes={"role": [None, role]})
    return Member(user.id, user.email, user.name, role, user.is_active)


@action("stores.change_role", permission="staff.edit", summary="Give a person another role")
def change_role(*, user_id: UUID, role: str, by: Actor, at: datetime) -> None:
    """Change what a person is in the current store.

    :raises Conflict: the store would be left without an owner.
    """
    if role not in ROLES:
        raise Invalid(f"There is no role “{role}”.", field="role")
    member = _lock_member(user_id)
    if member.role == OWNER and role != OWNER:
        _keep_an_owner(user_id)
    audit.note(subject=f"user:{user_id}", changes={"role": [member.role, role]})
    member.role = role
    member.save(update_fields=["role"])


@action("stores.remove_member", permission="staff.edit", summary="Take a person off the team")
def remove_member(*, user_id: UUID, by: Actor, at: datetime) -> None:
    """Take a person off the current store's team.

    :raises Conflict: the store would be left without an owner.
    """
    member = _lock_member(user_id)
    if member.role == OWNER:
        _keep_an_owner(user_id)
    audit.note(subject=f"user:{user_id}", changes={"role": [member.role, None]})
    member.delete()


def _lock_member(user_id: UUID) -> Membership:
    # Locking the whole team makes two owners who remove each other at once take turns.
    team = {row.user_id: row for row in Membership.objects.select_for_update().order_by("id")}
    if user_id not in team:
        raise NotFound("There is no such person in the team.")
    return team[user_id]


def _keep_an_owner(leaving: UUID) -> None:
    if not Membership.objects.filter(role=OWNER).exclude(user_id=leaving).exists():
        raise Conflict("A store needs an owner: make somebody else owner first.")


@action("stores.let_join", permission="staff.edit", summary="Make a link to set a password")
def let_join(*, user_id: UUID, by: Actor, at: datetime) -> None:
    """Decide that a person of the team may be given a link that sets the password.

    Whoever sees that link can enter every store of the person, so only an owner of all of them
    may have it: else adding a stranger's address to one's own store would open the stranger's.
    Demo stores do not count: anybody may enter them.

    :raises NotFound: the person is not in the team.
    :raises Conflict: the person is also in a store that ``by`` does not own.
    """
    if not Membership.objects.filter(user_id=user_id).exists():
        raise NotFound("There is no such person in the team.")
    foreign = real_stores_of(user_id) - {current_store_id()}
    owned = Membership.all_stores.filter(store_id__in=foreign, user_id=by.id, role=OWNER)
    if foreign and (by.kind != "user" or owned.count() < len(foreign)):
        raise Conflict(
            "This person is also in a team that is not yours, so you can’t make a link to join. "
            "Who has a password already just signs in, and finds your store too.",
            field="email",
        )
    audit.note(subject=f"user:{user_id}")


@action("stores.create_api_key", permission="settings.edit", summary="Make an API key")
def create_api_key(*, name: str, scopes: list[str], by: Actor, at: datetime) -> NewApiKey:
    """Make a key; its secret is in the answer and nowhere else.

    :raises Invalid: unknown scope, no scope, or no name.
    :raises PermissionDenied: a scope that ``by`` has not got; a key must not lift its maker.
    """
    unknown = sorted(set(scopes) - ALL_PERMISSIONS)
    if unknown or not scopes:
        raise Invalid(
            f"Unknown scopes: {', '.join(unknown)}." if unknown else "Choose at least one scope.",
            field="scopes",
        )
    beyond = sorted(scope for scope in set(scopes) if not can(by, scope))
    if beyond:
        raise PermissionDenied(f"You may not do this yourself: {', '.join(beyond)}.")
    if not name.strip():
        raise Invalid("Give the key a name, so that you know it again.", field="name")
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        store_id=current_store_id(),
        name=name.strip(),
        prefix=prefix,
        secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=sorted(set(scopes)),
        created_at=at,
        created_by=by.key,
    )
    audit.note(subject=f"api_key:{row.id}", changes={"scopes": [None, row.scopes]})
    info = ApiKeyInfo(row.id, row.store_id, row.name, prefix, tuple(row.scopes))
    return NewApiKey(info, f"ds_{prefix}_{secret}")


@action("stores.revoke_api_key", permission="settings.edit", summary="Revoke an API key")
def revoke_api_key(*, key_id: UUID, by: Actor, at: datetime) -> None:
    """Make a key stop working at once. :raises NotFound: no such key in this store."""
    if not ApiKey.objects.filter(id=key_id, revoked_at__isnull=True).update(revoked_at=at):
        raise NotFound("There is no such key.")
    audit.note(subject=f"api_key:{key_id}")
