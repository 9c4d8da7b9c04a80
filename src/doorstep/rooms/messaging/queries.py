"""Reading messages, decisions, suppressions and consents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tallies import Tally
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging import contacts, identity
from doorstep.rooms.messaging.actions.suppress_addresses import view_of
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentView,
    DecisionView,
    DeliveryView,
    HookConnection,
    MessagePage,
    MessageStatus,
    MessageSummary,
    MessageView,
    SuppressionView,
    TraceStep,
    WordingView,
)
from doorstep.rooms.messaging.models import (
    Consent,
    ConsentWording,
    ContactDecision,
    DeliveryEvent,
    Message,
    MessageContent,
    SenderConnection,
    Suppression,
)
from doorstep.rooms.messaging.rules.machines import say_machine
from doorstep.rooms.messaging.sending.compose import compose
from doorstep.rooms.messaging.sending.contents import Content, unpack_content
from doorstep.rooms.messaging.sending.contexts import NothingToSay
from doorstep.rooms.messaging.sending.counted_links import uncounted
from doorstep.rooms.messaging.sending.templates import StoreTemplates
from doorstep.rooms.messaging.sending.way_out import open_channels
from doorstep.rooms.messaging.templating.errors import TemplateError
from doorstep.rooms.stores import api as stores

PAGE_SIZE = 50


def list_causes(message_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return what each message was asked for by, as its request named it (``cause``)."""
    rows = Message.objects.filter(id__in=list(message_ids))
    return dict(rows.values_list("id", "cause"))


def list_messages(
    *,
    subject: str = "",
    customer_id: UUID | None = None,
    statuses: Iterable[str] = (),
    channel: str = "",
    provider: str = "",
    kind: str = "",
    address: str = "",
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> MessagePage:
    """List messages, newest first.

    :param subject: what they are about, e.g. ``"order:<uuid>"``.
    :param provider: ``"mailbox"`` lists what was kept instead of sent.
    :param address: part of the address it went to.
    :param cursor: ``next_cursor`` of the page before.
    :raises Invalid: the cursor is not one.
    """
    rows = Message.objects.all()
    filters = {"subject_ref": subject, "customer_id": customer_id, "channel": channel,
               "provider": provider, "kind": kind}  # fmt: skip
    rows = rows.filter(**{name: value for name, value in filters.items() if value})
    if statuses := list(statuses):
        rows = rows.filter(status__in=statuses)
    if address:
        rows = rows.filter(address_key__contains=address.strip().lower())
    page = list(_after(rows, cursor).order_by("-created_at", "-id")[: limit + 1])
    more = len(page) > limit
    page = page[:limit]
    titles = dict(
        MessageContent.objects.filter(message_id__in=[m.id for m in page]).values_list(
            "message_id", "subject_line"
        )
    )
    items = tuple(_summary(message, titles.get(message.id, "")) for message in page)
    last = page[-1] if page else None
    next_cursor = f"{last.created_at.isoformat()}~{last.id}" if more and last else ""
    return MessagePage(items, next_cursor)


def _after(rows: QuerySet[Message], cursor: str) -> QuerySet[Message]:
    if not cursor:
        return rows
    try:
        instant, _, row_id = cursor.partition("~")
        at, last_id = datetime.fromisoformat(instant), UUID(row_id)
    except ValueError as error:
        raise Invalid("This page address is not complete.", field="cursor") from error
    # The first condition says nothing new, but the index is entered by it.
    return rows.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=last_id), created_at__lte=at)


def _summary(message: Message, subject_line: str) -> MessageSummary:
    return MessageSummary(
        id=message.id,
        kind=message.kind,
        purpose=message.purpose,
        channel=message.channel,
        status=message.status,
        status_words=message.status_words,
        to_address=message.to_address,
        locale=message.locale,
        subject_line=subject_line,
        subject=message.subject_ref,
        customer_id=message.customer_id,
        provider=message.provider,
        attempts=message.attempts,
        is_test=message.is_test,
        created_at=message.created_at,
        due_at=message.due_at,
        sent_at=message.sent_at,
    )


# What could not be sent.
NEEDS_PERSON = Tally(
    f"""
    SELECT count(*) FROM messaging_message
    WHERE store_id = %(store)s AND status = '{MessageStatus.FAILED}'
    """  # noqa: S608 (only a constant is put into the text)
)


def count_by_status() -> dict[str, int]:
    """Count the store's messages per status."""
    rows = Message.objects.values_list("status").annotate(n=Count("id"))
    return dict.fromkeys((s.value for s in MessageStatus), 0) | dict(rows)


def get_message(message_id: UUID, *, at: datetime, as_sent: bool = False) -> MessageView:
    """Return a message as its reader sees it, with its decisions and what became of it.

    What was sent is shown as it was sent; what is still queued (or failed) is rendered now, with
    the template of now. Customer data in it is not changed by looking.

    :param as_sent: leave in what counts opens and clicks; else links lead where they say.
    :raises NotFound: there is no such message in this store.
    """
    message = Message.objects.filter(id=message_id).first()
    if message is None:
        raise NotFound("There is no such message.")
    kept = MessageContent.objects.filter(message_id=message_id).select_related("frame").first()
    error = ""
    if kept is not None:
        frame = bytes(kept.frame.packed) if kept.frame else None
        content = unpack_content(kept.subject_line, bytes(kept.packed), frame)
    else:
        content, error = _render_now(message, at)
    return MessageView(
        summary=_summary(message, content.subject),
        subject_line=content.subject,
        html=content.html if as_sent else uncounted(content.html),
        text=content.text,
        headers=content.headers,
        rendered_at_send=kept is not None,
        render_error=error,
        template_version_id=message.template_version_id,
        decisions=explain(message_id),
        deliveries=tuple(
            _delivery(row)
            for row in DeliveryEvent.objects.filter(message_id=message_id).order_by("occurred_at")
        ),
    )


def _render_now(message: Message, at: datetime) -> tuple[Content, str]:
    active = SenderConnection.objects.filter(channel=message.channel, is_active=True)
    connection = active.order_by("position").first()
    try:
        composed = compose(
            message,
            store=stores.get_store(),
            connection=connection,
            templates=StoreTemplates([message.kind]),
            at=at,
        )
    except TemplateError as error:
        return Content("", "", ""), error.message
    except NothingToSay as error:
        return Content("", "", ""), str(error)
    return composed.content, ""


def explain(message_id: UUID) -> tuple[DecisionView, ...]:
    """Return every decision about a message, oldest first, with each rule's word."""
    return explain_many([message_id])[message_id]


def explain_many(message_ids: Iterable[UUID]) -> dict[UUID, tuple[DecisionView, ...]]:
    """Return the decisions about each of some messages, oldest first.

    Journeys and campaigns ask for thousands at once; what was decided when they asked is kept once
    for all of them (``GateVerdict``). One query, and one more where there are such messages.
    """
    found: dict[UUID, list[DecisionView]] = {message_id: [] for message_id in message_ids}
    if found:
        rows = ContactDecision.objects.filter(message_id__in=list(found)).order_by("at", "id")
        for row in rows:
            found[row.message_id].append(_decision(row))
    unasked = [one for one, told in found.items() if not told or told[0].stage != "request"]
    if unasked:
        shared = Message.objects.filter(id__in=unasked, verdict__isnull=False)
        for message in shared.select_related("verdict"):
            found[message.id].insert(0, _shared_decision(message))
    return {message_id: tuple(decisions) for message_id, decisions in found.items()}


def _shared_decision(message: Message) -> DecisionView:
    verdict = message.verdict
    assert verdict is not None  # the caller asked for those that have one
    return DecisionView(
        outcome=verdict.outcome,
        reason=verdict.reason,
        words=verdict.words,
        stage="request",
        at=message.created_at,
        trace=tuple(TraceStep(**step) for step in verdict.trace),
    )


def _decision(row: ContactDecision) -> DecisionView:
    return DecisionView(
        outcome=row.outcome,
        reason=row.reason,
        words=row.words,
        stage=row.stage,
        at=row.at,
        trace=tuple(TraceStep(**step) for step in row.trace),
    )


def _delivery(row: DeliveryEvent) -> DeliveryView:
    return DeliveryView(
        row.id,
        row.provider,
        row.kind,
        row.recipient,
        row.description,
        row.occurred_at,
        row.message_id,
        row.by_machine,
        say_machine(row.machine_reason),
    )


def list_unmatched_deliveries(*, limit: int = 100) -> list[DeliveryView]:
    """List reports about messages we do not know, newest first."""
    rows = DeliveryEvent.objects.filter(message__isnull=True).order_by("-received_at")
    return [_delivery(row) for row in rows[:limit]]


def list_suppressions(
    *, address: str = "", lifted: bool = False, limit: int = 200
) -> list[SuppressionView]:
    """List addresses that are not written to, newest first.

    :param address: part of an address.
    :param lifted: list those that were lifted instead.
    """
    rows = Suppression.objects.filter(lifted_at__isnull=not lifted)
    if address:
        rows = rows.filter(address__contains=address.strip().lower())
    return [view_of(row) for row in rows.order_by("-since")[:limit]]


def list_consents(customer_id: UUID) -> list[ConsentView]:
    """List what a customer allows and refuses now."""
    return _consent_views(contacts.current_consents([customer_id]))


def list_consent_history(customer_id: UUID) -> list[ConsentView]:
    """List everything a customer ever said about messages with its proof, newest first."""
    return _consent_views(
        Consent.objects.filter(customer_id=customer_id).order_by("-at", "-id"),
        in_force={row.id for row in contacts.current_consents([customer_id])},
    )


def _consent_views(rows: Iterable[Consent], in_force: set[UUID] | None = None) -> list[ConsentView]:
    found = list(rows)
    wordings = {
        row.id: WordingView(row.locale, row.version, row.fingerprint, row.text, row.since)
        for row in ConsentWording.objects.filter(
            id__in={r.wording_id for r in found if r.wording_id}
        )
    }
    return [
        ConsentView(
            row.channel,
            row.purpose,
            row.topic,
            row.state,
            row.source,
            row.at,
            by=row.by,
            wording=wordings.get(row.wording_id) if row.wording_id else None,
            proof=row.proof,
            is_in_force=in_force is None or row.id in in_force,
        )
        for row in found
    ]


def find_hook_connection(connection_id: UUID) -> HookConnection | None:
    """Return the connection a provider's webhook names, whatever its store; None: there is none.

    The only look-up of this room without a scope: the id in the URL is what tells the store.
    """
    row = SenderConnection.all_stores.filter(id=connection_id).first()
    if row is None:
        return None
    store = stores.get_store(row.store_id)
    return HookConnection(
        row.id, row.store_id, store.name, row.channel, row.provider, dict(row.settings)
    )


def find_customer_by_number(number: str) -> UUID | None:
    """Return whom the latest text message to a number was for, else whose number it is."""
    row = (
        Message.objects.filter(channel=Channel.SMS, address_key=number, customer__isnull=False)
        .order_by("-created_at")
        .first()
    )
    if row is not None:
        return row.customer_id
    owner = customers.find_customer_by_phone(number)
    return owner.id if owner else None


def message_of_token(token: str) -> Message:
    """Return the message an unsubscribe link belongs to; needs no scope.

    :raises NotFound: the link is forged, or the message is gone.
    """
    store_id, message_id = identity.read_preferences_token(token)
    with store_scope(store_id):
        message = Message.objects.filter(id=message_id).first()
    if message is None:
        raise NotFound("This link is not complete. Please use the link from the e-mail.")
    return message


def list_open_channels() -> frozenset[Channel]:
    """Return the channels on which messages of the current store can go out now."""
    rows = SenderConnection.objects.filter(is_active=True).values_list("channel", flat=True)
    return open_channels(stores.get_store(), {Channel(channel) for channel in rows})
