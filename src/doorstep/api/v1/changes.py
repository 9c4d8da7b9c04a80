"""Operations on changes of orders: edit, cancel, delay."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.cursors import seal, unseal
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.changes import (
    ChangeIn,
    ChangeQuery,
    ChangeRequestIn,
    ChangeSettingsIn,
    ChangesPage,
    DecisionIn,
)
from doorstep.kernel.clock import now
from doorstep.rooms.changes import api as changes
from doorstep.rooms.changes.contracts import (
    ChangeOptions,
    ChangeQuote,
    ChangeSettings,
    ChangeView,
)
from doorstep.rooms.orders import api as orders

router = Router(tags=["Changes"])


@serve(router, "GET", "/changes", scope="changes.view", answers={200: ChangesPage})
def list_changes(request: HttpRequest, filters: Query[ChangeQuery]) -> ChangesPage:
    """List changes of orders.

    Newest first: what is wanted, what it comes to, and what it waits for.
    """
    page = changes.list_changes(
        state=filters.state, cursor=unseal("changes", filters.cursor), limit=filters.limit
    )
    return ChangesPage(items=list(page.items), next_cursor=seal("changes", page.next_cursor))


@serve(router, "GET", "/changes/{change_id}", scope="changes.view", answers={200: ChangeView})
def get_change(request: HttpRequest, change_id: UUID) -> ChangeView:
    """Return a change.

    With the rules' answers when it was asked for, and what its platform said.
    """
    return changes.get_change(change_id)


@serve(
    router,
    "GET",
    "/orders/{order_id}/changes",
    scope="changes.view",
    answers={200: list[ChangeView]},
)
def list_order_changes(request: HttpRequest, order_id: UUID) -> list[ChangeView]:
    """List an order's changes.

    Newest first.
    """
    orders.get_order_head(order_id)  # a foreign order is a 404, not an empty list
    return changes.list_changes_of([order_id])[order_id]


@serve(
    router,
    "GET",
    "/orders/{order_id}/change-options",
    scope="changes.view",
    answers={200: ChangeOptions},
)
def get_change_options(request: HttpRequest, order_id: UUID) -> ChangeOptions:
    """Say what its shopper may change about an order now.

    Act by act: until when, whether somebody decides, and why not.
    """
    return changes.options_for(order_id, at=now())


@serve(
    router,
    "PUT",
    "/orders/{order_id}/change-quote",
    scope="changes.view",
    answers={200: ChangeQuote},
)
def quote_change(request: HttpRequest, order_id: UUID, payload: ChangeIn) -> ChangeQuote:
    """Say what a change comes to.

    To the cent: what is to be paid or goes back. Nothing is changed.
    """
    return changes.quote_change(order_id, payload.ask(), by=caller(request), at=now())


@serve(
    router,
    "POST",
    "/orders/{order_id}/changes",
    scope="orders.change",
    answers={201: ChangeView},
)
def request_change(
    request: HttpRequest, order_id: UUID, payload: ChangeRequestIn
) -> Status[ChangeView]:
    """Change, cancel or delay an order.

    It is carried out at once where nothing has to be paid or told to a platform first; `state`
    says what it waits for. The windows of the store bind its shoppers, not its keys; what is packed
    stays as it is for everybody.
    """
    made = changes.request_change(
        order_id=order_id,
        ask=payload.ask(),
        form_key=f"api:{payload.form_key}" if payload.form_key else "",
        by=caller(request),
        at=now(),
    )
    return Status(201, made)


@serve(
    router,
    "POST",
    "/changes/{change_id}/decision",
    scope="changes.decide",
    answers={200: ChangeView},
)
def decide_change(request: HttpRequest, change_id: UUID, payload: DecisionIn) -> Status[ChangeView]:
    """Approve or decline a change.

    That waits for a decision. Declined, everything stays as it was and the shopper is told.
    """
    by, at = caller(request), now()
    if payload.decision == "approve":
        return Status(200, changes.approve_change(change_id=change_id, by=by, at=at))
    return Status(
        200, changes.decline_change(change_id=change_id, words=payload.words, by=by, at=at)
    )


@serve(
    router,
    "POST",
    "/changes/{change_id}/withdrawal",
    scope="orders.change",
    answers={200: ChangeView},
)
def withdraw_change(request: HttpRequest, change_id: UUID) -> Status[ChangeView]:
    """Take a change back.

    While it waits for a decision or its payment; what it did is undone.
    """
    return Status(200, changes.withdraw_change(change_id=change_id, by=caller(request), at=now()))


@serve(router, "GET", "/change-settings", scope="settings.view", answers={200: ChangeSettings})
def get_change_settings(request: HttpRequest) -> ChangeSettings:
    """Return the rules of changes.

    The newest version.
    """
    return changes.get_settings()


@serve(router, "PUT", "/change-settings", scope="settings.edit", answers={200: ChangeSettings})
def set_change_settings(request: HttpRequest, payload: ChangeSettingsIn) -> ChangeSettings:
    """Change the rules of changes.

    As a new version; what is left out stays.
    """
    return changes.change_settings(
        settings=payload.model_dump(exclude_none=True), by=caller(request), at=now()
    )
