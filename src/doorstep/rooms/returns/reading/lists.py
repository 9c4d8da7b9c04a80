"""Lists of returns: filters, search, pages, tabs."""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
)

from doorstep.kernel.errors import Invalid
from doorstep.kernel.searching import search_query
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns.contracts import (
    LabelState,
    MakeGoodState,
    ReturnCounts,
    ReturnFilter,
    ReturnPage,
    ReturnState,
    ReturnSummary,
    WithdrawalState,
)
from doorstep.rooms.returns.flow.labels import IN_USE
from doorstep.rooms.returns.models import (
    MakeGood,
    ReturnAuthorization,
    ReturnedPiece,
    ReturnLabel,
    ReturnLine,
    Withdrawal,
)
from doorstep.rooms.returns.models.authorization import LIVE
from doorstep.rooms.returns.reading.views import summary_view

MAX_PAGE = 200

_HERE = Q(state=ReturnState.APPROVED, received_at__isnull=False)
_LABELS = ReturnLabel.all_stores.filter(authorization=OuterRef("pk"))
NEEDS = {
    "review": Q(state=ReturnState.REQUESTED),
    "sent": Q(state=ReturnState.APPROVED, received_at__isnull=True, is_kept=False),
    "inspect": _HERE & Q(inspected_at__isnull=True),
    "dispose": _HERE & Q(inspected_at__isnull=False, settled_at__isnull=False),
    "settle": _HERE & Q(inspected_at__isnull=False, settled_at__isnull=True),
    "find": Q(state=ReturnState.APPROVED, missing_at__isnull=False, received_at__isnull=True),
    # None could be made: the shopper waits for another way.
    "label": Q(state=ReturnState.APPROVED, received_at__isnull=True)
    & Q(Exists(_LABELS.filter(state=LabelState.FAILED)))
    & ~Q(Exists(_LABELS.filter(state__in=IN_USE))),
}


def list_returns(
    filters: ReturnFilter | None = None, *, cursor: str = "", limit: int = 50
) -> ReturnPage:
    """List returns, newest first; the same few queries whatever is asked for.

    :raises Invalid: the cursor is not one of ours, or there is no such need.
    """
    limit = max(1, min(limit, MAX_PAGE))
    rows = _filtered(filters or ReturnFilter()).order_by("-requested_at", "-id")
    if cursor:
        moment, return_id = _read_cursor(cursor)
        rows = rows.filter(requested_at__lte=moment).exclude(requested_at=moment, id__gte=return_id)
    found = list(rows[: limit + 1])
    page = found[:limit]
    return ReturnPage(tuple(summaries_of(page)), _cursor(page[-1]) if len(found) > limit else "")


def summaries_of(rows: list[ReturnAuthorization]) -> list[ReturnSummary]:
    """Return rows as lists show them: three more queries for all of them."""
    if not rows:
        return []
    of_orders = orders.get_summaries({row.order_id for row in rows})
    ids = [row.id for row in rows]
    lines: dict[UUID, list[ReturnLine]] = defaultdict(list)
    for line in ReturnLine.objects.filter(authorization__in=ids).order_by("position"):
        lines[line.authorization_id].append(line)
    received = dict(
        ReturnedPiece.objects.filter(authorization__in=ids)
        .values_list("authorization")
        .annotate(Count("id"))
    )
    return [
        summary_view(row, of_orders[row.order_id], lines[row.id], received.get(row.id, 0))
        for row in rows
    ]


def count_returns() -> ReturnCounts:
    """Count what waits for what, for tabs: one statement over what is open, and two more."""
    live = ReturnAuthorization.objects.filter(state__in=LIVE)
    counts = live.aggregate(
        **{name: Count("id", filter=condition) for name, condition in NEEDS.items()}
    )
    return ReturnCounts(
        all=live.count(),
        review=counts["review"],
        on_way=counts["sent"],
        inspect=counts["inspect"],
        dispose=counts["dispose"],
        settle=counts["settle"],
        find=counts["find"],
        labels=counts["label"],
        withdrawals=Withdrawal.objects.filter(state=WithdrawalState.UNMATCHED).count(),
        make_goods=MakeGood.objects.filter(
            state=MakeGoodState.PROPOSED, due_at__isnull=True
        ).count(),
    )


def find_by_scan(code: str) -> UUID | None:
    """Return the return that a scanned code names: its number, or its parcel's; None: nobody's.

    Codes of ours are the number, or an address that ends in it. A carrier's bar code may hold more
    than the number (USPS: the postal code before it). Of several returns with one number, one that
    is still awaited, then the newest.
    """
    text = "".join(sign for sign in code if sign.isprintable()).strip()
    number = text.rstrip("/").rpartition("/")[2].upper()
    row = ReturnAuthorization.objects.filter(number=number).only("id").first()
    if row is not None:
        return row.id
    keys = {fulfillment.normalize_number(text), fulfillment.trackable_number(text)} - {""}
    rows = ReturnLabel.objects.filter(number_key__in=keys).only("authorization_id")
    awaited = ExpressionWrapper(
        Q(authorization__state=ReturnState.APPROVED, authorization__complete_at__isnull=True),
        BooleanField(),
    )
    newest = rows.alias(awaited=awaited).order_by("-awaited", "-requested_at", "-id").first()
    return newest.authorization_id if newest else None


def _filtered(filters: ReturnFilter) -> QuerySet[ReturnAuthorization]:
    rows: QuerySet[ReturnAuthorization] = ReturnAuthorization.objects.all()
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.needs:
        if filters.needs not in NEEDS:
            raise Invalid("There is no such list.", field="needs")
        rows = rows.filter(NEEDS[filters.needs])
    if filters.order_id is not None:
        rows = rows.filter(order=filters.order_id)
    if filters.customer_id is not None:
        rows = rows.filter(order__customer=filters.customer_id, for_recipient=False)
    if filters.since is not None:
        rows = rows.filter(requested_at__gte=filters.since)
    return _matching(rows, filters.search) if filters.search.strip() else rows


def _matching(rows: QuerySet[ReturnAuthorization], typed: str) -> QuerySet[ReturnAuthorization]:
    """Narrow to what somebody typed: all its words, each as a prefix."""
    query = search_query(typed)
    if not query:
        return rows.none()
    # The expression must be the index's own, or the index is not used.
    return rows.annotate(found_by=SearchVector("search_text", config="simple")).filter(
        found_by=SearchQuery(query, config="simple", search_type="raw")
    )


def _cursor(row: ReturnAuthorization) -> str:
    text = f"{row.requested_at.isoformat()}|{row.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, name = raw.partition("|")
        found = datetime.fromisoformat(moment)
        if found.tzinfo is None:
            raise ValueError
        return found, UUID(name)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        raise Invalid(
            "This page does not exist (any more). Start from the first.", field="cursor"
        ) from None
