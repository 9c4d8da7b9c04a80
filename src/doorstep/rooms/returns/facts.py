"""What conditions can ask about what customers sent back: signs for a person, never a silent no.

They are facts of the customer, so segments, journeys and review rules use the same ones. What a
gift's recipient sent back is nobody's here.
"""

from __future__ import annotations

from doorstep.kernel.conditions.api import (
    Aggregate,
    Fact,
    FactType,
    Subject,
    register_fact,
    register_subject,
)

# The same subject as the customers room registers; twice the same is once.
register_subject(Subject("customer", "customer", "customers_customer"))

_RETURNS = (
    "returns_returnauthorization back JOIN orders_order sent ON sent.id = back.order_id"
    " JOIN returns_returnline piece ON piece.authorization_id = back.id"
)
_COUNTS = (
    "back.state NOT IN ('declined', 'canceled') AND NOT back.for_recipient AND NOT back.is_test"
)
_PIECES = (
    "returns_returnedpiece piece"
    " JOIN returns_returnauthorization back ON back.id = piece.authorization_id"
    " JOIN orders_order sent ON sent.id = back.order_id"
)


def _fact(
    name: str,
    type: FactType,
    label: str,
    description: str,
    sql: Aggregate,
) -> None:
    register_fact(
        Fact(
            name=f"customer.{name}",
            subject="customer",
            type=type,
            windowed=True,
            label=label,
            description=description,
            sql=sql,
        )
    )


def _of_returns(value: str, where: str = "") -> Aggregate:
    return Aggregate(
        value,
        _RETURNS,
        "sent.customer_id",
        "back.store_id",
        moment="back.requested_at",
        where=f"{_COUNTS} AND {where}" if where else _COUNTS,
    )


def _of_pieces(value: str, where: str) -> Aggregate:
    return Aggregate(
        value,
        _PIECES,
        "sent.customer_id",
        "back.store_id",
        moment="piece.received_at",
        where=f"NOT back.for_recipient AND NOT back.is_test AND {where}",
    )


_fact(
    "returns",
    FactType.COUNT,
    "returns",
    "How many returns the customer asked for; those declined or called off do not count.",
    _of_returns("count(DISTINCT back.id)"),
)
_fact(
    "returned_pieces",
    FactType.COUNT,
    "returned pieces",
    "How many pieces the customer's returns take back.",
    _of_returns("sum(piece.claimed)"),
)
_fact(
    "worn_returns",
    FactType.COUNT,
    "pieces returned worn",
    "How many pieces were found worn when they came back (wardrobing).",
    _of_pieces("count(*)", "piece.condition = 'worn'"),
)
_fact(
    "return_mismatches",
    FactType.COUNT,
    "mismatches in returns",
    "How many pieces did not fit what was announced: another thing, not ours, used, an empty box.",
    _of_pieces("count(*)", "(piece.mismatch <> '' OR piece.origin = 'unexpected')"),
)
_fact(
    "late_returns",
    FactType.COUNT,
    "returns long after delivery",
    "How many returns were asked for more than 20 days after the order was placed.",
    _of_returns(
        "count(DISTINCT back.id)", "back.requested_at > sent.placed_at + interval '20 days'"
    ),
)
