"""Limits per role and amount, and what happens above them.

An action that moves money says how much (``amount`` in the catalogue). Who is over the limit of
their role does not get an error and nothing else: what they asked for is kept, and somebody with a
higher limit runs it with one decision. Shoppers, connectors and Doorstep itself act through rules
of their own rooms; limits are for people and keys.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actions import permissions
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, DomainError, Invalid, NotFound, PermissionDenied
from doorstep.kernel.models.approvals import ActionLimit, Approval
from doorstep.kernel.money import exponent, format_money
from doorstep.kernel.tenancy import current_store_id

if TYPE_CHECKING:
    from doorstep.kernel.actions.catalog import ActionEntry

MAX_WORDS = 500


class OverLimit(DomainError):
    """The amount is above what the actor's role may move alone."""

    code = "over_limit"
    status = 403

    def __init__(self, currency: str, amount_minor: int, limit_minor: int) -> None:
        super().__init__(
            f"{format_money(amount_minor, currency, 'en')} is above your limit of "
            f"{format_money(limit_minor, currency, 'en')}."
        )
        self.currency = currency
        self.amount_minor = amount_minor
        self.limit_minor = limit_minor


class AskedForApproval(Conflict):
    """Nothing moved yet: somebody with a higher limit decides (``approval_id``)."""

    code = "asked_for_approval"

    def __init__(self, approval_id: UUID, over: OverLimit, keep: Callable[[], object]) -> None:
        super().__init__(
            f"{over.message} Nothing has moved: it was put before somebody who may approve it."
        )
        self.approval_id = approval_id
        # For callers in whose own transaction the request would be rolled back with the error:
        # asks once more, outside of it. The same request twice is one.
        self.keep = keep


@dataclass(frozen=True, slots=True)
class LimitView:
    """Up to this amount a role runs an action alone."""

    action: str
    role: str
    currency: str
    amount_minor: int


def check_limit(entry: ActionEntry, arguments: Mapping[str, Any], by: Actor) -> None:
    """Raise when the actor's role has a limit for the action and the amount is above it.

    :raises OverLimit: with the figures.
    """
    if entry.amount is None or by.kind not in {"user", "api_key"}:
        return
    limits = ActionLimit.objects.filter(
        store_id=current_store_id(), action=entry.limited_as or entry.name, role=by.role
    )
    known = {one.currency: one.amount_minor for one in limits}
    if not known:
        return
    currency, amount_minor = entry.amount(**arguments)
    # A limit in one currency is none in another: above nothing is decided alone there.
    limit = known.get(currency, 0)
    if amount_minor > limit:
        raise OverLimit(currency, amount_minor, limit)


def ask(
    entry: ActionEntry,
    arguments: Mapping[str, Any],
    over: OverLimit,
    *,
    by: Actor,
    at: datetime,
) -> Approval:
    """Keep what somebody asked for until it is decided; the very same again is the same request."""
    payload = entry.input_model(**arguments).model_dump(mode="json")
    order_id = payload.get("order_id")
    with transaction.atomic():
        same = Approval.objects.filter(
            store_id=current_store_id(),
            state="waiting",
            action=entry.name,
            payload=payload,
            asked_by=by.key,
        ).first()
        return same or Approval.objects.create(
            store_id=current_store_id(),
            action=entry.name,
            payload=payload,
            subject=f"order:{order_id}" if order_id else "",
            currency=over.currency,
            amount_minor=over.amount_minor,
            limit_minor=over.limit_minor,
            asked_at=at,
            asked_by=by.key,
            asked_by_label=by.label,
        )


def decide(
    *, approval_id: UUID, is_approved: bool, words: str = "", by: Actor, at: datetime
) -> Approval:
    """Run what was asked for, or decline it. What fails when it runs is kept with the reason.

    :raises NotFound: there is no such request in this store.
    :raises Conflict: it is decided already.
    :raises PermissionDenied: it is the actor's own request, or the role may not approve.
    :raises OverLimit: the amount is above the decider's own limit.
    """
    from doorstep.kernel.actions.catalog import run_action

    permissions.check(by, "approvals.decide")
    if len(words) > MAX_WORDS:
        raise Invalid(f"At most {MAX_WORDS} characters.", field="words")
    with transaction.atomic():
        found = _lock(approval_id)
        if found.asked_by == by.key:
            raise PermissionDenied("Somebody else has to approve what you asked for.")
        found.state, found.words = ("approved" if is_approved else "declined"), words
        found.decided_at, found.decided_by, found.decided_by_label = at, by.key, by.label
        if is_approved:
            try:
                with transaction.atomic():
                    run_action(found.action, found.payload, by=by, at=at, asks=False)
            except OverLimit:
                raise
            except DomainError as error:
                found.state, found.words = "failed", error.message[:MAX_WORDS]
        found.save()
        return found


def withdraw(*, approval_id: UUID, by: Actor, at: datetime) -> Approval:
    """Take one's own request back.

    :raises NotFound: there is no such request of the actor's.
    :raises Conflict: it is decided already.
    """
    with transaction.atomic():
        found = _lock(approval_id)
        if found.asked_by != by.key:
            raise NotFound("There is no such request of yours.")
        found.state, found.decided_at = "withdrawn", at
        found.decided_by, found.decided_by_label = by.key, by.label
        found.save()
        return found


def _lock(approval_id: UUID) -> Approval:
    found = (
        Approval.objects.select_for_update()
        .filter(store_id=current_store_id(), id=approval_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such request.")
    if found.state != "waiting":
        raise Conflict(f"This request is {found.state} already.")
    return found


def list_approvals(*, state: str = "", subject: str = "", limit: int = 100) -> list[Approval]:
    """List requests, newest first."""
    rows = Approval.objects.filter(store_id=current_store_id())
    if state:
        rows = rows.filter(state=state)
    if subject:
        rows = rows.filter(subject=subject)
    return list(rows.order_by("-asked_at")[:limit])


def list_naming(names: Collection[str]) -> list[Approval]:
    """List the requests that name one of these in what was asked for (ids, addresses); oldest first.

    For a copy of a person's data, and for erasing it.
    """
    wanted = sorted({name for name in names if len(name) >= _SHORTEST_NAME})
    if not wanted:
        return []
    rows = Approval.objects.filter(store_id=current_store_id()).extra(
        where=[
            "EXISTS (SELECT 1 FROM unnest(%s::text[]) AS n (name)"
            " WHERE position(lower(n.name) IN lower(payload::text || subject)) > 0)"
        ],
        params=[wanted],
    )
    return list(rows.order_by("asked_at", "id"))


_SHORTEST_NAME = 6  # "a@b.de": anything shorter would be found in what is about others
# What people write, and what they are called; the rest says what is done and to which row.
_WRITTEN = frozenset(
    {"address", "contact", "email", "message", "name", "note", "phone", "reason", "sender_name",
     "recipient_name", "recipient_email", "text", "words"}
)  # fmt: skip


def erase_naming(names: Collection[str]) -> int:
    """Take what people wrote out of the requests that name one of these; returns how many.

    What moves stays: a request that waits can still be decided, and the books say what was asked.
    """
    rows = list_naming(names)
    for row in rows:
        row.payload = _without_words(row.payload)
        row.words = "" if row.state != "waiting" else row.words
    Approval.objects.bulk_update(rows, ["payload", "words"], batch_size=500)
    return len(rows)


def _without_words(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_words(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: ("" if isinstance(inner, str) else None) if key in _WRITTEN else _without_words(inner)
        for key, inner in value.items()
    }


def count_waiting() -> int:
    """Count what waits for a decision."""
    return Approval.objects.filter(store_id=current_store_id(), state="waiting").count()


def list_limits() -> list[LimitView]:
    """List the store's limits by action and role."""
    rows = ActionLimit.objects.filter(store_id=current_store_id()).order_by("action", "role")
    return [LimitView(one.action, one.role, one.currency, one.amount_minor) for one in rows]


def set_limit(
    *, action: str, role: str, currency: str, amount_minor: int | None, by: Actor, at: datetime
) -> None:
    """Set how much a role may move alone with an action; None: without limit.

    :raises Invalid: no such action with an amount, role or currency, or a negative amount.
    :raises PermissionDenied: it is the limit of the actor's own role.
    """
    from doorstep.kernel.actions.catalog import find_action

    entry = find_action(action)
    if entry is None or entry.amount is None or entry.limited_as:
        raise Invalid("This action moves no amount that could be limited.", field="action")
    if role not in permissions.ROLES or role == permissions.OWNER:
        raise Invalid("Limits are for roles below the owner.", field="role")
    if by.kind in {"user", "api_key"} and by.role == role:
        raise PermissionDenied("Somebody above your role sets your own limits.")
    exponent(currency)
    if amount_minor is not None and amount_minor < 0:
        raise Invalid("A limit is 0 or more.", field="amount_minor")
    key: dict[str, Any] = {
        "store_id": current_store_id(),
        "action": action,
        "role": role,
        "currency": currency,
    }
    if amount_minor is None:
        ActionLimit.objects.filter(**key).delete()
    else:
        ActionLimit.objects.update_or_create(**key, defaults={"amount_minor": amount_minor})
