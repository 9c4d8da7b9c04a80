"""bench-confirm: orders to confirmations, from a shop's webhook to a mail server's "taken".

The generator posts signed webhooks to the real web process, real workers (``WORKERS=`` of them)
check, confirm and send over SMTP to a server of the benchmark's own. First N as fast as they go, for orders a second
end to end; then at 100 a second, half of what is asked for, for the delay from webhook to mail.

Baseline: the very same mails sent by a bare loop of the standard library's smtplib.
"""

from __future__ import annotations

import contextlib
import os
import smtplib
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import harness, load, shop, sink

WARM_UP = 50
WORKERS = 2
SECOND_RATE = 100.0  # orders per second in the second part
SECOND_SECONDS = 20


def main() -> None:
    n = harness.size(4_000)
    with tempfile.TemporaryDirectory(prefix="doorstep-confirm-") as name, harness.fresh_database():
        folder = Path(name)
        connected = shop.open_shop()
        with _mail_server(folder) as smtp_port:
            _send_by(connected, smtp_port)
            with harness.web(folder) as web, _workers(folder) as workers:
                run = _Run(folder, connected, web.port)
                warm_up = min(WARM_UP, n)
                run.post(warm_up)
                rate = run.post(n).rate
                harness.say(f"{rate:,.1f} orders/s from webhook to mail")
                p99 = run.post(min(n, int(SECOND_RATE * SECOND_SECONDS)), SECOND_RATE).p99_ms
                harness.say(f"p99 at {SECOND_RATE:.0f} orders/s: {p99:,.0f} ms")
                each = [worker.peak_mb() for worker in workers]
                peak = max(web.peak_mb(), *each)
                harness.say(f"memory: web {web.peak_mb()} MB, each worker {max(each)} MB")
            baseline = _send_bare(folder, warm_up, n)
            harness.say(f"bare SMTP loop: {baseline:,.0f} mails/s")
    harness.report(
        "confirm", n=n, value=rate, unit="orders/s", baseline=baseline, p99_ms=p99, peak=peak
    )


class Posted:
    """What became of one part's orders."""

    def __init__(self, answers: list[load.Answer], arrived: dict[int, float], first: int) -> None:
        began = answers[0].sent
        self.rate = len(answers) / (max(arrived.values()) - began)
        waits = [(arrived[first + one.number] - one.sent) * 1000 for one in answers]
        self.p99_ms = harness.p99(waits) or 0.0


class _Run:
    """Posts orders and waits for their mails."""

    def __init__(self, folder: Path, connected: shop.Shop, port: int) -> None:
        self._folder = folder
        self._shop = connected
        self._port = port
        self._next = 1

    def post(self, count: int, rate: float = 0) -> Posted:
        first, self._next = self._next, self._next + count
        path = self._folder / f"{first}.requests"
        load.write_requests(path, shop.requests(self._shop, first, count, self._port))
        answers = load.run(self._port, path, rate=rate)
        assert {one.status for one in answers} == {200}, "a webhook was refused"
        self._wait(first + count - 1)
        numbers = range(first, first + count)
        arrived = [one for one in sink.read_arrivals(self._folder) if one[0] in numbers]
        assert len(arrived) == count == len(dict(arrived)), "a mail is missing, or came twice"
        return Posted(answers, dict(arrived), first)

    def _wait(self, wanted: int) -> None:
        before, moved = -1, time.monotonic()
        while (taken := sink.count_arrivals(self._folder)) < wanted:
            if taken != before:
                before, moved = taken, time.monotonic()
            if time.monotonic() - moved > 30:
                raise TimeoutError(f"only {taken} of {wanted} mails came")
            time.sleep(0.02)


@contextlib.contextmanager
def _workers(folder: Path) -> Iterator[list[harness.Watch]]:
    """Run as many worker processes as ``WORKERS`` says; by default two, for two cores."""
    count = int(os.environ.get("WORKERS") or WORKERS)
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(harness.worker(folder)) for _ in range(count)]


@contextlib.contextmanager
def _mail_server(folder: Path) -> Iterator[int]:
    port = harness.free_port()
    server = harness.start("bench.sink", str(port), str(folder))
    try:
        harness.wait_for_port(port)
        yield port
    finally:
        harness.stop(server)


def _send_by(connected: shop.Shop, port: int) -> None:
    """Make the benchmark's mail server the store's way out, as a merchant does in the console."""
    from doorstep.kernel.actors import Actor
    from doorstep.kernel.tenancy import store_scope
    from doorstep.rooms.messaging import api as messaging
    from doorstep.rooms.messaging.contracts import Channel

    with store_scope(connected.store_id):
        messaging.connect_sender(
            channel=Channel.EMAIL,
            provider="smtp",
            settings={"host": "127.0.0.1", "port": str(port), "security": "none"},
            from_address="hello@fernandkettle.example",
            from_name="Fern & Kettle",
            by=Actor.system("bench"),
            at=datetime.now(UTC),
        )


def _send_bare(folder: Path, first: int, n: int) -> float:
    """Send the mails of the first part again, by nothing but smtplib; return mails per second."""
    mails = [mail for nth, mail in enumerate(sink.read_mails(folder)) if first <= nth < first + n]
    again = folder / "again"
    again.mkdir()
    with _mail_server(again) as port, smtplib.SMTP("127.0.0.1", port) as smtp:
        began = time.perf_counter()
        for sender, recipient, mail in mails:
            smtp.sendmail(sender, [recipient], mail)
        seconds = time.perf_counter() - began
    assert sink.count_arrivals(again) == len(mails)
    return len(mails) / seconds


if __name__ == "__main__":
    main()
