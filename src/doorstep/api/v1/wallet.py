"""Operations on stored value: store credit and gift cards."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.cursors import seal, unseal
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.wallet import (
    BalancesQuery,
    BlockIn,
    CodeIn,
    CreditIn,
    CustomerBalances,
    GiftCardIn,
    GiftCardQuery,
    GiftCardsPage,
    GiveBackIn,
    LiabilityOut,
    ResendIn,
    SpendIn,
    StatementOut,
    StatementQuery,
    TakeBackIn,
)
from doorstep.kernel.clock import now
from doorstep.rooms.wallet import api as wallet
from doorstep.rooms.wallet.contracts import (
    Balance,
    GiftCardCheck,
    GiftCardView,
    SpendGivenBack,
    ValueSpend,
)

router = Router(tags=["Wallet"])


@serve(
    router,
    "GET",
    "/wallet/balances",
    scope="wallet.view",
    answers={200: list[CustomerBalances]},
)
def list_balances(request: HttpRequest, filters: Query[BalancesQuery]) -> list[CustomerBalances]:
    """List store credit.

    Of up to 200 customers, by currency. Who was merged has what the customer they are now has.
    """
    found = wallet.balances_of(filters.customer_id, at=now())
    return [
        CustomerBalances(customer_id=customer_id, balances=found.get(customer_id, []))
        for customer_id in dict.fromkeys(filters.customer_id)
    ]


@serve(
    router,
    "GET",
    "/customers/{customer_id}/credit",
    scope="wallet.view",
    answers={200: StatementOut},
)
def get_credit_statement(
    request: HttpRequest, customer_id: UUID, filters: Query[StatementQuery]
) -> StatementOut:
    """Return a statement.

    A customer's store credit in one currency with every movement, newest first.
    """
    statement = wallet.statement(
        customer_id,
        filters.currency,
        unseal("credit", filters.cursor),
        at=now(),
        limit=filters.limit,
    )
    return StatementOut(
        balance=statement.balance,
        lines=list(statement.lines),
        next_cursor=seal("credit", statement.next_cursor),
    )


@serve(router, "POST", "/wallet/credits", scope="wallet.issue", answers={201: Balance})
def issue_credit(request: HttpRequest, payload: CreditIn) -> Status[Balance]:
    """Give store credit.

    Once per reference.
    """
    given = payload.model_dump(exclude={"reference"})
    balance = wallet.issue_credit(**given, cause=payload.reference, by=caller(request), at=now())
    return Status(201, balance)


@serve(router, "POST", "/wallet/reversals", scope="wallet.issue", answers={201: Balance})
def take_back_credit(request: HttpRequest, payload: TakeBackIn) -> Status[Balance]:
    """Take store credit back.

    Once per reference; what ends soonest goes first. 409 when the customer has less.
    """
    given = payload.model_dump(exclude={"reference"})
    balance = wallet.take_back_credit(
        **given, cause=payload.reference, by=caller(request), at=now()
    )
    return Status(201, balance)


@serve(router, "POST", "/wallet/spends", scope="wallet.issue", answers={201: ValueSpend})
def spend_value(request: HttpRequest, payload: SpendIn) -> Status[ValueSpend]:
    """Pay with stored value.

    For your own checkout: a customer's store credit or a gift card, once per reference. All of the
    amount or nothing: 409 says how much is left. What ends soonest is spent first.
    """
    given = payload.model_dump(exclude={"reference"})
    paid = wallet.spend(**given, cause=payload.reference, by=caller(request), at=now())
    return Status(201, paid)


@serve(router, "POST", "/wallet/give-backs", scope="wallet.issue", answers={201: SpendGivenBack})
def give_back_value(request: HttpRequest, payload: GiveBackIn) -> Status[SpendGivenBack]:
    """Give a payment back.

    All of it or a part, to where it was taken from, once per reference. What has ended meanwhile
    can be spent again for as long as was left when it was spent, 30 days at least.
    """
    given = wallet.give_back_spend(
        cause=payload.spend_reference,
        amount_minor=payload.amount_minor,
        give_back_cause=payload.reference,
        words=payload.words,
        by=caller(request),
        at=now(),
    )
    return Status(201, given)


@serve(router, "GET", "/wallet/liability", scope="wallet.view", answers={200: LiabilityOut})
def get_liability(request: HttpRequest) -> LiabilityOut:
    """Return what is owed.

    To holders of store credit and gift cards: by kind, currency, age and when it ends.
    """
    at = now()
    return LiabilityOut(at=at, rows=wallet.liability(at=at))


@serve(router, "GET", "/gift-cards", scope="wallet.view", answers={200: GiftCardsPage})
def list_gift_cards(request: HttpRequest, filters: Query[GiftCardQuery]) -> GiftCardsPage:
    """List gift cards.

    Newest first; codes are never listed, only their last four characters.
    """
    page = wallet.list_gift_cards(
        state=filters.state,
        text=filters.search,
        cursor=unseal("gift-cards", filters.cursor),
        limit=filters.limit,
        at=now(),
    )
    return GiftCardsPage(items=list(page.items), next_cursor=seal("gift-cards", page.next_cursor))


@serve(
    router,
    "PUT",
    "/gift-cards/references/{reference}",
    scope="wallet.issue",
    answers={200: GiftCardView},
)
def issue_gift_card(request: HttpRequest, reference: str, payload: GiftCardIn) -> GiftCardView:
    """Issue a gift card.

    Once per reference, which is your own name for it. Only the first answer has the whole code: it
    is kept nowhere that anybody could read it again.
    """
    return wallet.issue_gift_card(
        **payload.model_dump(), cause=reference, by=caller(request), at=now()
    )


@serve(router, "POST", "/gift-cards/checks", scope="wallet.view", answers={200: GiftCardCheck})
def check_gift_card(request: HttpRequest, payload: CodeIn) -> Status[GiftCardCheck]:
    """See what is on a card.

    By the code that somebody typed at your checkout. 404 when no card has it.
    """
    found = wallet.check_gift_card(code=payload.code, by=caller(request), at=now())
    return Status(200, found)


@serve(
    router, "GET", "/gift-cards/{gift_card_id}", scope="wallet.view", answers={200: GiftCardView}
)
def get_gift_card(request: HttpRequest, gift_card_id: UUID) -> GiftCardView:
    """Return a gift card.

    Without its code.
    """
    return wallet.get_gift_card(gift_card_id, at=now())


@serve(
    router,
    "PUT",
    "/gift-cards/{gift_card_id}/block",
    scope="wallet.issue",
    answers={200: GiftCardView},
)
def disable_gift_card(request: HttpRequest, gift_card_id: UUID, payload: BlockIn) -> GiftCardView:
    """Disable a gift card.

    It can't be spent any more; its value stays on it.
    """
    return wallet.disable_gift_card(
        gift_card_id=gift_card_id, reason=payload.reason, by=caller(request), at=now()
    )


@serve(
    router,
    "DELETE",
    "/gift-cards/{gift_card_id}/block",
    scope="wallet.issue",
    answers={200: GiftCardView},
)
def enable_gift_card(request: HttpRequest, gift_card_id: UUID) -> GiftCardView:
    """Enable a gift card.

    It can be spent again.
    """
    return wallet.enable_gift_card(gift_card_id=gift_card_id, by=caller(request), at=now())


@serve(
    router,
    "POST",
    "/gift-cards/{gift_card_id}/sendings",
    scope="wallet.issue",
    answers={202: GiftCardView},
)
def resend_gift_card(
    request: HttpRequest, gift_card_id: UUID, payload: ResendIn
) -> Status[GiftCardView]:
    """Send a gift card.

    Once more, or for the first time, by e-mail.
    """
    sent = wallet.resend_gift_card(
        gift_card_id=gift_card_id,
        recipient_email=payload.recipient_email,
        by=caller(request),
        at=now(),
    )
    return Status(202, sent)
