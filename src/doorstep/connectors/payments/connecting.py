"""Connecting a Stripe account: its key to ask with, its secret to be told with."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from doorstep.connectors.base import api as connections
from doorstep.connectors.payments.stripe.provider import API_KEY, NAME
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.rooms.stores import api as stores


def find_stripe() -> connections.ConnectionInfo | None:
    """Return the store's Stripe account, None when it has none."""
    return next((one for one in connections.list_connections() if one.kind == NAME), None)


@action(
    "connectors.connect_stripe",
    permission="settings.edit",
    summary="Connect a Stripe account, or change its keys",
)
def connect_stripe(*, api_key: str = "", webhook_secret: str = "", by: Actor, at: datetime) -> UUID:
    """Connect the store's one Stripe account; what is left empty stays as it is.

    The key comes first: Stripe makes the signing secret once it knows our address. Until it is
    entered, a secret that nobody knows stands in its place, and whatever comes is refused.

    :return: the connection, whose ``hook_path`` is what Stripe is to call.
    :raises Invalid: not a secret key, or not a signing secret.
    :raises Conflict: a demo shop, which never calls out.
    """
    if stores.get_store().is_demo:
        raise Conflict(
            "The demo shop practices with play money and never calls Stripe. Make a shop of your "
            "own to connect it."
        )
    known = find_stripe()
    api_key, webhook_secret = api_key.strip(), webhook_secret.strip()
    _check(api_key, "api_key", ("sk_", "rk_"), needed=known is None)
    _check(webhook_secret, "webhook_secret", ("whsec_",), needed=False)
    if known is None:
        made = connections.connect_shop(
            kind=NAME,
            name="Stripe",
            secret=webhook_secret or secrets.token_urlsafe(32),
            by=by,
            at=at,
        )
        connection_id = made.id
    else:
        connection_id = known.id
        if webhook_secret:
            connections.rotate_secret(
                connection_id=connection_id, secret=webhook_secret, by=by, at=at
            )
    if api_key:
        connections.set_credentials(
            connection_id=connection_id, credentials={API_KEY: api_key}, by=by, at=at
        )
    return connection_id


_WORDS = {
    "api_key": "A secret key begins with sk_ (or rk_, for a restricted one). A key that begins "
    "with pk_ is the public one.",
    "webhook_secret": "A signing secret begins with whsec_. Stripe shows it at the webhook.",
}


def _check(value: str, field: str, starts: tuple[str, ...], *, needed: bool) -> None:
    if not value and not needed:
        return
    if not value.startswith(starts) or len(value) < 12:
        raise Invalid(_WORDS[field], field=field)
