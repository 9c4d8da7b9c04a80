"""Parcels that go as they should: packed, on the way, waiting at a shop, there."""

from __future__ import annotations

from django.utils.translation import gettext as _

from doorstep.portal.orders.parcels import Parcel
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.telling import (
    BY_CARRIER,
    BY_REPORT,
    CARRIER,
    YOU,
    Answer,
    by,
    is_due,
    left_us,
    left_with,
    nothing_to_do,
    sure_words,
    when_words,
)


def tell_packed(parcel: Parcel, reading: Reading) -> Answer:
    return Answer(
        when_words(parcel, reading, _("Packed and ready to go")),
        _("It is packed and waits to be collected."),
        state=_("Packed"),
        icon="box",
        sure=sure_words(parcel, reading),
        who=CARRIER,
        todo=nothing_to_do(),
    )


def tell_untracked(parcel: Parcel, reading: Reading) -> Answer:
    return Answer(
        when_words(parcel, reading, _("On its way to you")),
        f"{left_us(parcel, reading)} {_('It travels without a tracking number.')}".strip(),
        state=_("On its way"),
        icon="truck",
        sure=sure_words(parcel, reading),
        who=CARRIER,
        todo=nothing_to_do(),
    )


def tell_no_scan_yet(parcel: Parcel, reading: Reading) -> Answer:
    waits = _("%(carrier)s has not scanned it yet, which can take a day or two.") % by(parcel)
    return Answer(
        when_words(parcel, reading, _("On its way to you")),
        f"{left_us(parcel, reading)} {waits}".strip(),
        state=_("Handed over"),
        icon="box",
        sure=sure_words(parcel, reading),
        who=CARRIER,
        todo=_("The first scan shows up here by itself.") + " " + nothing_to_do(),
    )


def tell_on_its_way(parcel: Parcel, reading: Reading) -> Answer:
    return Answer(
        when_words(parcel, reading, _("On its way to you")),
        left_us(parcel, reading),
        tone="warn" if is_due(parcel, reading) else "",
        state=_("On its way"),
        icon="truck",
        sure=sure_words(parcel, reading),
        who=CARRIER,
        todo=nothing_to_do(),
    )


def tell_out_for_delivery(parcel: Parcel, reading: Reading) -> Answer:
    since = parcel.progress.status_at if parcel.progress else None
    is_today = since is not None and reading.day_of(since) == reading.day(reading.today)
    return Answer(
        reading.arriving(reading.today, reading.today) if is_today else _("Out for delivery"),
        _("%(carrier)s has it in the van.") % by(parcel),
        tone="info",
        state=_("Out for delivery"),
        icon="truck",
        who=CARRIER,
        todo=_("It helps if somebody is in."),
    )


def tell_pickup(parcel: Parcel, reading: Reading) -> Answer:
    point = parcel.progress.pickup if parcel.progress else None
    until = point.until_date if point else None
    place = ", ".join([point.name, *point.address_lines]).strip(", ") if point else ""
    return Answer(
        _("Ready to pick up until %(day)s") % {"day": reading.day(until)}
        if until
        else _("Ready to pick up"),
        _("It waits for you at %(place)s.") % {"place": place}
        if place
        else _("It waits for you at a pick-up point."),
        tone="info",
        state=_("Ready to pick up"),
        icon="pin",
        who=YOU,
        # The code that opens a locker is a key: links get forwarded, so it is not shown here.
        todo=_("Pick it up with an ID and the tracking number, or with the code you were sent."),
        via=BY_CARRIER,
    )


def tell_delivered(parcel: Parcel, reading: Reading) -> Answer:
    at = (parcel.progress.delivered_at or parcel.progress.status_at) if parcel.progress else None
    return Answer(
        _("Delivered on %(day)s") % {"day": reading.day_of(at)} if at else _("Delivered"),
        left_with(parcel, reading),
        tone="ok",
        state=_("Delivered"),
        icon="check",
        via=BY_REPORT,
    )
