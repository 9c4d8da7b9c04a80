"""Who a visitor is: by a token that we or the merchant's server signed, never by a bare address."""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.secrets import (
    InvalidSignedToken,
    constant_time_equal,
    decrypt_json,
    sign,
    verify,
)
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.events import SiteActivityRecorded
from doorstep.rooms.audiences.models import SiteSettings
from doorstep.rooms.customers import api as customers

_PURPOSE = "site visitor"
LINK_HOLDS = timedelta(days=60)
SERVER_HOLDS = timedelta(days=31)  # at most, whatever the merchant's server says
_SERVER_TOKEN = re.compile(r"m1\.(\d{10})\.([0-9a-f]{64})\.(.{3,254})", re.ASCII)


def sign_visitor(customer_id: UUID, *, at: datetime) -> str:
    """Return what a link in a mail says who follows it with (the address's ``ds_visitor``)."""
    payload = [str(current_store_id()), str(customer_id)]
    return sign(payload, purpose=_PURPOSE, at=at, lifetime=LINK_HOLDS)


def sign_as_server(secret: str, who: str, expires_at: int) -> str:
    """Return the token that a merchant's server makes of an e-mail address or a customer's id.

    ``m1.<expiry>.<HMAC-SHA256 of "m1.<expiry>.<who>" in hexadecimals>.<who>``, expiry in seconds
    of the epoch: what a shop's template language can make, too.
    """
    told = f"m1.{expires_at}.{who}"
    mark = hmac.new(secret.encode(), told.encode(), "sha256").hexdigest()
    return f"m1.{expires_at}.{mark}.{who}"


def find_visitor(token: str, *, at: datetime) -> UUID | None:
    """Return the customer a token names; None when it is forged, over, or names nobody here."""
    if token.startswith("m1."):
        return _read_server_token(token, at)
    try:
        store_id, customer_id = verify(token, purpose=_PURPOSE, at=at)
        named = UUID(customer_id)
    except (InvalidSignedToken, ValueError, TypeError):
        return None
    if store_id != str(current_store_id()):
        return None
    return named if _is_there(named) else None


def _read_server_token(token: str, at: datetime) -> UUID | None:
    found = _SERVER_TOKEN.fullmatch(token)
    row = SiteSettings.objects.only("secret").first()
    if found is None or row is None:
        return None
    expires_at, who = int(found[1]), found[3]
    right = sign_as_server(decrypt_json(row.secret), who, expires_at)
    now_ = at.timestamp()
    if not constant_time_equal(right, token) or not now_ < expires_at <= now_ + SERVER_HOLDS.total_seconds():  # fmt: skip
        return None
    if "@" in who:
        customer = customers.find_customer_by_email(who)
        return customer.id if customer else None
    try:
        named = UUID(who)
    except ValueError:
        return None
    return named if _is_there(named) else None


def _is_there(customer_id: UUID) -> bool:
    return customer_id in customers.get_customers([customer_id])


_HOLD = """
    INSERT INTO audiences_visitor AS v
        (id, store_id, token, customer_id, known_since, first_seen_at, last_seen_at)
    VALUES (gen_random_uuid(), %(store)s, %(token)s, NULL, NULL, %(at)s, %(at)s)
    ON CONFLICT (store_id, token)
        DO UPDATE SET last_seen_at = greatest(v.last_seen_at, excluded.last_seen_at)
    RETURNING id, customer_id
"""
_JOIN = """
    UPDATE audiences_siteactivity SET customer_id = %s
    WHERE store_id = %s AND visitor_id = %s AND customer_id IS NULL
    RETURNING id, kind, product_id, occurred_at
"""
# What both wished for stays the customer's wish alone.
_DROP_DOUBLE = """
    DELETE FROM audiences_wishlistitem w
    WHERE w.store_id = %(store)s AND w.visitor_id = %(visitor)s AND w.customer_id IS NULL
      AND w.removed_at IS NULL
      AND EXISTS (SELECT FROM audiences_wishlistitem o
                  WHERE o.store_id = w.store_id AND o.customer_id = %(customer)s
                    AND o.product_ref = w.product_ref AND o.removed_at IS NULL)
"""
_JOIN_WISHES = """
    UPDATE audiences_wishlistitem SET customer_id = %(customer)s
    WHERE store_id = %(store)s AND visitor_id = %(visitor)s AND customer_id IS NULL
"""


def know_visitor(*, visitor: str, customer_id: UUID, by: Actor, at: datetime) -> bool:
    """Note whose browser it is, within the caller's transaction; returns whether that was news.

    What nobody's visitor did before becomes this customer's. In a browser that another customer
    used, what that one did stays theirs, and only what follows is this one's.
    """
    store = current_store_id()
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"store": store, "token": visitor, "at": at})
        visitor_id, known = cursor.fetchone()
        if known == customer_id:
            return False
        cursor.execute(
            "UPDATE audiences_visitor SET customer_id = %s, known_since = %s WHERE id = %s",
            [customer_id, at, visitor_id],
        )
        cursor.execute(_JOIN, [customer_id, store, visitor_id])
        joined = cursor.fetchall()
        names = {"store": store, "visitor": visitor_id, "customer": customer_id}
        cursor.execute(_DROP_DOUBLE, names)
        cursor.execute(_JOIN_WISHES, names)
    # One of each kind is enough for whoever counts the customer's activities anew.
    latest = {row[1]: row for row in sorted(joined, key=lambda row: row[3])}
    publish_many(
        [
            EventDraft(
                SiteActivityRecorded(row_id, customer_id, kind, product_id),
                customer_id,
                at,
                by,
                f"customer:{customer_id}",
            )
            for row_id, kind, product_id, _occurred in latest.values()
        ]
    )
    return True
