"""Property tests: how fast an example runs says nothing about whether it is right.

On a machine with other work an example takes longer than Hypothesis's 200 ms, and making one longer
than it likes; neither is a fault of what is tested.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("doorstep", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("doorstep")
