"""Set up a process that helps with an import. Imports no models: it is read before Django is ready."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time


def start_process() -> None:
    """Set a process up that was just started."""
    import django

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that counts
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    django.setup()
    gc.freeze()
    gc.disable()  # plain values without cycles; looked through between chunks instead


def _end_with(parent: int) -> None:
    """End when the counting process is gone: nobody would count what is kept from then on."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
