"""Taking a segment's members out, as a file: somebody may, and it is written down who did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.rooms.audiences.contracts import TakenMember
from doorstep.rooms.audiences.reading.members import list_member_ids
from doorstep.rooms.audiences.reading.segments import get_segment
from doorstep.rooms.customers import api as customers

_SET = 2_000


@action(
    "audiences.take_members", permission="audiences.edit", summary="Take out a segment's members"
)
def take_members(*, segment_id: UUID, by: Actor, at: datetime) -> Iterator[list[TakenMember]]:
    """Return a segment's members in sets; read them within the store's scope, also later.

    The audit trail says who took how many.

    :raises NotFound: there is no such segment in this store.
    """
    segment = get_segment(segment_id)
    audit.note(
        subject=f"segment:{segment_id}", changes={"taken_members": [None, segment.member_count]}
    )
    return _sets(segment_id)


def _sets(segment_id: UUID) -> Iterator[list[TakenMember]]:
    after: UUID | None = None
    while ids := list_member_ids(segment_id, after=after, limit=_SET):
        people = customers.get_customers(ids)
        yield [
            TakenMember(one, p.name, p.email, p.phone, p.country_code, p.locale)
            for one in ids
            if (p := people.get(one)) is not None
        ]
        after = ids[-1]
