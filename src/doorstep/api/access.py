"""Who calls the API: a key, in its store, with its scopes and its share of requests."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from doorstep.kernel import ratelimit
from doorstep.kernel.actions import permissions
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError, PermissionDenied
from doorstep.rooms.stores.api import authenticate_api_key
from doorstep.rooms.stores.contracts import ApiKeyInfo

REQUESTS_PER_MINUTE = 1200


class TooManyRequests(DomainError):
    """The key has used up its requests for now."""

    code = "rate_limited"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many requests. Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class KeyAuth(HttpBearer):
    """``Authorization: Bearer ds_…``, with a scope that one operation needs.

    Asked before anything of the request is read, so that whoever may not do a thing learns
    nothing about what it takes.
    """

    openapi_description = "An API key, made in the console under Settings, API keys."

    def __init__(self, scope: str) -> None:
        """:param scope: a permission's name; ``""``: every key may."""
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiKeyInfo | None:
        """Return the key, None when it is not one that works.

        :raises TooManyRequests: 429.
        :raises PermissionDenied: 403, the key has not got the scope.
        """
        key = authenticate_api_key(token, at=now())
        if key is None:
            return None
        # No transaction is open yet, as the counter wants it.
        verdict = ratelimit.hit("api", str(key.id), REQUESTS_PER_MINUTE, 60)
        if not verdict.allowed:
            raise TooManyRequests(verdict.retry_after)
        if self.scope and not permissions.can(_actor(key), self.scope):
            raise PermissionDenied(
                f"This key has not got the scope “{self.scope}”. Make one that has in the console."
            )
        return key


def key_of(request: HttpRequest) -> ApiKeyInfo:
    """Return the key that was let in."""
    return cast(ApiKeyInfo, request.auth)  # type: ignore[attr-defined]


def caller(request: HttpRequest) -> Actor:
    """Return who calls, as actions and the audit know it."""
    return _actor(key_of(request))


def _actor(key: ApiKeyInfo) -> Actor:
    return Actor("api_key", str(key.id), key.name, role=key.role, permissions=frozenset(key.scopes))
