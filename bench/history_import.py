"""bench-import: years of past orders, two lines each, through ``doorstep import``.

A JSON Lines file is made, then imported by the real command in a process of its own, which must
stay under 500 MB. Baseline: every row that this made, copied once more by a bare COPY into tables
of the same shape and with the same indexes.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import harness, shop
from bench.shop import SKUS

LIMIT_MB = 500.0
BEGAN = datetime(2021, 1, 4, 8, 0, tzinfo=UTC)


def main() -> None:
    n = harness.size(200_000)
    with tempfile.TemporaryDirectory(prefix="doorstep-import-") as name, harness.fresh_database():
        folder = Path(name)
        shop.open_shop()
        file = folder / "history.jsonl"
        _write(file, n)
        harness.say(f"{file.stat().st_size / 1e6:.0f} MB with {n:,} orders")
        before = _count_rows()
        seconds, peak = _import(file, folder)
        made = {t: count for t, count in _count_rows().items() if count > before.get(t, 0)}
        assert made["orders_order"] == n, "an order is missing"
        assert made["orders_orderline"] == 2 * n, "a line is missing"
        harness.say(f"{n / seconds:,.0f} orders/s, {sum(made.values()):,} rows, {peak} MB")
        baseline = n / _copy_raw(list(made), folder)
    assert peak < LIMIT_MB, f"the import held {peak} MB"
    harness.report("import", n=n, value=n / seconds, unit="orders/s", baseline=baseline, peak=peak)


def _write(file: Path, n: int) -> None:
    with file.open("w", encoding="utf-8") as out:
        for order in _orders(n):
            out.write(json.dumps(order, ensure_ascii=False) + "\n")


def _orders(n: int) -> Iterator[dict[str, Any]]:
    """Yield past orders; every third shopper has bought before."""
    for number in range(1, n + 1):
        buyer = number if number % 3 else number // 3
        placed = BEGAN + timedelta(minutes=11 * number)
        name, address = shop.address_of(buyer)
        yield {
            "external_id": str(number),
            "number": f"#{number}",
            "currency": "EUR",
            "placed_at": placed.isoformat(),
            "fulfilled_at": (placed + timedelta(days=2)).isoformat(),
            "financial_status": "paid",
            "taxes_included": True,
            "person": {
                "platform_id": str(buyer),
                "email": f"shopper-{buyer}@example.com",
                "name": name,
                "locale": "en",
            },
            "lines": [_line(number, nth) for nth in range(2)],
            "charges": [
                {"kind": "shipping", "title": "Parcel", "amount_minor": 490, "tax_minor": 78}
            ],
            "shipping_address": address,
            "billing_address": address,
            "shipping_method": "Parcel",
            "payment_method": "Visa",
        }


def _line(number: int, nth: int) -> dict[str, Any]:
    thing = (number * 7 + nth * 61) % SKUS
    price = 650 + thing * 10
    return {
        "external_id": f"{number}-{nth}",
        "title": f"Tea {thing}",
        "variant_title": "250 g",
        "sku": f"TEA-{thing}",
        "quantity": 1 + (number + nth) % 2,
        "unit_price_minor": price,
        "tax_minor": shop.tax_in(price * (1 + (number + nth) % 2)),
        "product_external_id": str(5000 + thing),
        "variant_external_id": str(7000 + thing),
        "weight_grams": 250,
    }


def _import(file: Path, folder: Path) -> tuple[float, float]:
    """Run ``doorstep import``; return the seconds it took, start included, and its memory."""
    began = time.perf_counter()
    child = harness.start("doorstep.cli", "import", str(file), DATA=str(folder))
    watch = harness.Watch(child.pid)
    code = child.wait()
    seconds = time.perf_counter() - began
    watch.end()
    assert code == 0, f"doorstep import ended with {code}"
    return seconds, watch.peak_mb()


def _count_rows() -> dict[str, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


def _copy_raw(tables: list[str], folder: Path) -> float:
    """Copy tables' rows into twins of theirs; return the seconds that the writing took."""
    import psycopg
    from django.db import connection

    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    seconds = 0.0
    for table in tables:
        file = folder / table
        with raw.cursor() as cursor, file.open("wb") as out:
            with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as rows:
                for block in rows:
                    out.write(block)
            cursor.execute(f'CREATE TABLE bench_twin (LIKE "{table}" INCLUDING ALL)')
            began = time.perf_counter()
            with (
                file.open("rb") as stream,
                cursor.copy("COPY bench_twin FROM STDIN (FORMAT binary)") as copy,
            ):
                while block := stream.read(1 << 18):
                    copy.write(block)
            seconds += time.perf_counter() - began
            cursor.execute("DROP TABLE bench_twin")
        file.unlink()
    return seconds


if __name__ == "__main__":
    main()
