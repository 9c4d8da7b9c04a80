"""The editor for mails made of blocks: one form, whose every button keeps what is typed.

Opening a block, moving one or adding one sends the form with the block that is open, so nothing is
ever lost on the way. Then the page is shown anew with the cursor where the hand was.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from doorstep.console.access import ConsoleRequest, act
from doorstep.console.mail_templates.block_rows import block_rows, name_groups, palette
from doorstep.console.mail_templates.frame import address, editor_context, send_test
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError, Invalid, NotFound, PermissionDenied
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import TemplateView

Step = tuple[messaging.BlockDocument, dict[str, str]]
_REMOVED = "removed_mail_block"
_LINES = ("subject", "preheader")
_LOOKING = ("open", "close", "pick")


def page(
    request: ConsoleRequest,
    key: dict[str, Any],
    template: TemplateView,
    document: messaging.BlockDocument,
    *,
    parts: dict[str, str] | None = None,
    open_id: int | None = None,
    typed: dict[str, str] | None = None,
    error: DomainError | None = None,
) -> HttpResponse:
    """Show the blocks, one of them open, and what is still to be mended."""
    if open_id is None:
        open_id = _number(request.GET.get("open", ""))
    at, place = request.GET.get("at", ""), _number(request.GET.get("add", ""))
    # A block just added: nobody had the time to fill it in yet. (A sent form keeps the address.)
    is_fresh = request.method == "GET" and request.GET.get("new") == "1"
    mistakes = [
        one
        for one in messaging.check_blocks(document, key["kind"])
        if not (is_fresh and one.block_id == open_id)
    ]
    context = {
        **editor_context(request, key, template),
        "parts": parts or template.draft or template.source,
        "rows": block_rows(document, key["kind"], mistakes, open_id=open_id, at=at, typed=typed),
        "mistakes": mistakes,
        "open_id": open_id or "",
        "at": at,
        "add_place": place,
        "palette": palette(key["kind"]) if place is not None else [],
        "names": name_groups(key["kind"]),
        # Offered right after taking out, and not for the rest of the day.
        "removed": at == "restore"
        and request.session.get(_REMOVED, {}).get("text") == _name_of(key),
        "error": error,
    }
    status = 422 if error else 200
    return render(request, "console/mail_templates/blocks.html", context, status=status)


def begin(request: ConsoleRequest, key: dict[str, Any]) -> None:
    """Begin a mail anew with blocks: a draft; what shoppers get does not change."""
    locale = key["locale"] or request.store.default_locale
    source = {
        **messaging.starting_lines(key["kind"], _parts(key), locale),
        "blocks": messaging.starting_document(key["kind"]).dump(),
    }
    messaging.save_draft(**key, source=source, by=request.actor, at=now())
    flash.success(request, _("These are its first blocks. Nothing is sent before you publish."))


def save(request: ConsoleRequest, key: dict[str, Any]) -> HttpResponse:
    """Keep what is typed, do what the button says, and show the page anew."""
    template = messaging.get_template(**key)
    document = messaging.blocks_of(template.draft or template.source)
    if document is None:
        flash.error(request, _("This mail was turned into code in the meantime."))
        return redirect(address(request, key))
    open_id = _number(request.POST.get("open", ""))
    wanted, _colon, detail = request.POST.get("do", "save").partition(":")
    try:
        document = _with_typed(request, document, open_id)
        document, asked = _STEPS.get(wanted, _stay)(request, key, document, detail)
        _keep(request, key, document, wanted)
    except PermissionDenied:
        raise
    except NotFound as error:
        flash.error(request, error.message)
        return redirect(address(request, key))
    except DomainError as error:
        fresh = messaging.get_template(**key)
        return page(
            request, key, fresh, messaging.blocks_of(fresh.draft or fresh.source) or document,
            parts={**_parts(key), **_typed_lines(request, key)}, open_id=open_id,
            typed=_typed_settings(request, document, open_id), error=error,
        )  # fmt: skip
    return redirect(address(request, key, **asked))


def typed_source(request: ConsoleRequest, key: dict[str, Any]) -> dict[str, str]:
    """Return the parts as they are typed, for looking at them; what can't be read is left out."""
    parts = _parts(key)
    document = messaging.blocks_of(parts)
    if document is None:
        return parts
    # Too long, or gone in another tab: the look shows what is kept.
    with suppress(DomainError):
        document = _with_typed(request, document, _number(request.POST.get("open", "")))
    return {**parts, **_typed_lines(request, key), "blocks": document.dump()}


def _keep(
    request: ConsoleRequest, key: dict[str, Any], document: messaging.BlockDocument, wanted: str
) -> None:
    if wanted == "revert":
        act(request, _("The built-in text is in use again."), messaging.revert_template, **key)
        return
    parts = _parts(key)
    source = {**parts, **_typed_lines(request, key), "blocks": document.dump()}
    if source == parts and wanted in _LOOKING:
        return  # opening a block is no change: no draft is made of it
    if wanted == "code":
        kept = messaging.save_draft(**key, source=source, by=request.actor, at=now())
        source = {**(kept.draft or {}), "blocks": ""}
    messaging.save_draft(**key, source=source, by=request.actor, at=now())
    if wanted == "publish":
        messaging.publish_version(**key, source=None, by=request.actor, at=now())
        flash.success(request, _("In use from now on."))
    elif wanted == "test":
        send_test(request, key, source)
    elif wanted == "code":
        flash.success(request, _("This mail is code now. Shoppers still get the text in use."))
    elif wanted == "save":
        flash.success(request, _("The draft is saved."))


# -- what the buttons do ---------------------------------------------------------------------------


def _stay(
    request: ConsoleRequest, _key: dict[str, Any], document: messaging.BlockDocument, _detail: str
) -> Step:
    return document, {"open": request.POST.get("open", ""), "at": "save"}


def _close(
    request: ConsoleRequest, _key: dict[str, Any], document: messaging.BlockDocument, _detail: str
) -> Step:
    return document, {"at": f"open-{request.POST.get('open', '')}"}


def _open(
    _request: ConsoleRequest, _key: dict[str, Any], document: messaging.BlockDocument, detail: str
) -> Step:
    document.place(_id(detail))
    return document, {"open": detail, "at": "field"}


def _pick(
    _request: ConsoleRequest, _key: dict[str, Any], document: messaging.BlockDocument, detail: str
) -> Step:
    return document, {"add": detail, "at": "palette"}


def _add(
    _request: ConsoleRequest, _key: dict[str, Any], document: messaging.BlockDocument, detail: str
) -> Step:
    place, _colon, type_ = detail.partition(":")
    changed = document.add(type_, _id(place))
    made = max(changed.blocks, key=lambda block: block.id)
    if made.kind.settings:
        return changed, {"open": str(made.id), "at": "field", "new": "1"}
    return changed, {"at": f"open-{made.id}"}


def _move(by: int) -> Callable[..., Step]:
    def run(
        request: ConsoleRequest,
        _key: dict[str, Any],
        document: messaging.BlockDocument,
        detail: str,
    ) -> Step:
        changed = document.move(_id(detail), by)
        place = changed.place(_id(detail))
        # At the edge the pressed button is no longer there to be pressed: its neighbor is.
        is_first, is_last = place == 0, place == len(changed.blocks) - 1
        word = "down" if is_first or (by > 0 and not is_last) else "up"
        return changed, {"open": request.POST.get("open", ""), "at": f"{word}-{detail}"}

    return run


def _copy(
    _request: ConsoleRequest, _key: dict[str, Any], document: messaging.BlockDocument, detail: str
) -> Step:
    changed = document.copy(_id(detail))
    made = max(block.id for block in changed.blocks)
    return changed, {"at": f"open-{made}"}


def _remove(
    request: ConsoleRequest, key: dict[str, Any], document: messaging.BlockDocument, detail: str
) -> Step:
    place = document.place(_id(detail))
    block = document.blocks[place]
    request.session[_REMOVED] = {
        "text": _name_of(key), "place": place, "type": block.type, "settings": dict(block.settings),
    }  # fmt: skip
    return document.remove(block.id), {"at": "restore"}


def _restore(
    request: ConsoleRequest, key: dict[str, Any], document: messaging.BlockDocument, _detail: str
) -> Step:
    kept = request.session.pop(_REMOVED, {})
    if kept.get("text") != _name_of(key):
        raise NotFound(_("There is nothing to put back any more."))
    changed = document.add(kept["type"], kept["place"], kept["settings"])
    made = max(block.id for block in changed.blocks)
    return changed, {"at": f"open-{made}"}


def _put_name(
    request: ConsoleRequest, key: dict[str, Any], document: messaging.BlockDocument, detail: str
) -> Step:
    """Put a name at the end of some words: what works without a script."""
    name = messaging.list_block_names(key["kind"]).get(request.POST.get(f"name-{detail}", ""))
    if name is None:
        raise Invalid(_("Choose a name to put in first."))
    opened = request.POST.get("open", "")
    if detail in _LINES:  # put in where the typed lines are read
        return document, {"open": opened, "at": detail}
    block = document.blocks[document.place(_id(opened))]
    words = f"{block.get(detail)} {{{{ {name.path} }}}}".lstrip()
    return document.change(block.id, {detail: words}), {"open": opened, "at": f"b-{detail}"}


_STEPS: dict[str, Callable[..., Step]] = {
    "open": _open,
    "close": _close,
    "pick": _pick,
    "add": _add,
    "up": _move(-1),
    "down": _move(1),
    "copy": _copy,
    "remove": _remove,
    "restore": _restore,
    "name": _put_name,
}


# -- what was typed --------------------------------------------------------------------------------


def _with_typed(
    request: ConsoleRequest, document: messaging.BlockDocument, open_id: int | None
) -> messaging.BlockDocument:
    typed = _typed_settings(request, document, open_id)
    return document.change(open_id, typed) if open_id is not None and typed else document


def _typed_settings(
    request: ConsoleRequest, document: messaging.BlockDocument, open_id: int | None
) -> dict[str, str]:
    """Return the open block's settings as sent; a box that is not ticked is not sent at all."""
    block = next((one for one in document.blocks if one.id == open_id), None)
    # Without its sign the block's form was not on the page: an unticked box would be misread.
    if block is None or request.POST.get("form") != str(block.id):
        return {}
    return {
        setting.name: request.POST.get(f"b-{setting.name}", "").replace("\r\n", "\n")
        for setting in block.kind.settings
        if setting.kind == "yes" or f"b-{setting.name}" in request.POST
    }


def _typed_lines(request: ConsoleRequest, key: dict[str, Any]) -> dict[str, str]:
    """Return subject and first line as sent, with the name that the button puts into one of them."""
    lines = {name: request.POST[name] for name in _LINES if name in request.POST}
    wanted, _colon, into = request.POST.get("do", "").partition(":")
    if wanted == "name" and into in lines:
        chosen = request.POST.get(f"name-{into}", "")
        name = messaging.list_block_names(key["kind"]).get(chosen)
        if name is not None:
            lines[into] = f"{lines[into]} {name.liquid}".lstrip()
    return lines


def _parts(key: dict[str, Any]) -> dict[str, str]:
    template = messaging.get_template(**key)
    return dict(template.draft or template.source)


def _name_of(key: dict[str, Any]) -> str:
    return f"{key['kind']}/{key['locale']}"


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _id(text: str) -> int:
    number = _number(text)
    if number is None:
        raise NotFound(_("This block is no longer there."))
    return number
