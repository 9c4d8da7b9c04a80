"""Only the kernel's client speaks HTTP to the outside: it alone guards, bounds and logs."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "doorstep"
# The supervisor asks its own web process on the loopback whether it is ready, without Django; the
# doctor asks the live streams beside it in the same way.
ALLOWED = {
    "kernel/http.py",
    "kernel/netguard.py",
    "runtime/supervisor.py",
    "cli/checks/live.py",
}
CLIENTS = {"requests", "urllib.request", "http.client", "urllib3", "aiohttp", "httpcore"}
HTTPX_CALLS = {
    "Client",
    "AsyncClient",
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "request",
    "stream",
}


def _opens_connections(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            calls = node.value.id == "httpx" and node.attr in HTTPX_CALLS
            found += [f"httpx.{node.attr}"] if calls else []
        found += [name for name in names if name in CLIENTS]
    return found


def test_nothing_else_opens_http_connections() -> None:
    strays = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name in ALLOWED or "/tests/" in name:
            continue
        if found := _opens_connections(path):
            strays[name] = found
    assert strays == {}, "use doorstep.kernel.http.client()"
