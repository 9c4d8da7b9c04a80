"""Find out whether a port can be listened on, before anything is started."""

from __future__ import annotations

import errno
import socket

from doorstep.runtime.errors import RuntimeProblem


def check_free(host: str, port: int) -> None:
    """Check that ``host:port`` can be bound.

    :raises RuntimeProblem: somebody else listens there, or it may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        # As the server does it: a port in TIME_WAIT is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise _explain(host, port, error) from error


def next_free(host: str, port: int) -> int:
    """Return the first port from ``port`` on that can be bound.

    :raises RuntimeProblem: none of the next hundred can.
    """
    for candidate in range(port, min(port + 100, 65536)):
        try:
            check_free(host, candidate)
        except RuntimeProblem:
            continue
        return candidate
    raise RuntimeProblem(
        f"No port from {port} on is free on {host}.",
        "Name one: DOORSTEP_LIVE_PORT=, or --live-port.",
    )


def _explain(host: str, port: int, error: OSError) -> RuntimeProblem:
    if error.errno == errno.EADDRINUSE:
        return RuntimeProblem(
            f"Port {port} on {host} is taken by another program.",
            f"Choose another one: PORT={port + 1 if port < 65535 else 8000}, or --port.",
        )
    if error.errno == errno.EACCES:
        return RuntimeProblem(
            f"Port {port} may only be used by root.", "Choose one above 1023 with PORT=."
        )
    return RuntimeProblem(
        f"{host}:{port} cannot be listened on: {error.strerror or error}.",
        "Check --host: it must be an address of this machine.",
    )


def local_url(host: str, port: int) -> str:
    """Return the address at which a browser on this machine reaches ``host:port``."""
    reached = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
    return f"http://{f'[{reached}]' if ':' in reached else reached}:{port}"
