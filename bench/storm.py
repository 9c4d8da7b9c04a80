"""bench-storm: 64 shoppers at once edit, cancel, send back and spend on 5,000 paid orders.

For three minutes they walk through the shoppers' real forms over HTTP (and the checkout's spends
over the API) against the real web process, with a worker beside it; every fifth of them at one of a
few orders, now and then with the same form twice at once, or with more than may be had. Nothing
but honest answers counts: pages, and refusals in words (409, 422, 429). Afterwards the books, the
ledger, the shelves and the returns are added up anew. The value is requests answered a second;
baseline: a page of the same size that stands still, from the same server with as many connections.
``N``: orders, ``SECONDS``, ``SHOPPERS``, ``WORKERS``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from pathlib import Path

from bench import harness, load, storm_books, storm_crowd, storm_shop


def main() -> None:
    """Build the shop, let the storm go over it, add up, and report."""
    n = harness.size(5_000)
    seconds = float(os.environ.get("SECONDS") or 180)
    shoppers = int(os.environ.get("SHOPPERS") or 64)
    with tempfile.TemporaryDirectory(prefix="doorstep-storm-") as name, harness.fresh_database():
        folder = Path(name)
        harness.say(f"making {n:,} orders …")
        scene = storm_shop.build(n, max(1, n * 3 // 10))
        still = _still(folder, shoppers)
        tally, took, peak = _storm(folder, scene, shoppers, seconds)
        _settle()
        _tell(tally, storm_books.summary(scene))
        wrong = tally.wrong + storm_books.check(scene, tally)
    for one in wrong[:20]:
        harness.say(f"WRONG: {one}")
    assert not wrong, f"{len(wrong)} things are wrong, the first: {wrong[0]}"
    harness.report(
        "storm", n=n, value=len(tally.waits) / took, unit="requests/s", baseline=still,
        p99_ms=harness.p99(tally.waits), peak=peak,
    )  # fmt: skip


def _storm(
    folder: Path, scene: storm_shop.Scene, shoppers: int, seconds: float
) -> tuple[storm_crowd.Tally, float, float]:
    workers = int(os.environ.get("WORKERS") or 1)
    with contextlib.ExitStack() as stack:
        web = stack.enter_context(
            harness.web(folder, DOORSTEP_WEB_PROCESSES="2", DOORSTEP_WEB_THREADS="4")
        )
        watches = [stack.enter_context(harness.worker(folder)) for _ in range(workers)]
        harness.say(f"{shoppers} shoppers for {seconds:.0f} s …")
        tally, took = asyncio.run(
            storm_crowd.storm(web.port, scene, shoppers=shoppers, seconds=seconds)
        )
        peak = max(web.peak_mb(), *(watch.peak_mb() for watch in watches))
    return tally, took, peak


def _still(folder: Path, connections: int) -> float:
    """Return how many requests a second the same server answers that does nothing."""
    port = harness.free_port()
    server = harness.start("bench.still", str(port))
    harness.wait_for_port(port)
    page = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    path = folder / "still.requests"
    load.write_requests(path, [page] * 5_000)
    began = time.perf_counter()
    answers = load.run(port, path, connections=connections)
    took = max(one.sent + one.seconds for one in answers) - answers[0].sent
    harness.stop(server)
    assert took < time.perf_counter() - began
    return len(answers) / took


def _settle() -> None:
    """Handle what the worker had not come to yet."""
    from doorstep.kernel.events.lanes import run_until_idle

    run_until_idle()


def _tell(tally: storm_crowd.Tally, moved: str) -> None:
    """Print every kind of answer and of refusal with how often it came."""
    for (act, status), count in sorted(tally.answers.items()):
        harness.say(f"  {act:10} {status}  {count:8,}")
    for (act, status, words), count in tally.words.most_common(30):
        harness.say(f"  refused {count:6,} × {act} {status}: {words}")
    harness.say("  done: " + ", ".join(f"{k} {n:,}" for k, n in sorted(tally.done.items())))
    harness.say(f"  {moved}")


if __name__ == "__main__":
    main()
