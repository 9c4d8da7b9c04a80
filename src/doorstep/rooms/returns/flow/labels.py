"""The way back: asked for with the approval, made after the commit by whoever makes labels.

The built-in provider needs no carrier: its label is our own page with the address, the return's
number as barcode and QR code, and what to do. Its code is there at once.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns.contracts import LabelState, MethodKind
from doorstep.rooms.returns.events import LabelFailed, LabelReady
from doorstep.rooms.returns.flow.addresses import return_address
from doorstep.rooms.returns.flow.opening import OpenReturn, open_return
from doorstep.rooms.returns.models import ReturnLabel
from doorstep.rooms.returns.ports import (
    BUILT_IN,
    LabelAsk,
    MadeLabel,
    RefusedLabel,
    find_provider,
    provider_for,
)

IN_USE = [LabelState.REQUESTED.value, LabelState.READY.value]


def request_label(opened: OpenReturn) -> ReturnLabel | None:
    """Ask for the way back of an approved return; None where nothing has to come back."""
    if opened.row.is_kept or opened.row.method == MethodKind.KEEP:
        return None
    found = current_label(opened.row.id)
    if found is not None:
        return found
    method = MethodKind(opened.row.method)
    name = provider_for(method)
    label = ReturnLabel(
        store_id=current_store_id(),
        authorization=opened.row,
        method=method.value,
        state=LabelState.REQUESTED.value,
        provider=name,
        code=opened.row.number,
        requested_at=opened.at,
        requested_by=opened.by.key,
    )
    if name == BUILT_IN:
        _ready(opened, label)
    label.save(force_insert=True)
    if name != BUILT_IN:
        defer_label(label.id, label.store_id)
    return label


def current_label(return_id: UUID) -> ReturnLabel | None:
    """Return the way back that is in use, without its document's bytes."""
    return (
        ReturnLabel.objects.filter(authorization=return_id, state__in=IN_USE)
        .defer("document")
        .first()
    )


def defer_label(label_id: UUID, store_id: UUID) -> None:
    """Let a job ask the provider after the commit."""
    from doorstep.rooms.returns.jobs import make_label  # jobs import this module

    make_label.defer(label_id=str(label_id), store_id=str(store_id))


def ask_provider(label_id: UUID, *, by: Actor, at: datetime) -> None:
    """Ask the provider for a label and record what came of it; outside of any transaction.

    The label's id is the idempotency key: a crash between asking and recording asks once more and
    gets the same label.

    :raises TryAgain: nobody knows yet; the job comes again.
    """
    label = ReturnLabel.objects.filter(id=label_id, state=LabelState.REQUESTED).first()
    if label is None:
        return
    provider = find_provider(label.provider)
    row = label.authorization
    if provider is None:
        answer: MadeLabel | RefusedLabel = RefusedLabel(
            "no_provider", f"There is no label provider “{label.provider}” any more."
        )
    else:
        order = orders.get_order(row.order_id)
        answer = provider.make_label(
            LabelAsk(
                label_id=label.id,
                method=MethodKind(label.method),
                number=row.number,
                sender=order.shipping_address,
                receiver=return_address(),
                pieces=row.pieces,
                value_minor=row.value_minor,
                currency=row.currency,
            )
        )
    record_label(label_id, answer, by=by, at=at)


def record_label(
    label_id: UUID, answer: MadeLabel | RefusedLabel, *, by: Actor, at: datetime
) -> None:
    """Keep what the provider answered, once."""
    with transaction.atomic():
        found = ReturnLabel.objects.filter(id=label_id).values_list("authorization", flat=True)
        opened = open_return(found.get(), by=by, at=at)
        label = ReturnLabel.objects.select_for_update().get(id=label_id)
        if label.state != LabelState.REQUESTED:
            return
        if isinstance(answer, MadeLabel):
            label.carrier, label.external_id = answer.carrier, answer.external_id
            label.document, label.content_type = answer.document, answer.content_type
            label.code = answer.code or label.code
            label.cost_minor = answer.cost_minor
            set_number(label, answer.tracking_number)
            _ready(opened, label)
        else:
            label.state, label.words, label.settled_at = LabelState.FAILED.value, answer.words, at
            opened.facts.append(LabelFailed(*opened.head, label_id=label.id))
        label.save()
        opened.save()


def set_number(label: ReturnLabel, tracking_number: str) -> None:
    """Write the number the carrier knows the parcel by."""
    label.tracking_number = tracking_number.strip()[:100]
    label.number_key = fulfillment.normalize_number(label.tracking_number)


def void_label(opened: OpenReturn) -> None:
    """End the way back of a return that will not come; a bought label is given back by a job."""
    label = ReturnLabel.objects.filter(authorization=opened.row.id, state__in=IN_USE).first()
    if label is None:
        return
    label.state, label.settled_at = LabelState.VOIDED.value, opened.at
    label.save(update_fields=["state", "settled_at"])
    if label.provider != BUILT_IN and label.external_id:
        from doorstep.rooms.returns.jobs import void_label as void  # jobs import this module

        void.defer(label_id=str(label.id), store_id=str(label.store_id))


def _ready(opened: OpenReturn, label: ReturnLabel) -> None:
    label.state, label.settled_at = LabelState.READY.value, opened.at
    opened.facts.append(LabelReady(*opened.head, label_id=label.id, method=label.method))
