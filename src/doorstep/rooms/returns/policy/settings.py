"""Changing what stands beside the versions: holiday extensions, and the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.returns.models.policy import FAULTS, HolidayExtension, ReturnReason
from doorstep.rooms.returns.policy.editing import PERMISSION, read_condition, read_name
from doorstep.rooms.returns.policy.languages import LANGUAGES
from doorstep.rooms.returns.policy.reasons import default_reasons

MAX_LEVELS = 3


def _words(given: Mapping[str, str], *, needed: str = "") -> dict[str, str]:
    """Keep the words of known languages. :raises Invalid: a language we don't speak, too long."""
    found = {}
    for language, text in given.items():
        if language not in LANGUAGES:
            raise Invalid(f"There is no language “{language[:10]}” here.", field="words")
        text = text.replace("\x00", "").strip()
        if len(text) > 120:
            raise Invalid("Keep it under 120 characters.", field=f"words_{language}")
        if text:
            found[language] = text
    if needed and needed not in found:
        raise Invalid("Write it in English at least: others fall back to it.", field="words_en")
    return found


@action(
    "returns.save_holiday_extension",
    permission=PERMISSION,
    summary="Give orders of some days longer to come back",
)
def save_holiday_extension(
    *,
    name: str,
    orders_from: date,
    orders_to: date,
    until_date: date,
    words: Mapping[str, str] | None = None,
    by: Actor,
    at: datetime,
) -> UUID:
    """Add an extension; it counts at once, for every version, and only ever lengthens.

    :param words: its name by language, where shoppers should read another one.
    :raises Invalid: days out of order.
    """
    if orders_to < orders_from:
        raise Invalid("The last day is before the first: swap them.", field="orders_to")
    if until_date < orders_to:
        raise Invalid("Choose a day after the last of the orders.", field="until_date")
    row = HolidayExtension.objects.create(
        store_id=current_store_id(),
        name=read_name(name),
        words=_words(words or {}),
        orders_from=orders_from,
        orders_to=orders_to,
        until_date=until_date,
        created_at=at,
        created_by=by.key,
    )
    audit.note(
        subject=f"holiday_extension:{row.id}",
        changes={"until_date": [None, until_date.isoformat()]},
    )
    return row.id


@action(
    "returns.withdraw_holiday_extension",
    permission=PERMISSION,
    summary="End a holiday extension for orders to come",
)
def withdraw_holiday_extension(*, extension_id: UUID, by: Actor, at: datetime) -> None:
    """End an extension: orders placed before keep it, as it was promised to them.

    :raises NotFound: there is no such extension.
    """
    row = HolidayExtension.objects.select_for_update().filter(id=extension_id).first()
    if row is None:
        raise NotFound("There is no such extension.")
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = at, by.key
        row.save(update_fields=["withdrawn_at", "withdrawn_by"])
        audit.note(
            subject=f"holiday_extension:{row.id}",
            changes={"withdrawn_at": [None, at.isoformat()]},
        )


def own_reasons(at: datetime) -> None:
    """Write the default reasons down as the store's own, unless it has some; joins the action."""
    store_id = current_store_id()
    if ReturnReason.objects.exists():
        return
    ids: dict[str, UUID] = {}
    for position, one in enumerate(default_reasons(), 1):
        row, _ = ReturnReason.objects.get_or_create(
            store_id=store_id,
            code=one.code,
            defaults={
                "parent_id": ids.get(one.parent),
                "position": position,
                "words": dict(one.words),
                "fault": one.fault,
                "damage": one.damage,
                "asks_photo": one.asks_photo,
                "condition": dict(one.condition),
                "updated_at": at,
            },
        )
        ids[one.code] = row.id


@action("returns.save_reason", permission=PERMISSION, summary="Add or change a reason for returns")
def save_reason(
    *,
    code: str,
    parent: str = "",
    words: Mapping[str, str],
    fault: str = "shopper",
    damage: str = "",
    asks_photo: bool = False,
    condition: Any = None,
    is_active: bool = True,
    is_new: bool = False,
    by: Actor,
    at: datetime,
) -> str:
    """Add a reason, or change the one of that code; returns the code.

    :param parent: the code of the reason it stands below; "" for the first level.
    :param condition: which products it is offered for; None for all.
    :raises Invalid: a code or words that won't do, more than three levels, a fault nobody has.
    :raises NotFound: there is no such parent.
    :raises Conflict: ``is_new`` and the code is taken.
    """
    own_reasons(at)
    if fault not in FAULTS:
        raise Invalid("Say who caused it: shopper, merchant or carrier.", field="fault")
    above = _parent(parent, code)
    values: dict[str, Any] = {
        "parent": above,
        "words": _words(words, needed="en"),
        "fault": fault,
        "damage": damage.replace("\x00", "").strip()[:60],
        "asks_photo": asks_photo,
        "condition": _narrowed(condition),
        "is_active": is_active,
        "updated_at": at,
    }
    row = ReturnReason.objects.select_for_update().filter(code=code).first()
    if row is not None and is_new:
        raise Conflict("Another reason has this code.", field="code")
    if row is None:
        last = ReturnReason.objects.aggregate(last=Max("position"))["last"] or 0
        row = ReturnReason(store_id=current_store_id(), code=code, position=last + 1)
    for name, value in values.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "reason_code" not in str(error):
            raise
        raise Invalid(
            "A code has small letters, digits and _ only, and begins with a letter.", field="code"
        ) from None
    audit.note(subject=f"return_reason:{code}", changes={"words": [None, values["words"]]})
    return code


def _narrowed(condition: Any) -> dict[str, Any]:
    if not condition or condition in ({"all": []}, {"where": {"all": []}}):
        return {}
    return read_condition(condition)


def _parent(parent: str, code: str) -> ReturnReason | None:
    """Return the reason it is to stand below. :raises Invalid: in a circle, or too deep."""
    if not parent:
        return None
    rows = {row.code: row for row in ReturnReason.objects.all()}
    above = rows.get(parent)
    if above is None:
        raise NotFound("There is no such reason to stand below.", field="parent")
    by_id = {row.id: row for row in rows.values()}
    one: ReturnReason | None = above
    levels = 1
    while one is not None:
        if one.code == code:
            raise Invalid("A reason can’t stand below itself.", field="parent")
        levels += 1
        one = by_id.get(one.parent_id) if one.parent_id else None
    if levels > MAX_LEVELS:
        raise Invalid(f"There are {MAX_LEVELS} levels at most.", field="parent")
    return above


@action(
    "returns.move_reason",
    permission=PERMISSION,
    summary="Show a reason for returns higher or lower",
)
def move_reason(*, code: str, is_earlier: bool, by: Actor, at: datetime) -> None:
    """Let a reason and its neighbor of the same group change places.

    :raises NotFound: there is no such reason.
    """
    own_reasons(at)
    rows = list(ReturnReason.objects.select_for_update().order_by("position", "code"))
    row = next((one for one in rows if one.code == code), None)
    if row is None:
        raise NotFound("There is no such reason.")
    beside = [one for one in rows if one.parent_id == row.parent_id]
    here = beside.index(row)
    there = max(here - 1, 0) if is_earlier else min(here + 1, len(beside) - 1)
    one, other = beside[here], beside[there]
    one.position, other.position = other.position, one.position
    ReturnReason.objects.bulk_update([one, other], ["position"])
    audit.note(subject=f"return_reason:{code}", changes={"moved": [here + 1, there + 1]})
