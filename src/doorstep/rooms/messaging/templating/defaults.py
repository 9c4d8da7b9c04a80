"""The built-in templates, as files a merchant's copy starts from.

Layout shared by all e-mails (head, header, footer …) stands once in ``default_templates/shared``
and is put in here, on loading: a merchant gets and edits one whole template without includes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from doorstep.rooms.messaging.templating.compiled import EmailSource, SmsSource
from doorstep.rooms.messaging.templating.kinds import CONTEXT_TYPES

EMAIL_KINDS = tuple(CONTEXT_TYPES)
SMS_KINDS = tuple(CONTEXT_TYPES)

_PACKAGE = "doorstep.rooms.messaging.default_templates"
_SHARED = re.compile(r"^[ \t]*<!-- shared: ([\w.-]+) -->\n?", re.M)


@lru_cache(maxsize=64)
def default_email(kind: str) -> EmailSource:
    """Return the built-in e-mail template of a kind.

    :raises KeyError: there is none.
    """
    if kind not in EMAIL_KINDS:
        raise KeyError(kind)
    return EmailSource(
        kind=kind,
        subject=_read(kind, "subject.liquid").strip(),
        preheader=_read(kind, "preheader.liquid").strip(),
        body=_read(kind, "email.mjml"),
        text=_read(kind, "email.liquid"),
    )


@lru_cache(maxsize=64)
def default_sms(kind: str) -> SmsSource:
    """Return the built-in text message template of a kind.

    :raises KeyError: there is none.
    """
    if kind not in SMS_KINDS:
        raise KeyError(kind)
    return SmsSource(kind, _read(kind, "sms.liquid").strip())


def own_start(channel: str) -> dict[str, str]:
    """Return what a store's own message says at first, by parts; a mail's body is blocks."""
    if channel != "email":
        return {"text": _read("own", "sms.liquid").strip()}
    return {
        "subject": _read("own", "subject.liquid").strip(),
        "preheader": _read("own", "preheader.liquid").strip(),
    }


@lru_cache(maxsize=64)
def shared(name: str) -> str:
    """Return one of the parts that templates have in common, with the parts in it put in."""
    return _read("shared", name)


def _read(folder: str, name: str) -> str:
    text = files(_PACKAGE).joinpath(folder, name).read_text(encoding="utf-8")
    return _SHARED.sub(lambda match: _read("shared", match.group(1)), text)
