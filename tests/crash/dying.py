"""Kill -9 at every step: forked processes that end themselves by SIGKILL, each a step further.

A step is where something outlives the process: a commit, or a call to another system (before it
is made, and when it is answered). Killed anywhere else, a process leaves behind what the step
before left. A fork costs no start of Python, so that a test can afford to die at every step.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import httpx
from django.db import connection

from doorstep.connectors.shopify import admin
from doorstep.kernel import netguard
from doorstep.kernel.tests.threads import wait_for_the_dead

_WRITES = ("INSERT", "UPDATE", "DELETE", "WITH", "COPY")
_LANES = "kernel_lane_cursor"


def dies(seen: set[str], work: Callable[[], object]) -> bool:
    """Do the work in a process that is killed at the first step of a kind not seen yet.

    :param seen: the kinds of steps that somebody died at; the new one is added.
    :returns: False when it came to its end.
    """
    connection.close()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _live(_Steps(seen, writer), work)
    os.close(writer)
    with os.fdopen(reader) as said:
        last_word = said.read()
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        assert status == 0, f"it failed by itself:\n{last_word}"
        return False
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert last_word not in seen
    seen.add(last_word)
    wait_for_the_dead()
    return True


def _live(steps: _Steps, work: Callable[[], object]) -> NoReturn:
    try:
        # What threads and tokens a new process does not have.
        netguard._lookups.cache_clear()
        admin._tokens.clear()
        steps.watch()
        work()
    except BaseException:
        os.write(steps.writer, traceback.format_exc().encode())
        os._exit(1)
    os._exit(0)


class _Steps:
    """Looks on and kills."""

    def __init__(self, seen: set[str], writer: int) -> None:
        self.seen = seen
        self.writer = writer
        self.written: list[str] = []  # in the open transaction

    def watch(self) -> None:
        """See every statement, commit and call of this process from now on."""
        connection.execute_wrappers.append(self._on_statement)
        commit, call = connection._commit, httpx.HTTPTransport.handle_request

        def watched_commit() -> None:
            commit()
            self._on_commit()

        def watched_call(transport: Any, request: httpx.Request) -> httpx.Response:
            name = f"{request.method} {request.url.path} {request.content[:60]!r}"
            self._step(f"before {name}")
            answer = call(transport, request)
            self._step(f"after {name}")
            return answer

        connection._commit = watched_commit  # type: ignore[method-assign]
        httpx.HTTPTransport.handle_request = watched_call  # type: ignore[method-assign]

    def _on_statement(
        self, execute: Any, statement: Any, params: Any, many: bool, context: Any
    ) -> Any:
        result = execute(statement, params, many, context)
        text = " ".join(str(statement).split())
        if text.upper().startswith(_WRITES):
            # The lanes' statements are all the same: what tells them apart is the handler.
            self.written.append(f"{text} {params[1]}" if _LANES in text else text)
            if not connection.in_atomic_block:
                self._on_commit()
        return result

    def _on_commit(self) -> None:
        written, self.written = self.written, []
        if written:
            self._step("committed " + "; ".join(written))

    def _step(self, kind: str) -> None:
        if kind not in self.seen:
            os.write(self.writer, kind.encode())
            os.kill(os.getpid(), signal.SIGKILL)
