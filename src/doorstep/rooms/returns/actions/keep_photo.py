"""A shopper shows what is wrong."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns.contracts import PhotoView
from doorstep.rooms.returns.flow.pictures import clean_picture
from doorstep.rooms.returns.models import ReturnPhoto
from doorstep.rooms.returns.reading.views import photo_view

MOST_UNUSED = 40  # of one order, in a day: nobody fills the database through a form
UNUSED_FOR = timedelta(days=1)


class TooManyPhotos(Conflict):
    """So many pictures wait for a return of this order already."""

    code = "too_many_photos"


@action("returns.add_photo", permission="returns.change", summary="Add a picture for a return")
def add_photo(
    *, order_id: UUID, data: bytes, line_id: UUID | None = None, by: Actor, at: datetime
) -> PhotoView:
    """Keep a picture for a return that is being asked for: encoded anew, without metadata.

    The same picture again is the same photo. Of no return after a day, it goes.

    :raises NotFound: no such order.
    :raises PictureTooLarge: above 10 MB, or too many pixels.
    :raises BadPicture: no picture.
    :raises TooManyPhotos: 40 wait already.
    """
    picture = clean_picture(data)
    order = orders.get_order(order_id)
    if line_id is not None and line_id not in {line.id for line in order.lines}:
        raise Invalid("This is not a line of this order.", field="line_id")
    waiting = ReturnPhoto.objects.filter(order=order_id, line__isnull=True)
    digest = hashlib.sha256(picture.data).hexdigest()
    known = waiting.filter(digest=digest).defer("data").first()
    if known is not None:
        return photo_view(known, at=at)
    if waiting.count() >= MOST_UNUSED:
        raise TooManyPhotos("There are enough pictures. Send the return with those you have.")
    row, _ = ReturnPhoto.objects.get_or_create(
        order_id=order_id,
        digest=digest,
        line=None,
        defaults={
            "store_id": current_store_id(),
            "order_line_id": line_id,
            "data": picture.data,
            "width": picture.width,
            "height": picture.height,
            "size_bytes": len(picture.data),
            "uploaded_at": at,
            "uploaded_by": by.key,
        },
    )
    return photo_view(row, at=at)


def forget_unused(at: datetime) -> int:
    """Delete pictures of no return that are a day old, of any store; returns how many."""
    old = ReturnPhoto.all_stores.filter(line__isnull=True, uploaded_at__lt=at - UNUSED_FOR)
    ids = list(old.values_list("id", flat=True)[:500])
    return ReturnPhoto.all_stores.filter(id__in=ids, line__isnull=True).delete()[0]
