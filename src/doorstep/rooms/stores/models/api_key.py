"""Keys with which a merchant's own systems call the API."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from doorstep.kernel.tenancy import StoreModel


class ApiKey(StoreModel):
    """A key: shown once when made, kept only as a hash, limited to its scopes."""

    name = models.TextField()
    prefix = models.CharField(max_length=12, unique=True)  # to find it; not secret
    secret_hash = models.CharField(max_length=64)  # SHA-256 of 32 random bytes, hex
    scopes = ArrayField(models.TextField())  # permissions, e.g. orders.view
    created_at = models.DateTimeField()
    created_by = models.TextField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
