"""bench-intake: signed Shopify webhooks accepted over HTTP by the real web process.

Baseline: a bare endpoint on the same server that inserts the same bodies, one row each.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench import harness, load, shop

WARM_UP = 100
CONNECTIONS = 8


def main() -> None:
    n = harness.size(20_000)
    with tempfile.TemporaryDirectory(prefix="doorstep-intake-") as name, harness.fresh_database():
        folder = Path(name)
        connected = shop.open_shop(with_stock=False)
        bare_rate, _ = _measure_bare(folder, connected, n)
        rate, answers, peak = _measure_web(folder, connected, n)
    waits = [one.seconds * 1000 for one in answers]
    harness.report(
        "intake", n=n, value=rate, unit="deliveries/s", baseline=bare_rate,
        p99_ms=harness.p99(waits), peak=peak,
    )  # fmt: skip


def _measure_web(
    folder: Path, connected: shop.Shop, n: int
) -> tuple[float, list[load.Answer], float]:
    from django.db import connection

    with harness.web(folder) as web:
        _drive(folder, shop.requests(connected, 1, WARM_UP, web.port), web.port)
        rate, answers = _drive(folder, shop.requests(connected, 1 + WARM_UP, n, web.port), web.port)
        peak = web.peak_mb()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM connectors_base_delivery")
        assert cursor.fetchone() == (n + WARM_UP,), "not every accepted delivery is stored"
    harness.say(f"web: {rate:,.0f}/s")
    return rate, answers, peak


def _measure_bare(folder: Path, connected: shop.Shop, n: int) -> tuple[float, list[load.Answer]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea)"
        )
    port = harness.free_port()
    like = list(shop.requests(connected, 1, 500, port))
    shop.say_size(like[0].partition(b"\r\n\r\n")[2])
    server = harness.start("bench.bare", str(port))
    harness.wait_for_port(port)
    _drive(folder, shop.bare_requests(WARM_UP, port, like), port)
    measured = _drive(folder, shop.bare_requests(n, port, like), port)
    harness.stop(server)
    harness.say(f"bare endpoint: {measured[0]:,.0f}/s")
    return measured


def _drive(folder: Path, requests: object, port: int) -> tuple[float, list[load.Answer]]:
    """Send all requests; return how many a second were accepted, and the answers."""
    path = folder / f"{time.monotonic_ns()}.requests"
    load.write_requests(path, requests)  # type: ignore[arg-type]
    answers = load.run(port, path, connections=CONNECTIONS)
    path.unlink()
    refused = [one.status for one in answers if one.status != 200]
    assert not refused, f"{len(refused)} were refused, the first with {refused[0]}"
    seconds = max(one.sent + one.seconds for one in answers) - answers[0].sent
    return len(answers) / seconds, answers


if __name__ == "__main__":
    main()
