"""Messages of a store's own: made, used, and not deleted under who sends them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.journeys.tests.cast import AT, INES, definition, live
from doorstep.rooms.journeys.world import check_definition
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel, MessageKindInfo
from doorstep.rooms.messaging.models import OwnMessage
from doorstep.rooms.orders.tests.cast import SAM
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


def make(name: str = "Größer als Tee!", **more: object) -> MessageKindInfo:
    return messaging.create_own_message(name=name, by=INES, at=AT, **more)  # type: ignore[arg-type]


def step(kind: str, purpose: str = "marketing") -> dict[str, object]:
    return {"m": {"type": "message", "template": kind, "purpose": purpose, "next": None}}


def test_a_message_is_made_published_and_used(store: StoreInfo) -> None:
    made = make()
    assert (made.kind, made.name) == ("own_customer_grosser_als_tee", "Größer als Tee!")
    assert made.channels == frozenset()
    assert make().kind == "own_customer_grosser_als_tee_2"
    assert make("手紙", base="order").kind == "own_order_message"
    drafts = {(t.kind, t.channel): t for t in messaging.list_templates()}
    assert drafts[made.kind, "email"].name == "Größer als Tee!"
    for channel in (Channel.EMAIL, Channel.SMS):
        draft = messaging.get_template(made.kind, channel).draft
        assert draft is not None
        assert messaging.check_template(made.kind, channel, draft) == []
    problems = check_definition(
        definition({**step(made.kind), "m": {**step(made.kind)["m"], "channel": "email"}})
    )  # type: ignore[dict-item]
    assert [one.field for one in problems if one.is_blocking] == ["channel"]
    messaging.publish_version(kind=made.kind, channel=Channel.EMAIL, by=INES, at=AT)
    assert messaging.get_message_kind(made.kind).channels == {Channel.EMAIL}
    assert not [p for p in check_definition(definition(step(made.kind))) if p.is_blocking]
    sold = check_definition(definition(step(made.kind, "service")))
    assert [one.field for one in sold if one.is_blocking] == ["purpose"]


def test_one_that_is_used_is_not_deleted(store: StoreInfo, other_store: StoreInfo) -> None:
    used, unused = make("Used"), make("Unused")
    for one in (used, unused):
        messaging.publish_version(kind=one.kind, channel=Channel.EMAIL, by=INES, at=AT)
    live(step(used.kind))
    with pytest.raises(Conflict, match="the journey “A journey”"):
        messaging.delete_own_message(kind=used.kind, by=INES, at=AT)
    assert messaging.get_message_kind(used.kind)
    with store_scope(other_store.id):
        with pytest.raises(NotFound):
            messaging.delete_own_message(kind=unused.kind, by=INES, at=AT)
        with pytest.raises(NotFound):
            messaging.get_template(unused.kind, Channel.EMAIL)
        assert not [one for one in messaging.list_message_kinds() if one.is_own]
    messaging.delete_own_message(kind=unused.kind, by=INES, at=AT)
    with pytest.raises(NotFound):
        messaging.get_template(unused.kind, Channel.EMAIL)
    assert unused.kind not in {one.kind for one in messaging.list_templates()}
    assert make("Unused").kind == "own_customer_unused_2"


def test_copies_names_and_who_may(store: StoreInfo) -> None:
    made = make("Thanks again", base="order", copy_of="thank_you", purpose="service")
    draft = messaging.get_template(made.kind, Channel.EMAIL).draft
    assert draft is not None
    assert "thank_you.title" in draft["body"]
    renamed = messaging.edit_own_message(
        kind=made.kind, name=" Many\n thanks ", purpose="marketing", by=INES, at=AT
    )
    assert (renamed.name, renamed.purpose) == ("Many thanks", "marketing")
    for wrong in ({"name": " "}, {"name": "x" * 81}, {"name": "x", "copy_of": "order_refunded"}):
        with pytest.raises(Invalid):
            make(**wrong)
    with pytest.raises(Invalid):  # what is about an order needs one
        make("x", base="customer", copy_of="thank_you")
    with pytest.raises(PermissionDenied):
        messaging.create_own_message(name="x", by=SAM, at=AT)
    for row in ({"kind": "thank_you"}, {"purpose": "transactional"}, {"name": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OwnMessage.objects.filter(kind=made.kind).update(**row)
