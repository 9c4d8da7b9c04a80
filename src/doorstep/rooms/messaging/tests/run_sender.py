"""A sender in a process of its own, to be killed: ``python -m ... <instant>``."""

from __future__ import annotations

import sys
from datetime import datetime

import django


def main() -> None:
    """Send one claim as of the given instant."""
    django.setup()
    from doorstep.rooms.messaging.sending.send_due import send_due

    send_due(at=datetime.fromisoformat(sys.argv[1]))


if __name__ == "__main__":
    main()
