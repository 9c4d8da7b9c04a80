"""The living style guide: every component in its states, in both directions."""

from __future__ import annotations

from django.conf import settings
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_info, override

from doorstep.design.color import is_color
from doorstep.design.icons import ICONS

_TONES = ("neutral", "ok", "warn", "bad", "info", "brand")
_WEEK = (
    ("Mon 16", 38),
    ("Tue 17", 52),
    ("Wed 18", 47),
    ("Thu 19", 61),
    ("Fri 20", 84),
    ("Sat 21", 97),
    ("Sun 22", 71),
)


def show_style_guide(request: HttpRequest) -> HttpResponse:
    """Show every component; ``?theme=dark``, ``?lang=ar`` and ``?brand=%23b4552d`` vary it.

    The page exists while developing (``DOORSTEP_DEBUG=yes``).

    :raises Http404: elsewhere.
    """
    if not settings.DEBUG:
        raise Http404
    brand = request.GET.get("brand", "")
    theme = request.GET.get("theme", "")
    language = "ar" if request.GET.get("lang") == "ar" else "en"
    context = {
        "theme": theme if theme in {"light", "dark"} else "",
        "brand_color": brand if is_color(brand) else "",
        "icons": sorted(ICONS),
        "tones": _TONES,
        "week": _WEEK,
        "trend": [value for _, value in _WEEK],
        "language_name": get_language_info(language)["name_local"],
        "flashes": [
            Message(constants.SUCCESS, "Stock saved. 3 orders left their hold."),
            Message(constants.ERROR, "The reply was not sent: the mail server refused it."),
        ],
        "filter_options": [("", "All states"), ("ready", "Ready"), ("on_hold", "On hold")],
        "crumbs": [("Settings", "#"), ("Appearance", "#")],
    }
    with override(language):
        return render(request, "design/style_guide.html", context)
