"""Forget what messages say about a person who asked to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from doorstep.rooms.messaging.contracts import MessageStatus
from doorstep.rooms.messaging.models import (
    ChatContact,
    Consent,
    ContactDecision,
    DeliveryEvent,
    Message,
    MessageContent,
    Pause,
    PushSubscription,
    SignUp,
)
from doorstep.rooms.messaging.models.messages import OPEN_STATUSES

ERASED = "erased"


def erase_messages(customer_ids: Sequence[UUID], *, at: datetime) -> int:
    """Blank addresses, contents and provider reports of customers' messages; return how many.

    That a message existed, when and why, stays: it answers for what the store did. Suppressions
    stay too, as the only way to keep not writing to the address (GDPR art. 17(3)(b)). What is
    still queued is dropped, pauses end, conversations and devices are forgotten. Joins the
    caller's transaction.
    """
    messages = Message.objects.filter(customer_id__in=customer_ids)
    ids = list(messages.values_list("id", flat=True))
    MessageContent.objects.filter(message_id__in=ids).delete()
    DeliveryEvent.objects.filter(message_id__in=ids).update(
        recipient="", description="", raw={ERASED: True}
    )
    messages.filter(status__in=OPEN_STATUSES).update(
        status=MessageStatus.DROPPED, status_words="The person's data was erased.", due_at=None,
        closed_at=at,
    )  # fmt: skip
    messages.update(to_address=ERASED, address_key="", to_name="", context={})
    ContactDecision.objects.filter(message_id__in=ids).update(trace=[])
    _erase_proofs(customer_ids)
    pauses = Pause.objects.filter(customer_id__in=customer_ids)
    pauses.filter(lifted_at__isnull=True).update(lifted_at=at, lifted_by=ERASED)
    pauses.update(about="")
    ChatContact.objects.filter(customer_id__in=customer_ids).delete()
    PushSubscription.objects.filter(customer_id__in=customer_ids).delete()
    return len(ids)


def _erase_proofs(customer_ids: Sequence[UUID]) -> None:
    """Keep what was said, when and in which words; forget addresses and networks beside it.

    That somebody consented answers for what the store sent (GDPR art. 7(1)); who it was does not.
    """
    said = Consent.objects.filter(customer_id__in=customer_ids)
    proofs = said.filter(proof__has_key="sign_up_id").values_list("proof", flat=True)
    confirmed = {proof["sign_up_id"] for proof in proofs}
    SignUp.objects.filter(Q(id__in=confirmed) | Q(customer_id__in=customer_ids)).delete()
    said.update(proof={ERASED: True})
