"""``doorstep setup``: make a store and its first owner."""

from __future__ import annotations

import re

import click

from doorstep.cli.environment import any_database
from doorstep.cli.options import data_option
from doorstep.runtime.data_folder import DataFolder


@click.command()
@data_option
@click.argument("name")
@click.option("--owner", required=True, metavar="EMAIL", help="Who owns the store.")
@click.option("--owner-name", default="", help="The owner's name.")
@click.option("--currency", required=True, metavar="CODE", help="What it sells in, like EUR.")
@click.option("--country", default="", metavar="CODE", help="Home country, like DE.")
@click.option("--timezone", default="UTC", help="Like Europe/Berlin.")
@click.option("--language", default="en", help="Language of messages, like de.")
@click.option("--slug", default="", help="Short name in addresses; made from NAME when left out.")
def setup(
    data: DataFolder,
    name: str,
    owner: str,
    owner_name: str,
    currency: str,
    country: str,
    timezone: str,
    language: str,
    slug: str,
) -> None:
    """Make the store NAME, and a link with which its owner chooses a password.

    Running it again for the same store and owner only makes a new link.
    """
    with any_database(data, "doorstep setup"):
        from django.conf import settings
        from django.db import transaction

        from doorstep.cli.database import bring_up_to_date
        from doorstep.kernel.clock import now
        from doorstep.rooms.stores import api as stores

        bring_up_to_date()
        short = slug or _short_name(name)
        known = {store.slug: store for store in stores.list_stores()}
        with transaction.atomic():
            store = known.get(short) or stores.create_store(
                slug=short,
                name=name,
                currency=currency.upper(),
                country_code=country.upper(),
                timezone=timezone,
                default_locale=language,
                at=now(),
            )
            path = _invite(store.id, owner, owner_name)
        click.echo(f"The store “{store.name}” is there.")
        click.echo(f"{owner} chooses a password here (works once, for seven days):")
        click.echo(f"  {settings.BASE_URL}{path}")


def _short_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "store"


def _invite(store_id: object, email: str, name: str) -> str:
    """Put the owner into the team and return the path of the link to join."""
    from uuid import UUID

    from django.contrib.auth import get_user_model
    from django.urls import reverse

    from doorstep.console.signin.views import invitation_token
    from doorstep.kernel.actors import Actor
    from doorstep.kernel.clock import now
    from doorstep.kernel.errors import Conflict
    from doorstep.kernel.tenancy import store_scope
    from doorstep.rooms.stores import api as stores

    assert isinstance(store_id, UUID)
    with store_scope(store_id):
        try:
            member = stores.add_member(
                email=email, name=name, role="owner", by=Actor.system("cli.setup"), at=now()
            )
        except Conflict:  # in the team already: a new link is what is wanted
            member = next(m for m in stores.list_members() if m.email == email.strip().lower())
    person = get_user_model().objects.get(id=member.user_id)
    return reverse("console-join", args=[invitation_token(person)])
