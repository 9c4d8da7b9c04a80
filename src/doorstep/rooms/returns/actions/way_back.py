"""What people do about the way back: ask for a label again, put one in, say which parcel it is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.rooms.returns.contracts import MethodKind, ReturnView
from doorstep.rooms.returns.flow.labels import (
    current_label,
    make_findable,
    make_ready,
    new_label,
    request_label,
    set_number,
    void_label,
)
from doorstep.rooms.returns.flow.opening import OpenReturn, open_return
from doorstep.rooms.returns.flow.pictures import clean_picture
from doorstep.rooms.returns.models import ReturnLabel
from doorstep.rooms.returns.ports import BUILT_IN, BY_HAND
from doorstep.rooms.returns.reading.details import get_return
from doorstep.rooms.returns.rules.states import check_is_approved

MAX_BYTES = 5 * 1024 * 1024
PDF = "application/pdf"


class BadLabel(Invalid):
    """The file is no label that can be printed."""

    code = "bad_label"


@action(
    "returns.add_tracking_number",
    permission="returns.change",
    summary="Say which parcel a return comes in",
)
def add_tracking_number(
    *, return_id: UUID, tracking_number: str, carrier: str = "", by: Actor, at: datetime
) -> ReturnView:
    """Keep the number of the parcel a shopper posted; its scans are followed from now on.

    Where no label could be made, who posts it all the same pays no label.

    :raises Invalid: nothing that could be a number.
    :raises Conflict: nothing has to come back.
    :raises ReturnNotThere: the return is not approved.
    """
    number = _number(tracking_number)
    opened = _open(return_id, by, at)
    label = current_label(return_id, lock=True) or _own_label(opened)
    before = label.tracking_number
    set_number(label, number)
    label.carrier = carrier.strip()[:50]
    label.checked_at = None  # what is known of the new number is looked up at once
    label.save(update_fields=["tracking_number", "number_key", "carrier", "checked_at"])
    make_findable(opened, label)
    audit.note(subject=f"order:{opened.row.order_id}", changes={"return_parcel": [before, number]})
    opened.save()
    return get_return(return_id, at=at)


@action(
    "returns.request_label_again",
    permission="returns.change",
    summary="Ask for a return label again",
)
def request_label_again(*, return_id: UUID, by: Actor, at: datetime) -> ReturnView:
    """Ask for a label anew after one could not be made; a new one, which is bought once too.

    :raises Conflict: there is one, or one is being made; or nothing has to come back.
    :raises ReturnNotThere: the return is not approved.
    """
    opened = _open(return_id, by, at)
    if current_label(return_id) is not None:
        raise Conflict("This return has a label, or one is being made.")
    request_label(opened)
    audit.note(subject=f"order:{opened.row.order_id}", changes={"label": [None, "requested"]})
    opened.save()
    return get_return(return_id, at=at)


@action(
    "returns.put_label_in",
    permission="returns.change",
    summary="Give a return a label bought elsewhere",
)
def put_label_in(
    *,
    return_id: UUID,
    document: bytes = b"",
    tracking_number: str = "",
    carrier: str = "",
    by: Actor,
    at: datetime,
) -> ReturnView:
    """Make a label that was bought elsewhere the way back; the shopper is told.

    One that was made before is given back.

    :param document: PDF, PNG or JPEG, at most 5 MB; a picture is encoded anew.
    :raises BadLabel: none of these, or too large.
    :raises Invalid: neither a document nor a number, or no number.
    :raises Conflict: nothing has to come back.
    :raises ReturnNotThere: the return is not approved.
    """
    if not document and not tracking_number.strip():
        raise Invalid("Choose the label’s file, or enter its tracking number.", field="document")
    data, content_type = _clean(document) if document else (None, "")
    number = _number(tracking_number) if tracking_number.strip() else ""
    opened = _open(return_id, by, at)
    void_label(opened)
    label = new_label(opened, BY_HAND)
    label.document, label.content_type = data, content_type
    label.carrier = carrier.strip()[:50]
    set_number(label, number)
    make_findable(opened, label)
    make_ready(opened, label)
    label.save(force_insert=True)
    audit.note(subject=f"order:{opened.row.order_id}", changes={"label": [None, number or "file"]})
    opened.save()
    return get_return(return_id, at=at)


def _open(return_id: UUID, by: Actor, at: datetime) -> OpenReturn:
    """Open an approved return of which something has to come back."""
    opened = open_return(return_id, by=by, at=at)
    check_is_approved(opened.row.number, opened.row.state)
    if opened.row.is_kept or opened.row.method == MethodKind.KEEP:
        raise Conflict("Nothing of this return has to come back.")
    return opened


def _own_label(opened: OpenReturn) -> ReturnLabel:
    """Let the shopper post it as she can: our page is the label."""
    opened.row.method = MethodKind.OWN_LABEL.value
    label = new_label(opened, BUILT_IN)
    make_ready(opened, label)
    label.save(force_insert=True)
    return label


def _number(typed: str) -> str:
    number = typed.strip()
    if not 4 <= len(number) <= 100 or not number.isprintable():
        raise Invalid("Enter the number from the receipt or label.", field="tracking_number")
    return number


def _clean(document: bytes) -> tuple[bytes, str]:
    """Return a label's file as it is kept. A PDF is kept as it came: it is only ever downloaded."""
    if len(document) > MAX_BYTES:
        raise BadLabel("A label is at most 5 MB large.", field="document")
    if document.startswith(b"%PDF-"):
        return document, PDF
    try:
        return clean_picture(document).data, "image/jpeg"
    except Invalid as error:
        raise BadLabel("Choose the label as a PDF, PNG or JPEG.", field="document") from error
