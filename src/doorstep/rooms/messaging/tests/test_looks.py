"""Opens and clicks of our own mails: people count, programs are kept apart."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from doorstep.kernel.conditions.api import evaluate_many, parse
from doorstep.kernel.errors import NotFound
from doorstep.kernel.models.events import LoggedEvent, OutboxEvent
from doorstep.rooms.messaging import api, identity
from doorstep.rooms.messaging.contracts import DeliveryReport, Purpose
from doorstep.rooms.messaging.models import DeliveryEvent, Message, SenderConnection
from doorstep.rooms.messaging.sending.counted_links import (
    _packed,
    count_opens_and_clicks,
    link_signature,
    read_link,
    uncounted,
)
from doorstep.rooms.messaging.sending.decorate import MESSAGE, VALUE, Framed
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.tests.cast import AT, INES, SYSTEM, Outbox, confirmation, shopper
from doorstep.rooms.stores.contracts import StoreInfo

FIREFOX = api.Visitor("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0")
LINK = "https://fern.example/tea?x=1&y=2"


@pytest.fixture
def mail(store: StoreInfo, connected: Outbox) -> Message:
    """Maya's mail, sent."""
    api.request_messages([confirmation(shopper())], by=SYSTEM, at=AT)
    send_due(at=AT)
    return Message.objects.get()


def token(mail: Message) -> str:
    return identity.preferences_token(mail.store_id, mail.id)


def click(mail: Message, after: float, url: str = LINK, visitor: api.Visitor = FIREFOX) -> str:
    signature = link_signature(mail.store_id, url)
    at = AT + timedelta(seconds=after)
    return api.record_click(token(mail), signature, _packed(url), visitor, at=at)


def fact(customer_id: UUID | None, name: str, at: datetime, store: StoreInfo) -> object:
    assert customer_id is not None
    condition = parse({"fact": f"customer.{name}", "op": "gte", "value": 1}, "customer")
    found = evaluate_many(
        condition, [customer_id], at=at, zone=ZoneInfo("Europe/Berlin"), store_id=store.id
    )
    return found[customer_id].holds if hasattr(found[customer_id], "holds") else found[customer_id]


def test_a_person_counts_once_and_is_told_once(mail: Message) -> None:
    api.record_open(token(mail), FIREFOX, at=AT + timedelta(minutes=5))
    api.record_open(token(mail), FIREFOX, at=AT + timedelta(minutes=5, seconds=1))
    assert click(mail, 400) == LINK
    assert click(mail, 500) == LINK
    looks = DeliveryEvent.objects.order_by("occurred_at")
    assert [(one.kind, one.by_machine) for one in looks] == [
        ("opened", False), ("clicked", False), ("clicked", False),
    ]  # fmt: skip
    assert names_of_events() == ["messaging.message_clicked", "messaging.message_opened"]


def names_of_events() -> list[str]:
    """Return the events of opens and clicks that were published, each name once."""
    found: set[str] = set()
    for model in (OutboxEvent, LoggedEvent):
        found |= set(model.objects.values_list("name", flat=True))
    return sorted(found & {"messaging.message_opened", "messaging.message_clicked"})


def test_a_scanner_is_kept_but_not_counted(mail: Message) -> None:
    assert click(mail, 600, visitor=api.Visitor("Barracuda Sentinel (EE)")) == LINK
    api.record_open(token(mail), api.Visitor("Mozilla/5.0"), at=AT + timedelta(seconds=90))
    assert set(DeliveryEvent.objects.values_list("machine_reason", flat=True)) == {
        "scanner_agent", "apple_proxy",
    }  # fmt: skip
    assert names_of_events() == []
    mail.refresh_from_db()
    assert mail.status == "sent"  # a scanner's look does not prove delivery


def test_a_burst_takes_back_what_was_counted_before_it(mail: Message) -> None:
    for number in range(4):
        click(mail, 100 + number, url=f"https://fern.example/{number}")
    click(mail, 4000)
    rows = list(DeliveryEvent.objects.order_by("occurred_at"))
    assert [row.by_machine for row in rows] == [True, True, True, True, False]


def test_the_hidden_link_marks_the_whole_visit(mail: Message) -> None:
    click(mail, 100)
    api.record_honeypot(token(mail), FIREFOX, at=AT + timedelta(seconds=101))
    click(mail, 102, url="https://fern.example/other")
    assert set(DeliveryEvent.objects.values_list("by_machine", flat=True)) == {True}
    shown = api.get_message(mail.id, at=AT).deliveries
    assert all(one.machine_words for one in shown)


def test_no_address_leads_where_the_mail_does_not(mail: Message, other_store: StoreInfo) -> None:
    forged = [
        (link_signature(mail.store_id, LINK), _packed("https://evil.example")),
        (link_signature(other_store.id, "https://evil.example"), _packed("https://evil.example")),
        ("", _packed(LINK)),
        (link_signature(mail.store_id, LINK), "%%%"),
    ]
    for signature, packed in forged:
        with pytest.raises(NotFound):
            api.record_click(token(mail), signature, packed, FIREFOX, at=AT)
    with pytest.raises(NotFound):
        api.record_own_click(token(mail), "https://evil.example", FIREFOX, at=AT)
    with pytest.raises(NotFound):
        api.record_open(token(mail)[:-1], FIREFOX, at=AT)
    assert DeliveryEvent.objects.count() == 0


HTML = (
    '<html><body class="x"><a href="https://fern.example/tea?a=1&amp;b=2">Tea</a>'
    '<a href="mailto:hi@fern.example">Mail</a><a href="#top">Top</a>'
    '<a style="x" href="https://fern.example/preferences/abc">No more</a>'
    '<a data-uncounted href="https://fern.example/terms">Terms</a>'
    '<a href="\ufdd03\ufdd1">Your order</a></body></html>'
)


def framed(store: StoreInfo, purpose: str = "marketing") -> Framed:
    return Framed(store, "newsletter", purpose, uuid4())


def test_links_lead_over_us_and_some_never(store: StoreInfo) -> None:
    html = count_opens_and_clicks(HTML, framed(store))
    assert html.count(f"/t/{MESSAGE}/l/") == 1
    assert html.count(f"/t/{MESSAGE}/o.gif") == 1
    assert html.count(f"/t/{MESSAGE}/h") == 1
    assert 'href="mailto:hi@fern.example"' in html
    assert 'href="#top"' in html
    assert 'href="https://fern.example/preferences/abc"' in html
    assert 'href="https://fern.example/terms"' in html
    assert len(VALUE.findall(html)) == 1  # the mark stays
    signature, packed = html.partition("/l/")[2].partition('"')[0].split("/")
    assert read_link(store.id, signature, packed) == "https://fern.example/tea?a=1&b=2"


def test_who_looks_in_the_console_sees_the_links_as_they_were(store: StoreInfo) -> None:
    html = uncounted(count_opens_and_clicks(HTML, framed(store)).replace(MESSAGE, "tok:en"))
    assert "/t/" not in html
    assert 'href="https://fern.example/tea?a=1&amp;b=2"' in html


def test_purchases_are_not_counted_and_the_store_can_say_no(store: StoreInfo) -> None:
    assert count_opens_and_clicks(HTML, framed(store, "transactional")) == HTML
    api.set_preference_rules(
        hidden_topics=[], always_confirms=True, keeps_network="none", counts_opens=False,
        counts_clicks=False, by=INES, at=AT,
    )  # fmt: skip
    assert count_opens_and_clicks(HTML, framed(store)) == HTML


def test_reports_of_providers_are_looked_at_too(mail: Message) -> None:
    sender = SenderConnection.objects.get(channel="email")
    reports = [
        DeliveryReport("opened", "maya@example.com", mail.provider_message_id,
                       AT + timedelta(minutes=1), {"UserAgent": "Mozilla/5.0", "n": 1}),
        DeliveryReport("clicked", "maya@example.com", mail.provider_message_id,
                       AT + timedelta(minutes=2), {"url": LINK, "UserAgent": FIREFOX.agent}),
    ]  # fmt: skip
    api.record_deliveries(reports, connection_id=sender.id, by=SYSTEM, at=AT + timedelta(minutes=3))
    kept = dict(DeliveryEvent.objects.values_list("kind", "machine_reason"))
    assert kept == {"opened": "apple_proxy", "clicked": ""}
    assert names_of_events() == ["messaging.message_clicked"]


def test_conditions_count_people_only(mail: Message, store: StoreInfo) -> None:
    later = AT + timedelta(days=1)
    click(mail, 600, visitor=api.Visitor("curl/8"))
    assert not fact(mail.customer_id, "messages_clicked", later, store)
    assert fact(mail.customer_id, "messages_sent", later, store)
    click(mail, 900)
    assert fact(mail.customer_id, "messages_clicked", later, store)
    assert not fact(mail.customer_id, "messages_clicked", AT, store)  # not yet, then


def test_who_refuses_by_a_mails_link_is_counted_with_it_until_it_is_undone(mail: Message) -> None:
    refused = DeliveryEvent.objects.filter(
        message_id=mail.id, kind="unsubscribed", by_machine=False
    )
    for _ in range(2):
        api.unsubscribe(token(mail), source="one_click", at=AT)
    assert refused.count() == 1
    api.change_preferences(
        token(mail), {Purpose.SERVICE: True, Purpose.MARKETING: True}, source="preferences", at=AT
    )
    assert not refused.exists()
    center = api.unsubscribe_all(token(mail), locale="en", at=AT)
    assert refused.count() == 1
    api.undo_choice(token(mail), center.undo, locale="en", at=AT)
    assert not refused.exists()
