"""A worker that asks one vendor one thing, to be killed: ``python -m ... <instant>``."""

from __future__ import annotations

import sys
from datetime import datetime

import django


def main() -> None:
    """Ask what is due as of the given instant."""
    django.setup()
    from doorstep.rooms.payments.calls.work import ask_due

    ask_due(at=datetime.fromisoformat(sys.argv[1]))


if __name__ == "__main__":
    main()
