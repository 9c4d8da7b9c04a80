"""The preference centre: its forms, and what its page shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.languages import LANGUAGES
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import Birthday
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import PreferenceCenter, WaitingChoice
from doorstep.rooms.stores import api as stores

_BREAKS = {"break-30": 30, "break-90": 90, "break-0": 0}


class ChoiceRefused(Invalid):
    """A choice that can't be kept, with words for the reader in the reader's language."""


def apply_choice(request: HttpRequest, token: str, language: str) -> PreferenceCenter:
    """Save what one of the page's forms says, named by its ``do``.

    :raises ChoiceRefused: with words for the reader.
    :raises Invalid: a room refused it, in words that are not the reader's.
    :raises NotFound: the link is forged, cut off or too old.
    """
    do, at = request.POST.get("do", ""), now()
    store = stores.get_store(messaging.get_preference_center(token, locale="en", at=at).store_id)
    where = {"url": request.build_absolute_uri(request.path.rpartition("/")[0])}
    with store_scope(store.id):
        rules = messaging.get_preference_rules()
        where["network"] = messaging.kept_network(request.META.get("REMOTE_ADDR", ""), rules)
    if do == "topics":
        return messaging.choose_topics(token, _ticked(request), locale=language, at=at, **where)
    if do == "nothing":
        return messaging.unsubscribe_all(token, locale=language, at=at, **where)
    if do == "undo":
        undo = request.POST.get("undo", "")
        return messaging.undo_choice(token, undo, locale=language, at=at)
    if do in _BREAKS:
        return messaging.take_break(token, _BREAKS[do], locale=language, at=at)
    if do == "about":
        _tell(request, token)
        return messaging.get_preference_center(token, locale=language, at=at)
    raise ChoiceRefused(_("Please use one of the buttons of this page."))


def _ticked(request: HttpRequest) -> list[tuple[str, str]]:
    pairs = (value.partition(":") for value in request.POST.getlist("topic"))
    return [(channel, topic) for channel, colon, topic in pairs if colon]


def _tell(request: HttpRequest, token: str) -> None:
    language = request.POST.get("language", "")
    if language not in LANGUAGES:
        raise ChoiceRefused(_("Please choose one of the languages."))
    forget = request.POST.get("forget_birthday") == "on"
    messaging.tell_about_oneself(
        token,
        language=language,
        birthday=None if forget else _birthday(request),
        forget_birthday=forget,
        favorite_holiday=request.POST.get("holiday", ""),
        at=now(),
    )


def _birthday(request: HttpRequest) -> Birthday | None:
    day, month = request.POST.get("day", ""), request.POST.get("month", "")
    if not day and not month:
        return None
    if not (day.isascii() and day.isdigit() and month.isascii() and month.isdigit()):
        raise ChoiceRefused(_("Please choose both the day and the month of your birthday."))
    return Birthday(int(day), int(month))


def center_context(center: PreferenceCenter, language: str) -> dict[str, Any]:
    """Return what the page shows."""
    words = {
        "email": _("By e-mail"),
        "sms": _("By text message"),
        "whatsapp": _("On WhatsApp"),
        "messenger": _("On Messenger"),
        "push": _("As a notification"),
    }
    waiting = {one.channel: one for one in center.waiting}
    channels = [
        {
            "key": channel,
            "title": words.get(channel, channel.capitalize()),
            "address": address,
            "note": _second_word(waiting.get(channel)),
            "topics": [
                {
                    "value": f"{channel}:{topic.key}",
                    "label": topic.label,
                    "hint": topic.explanation,
                    "allowed": dict(topic.allowed).get(channel, False)
                    or (channel in waiting and topic.key in waiting[channel].topics),
                }
                for topic in center.topics
            ],
        }
        for channel, address in center.channels
    ]
    return {
        "channels": channels,
        "nothing": center.nothing,
        "undo": center.undo,
        "break_until": date_format(center.break_until, "DATE_FORMAT") if center.break_until else "",
        "language_choices": list(LANGUAGES.items()),
        "days": [("", _("Day")), *((day, day) for day in range(1, 32))],
        "months": [("", _("Month")), *MONTHS.items()],
        **_person(center, language),
    }


def _second_word(waiting: WaitingChoice | None) -> str:
    """Say what is still to be done on a channel before it counts; "" when nothing is."""
    if waiting is None:
        return ""
    if waiting.refused == "suppressed_stop":
        said = _("This number told us STOP, so nothing was turned on here.")
        return said + " " + _("Text START to us from this number, then choose again.")
    if waiting.refused:
        return _("We can’t write to this address at the moment, so nothing was turned on here.")
    if waiting.channel == "email":
        return _("We sent you a mail. What you newly ticked here comes once you press its button.")
    said = _("We sent you a text message. What you newly ticked here comes once you confirm it:")
    return said + " " + _("answer YES, or use the link in it.")


def _person(center: PreferenceCenter, language: str) -> dict[str, Any]:
    """Return what is known of the person; never the birthday: messages get forwarded."""
    if center.customer_id is None:
        return {}
    with store_scope(center.store_id):
        person = customers.get_customer(center.customer_id)
    known = person.locale.replace("_", "-").split("-")[0].lower()
    holidays = [(one.key, one.label) for one in customers.list_holidays(language)]
    return {
        "own_language": known if known in LANGUAGES else language,
        "has_birthday": person.birthday is not None,
        "holiday": person.favorite_holiday,
        "holidays": [("", _("None")), *sorted(holidays, key=lambda pair: pair[1])],
    }
