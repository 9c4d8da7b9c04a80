"""Jobs are run by the worker process, not only stored."""

from __future__ import annotations

import threading
import time

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from doorstep.kernel import jobs
from doorstep.kernel.worker import _run_jobs

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_deferred_job_is_done_and_its_row_goes() -> None:
    done = threading.Event()

    @jobs.job(name="kernel_tests.ring")
    def ring() -> None:
        done.set()

    ring.defer()
    assert ProcrastinateJob.objects.filter(task_name="kernel_tests.ring").count() == 1
    stop = threading.Event()
    runner = threading.Thread(target=_run_jobs, args=(stop,))
    runner.start()
    try:
        assert done.wait(20)
        deadline = time.monotonic() + 10
        while ProcrastinateJob.objects.filter(task_name="kernel_tests.ring").exists():
            assert time.monotonic() < deadline, "a done job is kept"
            time.sleep(0.05)
    finally:
        stop.set()
        runner.join(10)
        del jobs.app.tasks["kernel_tests.ring"]
    assert not runner.is_alive()
