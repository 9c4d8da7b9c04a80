"""Setting an EasyPost connection up to make return labels."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.connectors.base import api as connections
from doorstep.connectors.carriers.labels.provider import NAME
from doorstep.connectors.carriers.labels.settings import (
    KEY,
    LabelSettings,
    check_key,
    check_settings,
    kept_settings,
    read_settings,
)
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.rooms.stores import api as stores


def label_settings(connection_id: UUID) -> LabelSettings | None:
    """Return how a connection makes labels, without its key; None where it makes none."""
    access = connections.find_access(connection_id)
    return read_settings(access.credentials) if access and access.kind == NAME else None


@action(
    "connectors.set_up_labels",
    permission="settings.edit",
    summary="Let an EasyPost account make return labels",
)
def set_up_labels(
    *,
    connection_id: UUID,
    api_key: str = "",
    name: str = "",
    street1: str = "",
    street2: str = "",
    city: str = "",
    state: str = "",
    zip: str = "",
    country: str = "",
    phone: str = "",
    weight_grams: int = 1000,
    length_cm: int = 30,
    width_cm: int = 20,
    height_cm: int = 15,
    carrier: str = "",
    service: str = "",
    by: Actor,
    at: datetime,
) -> None:
    """Keep the account's key, where returns go and their usual parcel; kept encrypted.

    :param api_key: left empty, the one that is kept stays.
    :raises NotFound: no such EasyPost connection.
    :raises Invalid: naming the field.
    :raises Conflict: a demo shop, which never calls out.
    """
    if stores.get_store().is_demo:
        raise Conflict("The demo shop never calls carriers. Make a shop of your own to buy labels.")
    access = connections.find_access(connection_id)
    if access is None or access.kind != NAME:
        raise NotFound("There is no such EasyPost connection.")
    texts: dict[str, Any] = {
        "name": name, "street1": street1, "street2": street2, "city": city, "state": state,
        "zip": zip, "country": country.upper(), "phone": phone, "carrier": carrier,
        "service": service,
    }  # fmt: skip
    wanted = replace(
        LabelSettings(weight_grams=weight_grams, length_cm=length_cm, width_cm=width_cm),
        height_cm=height_cm,
        **{key: value.strip() for key, value in texts.items()},
    )
    check_settings(wanted)
    api_key = api_key.strip()
    if api_key:
        check_key(api_key)
    elif not access.credentials.get(KEY):
        raise Invalid("Enter the API key of your EasyPost account.", field=KEY)
    credentials = kept_settings(wanted) | ({KEY: api_key} if api_key else {})
    connections.set_credentials(connection_id=connection_id, credentials=credentials, by=by, at=at)
