"""The timers: everybody has a turn, nobody is looked after twice at once, all go home when told."""

from __future__ import annotations

import threading

from doorstep.kernel.timers import Timers


def serve(timers: Timers, threads: int) -> list[threading.Thread]:
    """Let threads look after the timers."""
    workers = [threading.Thread(target=timers.serve) for _ in range(threads)]
    for worker in workers:
        worker.start()
    return workers


def go_home(timers: Timers, workers: list[threading.Thread]) -> None:
    timers.end()
    for worker in workers:
        worker.join(30)
    assert not any(worker.is_alive() for worker in workers)


def test_all_have_their_turn_and_nobody_two_threads() -> None:
    counted = [0] * 7
    inside = [threading.Lock() for _ in counted]
    enough = threading.Event()

    def look(nth: int) -> float:
        assert inside[nth].acquire(blocking=False)
        counted[nth] += 1
        if min(counted) >= 5:
            enough.set()
        inside[nth].release()
        return 0

    timers = Timers([lambda n=nth: look(n) for nth in range(len(counted))])  # type: ignore[misc]
    workers = serve(timers, 3)
    assert enough.wait(30)
    go_home(timers, workers)


def test_one_that_takes_long_holds_up_nobody_while_a_thread_is_left() -> None:
    release, looked = threading.Event(), threading.Semaphore(0)

    def long() -> float:
        release.wait(30)
        return 3600

    def short() -> float:
        looked.release()
        return 0.001

    timers = Timers([long, short])
    workers = serve(timers, 2)
    for _ in range(3):
        assert looked.acquire(timeout=30)
    release.set()
    go_home(timers, workers)


def test_waiting_threads_go_home_at_once() -> None:
    timers = Timers([lambda: 3600])
    workers = serve(timers, 2)
    go_home(timers, workers)  # in less than the hour until the next look


def test_threads_without_a_timer_wait_for_the_end() -> None:
    timers = Timers([])
    go_home(timers, serve(timers, 1))
