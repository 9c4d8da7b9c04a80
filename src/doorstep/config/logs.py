"""Logs: one line an event, as JSON for machines or as text for people."""

from __future__ import annotations

import logging
import re
from typing import Any

import structlog
from structlog.typing import Processor

from doorstep.config import environment

SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


# Addresses that are keys themselves: an order's page, a history, choices, an invitation.
_KEY_IN_PATH = re.compile(r"(/(?:o|history|preferences|join)/)[^/\s]{8,}")


class WithoutKeys(logging.Filter):
    """Take keys out of the paths that Django logs with refused and failed requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the keys among the line's values; every line is kept."""
        if record.name.startswith("django.") and isinstance(record.args, tuple):
            record.args = tuple(
                _KEY_IN_PATH.sub(r"\1…", one) if isinstance(one, str) else one
                for one in record.args
            )
        return True


def wanted() -> tuple[str, str]:
    """Return form and level of the logs, as the environment says.

    :raises ImproperlyConfigured: it says neither of the known ones.
    """
    form = environment.one_of("DOORSTEP_LOG_FORMAT", ("json", "text"))
    level = environment.one_of("DOORSTEP_LOG_LEVEL", ("debug", "info", "warning", "error"))
    return form, level


def configure(form: str) -> None:
    """Send structlog's events through the standard library, so all logs look alike."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # Tests capture logs by replacing the processors: a cached logger would not notice.
        cache_logger_on_first_use=form == "json",
    )


def dictionary(form: str, level: str) -> dict[str, Any]:
    """Return Django's ``LOGGING`` for a form (``json`` or ``text``) and a level."""
    rendering: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=False)]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *rendering,
                ],
                "foreign_pre_chain": list(SHARED),
            }
        },
        "filters": {"without_keys": {"()": WithoutKeys}},
        "handlers": {
            "out": {
                "class": "logging.StreamHandler",
                "formatter": "structured",
                "filters": ["without_keys"],
            }
        },
        "root": {"handlers": ["out"], "level": level.upper()},
        "loggers": {
            # Their own handlers would say everything twice, and mail errors to nobody.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "httpx": {"level": "WARNING"},
            "procrastinate": {"level": "WARNING"},
        },
    }
