"""Rate limits: exact under load, over when the window is over, and silent about people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from limits.storage import storage_from_string

from doorstep.kernel import ratelimit
from doorstep.kernel.models.rate import RateWindow
from doorstep.kernel.ratelimit import PostgresStorage, forgive, hit, purge
from doorstep.kernel.tests.threads import at_once

LOOKUP = "tests.lookup"


def age(seconds: int) -> None:
    """Let time pass for every window."""
    RateWindow.objects.update(expires_at=F("expires_at") - timedelta(seconds=seconds))


@pytest.mark.django_db
def test_hits_are_allowed_up_to_the_limit_and_again_in_the_next_window() -> None:
    assert [bool(hit(LOOKUP, "1.2.3.4", 3, 60)) for _ in range(5)] == [True] * 3 + [False] * 2
    refused = hit(LOOKUP, "1.2.3.4", 3, 60)
    assert not refused.allowed
    assert 55 <= refused.retry_after <= 60
    age(61)
    assert hit(LOOKUP, "1.2.3.4", 3, 60).allowed
    assert RateWindow.objects.get().hits == 1


@pytest.mark.django_db
def test_keys_and_names_are_counted_apart() -> None:
    assert hit(LOOKUP, "a", 1, 60)
    assert hit(LOOKUP, "b", 1, 60)
    assert hit("tests.other", "a", 1, 60)
    assert not hit(LOOKUP, "a", 1, 60)
    forgive(LOOKUP, "a", 1, 60)
    assert hit(LOOKUP, "a", 1, 60)


@pytest.mark.django_db
def test_nobody_is_named_in_the_table() -> None:
    hit(LOOKUP, "maya@example.com", 5, 60)
    assert "maya" not in RateWindow.objects.get().key


@pytest.mark.django_db
def test_a_hit_is_one_statement(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        hit(LOOKUP, "a", 5, 60)


@pytest.mark.django_db
def test_windows_that_are_over_are_purged(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in "abc":
        hit(LOOKUP, key, 5, 60)
    age(61)
    hit(LOOKUP, "d", 5, 60)
    monkeypatch.setattr(ratelimit, "PURGE_BATCH", 2)
    assert [purge(), purge(), purge()] == [2, 1, 0]
    assert RateWindow.objects.count() == 1


@pytest.mark.django_db
def test_the_storage_is_a_whole_storage_of_limits() -> None:
    storage = storage_from_string("doorstep-postgresql://")
    assert isinstance(storage, PostgresStorage)
    assert storage.check()
    assert storage.incr("k", 60, amount=2) == 2
    assert storage.get("k") == 2
    assert storage.get_expiry("k") > 0
    assert storage.get("unknown") == 0
    storage.clear("k")
    assert storage.get("k") == 0
    storage.incr("k", 60)
    assert storage.reset() == 1


@pytest.mark.django_db(transaction=True)
def test_a_crowd_gets_exactly_the_limit() -> None:
    def try_often(_: int) -> int:
        return sum(bool(hit(LOOKUP, "crowd", 20, 60)) for _ in range(10))

    assert sum(at_once(8, try_often)) == 20
    # the window ends while everybody is at it: again exactly the limit
    age(61)
    connection.close()
    assert sum(at_once(8, try_often)) == 20
    assert RateWindow.objects.get().hits == 80


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_an_ipv6_line_counts_as_one(address: str, counted: str) -> None:
    assert ratelimit.network_of(address) == counted
