"""A card per parcel: what is inside, where it is, what happened, and who acts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.portal.formats import show_number
from doorstep.portal.orders.checkpoints import Happening, happenings
from doorstep.portal.orders.conditions import tell_parcel
from doorstep.portal.orders.parcels import Parcel, Piece, shippable_count
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.telling import Answer
from doorstep.rooms.tracking.contracts import ParcelCondition

_OPEN_STEPS = 3  # of the log; the rest is folded
_STEPS_A_PAGE = 60  # of all parcels together: an order of twenty must stay a small page
_PIECES_SHOWN = 12
_REPORT_DAYS = 60  # how long after it arrived a parcel can be reported as not found
# A picture of the shop, or one of this very site ("/static/…", as in the demo).
PICTURE = re.compile(r"https://|/[^/\\]")
_LINK = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ShownPiece:
    """Some of one thing, as a picture with its name; ``quantity`` is "" for one piece."""

    title: str
    note: str
    quantity: str
    image_url: str


@dataclass(frozen=True, slots=True)
class Card:
    """One parcel.

    :param label: the small line over the title.
    :param is_told_above: the page's answer has said it already.
    """

    anchor: str
    label: str
    title: str
    told: Answer
    is_told_above: bool
    pieces: list[ShownPiece]
    more_pieces: str
    seen: str
    carrier: str
    tracking_number: str
    tracking_url: str
    latest: list[Happening]
    earlier: list[Happening]
    has_older: bool
    reports: UUID | None  # the parcel's id, where it can be reported as not found


def parcel_cards(reading: Reading, answered: Parcel | None, said: Answer) -> list[Card]:
    """Make a card of each parcel, what matters most first.

    :param answered: the parcel that the page's answer is about, which is ``said``.
    """
    ranked = sorted(reading.parcels, key=lambda parcel: (parcel.rank, parcel.number))
    most = max(_OPEN_STEPS, _STEPS_A_PAGE // max(1, len(ranked)))
    return [
        _card(
            parcel,
            said if parcel is answered else tell_parcel(parcel, reading),
            reading,
            most,
            is_told_above=parcel is answered,
        )
        for parcel in ranked
    ]


def _card(
    parcel: Parcel, told: Answer, reading: Reading, most: int, *, is_told_above: bool
) -> Card:
    steps = parcel.progress.checkpoints if parcel.progress else ()
    listed = happenings(steps, reading, most)
    pieces, more = show_pieces(parcel.pieces, reading)
    name, share = parcel_name(parcel, reading), share_words(parcel.piece_count, reading)
    is_one_of_several = parcel.count > 1 or bool(reading.waiting) or not is_told_above
    label = " · ".join(filter(None, [name, share])) if is_one_of_several else share
    return Card(
        anchor=f"parcel-{parcel.number}",
        label=label,
        title=told.headline if is_one_of_several else name,
        told=told,
        is_told_above=is_told_above,
        pieces=pieces,
        more_pieces=more,
        seen=seen_words(parcel, reading),
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        tracking_url=parcel.tracking_url if _LINK.match(parcel.tracking_url) else "",
        latest=listed[:_OPEN_STEPS],
        earlier=listed[_OPEN_STEPS:],
        has_older=len(steps) > most == len(listed),
        reports=reportable(parcel, reading),
    )


def parcel_name(parcel: Parcel, reading: Reading) -> str:
    """Name a parcel: "Parcel 2 of 3", or "Your parcel" where it is the only one."""
    if parcel.count == 1:
        return _("Your parcel")
    return _("Parcel %(number)s of %(count)s") % {
        "number": show_number(parcel.number, reading.language),
        "count": show_number(parcel.count, reading.language),
    }


def reportable(parcel: Parcel, reading: Reading) -> UUID | None:
    """Return the id of a parcel that may be reported as not found, else None."""
    progress = parcel.progress
    if progress is None or parcel.condition != ParcelCondition.DELIVERED:
        return None
    at = progress.delivered_at or progress.status_at
    if at is not None and reading.at - at > timedelta(days=_REPORT_DAYS):
        return None
    return progress.parcel_id


def seen_words(parcel: Parcel, reading: Reading) -> str:
    """Say where a parcel was seen last, and when."""
    progress = parcel.progress
    if progress is None or not parcel.is_open:
        return ""
    for step in progress.checkpoints:
        if step.status and not step.is_ignored:
            when = reading.moment(step.at, is_date_only=step.is_date_only)
            if step.place:
                return _("Last seen in %(place)s: %(when)s") % {"place": step.place, "when": when}
            return _("Last seen: %(when)s") % {"when": when}
    return ""


def show_pieces(pieces: Sequence[Piece], reading: Reading) -> tuple[list[ShownPiece], str]:
    """Return the things to show with their pictures, and how many more there are in words."""
    shown = [
        ShownPiece(
            piece.title,
            piece.note,
            show_number(piece.quantity, reading.language) if piece.quantity > 1 else "",
            piece.image_url if PICTURE.match(piece.image_url) else "",
        )
        for piece in pieces[:_PIECES_SHOWN]
    ]
    left = sum(piece.quantity for piece in pieces[_PIECES_SHOWN:])
    if not left:
        return shown, ""
    more = ngettext("and %(count)s more item", "and %(count)s more items", left)
    return shown, more % {"count": show_number(left, reading.language)}


def share_words(some: int, reading: Reading) -> str:
    """Say how much of the order this is: "2 of 3 items"; "" where nobody knows."""
    all_of_it = shippable_count(reading.order)
    if not some:
        return ""
    if some >= all_of_it:
        said = ngettext("%(count)s item", "All %(count)s items", some)
        return said % {"count": show_number(some, reading.language)}
    said = ngettext("%(some)s of %(count)s item", "%(some)s of %(count)s items", all_of_it)
    return said % {
        "some": show_number(some, reading.language),
        "count": show_number(all_of_it, reading.language),
    }
