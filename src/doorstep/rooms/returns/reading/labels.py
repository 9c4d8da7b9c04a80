"""A label by its own link: the return it belongs to, and where it goes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.kernel.errors import NotFound
from doorstep.rooms.returns.contracts import LabelFile, LabelState, LabelView, ReturnView
from doorstep.rooms.returns.flow.addresses import return_address
from doorstep.rooms.returns.models import ReturnLabel
from doorstep.rooms.returns.reading.details import get_return


def find_label(label_id: UUID, *, at: datetime) -> tuple[ReturnView, LabelView]:
    """Return a label that can be used, with its return.

    :raises NotFound: there is none, or it was voided or replaced by another.
    """
    row = ReturnLabel.objects.filter(id=label_id, state=LabelState.READY).only("authorization")
    found = row.values_list("authorization", flat=True).first()
    if found is None:
        raise NotFound("This label is not valid any more.")
    view = get_return(found, at=at)
    if view.label is None or view.label.id != label_id:
        raise NotFound("This label is not valid any more.")
    return view, view.label


def get_label_file(label_id: UUID, *, is_code: bool = False) -> LabelFile:
    """Return a label's document, or the carrier's picture of its code.

    :raises NotFound: there is none, or the label is not valid any more.
    """
    row = ReturnLabel.objects.filter(id=label_id, state=LabelState.READY).first()
    data = None if row is None else row.code_document if is_code else row.document
    if row is None or data is None:
        raise NotFound("This label is not valid any more.")
    return LabelFile(row.code_type if is_code else row.content_type, bytes(data))


def way_back() -> tuple[str, ...]:
    """Return where returns of the store go, line by line."""
    return return_address()
