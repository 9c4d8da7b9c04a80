"""What people were shown when they said yes, sign-ups that wait for a click, and a store's choices."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.messaging.contracts import Channel


class ConsentWording(StoreModel):
    """A text that people said yes or no to, word for word. Rows are never changed.

    ``version`` counts the store's texts of one language; a text that was used before is found
    again by its fingerprint, so a proof points to what really stood there.
    """

    fingerprint = models.TextField()  # of locale and text
    locale = models.TextField()
    version = models.PositiveIntegerField()
    text = models.TextField()
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "fingerprint"], name="consent_wording_once"),
            models.UniqueConstraint(
                fields=["store", "locale", "version"], name="consent_wording_version"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="consent_wording_has_text"),
        ]


class SignUp(StoreModel):
    """Somebody asked to be written to at an address; nothing is allowed until they confirm it there.

    Typed into a sign-up form, or (with ``customer``) ticked in the preference centre behind a link
    that did not come to that address.

    At most one waits per address; asking again renews it. Rows are deleted after a month: what
    was confirmed stands in the consent's proof, what was not is nobody's business.
    ``network`` is a keyed hash or a shortened address, or "" when the store keeps none.
    """

    channel = models.TextField()
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    address = models.TextField()
    address_key = models.TextField()  # normalised
    name = models.TextField(default="")
    locale = models.TextField()
    topics = models.JSONField(default=list)  # [] : everything that sells
    wording = models.ForeignKey(
        ConsentWording, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source = models.TextField()
    url = models.TextField(default="")
    network = models.TextField(default="")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mails = models.PositiveSmallIntegerField(default=1)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "channel", "address_key"],
                condition=Q(confirmed_at__isnull=True),
                name="sign_up_waits_once",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[c.value for c in Channel]), name="sign_up_channel"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("asked_at")), name="sign_up_expires"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="sign_up_has_source"),
        ]
        indexes = [
            # Purging looks through all stores.
            models.Index(fields=["asked_at"], name="sign_up_oldest"),
            models.Index(
                fields=["store", "customer"],
                name="sign_up_by_customer",
                condition=Q(customer__isnull=False),
            ),
        ]


class PreferenceSettings(StoreModel):
    """What a store decided about sign-ups, topics and counting; no row: the defaults below."""

    hidden_topics = models.JSONField(default=list)
    always_confirms = models.BooleanField(default=True)  # double opt-in also where no law asks
    keeps_network = models.TextField(default="none")
    counts_opens = models.BooleanField(default=True)
    counts_clicks = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], name="preference_settings_once"),
            models.CheckConstraint(
                condition=Q(keeps_network__in=["none", "short", "hash"]),
                name="preference_settings_network",
            ),
            models.CheckConstraint(
                condition=~Q(changed_by=""), name="preference_settings_changed_by"
            ),
        ]
