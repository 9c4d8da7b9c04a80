"""Checks of the live streams and of who tells about parcels."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from doorstep.cli.checks.finding import Finding, note, ok, problem
from doorstep.runtime.ports import local_url
from doorstep.runtime.supervisor import probe

SECONDS = 3
QUIET = timedelta(days=2)
"""Longer than a weekend's night between two scans of one parcel, for a store with some on the way."""


def streams(host: str, port: int) -> Finding:
    """Check that the process answers which open pages listen to.

    ``DOORSTEP_LIVE_PORT`` names its port; without it, ``doorstep run`` takes the next one after
    the web server's. A process on another machine is not asked for: nothing here knows it.
    """
    named = os.environ.get("DOORSTEP_LIVE_PORT", "")
    where = int(named) if named.isascii() and named.isdigit() else port + 1
    health = _health(f"{local_url(host, where)}/healthz")
    if health is None:
        return _silent(host, port, where, is_named=bool(named))
    if problems := health.get("problems"):
        return problem(
            "live streams",
            f"on {host}:{where}: {', '.join(map(str, problems))}",
            "Look at its log; it joins again by itself when the database answers.",
        )
    return ok("live streams", f"answer on {host}:{where}, {health['streams']} pages listen")


def _silent(host: str, port: int, where: int, *, is_named: bool) -> Finding:
    said = f"nothing of ours answers on {host}:{where}"
    if is_named and not probe(f"{local_url(host, port)}/healthz"):
        return problem(
            "live streams",
            f"{said}, where DOORSTEP_LIVE_PORT says they are",
            f"Start them with: doorstep live --port {where}",
        )
    return note(
        "live streams",
        said,
        "doorstep run starts them; if they listen elsewhere, set DOORSTEP_LIVE_PORT. Without them, "
        "pages work and show news when they are loaded again.",
    )


def _health(url: str) -> dict[str, Any] | None:
    """Return what our process says of itself; None where something else or nothing answers."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310
            said = answer.read(2000)
    except urllib.error.HTTPError as error:
        said = error.read(2000)
    except OSError:
        return None
    try:
        health = json.loads(said)
    except ValueError:
        return None
    return health if isinstance(health, dict) and "streams" in health else None


def parcels(slug: str, at: datetime) -> Iterator[Finding]:
    """Check that whoever tells about the current store's parcels still does."""
    from doorstep.connectors.base.api import list_connections
    from doorstep.rooms.tracking.api import count_trackers

    told_by = [one for one in list_connections() if one.brings == "tracking" and one.is_active]
    on_the_way = count_trackers(at=at).on_the_way
    if not on_the_way:
        return  # no parcel, no news
    check = f"parcels of {slug}"
    if not told_by:
        yield note(
            check,
            f"{on_the_way} are on their way, and nobody is connected who tells about them",
            "Connect a carrier or an aggregator in the console, under Settings, Connections.",
        )
        return
    heard = [one.last_received_at for one in told_by if one.last_received_at is not None]
    newest = max(heard, default=None)
    if newest is None or at - newest > QUIET:
        since = f"since {newest:%Y-%m-%d %H:%M} UTC" if newest else "ever"
        yield note(
            check,
            f"{on_the_way} are on their way, and there was no news of any {since}",
            "See in the console, under Settings, Connections, where its webhooks should go.",
        )
    else:
        yield ok(check, f"{on_the_way} on their way, last news {newest:%Y-%m-%d %H:%M} UTC")
