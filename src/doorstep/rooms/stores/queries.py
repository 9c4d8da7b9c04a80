"""Reading stores, team and keys."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection

from doorstep.kernel import once
from doorstep.kernel.actions.permissions import OWNER, ROLES
from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.stores.contracts import ApiKeyInfo, Member, StoreInfo
from doorstep.rooms.stores.models import ApiKey, Membership, Store

_FIELDS = list(StoreInfo.__dataclass_fields__)
_BY_ID = f"SELECT {', '.join(_FIELDS)} FROM {Store._meta.db_table} WHERE id = %s"  # noqa: S608


def _info(**lookup: object) -> StoreInfo:
    try:
        row = Store.objects.filter(**lookup).values(*_FIELDS).first()
    except (ValidationError, ValueError):
        row = None
    if row is None:
        raise NotFound("There is no such store.")
    return StoreInfo(**row)


def get_store(store_id: UUID | None = None) -> StoreInfo:
    """Return a store; by default the one whose scope is active.

    :raises NotFound: there is none.
    """
    try:
        key = Store._meta.pk.to_python(store_id or current_store_id())
    except ValidationError:
        raise NotFound("There is no such store.") from None
    return once.remember(("store", key), Store._meta.db_table, lambda: _store(key))


def _store(key: UUID) -> StoreInfo:
    # Every page of a shopper begins with this: Django would take longer to write the statement
    # than PostgreSQL to answer it.
    with connection.cursor() as cursor:
        cursor.execute(_BY_ID, [key])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such store.")
    return StoreInfo(*row)


def get_store_by_slug(slug: str) -> StoreInfo:
    """Return the store with this short name. :raises NotFound: there is none."""
    return _info(slug=slug)


def find_store_by_host(host: str) -> StoreInfo | None:
    """Return the store whose shoppers' pages live on this host name."""
    row = Store.objects.filter(portal_host=host.lower()).values(*_FIELDS).first() if host else None
    return StoreInfo(**row) if row else None


def list_stores() -> list[StoreInfo]:
    """List all stores by name (workers and the command line)."""
    return [StoreInfo(**row) for row in Store.objects.order_by("name").values(*_FIELDS)]


def get_logo(store_id: UUID) -> tuple[bytes, str]:
    """Return the logo and its MIME type. :raises NotFound: the store has none."""
    row = Store.objects.filter(id=store_id, logo__isnull=False).values("logo", "logo_type").first()
    if row is None:
        raise NotFound("This store has no logo.")
    return bytes(row["logo"] or b""), row["logo_type"]


def list_stores_of(user_id: UUID) -> list[tuple[StoreInfo, str]]:
    """List the stores a person belongs to, each with the person's role."""
    roles = dict(
        Membership.all_stores.filter(user_id=user_id, user__is_active=True).values_list(
            "store_id", "role"
        )
    )
    rows = Store.objects.filter(id__in=roles).order_by("name").values(*_FIELDS)
    return [(StoreInfo(**row), roles[row["id"]]) for row in rows]


def real_stores_of(user_id: UUID) -> set[UUID]:
    """Return the stores a person belongs to that are no demo (no scope needed)."""
    rows = Membership.all_stores.filter(user_id=user_id, store__is_demo=False)
    return set(rows.values_list("store_id", flat=True))


def find_role(user_id: UUID) -> str | None:
    """Return what the person is in the current store, None when nothing."""
    return (
        Membership.objects.filter(user_id=user_id, user__is_active=True)
        .values_list("role", flat=True)
        .first()
    )


def list_members() -> list[Member]:
    """List the current store's team by name."""
    rows = Membership.objects.select_related("user").order_by("user__name", "user__email")
    return [
        Member(row.user_id, row.user.email, row.user.name, row.role, row.user.is_active)
        for row in rows
    ]


def list_demo_members() -> list[Member]:
    """List the people of demo stores who are in no other store (no scope needed).

    They may be signed in as without a password: there is nothing real they could reach.
    """
    elsewhere = Membership.all_stores.filter(store__is_demo=False).values("user_id")
    rows = (
        Membership.all_stores.filter(store__is_demo=True, user__is_active=True)
        .exclude(user_id__in=elsewhere)
        .select_related("user")
    )
    ranked = sorted(rows, key=lambda row: list(ROLES).index(row.role))
    return [Member(row.user_id, row.user.email, row.user.name, row.role, True) for row in ranked]


def list_api_keys() -> list[ApiKey]:
    """List the current store's keys that still work, newest first."""
    return list(ApiKey.objects.filter(revoked_at__isnull=True).order_by("-created_at"))


def authenticate_api_key(presented: str, *, at: datetime) -> ApiKeyInfo | None:
    """Return the key behind ``ds_<prefix>_<secret>``, None when it is not one that works.

    The secret is 32 random bytes, so a plain SHA-256 is as good as a slow hash and costs nothing
    per request.
    """
    marker, _, rest = presented.partition("_")
    prefix, _, secret = rest.partition("_")
    if marker != "ds" or not secret or "\x00" in prefix:
        return None
    row = ApiKey.all_stores.filter(prefix=prefix[:12], revoked_at__isnull=True).first()
    digest = hashlib.sha256(secret.encode()).hexdigest()
    if row is None or not hmac.compare_digest(digest, row.secret_hash):
        return None
    if row.last_used_at is None or at - row.last_used_at > timedelta(minutes=1):
        ApiKey.all_stores.filter(id=row.id).update(last_used_at=at)
    role = _role_of(row)
    return ApiKeyInfo(row.id, row.store_id, row.name, row.prefix, tuple(row.scopes), role)


def _role_of(key: ApiKey) -> str:
    """Return whose limits hold for a key: an owner has none, whoever else may make keys has those
    of a manager. Else a key would be the way around one's own limits.
    """
    kind, _, maker = key.created_by.partition(":")
    if kind != "user":
        return OWNER  # made at the command line
    owns = Membership.all_stores.filter(store_id=key.store_id, role=OWNER)
    try:
        return OWNER if owns.filter(user_id=UUID(maker)).exists() else "manager"
    except ValueError:
        return "manager"
