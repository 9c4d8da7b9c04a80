"""The bare endpoint beside which intake is measured: a body comes in, one row is inserted.

``python -m bench.bare PORT`` serves it by the same server with the same settings as Doorstep.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg

_local = threading.local()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Insert the body as one row over this thread's connection."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    _local.connection.execute("INSERT INTO bench_bare (body) VALUES (%s)", [body])
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]


if __name__ == "__main__":
    from doorstep.cli.web import serve

    serve("bench.bare:application", "127.0.0.1", int(sys.argv[1]))
