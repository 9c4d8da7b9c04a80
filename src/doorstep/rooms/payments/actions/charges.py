"""Money that was taken elsewhere: by a shop platform, at a till."""

from __future__ import annotations

from datetime import datetime

from doorstep.kernel import money
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.payments.contracts import ChargeState, ChargeView
from doorstep.rooms.payments.models import Charge
from doorstep.rooms.payments.views import charge_view


def check_amount(currency: str, amount_minor: int) -> None:
    """Refuse what is no amount.

    :raises Invalid: an unknown currency, or nothing, or less than nothing.
    """
    money.exponent(currency)
    if not 0 < amount_minor <= money.MAX_MINOR:
        raise Invalid("The amount must be more than nothing.", field="amount_minor")


APART = "@"


def record_charge(
    *,
    subject: str,
    cause: str,
    key: str,
    provider: str,
    external_id: str,
    currency: str,
    amount_minor: int,
    method_label: str,
    charged_at: datetime,
    by: Actor,
    at: datetime,
) -> ChargeView:
    """Record a payment that came in without us, once per subject, provider, external id and cause.

    Where another subject has a payment of that name, ``cause`` is kept with ``APART`` and the
    subject behind it.

    Publishes nothing: who calls this knows. Joins the caller's transaction.

    :raises Invalid: no such currency, no amount.
    :raises Conflict: the same payment is known with another amount or currency.
    """
    check_amount(currency, amount_minor)
    values = {
        "subject": subject,
        "key": key,
        "method_label": method_label,
        "currency": currency,
        "amount_minor": amount_minor,
        "captured_minor": amount_minor,
        "state": ChargeState.CAPTURED,
        "charged_at": charged_at,
        "by": by.key,
    }
    name = {"store_id": current_store_id(), "provider": provider, "external_id": external_id}
    charge, is_new = Charge.objects.get_or_create(**name, cause=cause, defaults=values)
    if charge.subject != subject:
        # Two shops of one kind count their orders alike: another shop's order 123 is no payment
        # of this one.
        apart = f"{cause}{APART}{subject}"
        charge, is_new = Charge.objects.get_or_create(**name, cause=apart, defaults=values)
    if not is_new and (charge.currency, charge.amount_minor) != (currency, amount_minor):
        raise Conflict(
            f"This payment is recorded with {charge.amount_minor} {charge.currency} already; "
            f"{amount_minor} {currency} can't take its place."
        )
    return charge_view(charge)
