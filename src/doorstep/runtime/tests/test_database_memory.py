"""The embedded database's share of the memory, on small machines, large ones and in containers."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorstep.runtime.database_memory import MB, find_memory, memory_settings


@pytest.mark.parametrize(
    ("memory", "shared", "wal"),
    [
        (512, "128MB", "1GB"),
        (2048, "256MB", "1GB"),
        (4096, "512MB", "4GB"),
        (65536, "1024MB", "4GB"),
    ],
)
def test_the_database_gets_an_eighth(memory: int, shared: str, wal: str) -> None:
    settings = memory_settings(memory * MB)
    assert (settings["shared_buffers"], settings["max_wal_size"]) == (shared, wal)


def test_a_container_says_how_much_there_is(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text(f"{300 * MB}\n")
    assert find_memory(limit) == 300 * MB
    limit.write_text("max\n")
    assert find_memory(limit) == find_memory(tmp_path / "missing") > 300 * MB
