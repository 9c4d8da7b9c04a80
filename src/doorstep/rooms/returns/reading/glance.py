"""What the order's page asks: the returns there are, and whether anything may come back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.tallies import Tally
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.returns.contracts import Eligibility, RefusalCode, ReturnMark, ReturnState
from doorstep.rooms.returns.policy.deciding import Docket
from doorstep.rooms.stores.contracts import StoreInfo

NOTHING = "This order has nothing that could come back."


# ``%(order)s`` is the order's id.
RETURNS_OF_ORDER = Tally(
    "SELECT count(*) FROM returns_returnauthorization"
    " WHERE store_id = %(store)s AND order_id = %(order)s"
)
# Every order's page asks this: Django would take longer to write it than PostgreSQL to answer.
_MARKS = """
    SELECT number, state, for_recipient FROM returns_returnauthorization
    WHERE store_id = %s AND order_id = %s ORDER BY requested_at DESC
"""


def list_marks(order_id: UUID) -> list[ReturnMark]:
    """List the returns of an order by number and state, newest first; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_MARKS, [current_store_id(), order_id])
        return [
            ReturnMark(number, ReturnState(state), for_recipient)
            for number, state, for_recipient in cursor
        ]


def why_nothing(
    order_id: UUID, *, at: datetime, locale: str = "", store: StoreInfo | None = None
) -> str:
    """Say why nothing of an order may come back; "" where something may.

    The same answer as ``options`` gives, without looking at stock, prices and exchanges.

    :param store: the order's, where it was read already.
    """
    decided = Docket([order_id], at=at, store=store).answers(locale=locale).values()
    # Lines that were taken off the order are nothing to speak of.
    return words_of([one for one in decided if one.reason_code != RefusalCode.CANCELED])


def words_of(decided: Sequence[Eligibility]) -> str:
    """Say why none of these lines may come back; "" where one may."""
    if any(one.is_allowed for one in decided):
        return ""
    return " ".join(dict.fromkeys(one.reason for one in decided)) or NOTHING
