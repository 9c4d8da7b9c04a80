"""Which failures of the database pass by themselves, so that the same work is simply done again."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError

# Django and psycopg count them among the operational errors, but the same rows bring them again:
# 54 is a limit of PostgreSQL ("index row too large"), 57014 a statement that took too long.
_STAYS = ("54", "57014")


def is_passing(error: BaseException) -> bool:
    """Tell whether the database is away or two transactions collided: no row is to blame.

    What is not passing must be put aside, or it stands in the way of everything behind it.
    """
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or not state.startswith(_STAYS)
