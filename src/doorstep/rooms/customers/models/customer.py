"""A customer: one person of one store."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel

PREFERRED_CHANNELS = ("", "email", "sms", "whatsapp", "messenger", "push")


class Customer(StoreModel):
    """One person. Never deleted: merged into another, or erased to an empty shell."""

    name = models.TextField(default="")
    search_name = models.TextField(default="")  # lower case without accents, by rules/names.py
    email = models.TextField(default="")  # where mail goes; what matches stands in Identity
    email_is_relay = models.BooleanField(default=False)
    phone = models.TextField(default="")  # E.164
    phone_shown = models.TextField(default="")  # as typed
    locale = models.TextField(default="")
    timezone = models.TextField(default="")
    preferred_channel = models.TextField(default="")
    country_code = models.CharField(max_length=2, default="")
    region_code = models.TextField(default="", db_default="")  # in that country: "FL"
    tags = ArrayField(models.TextField(), default=list)
    note = models.TextField(default="")
    # What people tell about themselves. A birthday is day and month, the year only if they like.
    birth_day = models.PositiveSmallIntegerField(null=True)
    birth_month = models.PositiveSmallIntegerField(null=True)
    birth_year = models.PositiveSmallIntegerField(null=True)
    favorite_holiday = models.TextField(default="", db_default="")  # a key of rules/holidays.py
    favorite_color = models.TextField(default="", db_default="")
    sizes = models.JSONField(default=dict, db_default={})  # {"Shoes": "42"}
    interests = ArrayField(models.TextField(), default=list, db_default=[])
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(preferred_channel__in=PREFERRED_CHANNELS),
                name="customer_preferred_channel",
            ),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]{3,14}$"),
                name="customer_phone",
            ),
            models.CheckConstraint(
                condition=Q(country_code="") | Q(country_code__regex=r"^[A-Z]{2}$"),
                name="customer_country",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="customer_not_own_survivor",
            ),
            models.CheckConstraint(
                condition=Q(first_seen_at__lte=F("last_seen_at")), name="customer_seen"
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(name="", email="", phone="", note=""),
                name="customer_erased_is_empty",
            ),
            # Whether a month has that day is checked in rules/profile.py; 29 February always may be.
            models.CheckConstraint(
                condition=Q(
                    birth_day__isnull=True, birth_month__isnull=True, birth_year__isnull=True
                )
                | Q(
                    birth_day__isnull=False,
                    birth_month__isnull=False,
                    birth_day__gte=1,
                    birth_day__lte=31,
                    birth_month__gte=1,
                    birth_month__lte=12,
                ),
                name="customer_birthday",
            ),
        ]
        indexes = [
            # What the console's list shows: people who are still themselves, last seen first.
            models.Index(
                fields=["store", "-last_seen_at", "-id"],
                name="customer_list",
                condition=Q(merged_into__isnull=True),
            ),
            models.Index(
                fields=["store", "merged_into"],
                name="customer_absorbed",
                condition=Q(merged_into__isnull=False),
            ),
            # Words of a name by their beginnings; "simple" because a name has no language.
            GinIndex(SearchVector("search_name", config="simple"), name="customer_name_words"),
            GinIndex(fields=["tags"], name="customer_tags"),
            # Asked once a day for the one day: few rows, and none without a birthday.
            models.Index(
                fields=["store", "birth_month", "birth_day"],
                name="customer_birthdays",
                condition=Q(birth_month__isnull=False),
            ),
            models.Index(
                fields=["store", "favorite_holiday"],
                name="customer_holidays",
                condition=~Q(favorite_holiday=""),
            ),
        ]
