"""The merchant's team: people who sign in, and what they are in each store."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from doorstep.kernel.actions.permissions import ROLES
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import StoreModel


class StaffManager(BaseUserManager["User"]):
    """Makes people; their e-mail is their name to sign in."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a person who signs in with e-mail; no password means codes or passkeys only."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person of a merchant's team (never a shopper)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.TextField(default="")
    locale = models.TextField(default="en")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[StaffManager] = StaffManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    def __str__(self) -> str:
        return self.name or self.email


class Membership(StoreModel):
    """What a person is in one store."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "user"], name="one_role_per_store"),
            models.CheckConstraint(condition=Q(role__in=sorted(ROLES)), name="membership_role"),
        ]
