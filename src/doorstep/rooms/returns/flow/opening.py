"""A return with all its rows, locked: what every action on it begins with.

Lock order: the order's row, then the return's, then stock, then money.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import NotFound
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderToShip
from doorstep.rooms.returns.contracts import ReturnSettings, ReturnState, Terms
from doorstep.rooms.returns.models import (
    ReturnAuthorization,
    ReturnedPiece,
    ReturnLine,
    ReturnRules,
)
from doorstep.rooms.returns.rules.due import LineProgress
from doorstep.rooms.returns.rules.states import check_can_become
from doorstep.rooms.returns.rules.terms import terms_of


@dataclass
class OpenReturn:
    """One return in hand; :meth:`save` writes the row and what happened."""

    row: ReturnAuthorization
    order: OrderToShip
    lines: list[ReturnLine]
    by: Actor
    at: datetime
    facts: list[Any] = field(default_factory=list)

    @property
    def owner(self) -> UUID | None:
        """Whose news it is: nobody's the buyer must not hear of."""
        return None if self.row.for_recipient else self.order.customer_id

    @property
    def payer(self) -> Actor:
        """Who moves money: the policy, whoever set it off. Who may say that a parcel came in need
        not be allowed to refund.
        """
        return Actor("system", "returns", self.by.label)

    @property
    def head(self) -> tuple[UUID, UUID, UUID | None, str]:
        """What every event of it begins with."""
        return self.row.id, self.row.order_id, self.owner, self.row.number

    @cached_property
    def pieces(self) -> list[ReturnedPiece]:
        """What came back so far."""
        return list(ReturnedPiece.objects.filter(authorization=self.row.id).order_by("position"))

    @cached_property
    def terms(self) -> dict[UUID, Terms]:
        """What the policy said about each line when it was asked for."""
        return {line.id: terms_of(line.terms) for line in self.lines}

    def progress(self, line: ReturnLine) -> LineProgress:
        """Return how far a line has come."""
        mine = [one for one in self.pieces if one.line_id == line.id]
        return LineProgress(
            quantity=line.quantity,
            is_kept=line.is_kept,
            received=sum(one.origin == "expected" for one in mine),
            refused=sum(one.is_accepted is False and one.origin == "expected" for one in mine),
            accepted=sum(one.is_accepted is True for one in mine),
            settled=line.settled,
        )

    def become(self, state: ReturnState) -> None:
        """Change the state, by the table. :raises ReturnNotThere: it may not."""
        check_can_become(self.row.number, self.row.state, state)
        before, self.row.state = self.row.state, state.value
        if state is ReturnState.APPROVED:
            self.row.approved_at, self.row.approved_by = self.at, self.by.key
            self.row.ended_at, self.row.ended_by = None, ""
        else:
            self.row.ended_at, self.row.ended_by = self.at, self.by.key
            self.row.watch_at = None
        audit.note(subject=f"order:{self.row.order_id}", changes={"state": [before, state.value]})

    def save(self) -> None:
        """Write the return's row and publish what happened, in order."""
        self.row.save()
        key, subject = self.owner or self.row.order_id, f"order:{self.row.order_id}"
        publish_many([EventDraft(fact, key, self.at, self.by, subject) for fact in self.facts])
        self.facts = []


def open_return(return_id: UUID, *, by: Actor, at: datetime) -> OpenReturn:
    """Lock a return and its order. :raises NotFound: there is none in this store."""
    found = ReturnAuthorization.objects.filter(id=return_id).values_list("order_id", flat=True)
    order_id = found.first()
    if order_id is None:
        raise NotFound("There is no such return.")
    order = orders.get_orders_to_ship([order_id], lock=True)[order_id]
    row = ReturnAuthorization.objects.select_for_update(no_key=True).get(id=return_id)
    lines = list(ReturnLine.objects.filter(authorization=return_id).order_by("position"))
    return OpenReturn(row, order, lines, by, at)


def load_settings() -> ReturnSettings:
    """Return how the current store handles returns."""
    row = ReturnRules.objects.first()
    if row is None:
        return ReturnSettings()
    return ReturnSettings(
        row.valid_days,
        row.remind_days,
        row.missing_days,
        row.address,
        row.instructions,
        row.standard_shipping_minor,
    )


def watch_from(expires_at: datetime, settings: ReturnSettings, at: datetime) -> datetime:
    """Return when the clock looks next: to remind, else to end it."""
    remind = expires_at - timedelta(days=settings.remind_days)
    return remind if remind > at else expires_at
