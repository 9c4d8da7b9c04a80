"""Links that were asked for by e-mail, and forgetting sign-ups that nobody confirmed."""

from __future__ import annotations

from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.ids import new_id
from doorstep.kernel.jobs import job
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging.actions.request_messages import request_messages
from doorstep.rooms.messaging.actions.sign_up import purge_sign_ups
from doorstep.rooms.messaging.contracts import Channel, MessageRequest, Purpose
from doorstep.rooms.messaging.preference_links import LINK_WORKS_FOR, center_url
from doorstep.rooms.messaging.rules.storable import storable
from doorstep.rooms.messaging.templating.link_context import link_context


def ask_for_preferences_link(email: str, *, locale: str) -> None:
    """Have the link to their choices sent to somebody, if we know the address.

    The work is a job's, for known and unknown addresses alike: neither the answer nor the time it
    takes tells whether we know one.
    """
    send_preferences_link.defer(
        store_id=str(current_store_id()), email=storable(email).strip()[:254], locale=locale[:35]
    )


@job(name="messaging.send_preferences_link", queue="default")
def send_preferences_link(store_id: str, email: str, locale: str) -> None:
    """Send the link, if the address is somebody's."""
    at = now()
    with store_scope(UUID(store_id)):
        person = customers.find_customer_by_email(email)
        if person is None or person.erased_at is not None:
            return
        request = MessageRequest(
            kind="preferences_link",
            purpose=Purpose.TRANSACTIONAL,
            cause=f"preferences_link:{new_id()}",
            customer_id=person.id,
            context=link_context(url=center_url(person.id, at=at), days=LINK_WORKS_FOR.days),
            subject=f"customer:{person.id}",
            # Only the mailbox proves who asks, and only the one that was typed.
            channel=Channel.EMAIL,
            email=email,
            locale=locale,
        )
        request_messages([request], by=Actor("shopper", str(person.id), "Shopper"), at=at)


@worker_loop("messaging.sign_ups", idle_seconds=3600)
def forget_sign_ups() -> int:
    """Delete sign-ups that are a month old."""
    return purge_sign_ups(at=now())
