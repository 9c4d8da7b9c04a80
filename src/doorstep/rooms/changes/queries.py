"""Reading changes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tallies import Tally, read_tally
from doorstep.rooms.changes.contracts import (
    ChangeAct,
    ChangeKind,
    ChangeOptions,
    ChangePage,
    ChangeState,
    ChangeView,
    PlatformTaskView,
)
from doorstep.rooms.changes.deciding import judge
from doorstep.rooms.changes.models import OrderChange, PlatformTask
from doorstep.rooms.changes.rules.asking import from_json
from doorstep.rooms.changes.rules.states import OPEN
from doorstep.rooms.changes.settings import get_settings
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderHead
from doorstep.rooms.payments import api as payments


def get_change(change_id: UUID) -> ChangeView:
    """Return a change. :raises NotFound: there is none in this store."""
    found = _views(OrderChange.objects.filter(id=change_id))
    if not found:
        raise NotFound("There is no such change.")
    return found[0]


def list_by_ids(change_ids: Collection[UUID]) -> list[ChangeView]:
    """Return changes by id, in a constant number of queries; unknown ones are left out."""
    return _views(OrderChange.objects.filter(id__in=list(change_ids)))


def list_changes_of(order_ids: Sequence[UUID]) -> dict[UUID, list[ChangeView]]:
    """Return the changes of orders, newest first; the number of queries stays."""
    found: dict[UUID, list[ChangeView]] = {order_id: [] for order_id in order_ids}
    rows = OrderChange.objects.filter(order_id__in=list(found)).order_by("-requested_at", "-id")
    for view in _views(rows):
        found[view.order_id].append(view)
    return found


def list_changes(*, state: str = "", cursor: str = "", limit: int = 50) -> ChangePage:
    """List a store's changes, newest first.

    :param state: one of ``contracts.ChangeState``, or ``open`` for all that are under way.
    :raises Invalid: a state nobody knows, or a cursor that is not one of ours.
    """
    rows = OrderChange.objects.all()
    if state == "open":
        rows = rows.filter(state__in=list(OPEN))
    elif state:
        if state not in set(ChangeState):
            raise Invalid(f"There is no state “{state[:40]}”.", field="state")
        rows = rows.filter(state=state)
    if cursor:
        at, change_id = _read_cursor(cursor)
        rows = rows.filter(Q(requested_at__lt=at) | Q(requested_at=at, id__lt=change_id))
    page = _views(rows.order_by("-requested_at", "-id")[: limit + 1])
    more = len(page) > limit
    page = page[:limit]
    return ChangePage(tuple(page), _cursor(page[-1]) if more else "")


def count_changes() -> dict[str, int]:
    """Return how many changes wait for what: those under way, by state."""
    counts = {str(state): 0 for state in OPEN}
    for state in OrderChange.objects.filter(state__in=list(OPEN)).values_list("state", flat=True):
        counts[state] += 1
    return counts


def _cursor(view: ChangeView) -> str:
    return base64.urlsafe_b64encode(f"{view.requested_at.isoformat()} {view.id}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, _, change_id = base64.urlsafe_b64decode(cursor).decode().partition(" ")
        return datetime.fromisoformat(at), UUID(change_id)
    except (binascii.Error, ValueError):
        raise Invalid("This page does not exist: start from the first.", field="cursor") from None


def _views(rows: QuerySet[OrderChange] | Sequence[OrderChange]) -> list[ChangeView]:
    changes = list(rows)
    if not changes:
        return []
    order_ids = list({change.order_id for change in changes})
    marks = {mark.id: mark for mark in orders.get_order_marks(order_ids).values()}
    owners = orders.get_customers_of(order_ids)
    waiting = [c.order_id for c in changes if c.state == ChangeState.AWAITING_PAYMENT]
    links = payments.list_links([f"order:{order_id}" for order_id in waiting]) if waiting else {}
    tasks = {
        task.change_id: task
        for task in PlatformTask.objects.filter(change__in=[change.id for change in changes])
    }
    found = []
    for change in changes:
        number = marks[change.order_id].number if change.order_id in marks else ""
        url = next(
            (
                link.page_url
                for link in links.get(f"order:{change.order_id}", ())
                if link.cause == f"change:{change.id}"
                and change.state == ChangeState.AWAITING_PAYMENT
            ),
            "",
        )
        task = tasks.get(change.id)
        found.append(
            _view(
                change,
                number,
                owners.get(change.order_id),
                url,
                task_view(task, change.order_id, number) if task else None,
            )
        )
    return found


def _view(
    change: OrderChange,
    number: str,
    owner: UUID | None,
    pay_url: str,
    task: PlatformTaskView | None,
) -> ChangeView:
    return ChangeView(
        id=change.id,
        order_id=change.order_id,
        order_number=number,
        customer_id=owner,
        kind=ChangeKind(change.kind),
        acts=tuple(ChangeAct(act) for act in change.acts),
        state=ChangeState(change.state),
        ask=from_json(change.ask),
        currency=change.currency,
        difference_minor=change.difference_minor,
        summary=tuple(change.summary),
        why={act: tuple(lines) for act, lines in change.why.items()},
        policy_version=change.policy_version,
        requested_at=change.requested_at,
        requested_by=change.requested_by,
        requested_by_label=change.requested_by_label,
        decided_at=change.decided_at,
        decided_by_label=change.decided_by_label,
        expires_at=change.expires_at,
        ended_at=change.ended_at,
        words=change.words,
        pay_url=pay_url,
        task=task,
    )


def task_view(task: PlatformTask, order_id: UUID, number: str) -> PlatformTaskView:
    """Return what a platform is told, as it crosses the wall."""
    return PlatformTaskView(
        task.id,
        task.change_id,
        order_id,
        number,
        task.power,
        task.state,
        task.attempts,
        task.next_at,
        task.words,
        task.told_at,
    )


def list_parked_tasks(limit: int = 100) -> list[PlatformTaskView]:
    """List what platforms could not be told, oldest first: somebody has to look."""
    rows = list(
        PlatformTask.objects.filter(state="parked")
        .select_related("change")
        .order_by("created_at", "id")[:limit]
    )
    marks = orders.get_order_marks([row.change.order_id for row in rows])
    return [
        task_view(
            row,
            row.change.order_id,
            marks[row.change.order_id].number if row.change.order_id in marks else "",
        )
        for row in rows
    ]


NEEDS_PERSON = Tally(
    "SELECT count(*) FROM changes_platformtask WHERE store_id = %(store)s AND state = 'parked'"
)


def count_parked_tasks() -> int:
    """Return how many things platforms could not be told."""
    return read_tally(NEEDS_PERSON)


def options_for(
    order_id: UUID,
    *,
    head: OrderHead | None = None,
    zone: ZoneInfo | None = None,
    at: datetime,
) -> ChangeOptions:
    """Say what a shopper can change about an order now, until when, and why not: three queries.

    :param head: the order's, where it was read already: a query less.
    :param zone: the store's, where it is known already.
    :raises NotFound: there is no such order.
    """
    settings = get_settings()
    judged = judge(head or orders.get_order_head(order_id), settings, zone=zone, at=at)
    opened: list[ChangeView] = []
    if judged.is_changing:
        opened = _views(OrderChange.objects.filter(order_id=order_id, state__in=list(OPEN)))
    return ChangeOptions(
        order_id,
        judged.options,
        judged.is_packed,
        opened[0] if opened else None,
        settings.max_delay_days,
    )


def find_by_form(order_id: UUID, form_key: str) -> UUID | None:
    """Return the change that a form of an order made, None when it made none."""
    rows = OrderChange.objects.filter(order_id=order_id, form_key=form_key)
    return rows.values_list("id", flat=True).first()
