"""Everybody who is (or was) on the way through a journey, and every step they passed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.journeys.contracts import EnrollmentStatus
from doorstep.rooms.journeys.models.journey import Journey, JourneyVersion

_INSIDE = Q(status__in=[EnrollmentStatus.ACTIVE.value, EnrollmentStatus.PARKED.value])


class Enrollment(StoreModel):
    """One way of one person (with one order, where the journey is about orders) through a journey.

    ``due_at`` is the engine's one clock: when it has to look at this row again. It is null for who
    waits for an event without a time-out, and once the way has ended. ``visit`` counts the steps
    passed: with the id it names each step of each way, so that nothing is done twice.
    """

    # One key in the database over all three (migration 0003) says that the version exists, is of
    # this journey, and both are of this store.
    store = models.ForeignKey(
        "stores.Store",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    journey = models.ForeignKey(
        Journey,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    version = models.ForeignKey(
        JourneyVersion,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    # Each order is a way of its own; else the order is only what the way began with.
    is_per_order = models.BooleanField(default=False)
    entry_key = models.TextField()
    status = models.TextField(default=EnrollmentStatus.ACTIVE)
    step = models.TextField(default="")
    visit = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    # "", "event", "delivery", or "arrival": the step is still to be begun
    waiting_for = models.TextField(default="")
    is_woken = models.BooleanField(default=False)  # what was waited for has happened
    step_since = models.DateTimeField()
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    exit_reason = models.TextField(default="")
    is_holdout = models.BooleanField(default=False)
    goal_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(default="")
    data = models.JSONField(default=dict)  # of the trigger: parcel_id, product_id

    class Meta:
        constraints = [
            # The customer first: so it is the index of a person's ways as well.
            models.UniqueConstraint(
                fields=["customer", "journey", "entry_key"], name="entered_once_per_key"
            ),
            # A person is in a journey once at a time; orders are ways of their own.
            models.UniqueConstraint(
                fields=["journey", "customer"],
                condition=_INSIDE & Q(is_per_order=False, is_holdout=False),
                name="enrolled_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in EnrollmentStatus]),
                name="enrollment_status",
            ),
            models.CheckConstraint(
                condition=Q(waiting_for__in=["", "arrival", "event", "delivery"]),
                name="enrollment_waiting",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) & _INSIDE | Q(ended_at__isnull=False) & ~_INSIDE,
                name="enrollment_ended",
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(status="active"), name="enrollment_due"
            ),
            models.CheckConstraint(
                condition=~Q(problem="") | ~Q(status="parked"), name="enrollment_parked_says_why"
            ),
        ]
        indexes = [
            # What the engine's claim reads, per step, the longest due first; and what counts who
            # stands where. One index for both, as each one costs every step of everybody.
            models.Index(
                fields=["version", "step", "due_at"], name="enrollment_due_step", condition=_INSIDE
            ),
            models.Index(
                fields=["store", "order"],
                name="enrollment_order",
                condition=Q(order__isnull=False),
            ),
            models.Index(fields=["journey", "-entered_at"], name="enrollment_newest"),
            # Few of many: who reached the goal. Written once in a way, when it is reached.
            models.Index(
                fields=["journey", "is_holdout"],
                name="enrollment_goal",
                condition=Q(goal_at__isnull=False),
            ),
        ]


class Passage(models.Model):
    """One step somebody passed: what came out, and why. Rows are never changed."""

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(
        "stores.Store",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,  # the enrollment's key says that it exists
    )
    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    visit = models.PositiveIntegerField()
    step = models.TextField()
    outcome = models.TextField()
    words = models.TextField(default="")
    message_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    objects = ScopedManager(store_id="store_id")  # type: ignore[django-manager-missing]
    all_stores = models.Manager()  # noqa: DJ012 (the order decides which is the default)

    class Meta:
        constraints = [
            # The proof in the database that nobody passes a step twice.
            models.UniqueConstraint(fields=["enrollment", "visit"], name="passed_once"),
            models.CheckConstraint(condition=~Q(outcome=""), name="passage_has_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.step}: {self.outcome}"


class StepTally(models.Model):
    """How many passed a step with what outcome in one set: rows are added, never changed.

    Adding avoids that two workers wait for each other's counter; a sweep sums up old rows.
    """

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.ForeignKey(
        JourneyVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    step = models.TextField()  # "" for those who entered
    outcome = models.TextField()
    day = models.DateField()
    count = models.IntegerField()

    objects = ScopedManager(store_id="store_id")  # type: ignore[django-manager-missing]
    all_stores = models.Manager()  # noqa: DJ012 (the order decides which is the default)

    class Meta:
        indexes = [models.Index(fields=["version", "step"], name="step_tally_version")]

    def __str__(self) -> str:
        return f"{self.step} {self.outcome}: {self.count}"
