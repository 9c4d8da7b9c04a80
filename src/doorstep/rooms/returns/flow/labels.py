"""The way back: asked for with the approval, made after the commit by whoever makes labels.

The built-in provider needs no carrier: its label is our own page with the address, the return's
number as barcode and QR code, and what to do. Its code is there at once. What a vendor has to be
asked stands in the label's ``due_at``; ``label_calls`` asks it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.returns.contracts import LabelState, MethodKind, Postage
from doorstep.rooms.returns.events import LabelFailed, LabelReady, PostageKept
from doorstep.rooms.returns.flow.opening import OpenReturn, open_return
from doorstep.rooms.returns.models import ReturnLabel
from doorstep.rooms.returns.ports import (
    BUILT_IN,
    BY_HAND,
    MadeLabel,
    PreparedLabel,
    RefusedLabel,
    provider_for,
)

IN_USE = [LabelState.REQUESTED.value, LabelState.READY.value]
_LOST = {Postage.KEPT, Postage.UNANSWERED}
# Nobody is asked about these.
NO_VENDOR = {BUILT_IN, BY_HAND}


def request_label(opened: OpenReturn) -> ReturnLabel | None:
    """Ask for the way back of an approved return; None where nothing has to come back."""
    if opened.row.is_kept or opened.row.method == MethodKind.KEEP:
        return None
    found = current_label(opened.row.id)
    if found is not None:
        return found
    name = provider_for(MethodKind(opened.row.method))
    label = new_label(opened, name)
    if name == BUILT_IN:
        make_ready(opened, label)
    else:
        label.due_at = opened.at
    label.save(force_insert=True)
    return label


def new_label(opened: OpenReturn, provider: str) -> ReturnLabel:
    """Return a label of a return's method that was just asked for, not saved yet."""
    return ReturnLabel(
        store_id=current_store_id(),
        authorization=opened.row,
        method=opened.row.method,
        state=LabelState.REQUESTED.value,
        provider=provider,
        code=opened.row.number,
        requested_at=opened.at,
        requested_by=opened.by.key,
    )


def current_label(return_id: UUID, *, lock: bool = False) -> ReturnLabel | None:
    """Return the way back that is in use, without its documents' bytes.

    :param lock: whoever changes it waits for a worker that is just taking it, and sees its lease.
    """
    rows = ReturnLabel.objects.filter(authorization=return_id, state__in=IN_USE)
    rows = rows.defer("document", "code_document")
    return (rows.select_for_update(no_key=True) if lock else rows).first()


def record_label(
    label_id: UUID,
    answer: PreparedLabel | MadeLabel | RefusedLabel,
    *,
    by: Actor,
    at: datetime,
) -> bool:
    """Keep what the provider answered, once; False when nobody wants the label any more.

    A label that was bought for a return that ended meanwhile is given back.
    """
    with transaction.atomic():
        found = ReturnLabel.objects.filter(id=label_id).values_list("authorization", flat=True)
        opened = open_return(found.get(), by=by, at=at)
        label = ReturnLabel.objects.select_for_update().get(id=label_id)
        is_wanted = label.state == LabelState.REQUESTED
        if isinstance(answer, RefusedLabel):
            if is_wanted:
                _fail(opened, label, answer.words)
        else:
            label.external_id = answer.external_id
            if not is_wanted:
                label.due_at = at
            elif isinstance(answer, MadeLabel):
                _keep(opened, label, answer)
        label.save()
        opened.save()
        return is_wanted


def record_postage(
    label_id: UUID, postage: Postage, *, by: Actor, at: datetime, next_look: timedelta
) -> None:
    """Keep what became of the price of a label given back; while it is open it is asked again.

    The order tells when it was decided against the store, or never decided.
    """
    with transaction.atomic():
        found = ReturnLabel.objects.filter(id=label_id).values_list("authorization", flat=True)
        opened = open_return(found.get(), by=by, at=at)
        label = ReturnLabel.objects.select_for_update().get(id=label_id)
        is_open = postage is Postage.ASKED
        if not is_open and label.postage != postage and postage in _LOST:
            cost = label.cost_minor
            opened.facts.append(
                PostageKept(*opened.head, label_id=label.id, cost_minor=cost, outcome=postage.value)
            )
        label.postage, label.attempts = postage.value, 0
        label.due_at = at + next_look if is_open else None
        label.save(update_fields=["postage", "attempts", "due_at"])
        opened.save()


def _keep(opened: OpenReturn, label: ReturnLabel, made: MadeLabel) -> None:
    label.carrier, label.cost_minor, label.words = made.carrier, made.cost_minor, made.words
    label.document, label.content_type = made.document, made.content_type
    label.code_document, label.code_type = made.code_document, made.code_type
    label.code = made.code or label.code
    set_number(label, made.tracking_number)
    make_findable(opened, label)
    make_ready(opened, label)


def _fail(opened: OpenReturn, label: ReturnLabel, words: str) -> None:
    """Note that there will be no label; what was prepared is looked at, should it be bought."""
    label.state, label.words, label.settled_at = LabelState.FAILED.value, words, opened.at
    label.due_at, label.attempts = (opened.at if label.external_id else None), 0
    opened.facts.append(LabelFailed(*opened.head, label_id=label.id))


def set_number(label: ReturnLabel, tracking_number: str) -> None:
    """Write the number the carrier knows the parcel by."""
    label.tracking_number = tracking_number.strip()[:100]
    label.number_key = fulfillment.normalize_number(label.tracking_number)


def make_findable(opened: OpenReturn, label: ReturnLabel) -> None:
    """Let people find the return by its parcel's number."""
    if label.number_key and label.number_key.casefold() not in opened.row.search_text:
        opened.row.search_text = f"{opened.row.search_text} {label.number_key.casefold()}"[:2000]


def void_label(opened: OpenReturn) -> None:
    """End the way back of a return that will not come; a bought label is given back.

    While the provider is being asked for it (``due_at`` is then the end of that lease) it is not
    asked to take it back: what it was about to buy would be missed.
    """
    label = current_label(opened.row.id, lock=True)
    if label is None:
        return
    label.state, label.settled_at = LabelState.VOIDED.value, opened.at
    label.due_at = (
        None if label.provider in NO_VENDOR else max(label.due_at or opened.at, opened.at)
    )
    label.attempts = 0
    label.save(update_fields=["state", "settled_at", "due_at", "attempts"])


def make_ready(opened: OpenReturn, label: ReturnLabel) -> None:
    """Make a label the way back from now on; the shopper is told."""
    label.state, label.settled_at, label.due_at = LabelState.READY.value, opened.at, None
    opened.facts.append(LabelReady(*opened.head, label_id=label.id, method=label.method))
