"""Run everything on one machine: the database, the web server, the worker and the live streams.

The order is the point. Leftovers of an earlier run are ended first, then the database starts, then
it is migrated and (when empty) filled with the demo shop, then the children start; at the end the
same backwards, so that no process ever outlives what it needs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from doorstep.runtime import folder_lock, processes
from doorstep.runtime.child import Child, describe
from doorstep.runtime.data_folder import DataFolder
from doorstep.runtime.embedded_postgres import EmbeddedPostgres, roll, tail
from doorstep.runtime.errors import RuntimeProblem
from doorstep.runtime.ports import check_free, local_url, next_free

READY_SECONDS = 120
END_SECONDS = 15
LOOK_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Say what to run and where."""

    data: DataFolder
    host: str
    port: int
    database_url: str | None
    """``None`` starts the embedded database."""
    demo: bool = True
    """Fill an empty installation with the demo shop."""
    workers: int = 1
    """Worker processes; each fills one core at most."""
    live_port: int | None = None
    """Where open pages listen; ``None`` takes the next free port after the web server's."""

    @property
    def base_url(self) -> str:
        """Return the address that a browser on this machine uses."""
        return local_url(self.host, self.port)


class Stopped(Exception):
    """Somebody asked for the end while things were still starting."""


class Supervisor:
    """Start, watch and end the processes of one installation."""

    def __init__(self, options: RunOptions, say: Callable[[str], None]) -> None:
        self.options = options
        self.say = say
        self.stopping = False
        self.database: EmbeddedPostgres | None = None
        self.children: list[Child] = []
        self._mark_file = options.data.run / "mark"

    def run(self) -> int:
        """Run until asked to stop; return the exit code.

        :raises RuntimeProblem: something needed is missing or does not start.
        """
        with folder_lock.hold(self.options.data.run / "lock", "doorstep run"):
            self._listen_for_the_end()
            try:
                self._start()
                self._watch()
            except Stopped:
                pass
            finally:
                self._end()
        return 0

    def _listen_for_the_end(self) -> None:
        def stop(_number: int, _frame: FrameType | None) -> None:
            self.stopping = True

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)

    def _start(self) -> None:
        options = self.options
        if ended := processes.end_leftovers(self._mark_file):
            self.say(f"Ended {len(ended)} processes that an earlier run left behind.")
        check_free(options.host, options.port)
        environment = self._environment(processes.new_mark(self._mark_file))
        # For commands in other terminals, which are not told the port.
        options.data.address_file.write_text(environment["DOORSTEP_BASE_URL"], encoding="utf-8")
        environment["DATABASE_URL"] = options.database_url or self._start_database()
        self._check_stop()
        addresses = self._prepare(environment)
        # Only now: during a long migration somebody else could take a port that was free before.
        live_port = options.live_port or next_free(options.host, options.port + 1)
        environment["DOORSTEP_LIVE_PORT"] = str(live_port)
        self._start_children(environment, live_port)
        for url in (options.base_url, local_url(options.host, live_port)):
            self._wait_ready(f"{url}/healthz")
        self._greet(addresses)

    def _start_children(self, environment: dict[str, str], live_port: int) -> None:
        options = self.options
        workers = ["worker", *(f"worker-{nth}" for nth in range(2, options.workers + 1))]
        commands = {
            "web": ["web", "--host", options.host, "--port", str(options.port)],
            "live": ["live", "--host", options.host, "--port", str(live_port)],
            **{name: ["worker"] for name in workers},
        }
        self.say("Starting the web server and the worker ...")
        for name, arguments in commands.items():
            log = options.data.logs / f"{name}.log"
            child = Child(name, arguments, log=log, environment=environment)
            self.children.append(child)
            child.start()

    def _environment(self, mark: str) -> dict[str, str]:
        return {
            **os.environ,
            processes.MARK: mark,
            "DATA": str(self.options.data.root),
            "DOORSTEP_BASE_URL": os.environ.get("DOORSTEP_BASE_URL") or self.options.base_url,
            "DOORSTEP_SECRET_KEY": os.environ.get("DOORSTEP_SECRET_KEY")
            or self.options.data.secret_key(),
            "PYTHONUNBUFFERED": "1",
        }

    def _start_database(self) -> str:
        data = self.options.data
        self.database = EmbeddedPostgres(data.postgres, log=data.logs / "postgres.log")
        self.say("Starting the database ...")
        url = self.database.start()
        for folder in self.database.opened:
            self.say(f"Let the database account pass through {folder} (chmod o+x).")
        return url

    def _prepare(self, environment: dict[str, str]) -> list[tuple[str, str]]:
        """Migrate and seed in a process of its own, so this one stays small."""
        self.say("Bringing the database up to date ...")
        log = self.options.data.logs / "prepare.log"
        roll(log)
        command = [sys.executable, "-m", "doorstep.cli", "prepare"]
        command.append("--demo" if self.options.demo else "--no-demo")
        with log.open("ab") as errors:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                env=environment,
            )
            output = self._output_of(process)
        if process.returncode != 0:
            raise RuntimeProblem(
                f"The database could not be prepared ({describe(process.returncode)}):\n{tail(log)}",
                f"The whole log is in {log}.",
            )
        return [(label, url) for label, url in json.loads(output.splitlines()[-1])]

    def _output_of(self, process: subprocess.Popen[bytes]) -> bytes:
        while True:
            try:
                return process.communicate(timeout=LOOK_EVERY)[0]
            except subprocess.TimeoutExpired:
                if self.stopping:
                    process.terminate()
                    process.communicate()
                    raise Stopped from None

    def _wait_ready(self, url: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        problem = "no answer"
        while time.monotonic() < deadline:
            self._check_stop()
            problem = probe(url)
            if not problem:
                return
            for child in self.children:
                if child.exit_code is not None:
                    raise RuntimeProblem(
                        f"The {child.name} process did not start "
                        f"({describe(child.exit_code)}):\n{tail(child.log)}",
                        f"The whole log is in {child.log}.",
                    )
            time.sleep(0.1)
        raise RuntimeProblem(
            f"{url} did not become ready within {READY_SECONDS} s: {problem}",
            f"Look at the logs in {self.options.data.logs}, or run: doorstep doctor",
        )

    def _greet(self, addresses: list[tuple[str, str]]) -> None:
        width = max((len(label) for label, _ in addresses), default=0)
        self.say("")
        self.say("Doorstep is ready:")
        for label, url in addresses:
            self.say(f"  {label:<{width}}  {url}")
        self.say("")
        self.say(f"Data and logs are in {self.options.data.root}. Ctrl-C ends everything.")

    def _watch(self) -> None:
        while not self.stopping:
            if self.database is not None and not self.database.alive:
                self.say("The database ended; starting it again.")
                self.database.start()
            for child in self.children:
                if news := child.look_after():
                    self.say(news)
            time.sleep(LOOK_EVERY)

    def _check_stop(self) -> None:
        if self.stopping:
            raise Stopped

    def _end(self) -> None:
        if self.stopping:
            self.say("\nEnding ...")
        for child in self.children:
            child.ask_to_end()
        deadline = time.monotonic() + END_SECONDS
        for child in self.children:
            child.wait_end(deadline - time.monotonic())
        # Also what was started in the instant before a failure.
        processes.end_leftovers(self._mark_file)
        if self.database is not None:
            self.database.stop()


def probe(url: str) -> str:
    """Ask the health page once; return what is wrong, or an empty string when all is well."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return "" if answer.status == 200 else f"status {answer.status}"
    except urllib.error.HTTPError as error:
        return f"status {error.code}: {error.read(500).decode(errors='replace')}"
    except OSError as error:
        return str(error)
