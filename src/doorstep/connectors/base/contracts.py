"""What a connector makes of one platform payload, in Doorstep's own words.

A payload is *understood* (an order, a refund, a cancellation, a customer, a product), *ignored*
with a reason, or *rejected* with the field that is wrong. There is no fourth way out: a connector
never lets another exception escape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Protocol, runtime_checkable

from doorstep.rooms.catalog.contracts import ListedProduct
from doorstep.rooms.fulfillment.contracts import IncomingShipment
from doorstep.rooms.orders.contracts import IncomingOrder, IncomingPerson, IncomingRefund
from doorstep.rooms.payments.contracts import Report
from doorstep.rooms.tracking.contracts import TrackingReport


class Rejection(Exception):
    """Raise when a payload cannot become what it claims to be.

    ``field`` is the path inside the payload ("line_items[3].quantity", "" for the whole);
    ``retriable`` says whether trying the same bytes again may help (after an update of
    Doorstep or a changed setting); a forged or truncated body never gets better.
    """

    def __init__(self, code: str, detail: str, field: str = "", *, retriable: bool = True) -> None:
        super().__init__(f"{field}: {detail}" if field else detail)
        self.code = code
        self.detail = detail
        self.field = field
        self.retriable = retriable


@dataclass(frozen=True, slots=True)
class OrderReceived:
    """A whole order, new or changed, with the sendings that its body names."""

    order: IncomingOrder
    shipments: tuple[IncomingShipment, ...] = ()


@dataclass(frozen=True, slots=True)
class ShipmentReceived:
    """A sending on its own; its order may not have reached us yet."""

    shipment: IncomingShipment


@dataclass(frozen=True, slots=True)
class RefundReceived:
    """A refund on its own; its order may not have reached us yet."""

    refund: IncomingRefund


@dataclass(frozen=True, slots=True)
class OrderWithdrawn:
    """The platform says an order is canceled or deleted without sending the order itself."""

    order_external_id: str
    canceled_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CustomerReceived:
    """A customer record as the platform holds it at ``version_at``."""

    person: IncomingPerson
    version_at: datetime


@dataclass(frozen=True, slots=True)
class ProductReceived:
    """A product with its variants as the platform holds it at ``version_at``."""

    product: ListedProduct
    version_at: datetime


@dataclass(frozen=True, slots=True)
class TrackingReceived:
    """What a carrier or aggregator says about one or more parcels."""

    reports: tuple[TrackingReport, ...]


@dataclass(frozen=True, slots=True)
class MoneyReported:
    """What a payment provider says about payments, holds, refunds and chargebacks."""

    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class PrivacyRequested:
    """A person (or the shop) asks for data or its erasure; the law sets a clock on it."""

    kind: str  # data_request, customer_redact, shop_redact
    customer_external_id: str = ""
    email: str = ""
    days_allowed: int = 30


@dataclass(frozen=True, slots=True)
class Ignored:
    """Understood, and deliberately without effect."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Not understood: the fact of a :class:`Rejection` as a value."""

    code: str
    detail: str
    field: str = ""
    retriable: bool = True


Outcome = (
    OrderReceived
    | ShipmentReceived
    | RefundReceived
    | OrderWithdrawn
    | CustomerReceived
    | ProductReceived
    | TrackingReceived
    | MoneyReported
    | PrivacyRequested
    | Ignored
    | Rejected
)


@dataclass(frozen=True, slots=True)
class NormalizeContext:
    """What a payload does not say about itself.

    ``zone`` is the shop's own time zone (WooCommerce writes naive local times), ``currency``
    the shop's booking currency (a WooCommerce refund names none), ``received_at`` stands in
    where a payload carries no time at all.
    """

    zone: tzinfo = UTC
    currency: str = ""
    received_at: datetime = field(default_factory=lambda: datetime(1970, 1, 1, tzinfo=UTC))
    triggered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the request headers say about a webhook delivery."""

    topic: str
    delivery_id: str = ""
    event_id: str = ""
    triggered_at: datetime | None = None
    is_ping: bool = False
    kept_headers: dict[str, str] = field(default_factory=dict)


# Under this name, which no header can have, connectors find the ``token`` of the hook's address.
TOKEN = "?token"  # noqa: S105 - the name of a place, not a secret

ORDERS = "orders"
TRACKING = "tracking"
MONEY = "money"


class Connector(Protocol):
    """One platform that can send webhooks.

    ``brings`` says what comes from it: ``orders`` (a shop, with a sales channel), ``tracking``
    (news of parcels) or ``money`` (of payments and refunds). ``guide`` tells a person where its hook's address is entered; "" where the
    page of the connection knows that itself.
    """

    @property
    def kind(self) -> str:
        """Return the name under which connections keep it."""

    @property
    def label(self) -> str:
        """Return what people call it."""

    @property
    def brings(self) -> str:
        """Return ``ORDERS``, ``TRACKING`` or ``MONEY``."""

    @property
    def guide(self) -> Any:
        """Return words (translated where they are shown)."""

    def is_signed(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
        """Tell in constant time whether ``body`` is signed with one of ``secrets``.

        ``headers`` also holds the address's own token, under ``TOKEN``.
        """

    def open_envelope(self, headers: Mapping[str, str], body: bytes) -> Envelope:
        """Read topic and identity of a delivery from lower-cased headers."""

    def normalize(self, payload: Any, topic: str, context: NormalizeContext) -> list[Outcome]:
        """Turn a parsed body into outcomes; never raises for bad input."""


@runtime_checkable
class BodyParser(Protocol):
    """A connector whose bodies are not (only) JSON."""

    def parse(self, body: bytes) -> Any:
        """Return what ``normalize`` takes.

        :raises Rejection: it cannot be read.
        """
