"""Gift cards: issued, sent again, disabled, spent, turned into store credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.ledger import api as ledger
from doorstep.kernel.ledger.api import CauseReused, Credit, Debit
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.stores import api as stores
from doorstep.rooms.wallet import books, cards, sealing
from doorstep.rooms.wallet.actions.credit import (
    give_credit,
    moved,
    spend_credit,
    subject_of,
    take,
    tell_spent,
)
from doorstep.rooms.wallet.contracts import Balance, GiftCardCheck, GiftCardView, ValueSpend
from doorstep.rooms.wallet.events import GiftCardDisabled, GiftCardIssued
from doorstep.rooms.wallet.models import GiftCard
from doorstep.rooms.wallet.rules.codes import make_code, read_code, show_code
from doorstep.rooms.wallet.rules.mornings import morning_of

MAX_WORDS = 1000


@action(
    "wallet.issue_gift_card",
    permission="wallet.issue",
    summary="Issue a gift card",
    undo="wallet.disable_gift_card",
    amount=moved,
)
def issue_gift_card(
    *,
    currency: str,
    amount_minor: int,
    cause: str,
    recipient_name: str = "",
    recipient_email: str = "",
    recipient_locale: str = "",
    recipient_time_zone: str = "",
    sender_name: str = "",
    words: str = "",
    send_on: date | None = None,
    expires_at: datetime | None = None,
    buyer_id: UUID | None = None,
    by: Actor,
    at: datetime,
) -> GiftCardView:
    """Issue a gift card, once per cause; only this answer has its whole code.

    :param cause: your reference; the same one again issues nothing and answers without the code.
    :param recipient_email: it is sent there by e-mail; empty: you hand over the code yourself.
    :param recipient_time_zone: where the recipient lives (IANA name); empty: the store's.
    :param sender_name: as the recipient reads it; empty: nobody is named.
    :param send_on: sent at nine in the morning of this day where the recipient lives; None, today
        or earlier: at once.
    :param expires_at: when what is left of it ends; None: never. Many countries ask for years.
    :raises Invalid: what was given can't be.
    :raises CauseReused: the reference issued a card with another amount.
    """
    wish = _Wish(
        currency, amount_minor, cause, recipient_name, recipient_email, recipient_locale,
        recipient_time_zone, sender_name, words, send_on, expires_at, buyer_id,
    )  # fmt: skip
    return _issue([wish], by=by, at=at)[0]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A gift card somebody asks for; fields as in :func:`issue_gift_card`."""

    currency: str
    amount_minor: int
    cause: str
    recipient_name: str = ""
    recipient_email: str = ""
    recipient_locale: str = ""
    recipient_time_zone: str = ""
    sender_name: str = ""
    words: str = ""
    send_on: date | None = None
    expires_at: datetime | None = None
    buyer_id: UUID | None = None

    def check(self, at: datetime) -> None:
        """:raises Invalid: with the field to blame."""
        books.check_amount(self.amount_minor, self.currency)
        books.check_cause(self.cause)
        if self.expires_at is not None and self.expires_at <= at:
            raise Invalid("The last day must be in the future.", field="expires_at")
        for field in ("recipient_name", "sender_name", "words", "recipient_email"):
            text = getattr(self, field)
            if len(text) > (MAX_WORDS if field == "words" else 200) or "\x00" in text:
                raise Invalid("This text is too long.", field=field)
        if self.recipient_email:
            try:
                validate_email(self.recipient_email)
            except ValidationError:
                raise Invalid(
                    "This is not an e-mail address. Check it for missing parts.",
                    field="recipient_email",
                ) from None
        elif self.send_on is not None:
            raise Invalid(
                "Say to which e-mail address the card is to be sent.", field="recipient_email"
            )

    def send_at(self, at: datetime, store_zone: str) -> datetime | None:
        """Return when it is sent, None when it is not."""
        if not self.recipient_email:
            return None
        zone = self.recipient_time_zone or store_zone
        return at if self.send_on is None else max(at, morning_of(self.send_on, zone))


def _issue(wishes: Sequence[_Wish], *, by: Actor, at: datetime) -> list[GiftCardView]:
    """Issue cards in the caller's transaction; a constant number of queries but for buyers."""
    for wish in wishes:
        wish.check(at)
    known = {c.cause: c for c in GiftCard.objects.filter(cause__in=[w.cause for w in wishes])}
    zone = stores.get_store().timezone
    fresh = [wish for wish in {w.cause: w for w in wishes}.values() if wish.cause not in known]
    codes = {wish.cause: make_code() for wish in fresh}
    ids = {wish.cause: new_id() for wish in fresh}
    entries = ledger.credit_many(
        [
            Credit(
                books.card_key(ids[w.cause], w.currency), w.amount_minor, w.cause,
                expires_at=w.expires_at,
            )
            for w in fresh
        ],
        by=by, at=at,
    )  # fmt: skip
    rows = [
        GiftCard(
            id=ids[w.cause], store_id=current_store_id(), account_id=entry.account_id,
            cause=w.cause, code_hash=sealing.hash_code(codes[w.cause]),
            code_sealed=sealing.seal(codes[w.cause]), last4=codes[w.cause][-4:],
            currency=w.currency, issued_minor=w.amount_minor,
            buyer_id=books.living(w.buyer_id) if w.buyer_id else None,
            sender_name=w.sender_name.strip(), words=w.words.strip(),
            recipient_name=w.recipient_name.strip(), recipient_email=w.recipient_email.strip(),
            recipient_locale=w.recipient_locale, send_at=w.send_at(at, zone),
            expires_at=w.expires_at, created_at=at, created_by=by.key,
        )
        for w, entry in zip(fresh, entries, strict=True)
    ]  # fmt: skip
    GiftCard.objects.bulk_create(rows)
    for row in rows:
        _tell_issued(row, by, at)
        known[row.cause] = row
    for wish in wishes:
        row = known[wish.cause]
        if (row.currency, row.issued_minor) != (wish.currency, wish.amount_minor):
            raise CauseReused("This reference issued another gift card.", field="cause")
    views = cards.view_all([known[wish.cause] for wish in wishes], at)
    return [
        cards.with_code(view, show_code(codes[wish.cause])) if wish.cause in codes else view
        for wish, view in zip(wishes, views, strict=True)
    ]


def _tell_issued(row: GiftCard, by: Actor, at: datetime) -> None:
    audit.note(
        subject=f"gift_card:{row.id}",
        changes={"gift_card": [None, f"{row.issued_minor} {row.currency}, …{row.last4}"]},
    )
    event = GiftCardIssued(row.id, row.buyer_id, row.currency, row.issued_minor)
    publish(event, key=row.buyer_id or row.id, at=at, by=by,
            subject=subject_of(row.cause) or f"gift_card:{row.id}")  # fmt: skip


def issue_for_line(
    *,
    order_id: UUID,
    line_id: UUID,
    quantity: int,
    currency: str,
    unit_minor: int,
    buyer_id: UUID | None,
    recipient_name: str = "",
    recipient_email: str = "",
    recipient_locale: str = "",
    sender_name: str = "",
    words: str = "",
    send_on: date | None = None,
    by: Actor,
    at: datetime,
) -> list[GiftCardView]:
    """Issue the gift cards of a paid order's line, one for each piece; a second call issues none.

    What was issued keeps its worth, whatever the line costs later. Called by the room that knows
    when an order is paid; joins its transaction.

    :param unit_minor: the card's worth: the list price of one piece, whatever discount it had.
    :param recipient_email: where they go; the buyer's own address when it is for nobody else.
    """
    wishes = [
        _Wish(
            currency, unit_minor, _line_cause(order_id, line_id, nth),
            recipient_name, recipient_email, recipient_locale, "", sender_name, words, send_on,
            None, buyer_id,
        )
        for nth in range(1, quantity + 1)
    ]  # fmt: skip
    with transaction.atomic():
        known = GiftCard.objects.filter(cause__in=[wish.cause for wish in wishes])
        issued = set(known.values_list("cause", flat=True))
        fresh = [wish for wish in wishes if wish.cause not in issued]
        return _issue(fresh, by=by, at=at) if fresh else []


def _line_cause(order_id: UUID, line_id: UUID, nth: int) -> str:
    return f"order:{order_id}:line:{line_id}:gift_card:{nth}"


def list_order_cards(order_id: UUID, *, at: datetime) -> dict[UUID, list[GiftCardView]]:
    """Return the cards that an order's lines were issued, by line; empty where none was."""
    prefix = f"order:{order_id}:line:"
    # The range is for the index, whatever the database's collation does with punctuation.
    rows = list(
        GiftCard.objects.filter(
            cause__gte=prefix, cause__lt=f"{prefix}z", cause__startswith=prefix
        ).order_by("id")
    )
    found: dict[UUID, list[GiftCardView]] = {}
    for row, view in zip(rows, cards.view_all(rows, at) if rows else (), strict=True):
        line_id = UUID(row.cause.removeprefix(prefix).partition(":")[0])
        found.setdefault(line_id, []).append(view)
    return found


def stop_line_cards(
    *,
    order_id: UUID,
    line_id: UUID,
    keep: int,
    reason: str,
    by: Actor,
    at: datetime,
) -> int:
    """Stop the cards of pieces that were given back, those with most left on them; return how many.

    Their value stays on them, so somebody of the team can let them be spent again. Joins the
    caller's transaction; a second call stops none.

    :param keep: how many pieces are still the buyer's.
    """
    views = list_order_cards(order_id, at=at).get(line_id, [])
    live = sorted(
        (view for view in views if view.state != "disabled"), key=lambda view: view.balance_minor
    )
    stopped = live[keep:]
    for view in stopped:
        row = _lock(view.id)
        row.disabled_at, row.disabled_by, row.disabled_reason = at, by.key, reason[:500]
        _store_disabled(row, by, at)
    return len(stopped)


@action(
    "wallet.disable_gift_card",
    permission="wallet.issue",
    summary="Stop a gift card from being spent",
    undo="wallet.enable_gift_card",
)
def disable_gift_card(*, gift_card_id: UUID, reason: str, by: Actor, at: datetime) -> GiftCardView:
    """Stop a card from being spent and sent. Its value stays on it, and can be given back later.

    :param reason: why, as your team reads it.
    :raises NotFound: no such card.
    """
    row = _lock(gift_card_id)
    if row.disabled_at is None:
        row.disabled_at, row.disabled_by = at, by.key
        row.disabled_reason = reason.strip()[:500]
        _store_disabled(row, by, at)
    return cards.view_all([row], at)[0]


@action(
    "wallet.enable_gift_card",
    permission="wallet.issue",
    summary="Let a disabled gift card be spent again",
    undo="wallet.disable_gift_card",
)
def enable_gift_card(*, gift_card_id: UUID, by: Actor, at: datetime) -> GiftCardView:
    """Let a card be spent again. :raises NotFound: no such card."""
    row = _lock(gift_card_id)
    if row.disabled_at is not None:
        row.disabled_at, row.disabled_by, row.disabled_reason = None, "", ""
        _store_disabled(row, by, at)
    return cards.view_all([row], at)[0]


def _store_disabled(row: GiftCard, by: Actor, at: datetime) -> None:
    row.save(update_fields=["disabled_at", "disabled_by", "disabled_reason"])
    disabled = row.disabled_at is not None
    audit.note(
        subject=f"gift_card:{row.id}",
        changes={"disabled": [not disabled, disabled], "reason": [None, row.disabled_reason]},
    )
    event = GiftCardDisabled(row.id, row.buyer_id, disabled)
    publish(event, key=row.buyer_id or row.id, at=at, by=by, subject=f"gift_card:{row.id}")


def _lock(gift_card_id: UUID) -> GiftCard:
    row = GiftCard.objects.select_for_update(no_key=True).filter(id=gift_card_id).first()
    if row is None:
        raise NotFound("There is no such gift card.")
    return row


@action("wallet.resend_gift_card", permission="wallet.issue", summary="Send a gift card once more")
def resend_gift_card(
    *, gift_card_id: UUID, recipient_email: str = "", by: Actor, at: datetime
) -> GiftCardView:
    """Send a card by e-mail now, again or for the first time.

    :param recipient_email: another address than before; empty keeps it.
    :raises Conflict: it can't be spent, so it is not sent.
    """
    row = _lock(gift_card_id)
    if row.disabled_at is not None or (row.expires_at is not None and row.expires_at <= at):
        raise Conflict("This gift card can't be spent, so it is not sent.")
    address = recipient_email.strip() or row.recipient_email
    if not address:
        raise Invalid("Say to which e-mail address.", field="recipient_email")
    _Wish(row.currency, row.issued_minor, row.cause, recipient_email=address).check(at)
    before = row.recipient_email
    row.recipient_email, row.send_at, row.sent_at = address, at, None
    row.save(update_fields=["recipient_email", "send_at", "sent_at"])
    changed = {"address": ["…", "…"]} if before != address else {}
    audit.note(subject=f"gift_card:{row.id}", changes={"sent_again": [None, True], **changed})
    return cards.view_all([row], at)[0]


def find_by_code(code: str) -> GiftCard:
    """Return the card of a code. :raises NotFound: none; a mistyped code reads the same."""
    stored = read_code(code[:100])
    row = (
        GiftCard.objects.filter(code_hash__in=sealing.hashes_of(stored)).first() if stored else None
    )
    if row is None:
        raise NotFound(
            "No gift card has this code. Check it letter by letter, or ask the shop.", field="code"
        )
    return row


@action("wallet.check_gift_card", permission="wallet.view", summary="See what is on a gift card")
def check_gift_card(*, code: str, by: Actor, at: datetime) -> GiftCardCheck:
    """Say what is on the card with this code. Whoever calls it counts the tries.

    :raises NotFound: no card has the code.
    """
    (view,) = cards.view_all([find_by_code(code)], at)
    return GiftCardCheck(view.last4, view.currency, view.balance_minor, view.state, view.expires_at)


def spend_gift_card(
    *,
    code: str,
    currency: str,
    amount_minor: int,
    cause: str,
    words: str,
    by: Actor,
    at: datetime,
) -> GiftCardView:
    """Spend from a gift card, once per cause. Joins the caller's transaction.

    :raises NotFound: no card has the code.
    :raises Conflict: it is disabled, over, not valid yet, or of another currency.
    :raises NotEnoughValue: there is less on it.
    :raises CauseReused: the cause moved something else before.
    """
    return _spend(code, currency, amount_minor, cause, words, by, at)[1]


def _spend(
    code: str, currency: str, amount_minor: int, cause: str, words: str, by: Actor, at: datetime
) -> tuple[bool, GiftCardView]:
    books.check_amount(amount_minor, currency)
    books.check_cause(cause)
    with transaction.atomic():
        row = _lock(find_by_code(code).id)
        if row.currency != currency:
            raise Conflict(
                f"This gift card is in {row.currency}: it can't pay in {currency}.",
                field="currency",
            )
        key = books.card_key(row.id, currency)
        known = ledger.find_entries(books.CARD, [cause])
        if not known:
            cards.check_spendable(row, at)
        entry = take(Debit(key, amount_minor, cause, words.strip()), by=by, at=at)
        if not entry.is_repeat:
            balance = books.balance_of(books.account_of(entry))
            tell_spent(entry, balance, row.buyer_id, row.buyer_id or row.id, by, at)
        return entry.is_repeat, cards.view_all([row], at)[0]


def redeem_gift_card(
    *, code: str, customer_id: UUID, cause: str, by: Actor, at: datetime
) -> Balance:
    """Turn all that is left on a card into the store credit of a customer, once per cause.

    It keeps the card's last day. Joins the caller's transaction.

    :raises NotFound: no card has the code.
    :raises Conflict: nothing is left on it, or it can't be spent.
    """
    books.check_cause(cause)
    with transaction.atomic():
        row = _lock(find_by_code(code).id)
        done = ledger.find_entries(books.CARD, [cause]).get(cause)
        if done is None:
            cards.check_spendable(row, at)
        (view,) = cards.view_all([row], at)
        left = -done.amount if done else view.balance_minor
        if not left:
            raise Conflict("There is nothing left on this gift card.", field="code")
        spend_gift_card(code=code, currency=row.currency, amount_minor=left, cause=cause,
                        words="Turned into store credit", by=by, at=at)  # fmt: skip
        return give_credit(
            customer_id=customer_id, currency=row.currency, amount_minor=left, cause=cause,
            words=f"Gift card ending in {row.last4}", expires_at=row.expires_at, by=by, at=at,
        )  # fmt: skip


@action("wallet.spend", permission="wallet.issue", summary="Pay with store credit or a gift card")
def spend(
    *,
    currency: str,
    amount_minor: int,
    cause: str,
    words: str = "",
    customer_id: UUID | None = None,
    code: str = "",
    by: Actor,
    at: datetime,
) -> ValueSpend:
    """Pay with a customer's store credit or with a gift card, once per cause: for your checkout.

    :param cause: your reference of the payment; the same one again takes nothing more.
    :param customer_id: whose store credit, or
    :param code: which gift card; exactly one of the two.
    :raises NotEnoughValue: there is less. Nothing is taken.
    """
    if (customer_id is None) == (not code):
        raise Invalid("Name a customer or a gift card's code, one of the two.", field="code")
    before = None
    if customer_id is not None:
        before = ledger.find_entries(books.CREDIT, [cause])
        balance = spend_credit(
            customer_id=customer_id, currency=currency, amount_minor=amount_minor, cause=cause,
            words=words, by=by, at=at,
        )  # fmt: skip
        return ValueSpend(
            balance.kind, cause, currency, amount_minor, balance.balance_minor, bool(before)
        )
    is_repeat, view = _spend(code, currency, amount_minor, cause, words, by, at)
    return ValueSpend(
        books.ValueKind.GIFT_CARD, cause, currency, amount_minor, view.balance_minor, is_repeat
    )
