"""Every environment variable that Doorstep reads, in one place.

The guide docs/guides/configuration.md holds the same table; a test compares the two, and another
finds variables that are read but not listed here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: what it is for, and what holds without it."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable(
        "DATABASE_URL",
        "",
        "`postgresql://user:password@host:5432/name`, PostgreSQL 15 or newer. Without it "
        "`doorstep run` brings its own database.",
    ),
    Variable("DATA", ".data", "Data folder: embedded database, secret key, static files, logs."),
    Variable("PORT", "8000", "Port of the web server."),
    Variable(
        "DOORSTEP_BIND",
        "127.0.0.1",
        "Address the web server listens on; `0.0.0.0` for every one of the machine's.",
    ),
    Variable(
        "DOORSTEP_BASE_URL",
        "http://127.0.0.1:8000",
        "Address under which shoppers and staff reach Doorstep; every link in a message starts with "
        "it. With `https://`, cookies are sent over HTTPS only and HSTS is on. `doorstep run` and "
        "`doorstep web` fill in their own address when it is not set.",
    ),
    Variable(
        "DOORSTEP_HOSTS",
        "",
        "More host names to answer to, separated by commas. Those of `DOORSTEP_BASE_URL` and of this "
        "machine (`localhost`, `127.0.0.1`, `[::1]`) are always answered.",
    ),
    Variable(
        "DOORSTEP_BEHIND_PROXY",
        "no",
        "`yes` behind a reverse proxy that sets `X-Forwarded-For` and `X-Forwarded-Proto` itself; "
        "else these headers are not believed.",
    ),
    Variable(
        "DOORSTEP_SECRET_KEY",
        "",
        "Signs links and sessions and encrypts stored credentials. Without it, one is made and kept "
        "in `DATA/secret.key`. Machines that share a database need the same key.",
    ),
    Variable(
        "DOORSTEP_OLD_SECRET_KEYS",
        "",
        "Former secret keys, separated by commas: what they signed or encrypted stays readable.",
    ),
    Variable(
        "DOORSTEP_OUTBOUND_ALLOW",
        "",
        "Places outside the public internet that Doorstep may call over HTTP, separated by commas: "
        "`host:port` (`localhost:13013`) or a network (`10.0.0.0/8`).",
    ),
    Variable(
        "DOORSTEP_OUTBOUND_PORTS",
        "80,443,8443",
        "Ports of public addresses that Doorstep may call over HTTP.",
    ),
    Variable(
        "DOORSTEP_STRIPE_URL",
        "https://api.stripe.com",
        "Where Stripe's API is asked; another address is for trying things out against a stand-in.",
    ),
    Variable(
        "DOORSTEP_EASYPOST_URL",
        "https://api.easypost.com",
        "Where EasyPost is asked for return labels; another address is for trying things out.",
    ),
    Variable(
        "DOORSTEP_LIVE_URL",
        "",
        "Where open pages listen for news, which `doorstep live` serves: a path on the page's host "
        "(`/live`; holds without this behind a proxy and with `https://`), a port of that host "
        "(`:8001/live`) or an address (`https://live.example.com/live`).",
    ),
    Variable(
        "DOORSTEP_LIVE_PORT",
        "",
        "Port of `doorstep live`, 8001 when not set. `doorstep run` takes the next free one after "
        "`PORT`. Set for `doorstep web` too, pages listen there.",
    ),
    Variable(
        "DOORSTEP_LIVE_STREAMS", "5000", "Open pages that one `doorstep live` process tells news."
    ),
    Variable(
        "DOORSTEP_LIVE_PER_CLIENT",
        "100",
        "Open pages of one network address, which may be that of a whole office, told news.",
    ),
    Variable("DOORSTEP_DEMO", "yes", "`no`: `doorstep run` leaves an empty installation empty."),
    Variable("DOORSTEP_WEB_THREADS", "8", "Requests that one web process works on at once."),
    Variable("DOORSTEP_WEB_PROCESSES", "1", "Web processes."),
    Variable(
        "DOORSTEP_WORKERS",
        "1",
        "Worker processes that `doorstep run` starts; each fills one core at most.",
    ),
    Variable(
        "DOORSTEP_LOG_FORMAT", "json", "`json` for machines, `text` for people at a terminal."
    ),
    Variable("DOORSTEP_LOG_LEVEL", "info", "`debug`, `info`, `warning` or `error`."),
    Variable(
        "DOORSTEP_DEBUG",
        "no",
        "`yes` while developing: tracebacks in the browser, static files straight from the source.",
    ),
)

_KNOWN = {variable.name: variable for variable in VARIABLES}
YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})


def text(name: str) -> str:
    """Return a variable's value, or its default."""
    return os.environ.get(name) or _KNOWN[name].default


def names(name: str) -> list[str]:
    """Return a variable's value split at commas, without empty parts."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def flag(name: str) -> bool:
    """Return a yes-or-no variable.

    :raises ImproperlyConfigured: it is neither.
    """
    value = text(name).lower()
    if value in YES | NO:
        return value in YES
    raise ImproperlyConfigured(f"{name} is {value!r}; it must be yes or no.")


def one_of(name: str, choices: tuple[str, ...]) -> str:
    """Return a variable that takes one of some values.

    :raises ImproperlyConfigured: it is none of them.
    """
    value = text(name).lower()
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")
    return value
