"""Parcels in trouble: each says what is wrong, is sorry where it should be, and names who acts."""

from __future__ import annotations

from django.utils.translation import gettext as _

from doorstep.portal.formats import local_day
from doorstep.portal.orders.parcels import Parcel
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.telling import (
    BY_CARRIER,
    BY_MAIL,
    CARRIER,
    WE,
    YOU,
    Answer,
    by,
    last_day,
    left_with,
    nothing_to_do,
    reason_words,
    sure_words,
)
from doorstep.rooms.tracking.contracts import Substatus


def tell_late(parcel: Parcel, reading: Reading) -> Answer:
    last, progress = last_day(parcel, reading), parcel.progress
    known = progress.estimate if progress else None
    promised = (progress.promised_to if progress else None) or (known and known.previous_to)
    has_new_day = last is not None and last >= reading.today
    due = promised or (None if has_new_day else last)
    sorry = _("We are sorry.")
    lead = f"{sorry} {reason_words(parcel)}".strip()
    if due is not None and has_new_day:
        lead = _("It was due by %(day)s.") % {"day": reading.day(due)} + " " + lead
    if has_new_day and last is not None:
        return Answer(
            _("Late, now arriving %(day)s") % {"day": reading.day(last)},
            lead,
            tone="warn",
            state=_("Behind schedule"),
            icon="clock",
            sure=sure_words(parcel, reading, with_former=False),
            who=CARRIER,
            todo=nothing_to_do(),
        )
    headline = (
        _("Late: it was due by %(day)s") % {"day": reading.day(due)} if due else _("It is late")
    )
    return Answer(
        headline,
        lead + " " + _("There is no new date yet."),
        tone="warn",
        state=_("Behind schedule"),
        icon="clock",
        who=WE,
        todo=_(
            "We look for it and tell you the new date. If it turns up or you need it soon, write to us."
        ),
        via=BY_MAIL,
    )


def tell_stalled(parcel: Parcel, reading: Reading) -> Answer:
    progress = parcel.progress
    since = (progress.last_news_at or parcel.shipped_at) if progress else parcel.shipped_at
    headline = (
        _("No news since %(day)s") % {"day": reading.day_of(since)}
        if since
        else _("No news for a while")
    )
    last = last_day(parcel, reading)
    if last is None:
        lead = ""
    elif last < reading.today:
        lead = _("It was due by %(day)s.") % {"day": reading.day(last)}
    else:
        lead = _("It may come later than %(day)s.") % {"day": reading.day(last)}
    return Answer(
        headline,
        f"{lead} {_('We are sorry.')}".strip(),
        tone="warn",
        state=_("Stuck"),
        icon="pause",
        who=WE,
        todo=_(
            "We ask where it is, and tell you as soon as we know. You need not wait for that: write to us."
        ),
        via=BY_MAIL,
    )


def tell_lost(parcel: Parcel, reading: Reading) -> Answer:
    progress = parcel.progress
    if progress is not None and progress.substatus == Substatus.LOST:
        lead = _("%(carrier)s says that it is lost.") % by(parcel)
    elif progress is not None and (since := progress.last_news_at or parcel.shipped_at):
        lead = _("There was no news of it since %(day)s.") % {"day": reading.day_of(since)}
    else:
        lead = ""
    return Answer(
        _("Your parcel seems to be lost"),
        f"{lead} {_('We are sorry.')}".strip(),
        tone="bad",
        state=_("Lost"),
        icon="alert",
        who=YOU,
        todo=_("Tell us what you prefer: a new parcel or your money back. We do the rest."),
        via=BY_MAIL,
    )


def tell_returning(parcel: Parcel, reading: Reading) -> Answer:
    refused = parcel.progress is not None and parcel.progress.substatus == Substatus.REFUSED
    return Answer(
        _("It is on its way back to us"),
        _("It was not accepted at the door.")
        if refused
        else _("%(carrier)s could not deliver it.") % by(parcel),
        tone="bad",
        state=_("Going back"),
        icon="refund",
        who=WE,
        todo=_(
            "As soon as it is here, we ask you what to do with it. Is the address wrong? Write us the right one now."
        ),
        via=BY_MAIL,
    )


def tell_returned(parcel: Parcel, reading: Reading) -> Answer:
    at = parcel.progress.status_at if parcel.progress else None
    return Answer(
        _("It came back to us"),
        _("It reached us again on %(date)s.") % {"date": reading.date_of(at)} if at else "",
        tone="bad",
        state=_("Came back"),
        icon="refund",
        who=YOU,
        todo=_("Tell us whether to send it again or to pay you back."),
        via=BY_MAIL,
    )


def tell_not_found(parcel: Parcel, reading: Reading) -> Answer:
    progress = parcel.progress
    lead = [left_with(parcel, reading)]
    if progress is not None and progress.not_found_since:
        told = {"date": reading.date_of(progress.not_found_since)}
        lead.append(_("You told us on %(date)s that it is not there.") % told)
    return Answer(
        _("Delivered, but not found"),
        " ".join(filter(None, lead)),
        tone="bad",
        state=_("Not found"),
        icon="search",
        who=WE,
        todo=_(
            "We ask where it was left, and tell you as soon as we know. Has it turned up? Then tell us, too."
        ),
        via=BY_MAIL,
    )


def tell_attempted(parcel: Parcel, reading: Reading) -> Answer:
    progress = parcel.progress
    at = progress.status_at if progress else None
    next_day = progress.estimate.to_date if progress else None
    has_next = next_day is not None and next_day > (
        reading.today if at is None else min(reading.today, local_day(at, reading.store.timezone))
    )
    if has_next and next_day is not None and next_day >= reading.today:
        headline = _("Next try: %(day)s") % {"day": reading.day(next_day)}
    elif at:
        headline = _("Not delivered on %(day)s") % {"day": reading.day_of(at)}
    else:
        headline = _("It could not be delivered")
    came: dict[str, str] = {
        Substatus.NOBODY_HOME: _("%(carrier)s came, but nobody was home."),
        Substatus.NO_ACCESS: _("%(carrier)s came, but could not get to the door."),
    }
    substatus = progress.substatus if progress else ""
    return Answer(
        headline,
        came.get(substatus, _("%(carrier)s came, but could not hand it over.")) % by(parcel),
        tone="warn",
        state=_("Missed"),
        icon="door",
        who=CARRIER,
        todo=_(
            "They come again or leave it near you. Look for a card at your door; you may be able to choose a day or a place on their page."
        ),
        via=BY_CARRIER,
    )


def tell_customs(parcel: Parcel, reading: Reading) -> Answer:
    if parcel.progress is not None and parcel.progress.substatus == Substatus.PAYMENT_DUE:
        return _payment_due(parcel)
    return Answer(
        _("Held at customs"),
        _customs_date(parcel, reading),
        tone="warn",
        state=_("At customs"),
        icon="shield",
        who=CARRIER,
        todo=_("They settle it with customs. If papers are missing, they write to you."),
        via=BY_CARRIER,
    )


def _customs_date(parcel: Parcel, reading: Reading) -> str:
    last = last_day(parcel, reading)
    if last is None or last < reading.today:
        return _("There is no new date yet.")
    return _("It may come later than %(day)s.") % {"day": reading.day(last)}


def _payment_due(parcel: Parcel) -> Answer:
    return Answer(
        _("A payment is due before it moves on"),
        _("Duties, taxes or a fee for this parcel are not paid yet."),
        tone="warn",
        state=_("At customs"),
        icon="card",
        who=YOU,
        todo=_(
            "%(carrier)s tells you how much and how to pay. Use only their own page: no link in a text message."
        )
        % by(parcel),
        via=BY_CARRIER,
    )


def tell_exception(parcel: Parcel, reading: Reading) -> Answer:
    substatus = parcel.progress.substatus if parcel.progress else ""
    if substatus == Substatus.PAYMENT_DUE:
        return _payment_due(parcel)
    if substatus == Substatus.CUSTOMS_HELD:
        return tell_customs(parcel, reading)
    date_words = _customs_date(parcel, reading)
    held_up = {"tone": "warn", "state": _("Held up"), "icon": "alert"}
    if substatus == Substatus.ADDRESS_PROBLEM:
        return Answer(
            _("There is a problem with the address"),
            _("%(carrier)s can not find the way to you.") % by(parcel),
            who=YOU,
            todo=_("Please write us the right address. We pass it on."),
            via=BY_MAIL,
            **held_up,
        )
    if substatus == Substatus.DAMAGED:
        return Answer(
            _("It was damaged on the way"),
            _("We are sorry."),
            tone="bad",
            state=_("Damaged"),
            icon="alert",
            who=WE,
            todo=_(
                "We find out what can be saved, and write to you. A new one or your money back: tell us what you prefer."
            ),
            via=BY_MAIL,
        )
    if substatus == Substatus.REFUSED:
        return Answer(
            _("It was not accepted at the door"),
            _("It goes back to us now."),
            who=YOU,
            todo=_("Was that a mistake? Tell us, and we send it again."),
            via=BY_MAIL,
            **held_up,
        )
    if substatus == Substatus.CANCELED:
        return Answer(
            _("It does not travel as planned"),
            _("The label of this parcel was canceled."),
            who=WE,
            todo=_("We send it another way or write to you. There is nothing you need to do."),
            **held_up,
        )
    if substatus == Substatus.WEATHER:
        headline = _("Held up by the weather")
    elif substatus == Substatus.DELAYED:
        headline = _("Delayed on the way")
    elif substatus == Substatus.HELD:
        return Answer(
            _("%(carrier)s is holding it") % by(parcel),
            date_words,
            who=YOU,
            todo=_("Look at their page for what is missing, or ask us and we find out."),
            via=BY_CARRIER,
            **held_up,
        )
    else:
        return Answer(
            _("Something holds it up"),
            date_words,
            who=WE,
            todo=_("We look into it, and write to you if you need to do anything."),
            via=BY_MAIL,
            **held_up,
        )
    return Answer(
        headline,
        date_words,
        who=CARRIER,
        todo=_("It moves on as soon as possible.") + " " + nothing_to_do(),
        **held_up,
    )
