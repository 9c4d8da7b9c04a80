"""Returns with all that belongs to them, in a number of queries that does not grow with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from doorstep.kernel.errors import NotFound
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns.contracts import PictureFile, ReturnView
from doorstep.rooms.returns.flow.labels import IN_USE
from doorstep.rooms.returns.models import (
    NewThing,
    ReturnAuthorization,
    ReturnedPiece,
    ReturnLabel,
    ReturnLine,
    ReturnPhoto,
    ReturnScan,
    ReturnSettlement,
)
from doorstep.rooms.returns.policy.reasons import ReasonBook, read_reasons
from doorstep.rooms.returns.reading import views
from doorstep.rooms.stores import api as stores

Row = TypeVar("Row")


def get_return(return_id: UUID, *, at: datetime) -> ReturnView:
    """Return one return with everything. :raises NotFound: there is none in this store."""
    found = get_returns([return_id], at=at)
    if return_id not in found:
        raise NotFound("There is no such return.")
    return found[return_id]


def find_return(number: str, *, at: datetime) -> ReturnView:
    """Return the return of a number ("R-1042"). :raises NotFound: there is none."""
    known = ReturnAuthorization.objects.filter(number=number.strip().upper()).only("id")
    row = known.first() if number.isprintable() else None
    if row is None:
        raise NotFound("There is no such return.")
    return get_return(row.id, at=at)


def find_asked(order_id: UUID, key: str) -> str:
    """Return the number of the return that a wish of this key made, "" when it made none."""
    if not key.isprintable():
        return ""
    known = ReturnAuthorization.objects.filter(order=order_id, key=key)
    return known.values_list("number", flat=True).first() or ""


def list_returns_of(order_ids: Collection[UUID], *, at: datetime) -> dict[UUID, list[ReturnView]]:
    """Return the returns of orders, newest first; orders without one are left out."""
    rows = ReturnAuthorization.objects.filter(order__in=order_ids).order_by("-requested_at")
    ids = list(rows.values_list("id", flat=True))
    found = get_returns(ids, at=at)
    by_order: dict[UUID, list[ReturnView]] = defaultdict(list)
    for return_id in ids:
        view = found[return_id]
        by_order[view.summary.order_id].append(view)
    return dict(by_order)


def get_returns(return_ids: Collection[UUID], *, at: datetime) -> dict[UUID, ReturnView]:
    """Return several with everything; unknown ids are left out."""
    rows = list(ReturnAuthorization.objects.filter(id__in=list(return_ids)))
    if not rows:
        return {}
    ids = [row.id for row in rows]
    parts = _Parts(ids)
    details = orders.get_orders({row.order_id for row in rows})
    wanted = {v for line in parts.all_lines for v in [line.exchange_variant_id] if v}
    wanted |= {x.variant_id for d in details.values() for x in d.lines if x.variant_id}
    variants = catalog.get_variants(wanted)
    new_orders = {one.order_id for many in parts.things.values() for one in many if one.order_id}
    numbers = {mark.id: mark.number for mark in orders.get_order_marks(new_orders).values()}
    store, book = stores.get_store(), read_reasons()
    found = {}
    for row in rows:
        order = details[row.order_id]
        lines, pieces = parts.lines[row.id], parts.pieces[row.id]
        of_order = {line.id: line for line in order.lines}
        settlements = parts.settlements[row.id]
        label = parts.labels[row.id]
        found[row.id] = ReturnView(
            summary=views.summary_view(row, order.summary, lines, len(pieces)),
            lines=tuple(
                views.line_view(
                    line,
                    of_order[line.order_line_id],
                    pieces,
                    [views.photo_view(one, at=at) for one in parts.photos[line.id]],
                    variants,
                    reason_words(book, line.reason_code, row.locale),
                )
                for line in lines
            ),
            pieces=tuple(views.piece_view(one) for one in pieces),
            label=views.label_view(label[0], store, at=at) if label else None,
            former_labels=tuple(
                views.label_view(one, store, at=at)
                for one in label[1:]
                if one.postage or one.words or one.tracking_number
            ),
            scans=tuple(views.scan_view(one) for one in parts.scans[row.id]),
            settlements=tuple(views.settlement_view(one) for one in settlements),
            new_things=tuple(views.new_thing_view(x, numbers) for x in parts.things[row.id]),
            steps=views.steps_of(row, settlements),
            trigger=views.trigger_of(row),
            label_payer=views.payer_of(row),
            label_fee_minor=row.label_fee_minor,
            for_recipient=row.for_recipient,
            recipient_name=row.recipient_name,
            policy_version_id=row.policy_version_id,
            note=row.note,
            decided_by=row.ended_by or row.approved_by,
            locale=row.locale,
            expected_by=views.expected_by(settlements),
            is_test=row.is_test,
        )
    return found


class _Parts:
    """The rows of some returns, by return."""

    def __init__(self, ids: list[UUID]) -> None:
        self.all_lines = list(ReturnLine.objects.filter(authorization__in=ids).order_by("position"))
        self.lines = _by(self.all_lines)
        self.pieces = _by(ReturnedPiece.objects.filter(authorization__in=ids).order_by("position"))
        self.things = _by(NewThing.objects.filter(authorization__in=ids).order_by("id"))
        self.settlements = _by(
            ReturnSettlement.objects.filter(authorization__in=ids).order_by("nth")
        )
        self.scans = _by(ReturnScan.objects.filter(authorization__in=ids).order_by("occurred_at"))
        labels = ReturnLabel.objects.filter(authorization__in=ids).defer(
            "document", "code_document"
        )
        # The one in use; of those that failed or were voided the last.
        ordered = sorted(
            labels, key=lambda one: (one.state not in IN_USE, -one.requested_at.timestamp())
        )
        self.labels = _by(ordered)
        photos = ReturnPhoto.objects.filter(line__authorization__in=ids).defer("data")
        self.photos: dict[UUID | None, list[ReturnPhoto]] = defaultdict(list)
        for photo in photos.order_by("uploaded_at", "id"):
            self.photos[photo.line_id].append(photo)


def _by(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.authorization_id].append(row)
    return found


def reason_words(book: ReasonBook, code: str, locale: str) -> str:
    """Return a reason in a language, in English where it has none; its code where it is unknown."""
    reason = book.find(code)
    if reason is None:
        return code.replace("_", " ").capitalize()
    language = locale.replace("_", "-").split("-")[0].lower()
    return reason.words.get(language) or reason.words.get("en") or code


def get_picture(photo_id: UUID) -> PictureFile:
    """Return a picture's bytes. :raises NotFound: it is not there (any more)."""
    row = ReturnPhoto.objects.filter(id=photo_id).only("data").first()
    if row is None:
        raise NotFound("This picture is not there any more.")
    return PictureFile("image/jpeg", bytes(row.data))
