"""Frames of templates in use, kept in memory: see ``templating/frames.py``."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from doorstep.rooms.messaging.sending.decorate import Framed, decorated
from doorstep.rooms.messaging.templating.compiled import CompiledEmail
from doorstep.rooms.messaging.templating.errors import TemplateError
from doorstep.rooms.messaging.templating.frames import EmailFrame

_KEPT = 200
_lock = threading.Lock()
_cache: OrderedDict[object, EmailFrame | TemplateError] = OrderedDict()


def frame_of(
    template: CompiledEmail,
    framed: Framed,
    shared: Mapping[str, Any],
    *,
    version: UUID | str | None,
) -> EmailFrame:
    """Return the frame of a template for all that have ``framed`` and ``shared`` in common.

    A batch never changes its context, a version never its text, and a store that changes is another
    value; so these name a frame. A shared part that fails is kept as failing.

    :param shared: what the mails have in common, ``locale`` among it.
    :param version: names the template; None for a draft, whose frame is not kept.
    :raises TemplateError: the shared part alone fails.
    """
    if version is None:
        return EmailFrame(template, shared, decorate=lambda html: decorated(html, framed))
    locale = tuple(sorted(shared["locale"].items()))
    key = (version, framed, locale, frozenset(shared))
    with _lock:
        found = _cache.get(key)
    if found is None:
        found = _made(template, framed, shared)
        with _lock:
            _cache[key] = found
            while len(_cache) > _KEPT:
                _cache.popitem(last=False)
    if isinstance(found, TemplateError):
        raise found
    return found


def _made(
    template: CompiledEmail, framed: Framed, shared: Mapping[str, Any]
) -> EmailFrame | TemplateError:
    try:
        return EmailFrame(template, shared, decorate=lambda html: decorated(html, framed))
    except TemplateError as error:
        return error
