"""Ask for a change of an order: what the portal, the team and the API all run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.money import format_money
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.billing import api as billing
from doorstep.rooms.changes.contracts import (
    ChangeAct,
    ChangeAsk,
    ChangeKind,
    ChangeQuote,
    ChangeSettings,
    ChangeState,
    ChangeView,
)
from doorstep.rooms.changes.deciding import Judged, check_allowed, head_of, judge
from doorstep.rooms.changes.events import ChangeRequested
from doorstep.rooms.changes.flow.carrying import (
    hold_for_decision,
    move,
    new_line_json,
    start,
    to_pay,
)
from doorstep.rooms.changes.models import OrderChange
from doorstep.rooms.changes.pricing import pieces_of, plan_of
from doorstep.rooms.changes.queries import get_change
from doorstep.rooms.changes.rules.asking import acts_of, check_ask, to_json
from doorstep.rooms.changes.rules.zones import why_not
from doorstep.rooms.changes.settings import get_settings
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import AddressView, LineEdit, NewLine, OrderDetail

MAX_KEY = 200


def quote_change(
    order_id: UUID,
    ask: ChangeAsk,
    *,
    order: OrderDetail | None = None,
    zone: ZoneInfo | None = None,
    by: Actor,
    at: datetime,
) -> ChangeQuote:
    """Say exactly what a change comes to; nothing moves.

    :param order: where it was read already.
    :param zone: the store's, where it is known already.
    :raises NotFound: there is no such order.
    :raises Invalid: it makes no sense, with the field.
    :raises ChangeNotAllowed, Conflict: it can't be had, with the reasons.
    """
    order = order or orders.get_order(order_id)
    settings = get_settings()
    judged = judge(head_of(order), settings, zone=zone, at=at)
    return _prepare(order, ask, settings, judged, by=by, at=at)[0]


def _prepare(
    order: OrderDetail,
    ask: ChangeAsk,
    settings: ChangeSettings,
    judged: Judged,
    *,
    by: Actor,
    at: datetime,
) -> tuple[ChangeQuote, Sequence[LineEdit], Sequence[NewLine]]:
    check_ask(ask)
    acts = acts_of(ask, pieces_of(order))
    check_allowed(judged, acts, by=by)
    edits: Sequence[LineEdit] = ()
    new: Sequence[NewLine] = ()
    lines = None
    money = billing.get_money(order.summary.id, order=order)
    before = after = money.total_minor
    pay = back = 0
    match ask.kind:
        case ChangeKind.LINES:
            edits, new = plan_of(order, ask)
            lines = orders.quote_lines(order.summary.id, edits=edits, new=new)
            after = before + lines.difference_minor
            pay = to_pay(money.outstanding_minor + lines.difference_minor, lines.difference_minor)
            back = max(-(money.outstanding_minor + lines.difference_minor), 0)
        case ChangeKind.CANCEL:
            after, back = 0, max(money.total_minor - money.outstanding_minor, 0)
        case ChangeKind.ADDRESS:
            check_new_address(order, ask.address or AddressView(), settings, by=by)
        case ChangeKind.DELAY:
            _check_until(ask, settings, by=by, at=at)
    # A gift card may be spent already: a person looks before its money goes back.
    is_card_back = ask.kind is ChangeKind.CANCEL and any(one.is_gift_card for one in order.lines)
    needs_approval = by.kind == "shopper" and (
        is_card_back or any(judged.options[act].needs_approval for act in acts)
    )
    quote = ChangeQuote(
        order.summary.id,
        ask.kind,
        acts,
        order.summary.currency,
        lines,
        before,
        after,
        pay,
        back,
        needs_approval,
    )
    return quote, edits, new


def check_new_address(
    order: OrderDetail, address: AddressView, settings: ChangeSettings, *, by: Actor
) -> None:
    """Raise unless an order can go there: complete, and no other taxes or customs.

    :raises Invalid: with the field that is wrong.
    """
    values = {name: getattr(address, name).strip() for name in AddressView.__slots__}
    values["country_code"] = values["country_code"].upper()
    problems = orders.check_address(values).problems
    if problems:
        field, words = next(iter(problems.items()))
        raise Invalid(words, field=f"address.{field}")
    before = order.shipping_address
    if before is None:
        return
    if before == AddressView(**values):
        raise Invalid("This is the address the order goes to already.", field="address.line1")
    known = {name: getattr(before, name) for name in AddressView.__slots__}
    words = why_not(known, values, settings.countries)
    if words and by.kind == "shopper":
        raise Invalid(words, field="address.country_code")


def _check_until(ask: ChangeAsk, settings: ChangeSettings, *, by: Actor, at: datetime) -> None:
    assert ask.until is not None
    today = at.astimezone(orders.get_calendar().zone).date()
    if ask.until <= today:
        raise Invalid("Choose a day from tomorrow on.", field="until")
    if ask.until > today + timedelta(days=settings.max_delay_days):
        raise Invalid(
            f"An order can be put off for {settings.max_delay_days} days at most.", field="until"
        )


def _goes_back(*, order_id: UUID, ask: ChangeAsk, **_others: object) -> tuple[str, int]:
    """Say how much a change would pay back at most, for the limits of roles.

    :raises NotFound: there is no such order.
    """
    money = billing.get_money(order_id)
    paid = max(money.total_minor - money.outstanding_minor, 0)
    if ask.kind is ChangeKind.CANCEL:
        return money.currency, paid
    if ask.kind is not ChangeKind.LINES:
        return money.currency, 0
    check_ask(ask)
    edits, new = plan_of(orders.get_order(order_id), ask)
    difference = orders.quote_lines(order_id, edits=edits, new=new).difference_minor
    return money.currency, min(paid, max(-(money.outstanding_minor + difference), 0))


@action(
    "changes.request_change",
    permission="orders.change",
    summary="Change, cancel or delay",
    amount=_goes_back,
)
def request_change(
    *, order_id: UUID, ask: ChangeAsk, form_key: str = "", by: Actor, at: datetime
) -> ChangeView:
    """Ask for a change of an order that is not packed yet.

    What needs no decision and no payment is carried out at once (and told to the shop's platform,
    where there is one); ``state`` says what it waits for. The same form twice is one change.

    :param form_key: names the form; another one for another wish.
    :raises NotFound: there is no such order.
    :raises Invalid: it makes no sense, with the field.
    :raises ChangeNotAllowed: the time is over, it is packed, or another change is under way.
    :raises Conflict: not in stock, a price nobody knows, no way to pay. Nothing moved.
    """
    form_key = form_key.strip()[:MAX_KEY] or str(new_id())
    if not form_key.isprintable():
        raise Invalid(f"Give a key of at most {MAX_KEY} characters.", field="form_key")
    if not orders.get_orders_to_ship([order_id], lock=True):
        raise NotFound("There is no such order.")
    known = OrderChange.objects.filter(form_key=form_key).first()
    if known is not None:
        if known.order_id != order_id:
            raise Conflict("This form belongs to another order. Open the page again.")
        return get_change(known.id)
    order = orders.get_order(order_id)
    settings = get_settings()
    judged = judge(head_of(order), settings, at=at)
    quote, edits, new = _prepare(order, ask, settings, judged, by=by, at=at)
    change = OrderChange(
        id=new_id(),
        store_id=current_store_id(),
        order_id=order_id,
        kind=str(ask.kind),
        acts=[str(act) for act in quote.acts],
        state=ChangeState.REQUESTED,
        form_key=form_key,
        ask=to_json(ask),
        summary=summarize(order, ask, quote),
        why={str(act): list(judged.options[act].trace) for act in quote.acts},
        policy_version=settings.version,
        currency=quote.currency,
        difference_minor=quote.total_minor - quote.before_minor,
        edits=[[str(edit.line_id), edit.quantity] for edit in edits],
        new_lines=[new_line_json(line) for line in new],
        requested_at=at,
        requested_by=by.key,
        requested_by_label=by.label,
    )
    change.save(force_insert=True)
    if quote.needs_approval:
        move(change, ChangeState.AWAITING_APPROVAL, at)
        hold_for_decision(change, by=by, at=at)
    else:
        start(change, by=by, at=at)
    change.save()
    _tell(change, quote.acts, order, by=by, at=at)
    return get_change(change.id)


def _tell(
    change: OrderChange,
    acts: Sequence[ChangeAct],
    order: OrderDetail,
    *,
    by: Actor,
    at: datetime,
) -> None:
    audit.note(subject=f"order:{order.summary.id}", changes={"change": [None, list(change.acts)]})
    publish(
        ChangeRequested(
            change.id,
            order.summary.id,
            order.summary.customer_id,
            change.kind,
            [str(act) for act in acts],
            change.state,
        ),
        key=order.summary.customer_id or order.summary.id,
        at=at,
        by=by,
        subject=f"order:{order.summary.id}",
    )


def summarize(order: OrderDetail, ask: ChangeAsk, quote: ChangeQuote) -> list[str]:
    """Say what a change does, one sentence a thing, for the team."""
    match ask.kind:
        case ChangeKind.ADDRESS:
            return ["Another delivery address"]  # what it is stands in the order: it can be erased
        case ChangeKind.CANCEL:
            return ["Cancel the whole order"]
        case ChangeKind.DELAY:
            return [f"Not before {ask.until.isoformat() if ask.until else ''}"]
    assert quote.lines is not None
    said = []
    for line in quote.lines.lines:
        name = f"{line.title} {line.variant_title}".strip()
        money = format_money(
            line.total_minor - line.before_minor, quote.currency, order.locale or "en"
        )
        said.append(f"{name}: {line.before_quantity} → {line.quantity} ({money})")
    return said
