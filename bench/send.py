"""bench-send: personalised marketing mails of one batch, rendered, gated again and sent.

N messages of one batch are due; ``WORKERS=`` (two) real worker processes claim them, ask the gate
again, compose what differs from person to person and send over SMTP to a server of the
benchmark's own, which notes every mail. Each must come exactly once and be recorded as sent.

Baseline: the very same mails sent by a bare loop of the standard library's smtplib, to the same
server. For a profile of the sending threads set ``PROFILE=`` to where it is to be written.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import smtplib
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psutil

from bench import harness, swallow
from bench.cloning import clone, numbered_id
from bench.send_worker import SOURCE

WORKERS = 2
BARE = 20_000  # mails of the bare loop, at most
PATIENCE = 30  # seconds without a mail until something is wrong


def main() -> None:
    """Make the batch, let it be sent, and report."""
    n = harness.size(100_000)
    with tempfile.TemporaryDirectory(prefix="doorstep-send-") as name, harness.fresh_database():
        folder = Path(name)
        with _mail_server(folder) as port:
            harness.say(f"making {n:,} messages …")
            _fill(n, port)
            with _workers(folder) as watches:
                seconds, spent = _wait(folder, n)
                peak = max(watch.peak_mb() for watch in watches)
                parts = [f"{who} {1000 * used / n:.2f} ms" for who, used in spent.items()]
                harness.say(f"processor time of a mail: {', '.join(parts)}")
        rate = n / seconds
        harness.say(f"{rate:,.0f} mails/s, each worker at most {peak} MB")
        _must_be_right(folder, n)
        baseline = _send_bare(folder, min(n, BARE))
        harness.say(f"bare SMTP loop: {baseline:,.0f} mails/s")
    harness.report("send", n=n, value=rate, unit="mails/s", baseline=baseline, peak=peak)


def _fill(n: int, port: int) -> None:
    """Make a store, its customers with their consents, and a batch of due messages to them."""
    from django.db import connection

    from bench.shop import open_shop
    from doorstep.kernel.tenancy import store_scope

    at = datetime.now(UTC)
    shop = open_shop(with_stock=False)
    with store_scope(shop.store_id):
        _connect(port, at)
        _publish(at)
        _clone_people(n, at)
        _clone_messages(n, at)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _connect(port: int, at: datetime) -> None:
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.messaging import api as messaging
    from doorstep.rooms.messaging.contracts import Channel

    messaging.connect_sender(
        channel=Channel.EMAIL,
        provider="smtp",
        settings={"host": "127.0.0.1", "port": str(port), "security": "none"},
        from_address="hello@fernandkettle.example",
        from_name="Fern & Kettle",
        by=Actor.system("bench"),
        at=at,
    )


def _publish(at: datetime) -> None:
    """Put a newsletter in use, about 25 KB of HTML, with what is personal at eight places."""
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.messaging import api as messaging
    from doorstep.rooms.messaging.contracts import Channel

    product = """
    <mj-section><mj-column width="40%"><mj-image src="https://cdn.fernandkettle.example/tea-{n}.jpg"
      alt="Tea {n}" /></mj-column><mj-column width="60%"><mj-text font-size="18px">Tea {n}</mj-text>
      <mj-text>Picked in the first days of spring, rolled by hand, and sent to you in a tin that
      keeps it for a year. A light cup with a scent of hay and apricot.</mj-text>
      <mj-button href="https://fernandkettle.example/teas/{n}">Have a look</mj-button></mj-column>
    </mj-section>"""
    body = (
        '<mjml><mj-body><mj-section><mj-column><mj-text font-size="24px">'
        "Good to see you again, {{ customer.first_name }}!</mj-text>"
        "<mj-text>{% if customer.orders_before > 3 %}You have bought from us "
        "{{ customer.orders_before }} times, thank you. {% endif %}These came in this week at "
        "{{ brand.name }}.</mj-text></mj-column></mj-section>"
        + "".join(product.replace("{n}", str(nth)) for nth in range(1, 7))
        + '<mj-section><mj-column><mj-button href="{{ links.order }}">What we keep for you, '
        "{{ customer.first_name }}</mj-button><mj-text>Sent to {{ customer.email }} by "
        '{{ brand.name }}. <a href="{{ links.unsubscribe }}">No more of these</a></mj-text>'
        "</mj-column></mj-section></mj-body></mjml>"
    )
    messaging.publish_version(
        kind="order_confirmation",
        channel=Channel.EMAIL,
        locale="",
        source={
            "subject": "{{ customer.first_name }}, this week’s teas",
            "preheader": "New at {{ brand.name }}",
            "body": body,
        },
        by=Actor.system("bench"),
        at=at,
    )


def _clone_people(n: int, at: datetime) -> None:
    """Make ``n`` customers who said yes to marketing by e-mail."""
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.customers import api as customers
    from doorstep.rooms.customers.contracts import PersonClaim
    from doorstep.rooms.customers.models import Customer
    from doorstep.rooms.messaging import api as messaging
    from doorstep.rooms.messaging.contracts import Channel, ConsentGrant, ConsentState, Purpose
    from doorstep.rooms.messaging.models import Consent

    maya = PersonClaim(email="maya@example.com", phone="", name="Maya Lindqvist", locale="en")
    [first] = customers.resolve_customers([maya], at=at)
    yes = ConsentGrant(
        first, Channel.EMAIL, Purpose.MARKETING, ConsentState.GRANTED, "checkout", at
    )
    messaging.record_consent([yes], by=Actor.system("bench"), at=at)
    changes = {
        "id": numbered_id(1),
        "email": "'shopper' || row_nth || '@example.com'",
        "name": "(ARRAY['Maya','Jonas','Amélie','Diego','Rose'])[1 + row_nth % 5] || ' Nr ' || row_nth",
    }
    clone(Customer, first, n, changes)
    consent = Consent.objects.get()
    clone(Consent, consent.id, n, {"id": numbered_id(2), "customer_id": numbered_id(1)})


def _clone_messages(n: int, at: datetime) -> None:
    from doorstep.kernel.tenancy import current_store_id
    from doorstep.rooms.messaging.models import GateVerdict, Message, MessageBatch

    store_id = current_store_id()
    common = {"store_id": store_id, "kind": "order_confirmation", "purpose": "marketing"}
    batch = MessageBatch.objects.create(
        **common,
        key="bench",
        channel="email",
        source=SOURCE,
        label="This week’s teas",
        created_at=at,
    )
    words = "The person allowed marketing messages by e-mail."
    verdict = GateVerdict.objects.create(
        store_id=store_id, fingerprint="1", outcome="send", reason="consent_granted", words=words
    )
    first = Message.objects.create(
        **common, channel="email", requested_channel="email", cause="bench:0", locale="en",
        to_address="maya@example.com", address_key="maya@example.com", to_name="Maya Lindqvist",
        batch=batch, verdict=verdict, status="dropped", created_at=at, created_by="bench",
    )  # fmt: skip
    email = "'shopper' || row_nth || '@example.com'"
    changes = {
        "id": numbered_id(3),
        "customer_id": numbered_id(1),
        "cause": "'bench:' || row_nth",
        "to_address": email,
        "address_key": email,
        "status": "'queued'",
        "status_words": f"'{words}'",
        "due_at": "t.created_at",
        "message_id_header": f"'<' || {numbered_id(3)} || '@fernandkettle.example>'",
    }
    clone(Message, first.id, n, changes)


@contextlib.contextmanager
def _workers(folder: Path) -> Iterator[list[harness.Watch]]:
    """Run as many worker processes as ``WORKERS`` says; by default two, for two cores."""
    count = int(os.environ.get("WORKERS") or WORKERS)
    children = [
        harness.start("bench.send_worker", DATA=str(folder), **_profile(nth))
        for nth in range(count)
    ]
    watches = [harness.Watch(child.pid) for child in children]
    try:
        yield watches
    finally:
        for watch, child in zip(watches, children, strict=True):
            watch.end()
            harness.stop(child)


def _processor_time() -> Counter[str]:
    """Return the processor time spent so far by who spent it; it counts on a busy machine too."""
    database = os.environ["DATABASE_URL"].partition("?")[0].rpartition("/")[2]
    spent: Counter[str] = Counter()
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        who = (
            "workers" if "bench.send_worker" in line else
            "mail server" if "bench.swallow" in line else
            "PostgreSQL" if line.startswith("postgres:") and database in line else None
        )  # fmt: skip
        if who:
            with contextlib.suppress(psutil.NoSuchProcess):
                used = process.cpu_times()
                spent[who] += used.user + used.system
    return spent


def _profile(nth: int) -> dict[str, str]:
    path = os.environ.get("PROFILE")
    return {"PROFILE": f"{path}.{nth}"} if path else {}


@contextlib.contextmanager
def _mail_server(folder: Path) -> Iterator[int]:
    port = harness.free_port()
    server = harness.start("bench.swallow", str(port), str(folder))
    try:
        harness.wait_for_port(port)
        yield port
    finally:
        harness.stop(server)


def _wait(folder: Path, n: int) -> tuple[float, Counter[str]]:
    """Wait until all mails came and are recorded; return the seconds from the first to the last.

    And the processor time spent meanwhile.

    The start of the processes is not the sending's: time runs from the first mail.
    """
    from doorstep.rooms.messaging.models import Message

    before, moved = 0, time.monotonic()
    spent: Counter[str] = Counter()
    while (taken := swallow.count_arrivals(folder)) < n:
        now = time.monotonic()
        if taken and not before:
            spent = _processor_time()
        if taken != before:
            before, moved = taken, now
        if now - moved > PATIENCE:
            raise TimeoutError(f"only {taken} of {n} mails came; {_states()}")
        time.sleep(0.05)
    while Message.all_stores.filter(status__in=["queued", "sending"]).exists():
        if time.monotonic() - moved > PATIENCE:
            raise TimeoutError("not all mails were recorded as sent")
        time.sleep(0.05)
    arrivals = swallow.read_arrivals(folder)
    seconds = time.monotonic() - min(at for _, at in arrivals)
    return seconds, _processor_time() - spent


def _states() -> list[tuple[str, str]]:
    from doorstep.rooms.messaging.models import Message

    return list(Message.all_stores.values_list("status", "status_words").distinct()[:5])


def _must_be_right(folder: Path, n: int) -> None:
    """Every mail came once, every message is sent and can be shown as it was sent."""
    from doorstep.rooms.messaging.models import Message, MessageContent

    ids = {UUID(bytes=one) for one, _ in swallow.read_arrivals(folder)}
    assert len(ids) == len(swallow.read_arrivals(folder)) == n, "a mail is missing, or came twice"
    assert Message.all_stores.filter(status="sent").count() == n
    assert MessageContent.all_stores.count() == n


def _send_bare(folder: Path, count: int) -> float:
    """Send the mails again, by nothing but smtplib; return mails per second."""
    mails = list(swallow.read_mails(folder))
    harness.say(f"a mail has {sum(len(mail) for *_, mail in mails) // len(mails):,} bytes")
    again = folder / "again"
    again.mkdir()
    with _mail_server(again) as port, smtplib.SMTP("127.0.0.1", port) as smtp:
        began = time.perf_counter()
        for sender, recipient, mail in itertools.islice(itertools.cycle(mails), count):
            smtp.sendmail(sender, [recipient], mail)
        return count / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
