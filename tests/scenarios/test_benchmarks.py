"""The benchmarks run, at a size that measures nothing, so that they cannot rot."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.testing.database import ROOT, TEMPLATE
from dev.testing.servers import database_url, environment

KEYS = ["name", "n", "value", "unit", "p99_ms", "peak_mb", "baseline", "ratio"]


@pytest.mark.parametrize(
    ("module", "n", "has_delay"),
    [
        ("intake", 20, True),
        ("confirm", 5, True),
        ("history_import", 20, False),
        ("events", 50, False),
        ("webhooks", 40, True),
    ],
)
def test_a_benchmark_ends_with_its_figure(
    db: None, tmp_path: Path, module: str, n: int, has_delay: bool
) -> None:
    env = environment(tmp_path) | {"DATABASE_URL": database_url(), "N": str(n), "WORKERS": "1"}
    env |= {"BENCH_TEMPLATE": os.environ[TEMPLATE]}
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{module}"],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    figure = json.loads(done.stdout.splitlines()[-1])
    assert list(figure) == KEYS
    assert figure["n"] == n
    assert figure["value"] > 0
    assert figure["baseline"] > 0
    assert figure["peak_mb"] > 0
    assert (figure["p99_ms"] is not None) is has_delay


@pytest.mark.parametrize("module", ["size", "storm", "hour"])
def test_the_longest_benchmarks_can_be_started(module: str) -> None:
    # One installs everything into an empty environment, one starts all processes and walks through
    # every form, one takes an hour: no test should wait for that.
    assert importlib.import_module(f"bench.{module}").main
