"""Names for the keys of actors that rows keep."""

from __future__ import annotations

from django.utils.translation import gettext as _

from doorstep.rooms.stores import api as stores


def name_of(key: str) -> str:
    """Return a team member's name for an actor's key; for others, what they are (one query)."""
    kind, _colon, actor_id = key.partition(":")
    if kind == "user":
        for member in stores.list_members():
            if str(member.user_id) == actor_id:
                return member.name or member.email
        return _("Somebody who left the team")
    return {"api_key": _("An API key"), "connector": _("The sales channel")}.get(kind, "Doorstep")
