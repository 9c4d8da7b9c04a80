"""When parcels count as late, stalled and lost in a store."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel


class ClockRule(StoreModel):
    """The clocks of a store, of one of its carriers, or of one of a carrier's services.

    A store without a row has the defaults of ``contracts.Clocks``.
    """

    carrier = models.TextField(default="")
    service_level = models.TextField(default="")
    no_scan_hours = models.PositiveIntegerField()
    stalled_hours = models.PositiveIntegerField()
    late_hours = models.PositiveIntegerField()
    lost_days = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "carrier", "service_level"], name="one_clock_per_service"
            ),
            models.CheckConstraint(
                condition=Q(service_level="") | ~Q(carrier=""), name="clock_service_has_carrier"
            ),
            models.CheckConstraint(
                condition=Q(no_scan_hours__range=(1, 24 * 60), stalled_hours__range=(1, 24 * 60))
                & Q(late_hours__range=(0, 24 * 30), lost_days__range=(1, 365)),
                name="clock_ranges",
            ),
        ]
