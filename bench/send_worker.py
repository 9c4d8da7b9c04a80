"""The worker of bench-send: ``doorstep worker`` with a source of contexts, as a room above has one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

SOURCE = "bench"


def contexts(asks: Sequence[Any], at: datetime) -> dict[UUID, Mapping[str, Any]]:
    """Compose what the template sees of each person, with one query for all of them."""
    from doorstep.rooms.customers import api as customers

    people = customers.get_customers({ask.customer_id for ask in asks})
    return {
        ask.message_id: {
            "customer": {
                "name": (person := people[ask.customer_id]).name,
                "first_name": person.name.partition(" ")[0],
                "email": person.email,
                "orders_before": int(person.id) % 7,
            },
            "links": {"order": f"https://fernandkettle.example/for/{person.id}"},
        }
        for ask in asks
    }


def main() -> None:
    """Bind the source once Django is set up, then run the command as it is."""
    import django

    django.setup()
    from doorstep.rooms.messaging.ports import bind_context_source

    bind_context_source(SOURCE, contexts)
    if os.environ.get("PROFILE"):
        _profile_senders(os.environ["PROFILE"])
    from doorstep.cli.worker import worker

    worker()


def _profile_senders(path: str) -> None:
    """Profile the loops that send, each in its thread, into ``path.<thread>``."""
    import cProfile
    import threading
    import time

    from doorstep.kernel import worker as workers

    plain = workers._run_loop

    def profiled(loop: Any, *rest: Any) -> None:
        if not loop.name.startswith("messaging."):
            plain(loop, *rest)
            return
        profile = cProfile.Profile(time.thread_time)
        try:
            profile.runcall(plain, loop, *rest)
        finally:
            profile.dump_stats(f"{path}.{threading.current_thread().name}")

    workers._run_loop = profiled


if __name__ == "__main__":
    main()
