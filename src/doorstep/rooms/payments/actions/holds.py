"""Holds: taken, or let go."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel import money
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.rooms.payments.calls.asking import ask
from doorstep.rooms.payments.contracts import CallKind, ChargeState, ChargeView
from doorstep.rooms.payments.models import Charge
from doorstep.rooms.payments.ports import LinkProvider, find_provider
from doorstep.rooms.payments.views import charge_view


def capture_charge(*, charge_id: UUID, amount_minor: int, by: Actor, at: datetime) -> ChargeView:
    """Take so much of a hold, once; what is beyond it is let go.

    Joins the caller's transaction; the vendor is asked after the commit. ``ChargeCaptured`` or
    (the hold had ended) ``ChargeVoided`` tells what became of it.

    :raises NotFound: no such charge. :raises Invalid: more than is held.
    :raises Conflict: not a hold (any more), or something else was asked of it before.
    """
    with transaction.atomic():
        charge = _lock(charge_id)
        if amount_minor <= 0 or amount_minor > charge.amount_minor:
            held = money.format_money(charge.amount_minor, charge.currency, "en")
            raise Invalid(f"Between nothing and the {held} that are held.", field="amount_minor")
        provider = find_provider(charge.provider)
        if isinstance(provider, LinkProvider):
            provider.check_amount(charge.currency, amount_minor)
        same = charge.captured_minor if charge.wish == "" else charge.wish_minor
        if (charge.state == ChargeState.CAPTURED or charge.wish == "capture") and (
            same == amount_minor
        ):
            return charge_view(charge)
        _check_untouched(charge)
        return _wish(charge, "capture", amount_minor, at)


def void_charge(*, charge_id: UUID, by: Actor, at: datetime) -> ChargeView:
    """Let a hold go; ``ChargeVoided`` tells when it is. Joins the caller's transaction.

    :raises NotFound: no such charge. :raises Conflict: it was taken, or is being taken.
    """
    with transaction.atomic():
        charge = _lock(charge_id)
        if charge.state == ChargeState.VOIDED or charge.wish == "void":
            return charge_view(charge)
        _check_untouched(charge)
        return _wish(charge, "void", None, at)


def _lock(charge_id: UUID) -> Charge:
    charge = Charge.objects.select_for_update().filter(id=charge_id).first()
    if charge is None:
        raise NotFound("There is no such payment.")
    return charge


def _check_untouched(charge: Charge) -> None:
    if charge.state != ChargeState.AUTHORIZED:
        raise Conflict(f"This money is not held: it is {charge.state}.", code="not_held")
    if charge.wish == "capture":
        raise Conflict("This hold is being taken already.", code="hold_in_use")
    if charge.wish == "void":
        raise Conflict("This hold is being let go already.", code="hold_in_use")


def _wish(charge: Charge, wish: str, amount_minor: int | None, at: datetime) -> ChargeView:
    charge.wish, charge.wish_minor = wish, amount_minor
    charge.save(update_fields=["wish", "wish_minor"])
    ask(CallKind.CAPTURE if wish == "capture" else CallKind.VOID, charge.id, at=at)
    return charge_view(charge)
