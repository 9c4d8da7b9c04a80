"""Who calls the API: a key, in its store, with its scopes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from doorstep.kernel import ratelimit
from doorstep.kernel.actions import permissions
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError
from doorstep.kernel.tenancy import store_scope
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
    """``Authorization: Bearer ds_…``."""

    openapi_description = "An API key, made in the console under Settings, API keys."

    def authenticate(self, request: HttpRequest, token: str) -> ApiKeyInfo | None:
        """Return the key, None when it is not one that works."""
        return authenticate_api_key(token, at=now())


def caller(request: HttpRequest) -> Actor:
    """Return who calls."""
    key = cast(ApiKeyInfo, request.auth)  # type: ignore[attr-defined]
    return Actor("api_key", str(key.id), key.name, role=key.role, permissions=frozenset(key.scopes))


Endpoint = Callable[..., Any]


def endpoint(permission: str) -> Callable[[Endpoint], Endpoint]:
    """Let a key with the scope in, and run the function inside the key's store."""

    def decorate(function: Endpoint) -> Endpoint:
        @functools.wraps(function)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            key = cast(ApiKeyInfo, request.auth)  # type: ignore[attr-defined]
            permissions.check(caller(request), permission)
            verdict = ratelimit.hit("api", str(key.id), REQUESTS_PER_MINUTE, 60)
            if not verdict.allowed:
                raise TooManyRequests(verdict.retry_after)
            with store_scope(key.store_id):
                return function(request, *args, **kwargs)

        return run

    return decorate
