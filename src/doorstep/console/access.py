"""Who may open a console page: signed in, in the store's team, with the permission.

Every page lives under the store's short name, so two tabs can show two stores, and a page of a
store one does not belong to is a 404 like one that does not exist.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from doorstep.kernel.actions import permissions
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError, NotFound, PermissionDenied
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.stores.api import list_stores_of
from doorstep.rooms.stores.contracts import StoreInfo

if TYPE_CHECKING:
    from doorstep.rooms.stores.models import User


class ConsoleRequest(HttpRequest):
    """A request that :func:`console_view` let in (for types: the request itself is Django's)."""

    user: User
    store: StoreInfo
    stores: list[tuple[StoreInfo, str]]  # all stores of the person, with the role in each
    actor: Actor
    permissions: frozenset[str]
    problem_count: int | None  # where the page has counted already, for its frame


View = Callable[..., HttpResponseBase]


def console_view(permission: str) -> Callable[[View], View]:
    """Open a page to members of the store who have the permission.

    The view is called with a :class:`ConsoleRequest`, inside the store's scope. Facts that the
    domain states (not found, not allowed) become the right page.
    """
    if permission not in permissions.ALL_PERMISSIONS:
        raise ValueError(f"no role has the permission {permission}")

    def decorate(view: View) -> View:
        @functools.wraps(view)
        @_stay_private
        @login_required
        def run(request: HttpRequest, store_slug: str, **arguments: Any) -> HttpResponseBase:
            console_request = _enter(request, store_slug)
            _refuse_nul(request)
            zone = ZoneInfo(console_request.store.timezone)
            with store_scope(console_request.store.id), timezone.override(zone):
                try:
                    permissions.check(console_request.actor, permission)
                    return view(console_request, **arguments)
                except NotFound as error:
                    raise Http404(error.message) from error
                except PermissionDenied as error:
                    return _refused(console_request, error)

        return run

    return decorate


def _stay_private(view: View) -> View:
    """Let nothing keep a page about people: no proxy, and no browser after signing out."""

    @functools.wraps(view)
    def run(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return run


def _enter(request: HttpRequest, store_slug: str) -> ConsoleRequest:
    person = cast("User", request.user)
    stores = list_stores_of(person.id)
    for store, role in stores:
        if store.slug == store_slug:
            entered = cast(ConsoleRequest, request)
            entered.store, entered.stores = store, stores
            entered.actor = Actor("user", str(person.id), person.name or person.email, role=role)
            entered.permissions = permissions.ROLES[role]
            entered.problem_count = None
            return entered
    raise Http404("There is no such store.")


def _refuse_nul(request: HttpRequest) -> None:
    """Refuse what no keyboard types and PostgreSQL can't store, once for all pages."""
    for sent in (request.GET, request.POST):
        for name, values in sent.lists():
            if "\x00" in name or any("\x00" in value for value in values):
                raise BadRequest("A NUL character can't be part of a text.")


def _refused(request: ConsoleRequest, error: PermissionDenied) -> HttpResponse:
    return render(request, "console/refused.html", {"error": error}, status=403)


def act(
    request: ConsoleRequest,
    done: str,
    action: Callable[..., Any],
    *,
    is_gone_fine: bool = False,
    **arguments: Any,
) -> bool:
    """Run an action for the person and say how it went at the foot of the next page.

    :param done: what to say when it worked.
    :param is_gone_fine: what is no longer there was dealt with in another tab: say so, no 404.
    :returns: whether it worked; what the domain refused is said in its own words.
    """
    try:
        action(by=request.actor, at=now(), **arguments)
    except PermissionDenied:
        raise
    except DomainError as error:
        if isinstance(error, NotFound) and not is_gone_fine:
            raise
        messages.error(request, error.message)
        return False
    messages.success(request, done)
    return True


def fill(request: ConsoleRequest, form: Form, action: Callable[..., Any], **arguments: Any) -> Any:
    """Run an action with what was typed; what the domain refuses stands at the form's field.

    :returns: what the action returned (``True`` where that is nothing), ``None`` when it was
        refused.
    """
    try:
        answer = action(by=request.actor, at=now(), **arguments)
    except (NotFound, PermissionDenied):
        raise
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return None
    return True if answer is None else answer
