"""What a policy says about a line: the effects that rules set, and how they are put together.

The merge: rules are gone through in order, and for each effect the first rule that holds and sets
it decides; what no rule sets comes from the version's base. So one rule may shorten the window and
a later one still add a fee.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from doorstep.kernel.errors import Invalid
from doorstep.rooms.returns.contracts import (
    LabelPayer,
    MethodKind,
    Outcome,
    OutcomeOffer,
    RefundTrigger,
)

MAX_DAYS = 3_650
MAX_FEE_MINOR = 10**12


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(_Shape):
    """How long a thing may come back.

    :ivar days: full days of the store after the start; None: without end.
    :ivar start: ``delivery`` of the thing itself, or the ``order``.
    """

    days: int | None = Field(30, ge=0, le=MAX_DAYS)
    start: Literal["delivery", "order"] = "delivery"


class Offer(_Shape):
    """One outcome and its terms; fixed amounts in the store's currency, per piece."""

    outcome: Outcome
    fee_percent: int = Field(0, ge=0, le=100)
    fee_minor: int = Field(0, ge=0, le=MAX_FEE_MINOR)
    bonus_percent: int = Field(0, ge=0, le=100)


class LabelTerms(_Shape):
    """Who pays the way back, and how much is taken off per return where the shopper does."""

    payer: LabelPayer = LabelPayer.STORE
    fee_minor: int = Field(0, ge=0, le=MAX_FEE_MINOR)


class Effects(_Shape):
    """The effects one rule sets; None leaves an effect to the rules after it and the base.

    :ivar keep_below_minor: pieces that cost less (store's currency) need not come back; 0: never.
    """

    window: Window | None = None
    final_sale: bool | None = None
    offers: tuple[Offer, ...] | None = None
    methods: tuple[MethodKind, ...] | None = None
    label: LabelTerms | None = None
    trigger: RefundTrigger | None = None
    approval: Literal["auto", "review"] | None = None
    needs_photos: int | None = Field(None, ge=0, le=10)
    keep_below_minor: int | None = Field(None, ge=0, le=MAX_FEE_MINOR)
    instant_exchange: bool | None = None

    @field_validator("offers")
    @classmethod
    def _outcomes_once(cls, offers: tuple[Offer, ...] | None) -> tuple[Offer, ...] | None:
        if offers is not None:
            if len({offer.outcome for offer in offers}) < len(offers):
                raise ValueError("offer each outcome once")
            # Refund is never hidden below others: it stands first wherever it is offered.
            offers = tuple(sorted(offers, key=lambda one: one.outcome is not Outcome.REFUND))
        return offers

    @field_validator("methods")
    @classmethod
    def _some_method(cls, methods: tuple[MethodKind, ...] | None) -> tuple[MethodKind, ...] | None:
        if methods is not None and not methods:
            raise ValueError("choose at least one way back")
        return None if methods is None else tuple(dict.fromkeys(methods))

    def to_json(self) -> dict[str, Any]:
        """Return what it sets, as rules store it."""
        return self.model_dump(mode="json", exclude_none=True) | (
            {"window": self.window.model_dump(mode="json")} if self.window else {}
        )


NAMES = tuple(Effects.model_fields)

BASE = Effects(
    window=Window(days=30, start="delivery"),
    final_sale=False,
    offers=(
        Offer(outcome=Outcome.REFUND),
        Offer(outcome=Outcome.EXCHANGE),
        Offer(outcome=Outcome.STORE_CREDIT),
    ),
    methods=(MethodKind.QR_DROP_OFF, MethodKind.LABEL),
    label=LabelTerms(),
    trigger=RefundTrigger.INSPECTION,
    approval="auto",
    needs_photos=0,
    keep_below_minor=0,
    instant_exchange=False,
)


def read_effects(raw: Any, *, is_base: bool = False) -> Effects:
    """Check a document of effects.

    :raises Invalid: it does not fit, a base leaves something open, a rule sets nothing.
    """
    try:
        found = raw if isinstance(raw, Effects) else Effects.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"]) or "effects"
        raise Invalid(first["msg"].removeprefix("Value error, ") + ".", field=path) from None
    values = {name: getattr(found, name) for name in NAMES}
    if is_base and None in values.values():
        missing = next(name for name, value in values.items() if value is None)
        raise Invalid("The general rule has to say this.", field=missing)
    if not is_base and all(value is None for value in values.values()):
        raise Invalid("Choose at least one thing that this rule changes.", field="effects")
    return found


def merge(base: Effects, matching: Iterable[Effects]) -> Effects:
    """Put effects together by the rule stated above.

    :param matching: those of the rules that hold, in order.
    """
    values: dict[str, Any] = {}
    for effects in matching:
        for name in NAMES:
            value = getattr(effects, name)
            if value is not None:
                values.setdefault(name, value)
    return base.model_copy(update=values) if values else base


def fixed_fee(amount_minor: int, *, store_currency: str, order_currency: str) -> int:
    """Return a fixed amount for an order; 0 in other currencies than the store's.

    A number meant as 5 EUR must not be taken as 5 JPY, and at no rate that nobody named.
    """
    return amount_minor if store_currency == order_currency else 0


def offers_for(effects: Effects, currencies: Mapping[str, str]) -> tuple[OutcomeOffer, ...]:
    """Return the outcomes of merged effects as the room's contract has them.

    :param currencies: ``store_currency`` and ``order_currency``.
    """
    return tuple(
        OutcomeOffer(
            offer.outcome,
            offer.fee_percent,
            fixed_fee(offer.fee_minor, **currencies),
            offer.bonus_percent,
        )
        for offer in effects.offers or ()
    )
