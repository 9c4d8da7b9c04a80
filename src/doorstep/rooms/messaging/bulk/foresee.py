"""What the gate would say: of a person now (a try), or of many in the past (a dry run)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from doorstep.rooms.messaging import contacts
from doorstep.rooms.messaging.bulk.situations import group
from doorstep.rooms.messaging.contact_settings import get_contact_rules
from doorstep.rooms.messaging.contracts import (
    BatchRecipient,
    BatchSpec,
    Channel,
    ContextAsk,
    ForeseenAsk,
    ForeseenWord,
    TriedMessage,
)
from doorstep.rooms.messaging.models import Message, SenderConnection
from doorstep.rooms.messaging.ports import find_context_source
from doorstep.rooms.messaging.rules.caps import count_held
from doorstep.rooms.messaging.rules.contact import Contact, Decision, Holder
from doorstep.rooms.messaging.rules.gate import decide
from doorstep.rooms.messaging.sending.compose import compose
from doorstep.rooms.messaging.sending.templates import StoreTemplates
from doorstep.rooms.messaging.sending.way_out import open_channels
from doorstep.rooms.messaging.templating.errors import TemplateError
from doorstep.rooms.stores import api as stores


class Foresight:
    """What the gate would have said about messages of one kind; nothing is written.

    What belongs to the store and to the message is read once, so that one of these serves the
    hundreds of sets of a dry run.
    """

    def __init__(self, spec: BatchSpec) -> None:
        self.spec = spec
        self.store = stores.get_store()
        self.rules = get_contact_rules()
        rows = SenderConnection.objects.filter(is_active=True)
        self.ways_out = open_channels(self.store, {Channel(c.channel): c for c in rows})
        self.templates = StoreTemplates([spec.kind])
        self.written = self.templates.written(spec.kind)

    def words(self, asks: Sequence[ForeseenAsk], *, at: datetime) -> list[ForeseenWord]:
        """Return what the gate would have said to each of a set, in order; see :func:`foresee`."""
        return _foresee(self, asks, at)


def foresee(spec: BatchSpec, asks: Sequence[ForeseenAsk], *, at: datetime) -> list[ForeseenWord]:
    """Return what the gate would have said to each of a set, in order; nothing is written.

    Consents, suppressions and pauses are looked at as they stood at ``at``; of slots in frequency
    caps only those are counted that an ask brings along (:attr:`ForeseenAsk.sent`). Who can't be
    looked at in sets (an odd address, a chat) is looked at as they are now. A few statements for
    the set, some more when such people are among them.
    """
    return Foresight(spec).words(asks, at=at)


def _foresee(foresight: Foresight, asks: Sequence[ForeseenAsk], at: datetime) -> list[ForeseenWord]:
    spec, store, rules = foresight.spec, foresight.store, foresight.rules
    ways_out, templates = foresight.ways_out, foresight.templates
    grouped = group(
        [a.customer_id for a in asks],
        spec,
        store=store,
        rules=rules,
        ways_out=ways_out,
        written=foresight.written,
        at=at,
        as_of=at,
        counts_slots=False,
    )
    found: dict[int, Contact] = {}
    for situation in grouped.situations:
        found |= dict.fromkeys(situation.indexes, situation.contact)
    if grouped.personal:
        wishes = [
            contacts.Wish(
                asks[i].customer_id, spec.kind, spec.purpose, spec.channel, subject=asks[i].subject
            )
            for i in grouped.personal
        ]
        reached = contacts.gather(
            wishes, store=store, ways_out=ways_out, templates=templates, at=at
        )
        found |= {
            i: replace(one.contact, holders=(), held={})
            for i, one in zip(grouped.personal, reached, strict=True)
        }
    words: dict[tuple[int, datetime], Decision] = {}
    answers = []
    for index, ask in enumerate(asks):
        contact = found[index]
        key = id(contact), ask.planned_at
        if not ask.sent and key in words:
            answers.append(_word(words[key]))
            continue
        decision = decide(_then(contact, ask))
        if not ask.sent:
            words[key] = decision
        answers.append(_word(decision))
    return answers


def _then(contact: Contact, ask: ForeseenAsk) -> Contact:
    """Return the contact at the ask's own moment, with the slots it brings along."""
    contact = replace(contact, at=ask.planned_at)
    if not ask.sent:
        return contact
    holders = tuple(Holder(Channel(channel), moment) for moment, channel in ask.sent)
    return replace(
        contact, holders=holders, held=count_held(holders, contact.rules, ask.planned_at)
    )


def _word(decision: Decision) -> ForeseenWord:
    return ForeseenWord(
        decision.outcome, decision.channel.value, decision.reason, decision.words, decision.until
    )


def say(decision: Decision) -> tuple[str, ...]:
    """Return a decision and every rule's word behind it, line by line."""
    lines = [decision.words]
    lines += [
        f"{'✗' if step.verdict == 'drop' else '…' if step.verdict == 'defer' else '✓'} {step.words}"
        for step in decision.trace
        if step.words and step.words != decision.words
    ]
    return tuple(lines)


def try_batch(spec: BatchSpec, recipient: BatchRecipient, *, at: datetime) -> TriedMessage:
    """Try a batch's message on one real person: the gate's word now, and what they would read.

    Nothing is written. What goes wrong with the text is said in :attr:`TriedMessage.words`.
    """
    store = stores.get_store()
    connections = {Channel(c.channel): c for c in SenderConnection.objects.filter(is_active=True)}
    templates = StoreTemplates([spec.kind])
    wish = contacts.Wish(
        recipient.customer_id,
        spec.kind,
        spec.purpose,
        spec.channel,
        not_before=recipient.not_before,
        subject=recipient.subject,
        topic=spec.topic,
        priority=spec.priority,
        sales_channel=recipient.sales_channel,
    )
    reached = contacts.gather(
        [wish],
        store=store,
        ways_out=open_channels(store, connections),
        templates=templates,
        at=at,
    )[0]
    decision = decide(reached.contact)
    words = say(decision)
    row = Message(
        store_id=store.id,
        customer_id=recipient.customer_id,
        kind=spec.kind,
        purpose=spec.purpose,
        channel=decision.channel,
        subject_ref=recipient.subject,
        to_address=decision.address or "nobody@example.com",
        to_name=reached.name,
        locale=reached.locale,
        topic=spec.topic,
        message_id_header="<preview@localhost>",
        created_at=at,
    )
    try:
        row.context = _context_of(row, spec, at)
        composed = compose(
            row,
            store=store,
            connection=connections.get(decision.channel),
            templates=templates,
            at=at,
        )
    except TemplateError as error:
        return TriedMessage(decision.outcome, (*words, f"✗ {error.message}"), None)
    except LookupError as error:
        return TriedMessage(decision.outcome, (*words, f"✗ {error}"), None)
    shown = {
        "channel": decision.channel.value,
        "subject": composed.content.subject,
        "html": composed.content.html,
        "text": composed.content.text,
    }
    return TriedMessage(decision.outcome, words, shown)


def _context_of(row: Message, spec: BatchSpec, at: datetime) -> dict[str, Any]:
    """Compose the context as the sender does.

    :raises LookupError: the source has nothing to say about this person.
    """
    if not spec.source:
        return dict(spec.context)
    source = find_context_source(spec.source)
    if source is None:
        raise LookupError(f"Nothing composes “{spec.source}” any more.")
    ask = ContextAsk(
        row.id, row.customer_id, row.subject_ref, spec.kind, row.locale, dict(spec.context)
    )
    found = source([ask], at)
    if row.id not in found:
        raise LookupError("What this message is about does not exist any more.")
    return {**spec.context, **found[row.id]}
