"""A page that stands still, as large as an order's page: what the same server costs alone.

``python -m bench.still PORT`` serves it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

PAGE = b"<!doctype html><title>Order</title><p>" + b"A calm page. " * 900


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the page."""
    start_response("200 OK", [("Content-Length", str(len(PAGE))), ("Content-Type", "text/html")])
    return [PAGE]


if __name__ == "__main__":
    from doorstep.cli.web import serve

    serve("bench.still:application", "127.0.0.1", int(sys.argv[1]))
