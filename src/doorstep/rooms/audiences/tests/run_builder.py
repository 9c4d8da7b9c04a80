"""Build what is due, a member at a time, as a process of its own: for somebody to kill."""

from __future__ import annotations

import os
import sys
from datetime import datetime


def main() -> None:
    """Build as of the instant given."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
    import django

    django.setup()
    from doorstep.rooms.audiences.keeping import building
    from doorstep.rooms.audiences.keeping.loops import run_builds

    building.WRITE_CHUNK = 1
    run_builds(datetime.fromisoformat(sys.argv[1]))


if __name__ == "__main__":
    main()
