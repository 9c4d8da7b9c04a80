"""The filters of message templates.

Liquid's own text, list and number filters, each behind the guard's size checks, and ours: money,
dates and phrases in the shopper's language. Filters that could turn escaped text back into live
markup (``safe``, ``url_decode``, ``base64_decode``) are left out: a captured product title would
become a script.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from liquid import Environment, Markup, escape
from liquid.builtin.filters import array, math, misc, string
from liquid.exceptions import FilterArgumentError

from doorstep.kernel.money import UnknownCurrency
from doorstep.rooms.messaging.templating import formats
from doorstep.rooms.messaging.templating.errors import did_you_mean
from doorstep.rooms.messaging.templating.phrases import (
    catalog,
    choose_plural,
    find_phrase,
    split_phrase,
)
from doorstep.rooms.messaging.templating.render_state import RenderState

Filter = Callable[..., Any]

_SAFE_SCHEMES = ("https:", "http:", "mailto:", "tel:", "sms:")
_TAG = re.compile(r"<[^<>]*>")  # stops at the next "<": linear, unlike <.*?>
_FIRST_STRONG, _POP = "\u2068", "\u2069"


def isolate(text: str, state: RenderState) -> str:
    """Keep a value's own direction inside a right-to-left sentence."""
    if not state.isolates or text.startswith(_FIRST_STRONG):
        return text
    if state.html:
        return Markup("<bdi>{}</bdi>").format(text)
    return f"{_FIRST_STRONG}{text}{_POP}"


def money(value: object, *, state: RenderState) -> str:
    """``{{ order.total | money }}``: an amount in the shopper's language, "" for none."""
    if value is None:
        return ""
    try:
        shown = formats.show_money(value["minor"], value["currency"], state.locale)  # type: ignore[index]
    except (TypeError, KeyError, UnknownCurrency) as error:
        raise FilterArgumentError(
            "money: expected an amount such as order.total", token=None
        ) from error
    return isolate(shown, state)


def negative(value: object) -> dict[str, object] | None:
    """``{{ order.discount_total | negative | money }}``: the amount with the other sign."""
    if value is None:
        return None
    try:
        return {"minor": -value["minor"], "currency": value["currency"]}  # type: ignore[index]
    except (TypeError, KeyError) as error:
        raise FilterArgumentError("negative: expected an amount", token=None) from error


def number(value: object, *, state: RenderState) -> str:
    """``{{ order.item_count | number }}``: with the language's separators."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FilterArgumentError("number: expected a number", token=None)
    return formats.show_number(value, state.locale)


def show_date(value: object, style: str = "long", *, state: RenderState) -> str:
    """``{{ order.placed_at | date: "long" }}``: short, medium, long, full or day."""
    return _moment("date", formats.show_date, value, str(style), state.locale, state.time_zone)


def show_datetime(value: object, style: str = "medium", *, state: RenderState) -> str:
    """``{{ order.placed_at | datetime }}``: date and time in the shopper's zone."""
    return _moment(
        "datetime", formats.show_datetime, value, str(style), state.locale, state.time_zone
    )


def show_time(value: object, *, state: RenderState) -> str:
    """``{{ order.placed_at | time }}``: time of day in the shopper's zone."""
    return _moment("time", formats.show_time, value, state.locale, state.time_zone)


def date_range(first: object, last: object, *, state: RenderState) -> str:
    """``{{ delivery.earliest_date | date_range: delivery.latest_date }}``: Nov 24 – 26."""
    return _moment(
        "date_range", formats.show_date_range, first, last, state.locale, state.time_zone
    )


def _moment(name: str, show: Callable[..., str], *args: object) -> str:
    try:
        return show(*args)
    except (ValueError, TypeError, OverflowError) as error:
        raise FilterArgumentError(f"{name}: {error}", token=None) from error


def translate(key: object, *, state: RenderState, **values: object) -> str:
    """``{{ "order.thanks" | t: name: customer.first_name }}``: a phrase in the language."""
    count = values.get("count")
    whole_count = count if type(count) is int else None
    if state.phrases and key in state.phrases:
        text = choose_plural(state.phrases[str(key)], whole_count, state.locale)
        parts = _literal_parts(text, state.html)
        # A name the phrase does not have is shown as written: no mail fails for a slip in it.
        values = {**{name: f"{{{name}}}" for name in parts[1::2]}, **values}
    else:
        parts = _phrase_parts(str(key), whole_count, state.locale, state.html)
    if len(parts) == 1:
        return parts[0]
    return _fill(str(key), parts, values, state)


@lru_cache(maxsize=8_192)
def _phrase_parts(key: str, count: int | None, locale: str, html: bool) -> tuple[str, ...]:
    phrase = find_phrase(key, locale)
    if phrase is None:
        near = did_you_mean(key, catalog("en"))
        raise FilterArgumentError(f"t: there is no phrase “{key}”. {near}".rstrip(), token=None)
    return _literal_parts(choose_plural(phrase, count, locale), html)


def _literal_parts(text: str, html: bool) -> tuple[str, ...]:
    """Split a phrase; its own words are escaped once, its names (odd places) are left."""
    parts = split_phrase(text)
    if not html:
        return parts
    return tuple(escape(part) if not index % 2 else part for index, part in enumerate(parts))


def _fill(
    key: str, parts: tuple[str, ...], values: Mapping[str, object], state: RenderState
) -> str:
    out: list[str] = []
    for index, part in enumerate(parts):
        if not index % 2:
            out.append(part)
        elif part not in values:
            raise FilterArgumentError(f"t: the phrase “{key}” needs “{part}:”", token=None)
        else:
            value = values[part]
            text = "" if value is None else value if isinstance(value, str) else str(value)
            isolated = text if isinstance(text, Markup) else isolate(text, state)
            out.append(escape(isolated) if state.html else isolated)
    return Markup("".join(out)) if state.html else "".join(out)


def json_ld(value: object, *, state: RenderState) -> str:
    """``{{ json_ld | json_ld }}``: a schema.org script element that cannot be broken out of."""
    if not value or not state.html:
        return ""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char, code in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(char, code)
    return Markup(f'<script type="application/ld+json">{text}</script>')


def safe_url(value: object) -> str:
    """Return a link only when its scheme is harmless; applied to every link by itself."""
    text = "" if value is None else str(value).strip()
    return text if text.lower().startswith(_SAFE_SCHEMES) else ""


def newline_to_br(value: object, *, state: RenderState) -> str:
    """Turn line breaks into ``<br>``."""
    text = "" if value is None else str(value)
    if not state.html:
        return text
    escaped = escape(value if isinstance(value, Markup) else text)
    return Markup("<br />").join(escaped.splitlines())


def strip_html(value: object) -> str:
    """Remove tags."""
    text = "" if value is None else str(value)
    stripped = _TAG.sub("", text)
    return Markup(stripped) if isinstance(value, Markup) else stripped


def url_encode(value: object) -> str:
    """Encode a value for use in a link's query."""
    return quote("" if value is None else str(value), safe="")


def round_number(value: object, digits: object = 0) -> Any:
    """Round; at most ten digits (``| round: -1000000000`` computes a huge power)."""
    if not isinstance(digits, int) or not 0 <= digits <= 10:
        raise FilterArgumentError("round: expected 0 to 10 digits", token=None)
    return math.round_(value, digits)


OURS: dict[str, Filter] = {
    "money": money,
    "number": number,
    "date": show_date,
    "datetime": show_datetime,
    "time": show_time,
    "date_range": date_range,
    "t": translate,
    "json_ld": json_ld,
    "newline_to_br": newline_to_br,
}
"""Filters that need the language of the message: called with ``state``."""

_TEXT: dict[str, Filter] = {
    "append": string.append,
    "prepend": string.prepend,
    "capitalize": string.capitalize,
    "downcase": string.downcase,
    "upcase": string.upcase,
    "strip": string.strip,
    "lstrip": string.lstrip,
    "rstrip": string.rstrip,
    "replace": string.replace,
    "replace_first": string.replace_first,
    "remove": string.remove,
    "remove_first": string.remove_first,
    "slice": string.slice_,
    "split": string.split,
    "squish": string.squish,
    "strip_newlines": string.strip_newlines,
    "truncate": string.truncate,
    "truncatewords": string.truncatewords,
    "escape": string.escape,
    "strip_html": strip_html,
    "url_encode": url_encode,
    "safe_url": safe_url,
    "negative": negative,
}
_LISTS: dict[str, Filter] = {
    "join": array.join,
    "first": array.first,
    "last": array.last,
    "concat": array.concat,
    "map": array.map_,
    "where": array.where,
    "reject": array.reject,
    "find": array.find,
    "sort": array.sort,
    "sort_natural": array.sort_natural,
    "reverse": array.reverse,
    "uniq": array.uniq,
    "compact": array.compact,
    "sum": array.sum_,
    "has": array.has,
    "size": misc.size,
    "default": misc.default,
}
_NUMBERS: dict[str, Filter] = {
    "abs": math.abs_,
    "at_least": math.at_least,
    "at_most": math.at_most,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": round_number,
    "plus": math.plus,
    "minus": math.minus,
    "times": math.times,
    "divided_by": math.divided_by,
    "modulo": math.modulo,
}
PLAIN: dict[str, Filter] = {**_TEXT, **_LISTS, **_NUMBERS}
"""Filters without a language."""


def _no_exponents(value: object) -> None:
    # "1e99999999" | ceil makes an integer of a hundred million digits.
    if isinstance(value, str) and (len(value) > 20 or "e" in value.lower()):
        raise FilterArgumentError("expected a number", token=None)
    if isinstance(value, float) and not -1e18 < value < 1e18:
        raise FilterArgumentError("a number is too large", token=None)


def run_checked(
    name: str, function: Filter, state: RenderState, value: object, *args: object, **named: object
) -> object:
    """Run one of Liquid's own filters between the checks of what goes in and what comes out."""
    check_arguments(name, value, [*args, *named.values()], state)
    result = function(value, *args, **named)
    state.guard.check_value(result)
    return result


def check_arguments(name: str, value: object, args: list[object], state: RenderState) -> None:
    """Refuse, before a filter runs, what it would grow into."""
    guard = state.guard
    guard.check_value(value)
    for argument in args:
        guard.check_value(argument)
    if name in _NUMBERS:
        _no_exponents(value)
        for argument in args:
            _no_exponents(argument)
    elif name == "replace" and len(args) == 2:
        text, old, new = str(value), str(args[0]), str(args[1])
        found = text.count(old) if old else len(text) + 1
        guard.check_size(len(text) + found * len(new))
    elif name == "join" and isinstance(value, list | tuple | range):
        glue = len(str(args[0])) if args else 1
        guard.check_size(sum(len(str(item)) + glue for item in value))


def register(env: Environment) -> None:
    """Give an environment these filters and no others."""
    env.filters.clear()
    for name, function in {**PLAIN, **OURS}.items():
        env.add_filter(name, function)
