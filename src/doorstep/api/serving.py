"""One decorator for every operation: who may, in whose store, once, and what it may answer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase
from ninja import Router
from ninja.responses import Response, Status
from pydantic import TypeAdapter

from doorstep.api.access import KeyAuth, key_of
from doorstep.api.problems import Problem
from doorstep.kernel.actions.approvals import AskedForApproval
from doorstep.kernel.clock import now
from doorstep.kernel.idempotency import remember
from doorstep.kernel.tenancy import store_scope

F = TypeVar("F", bound=Callable[..., Any])
IDEMPOTENCY_KEY = "Idempotency-Key"

_KEY_PARAMETER = {
    "in": "header",
    "name": IDEMPOTENCY_KEY,
    "required": False,
    "description": "Makes it safe to repeat the request: the same key with the same request is "
    "done once, and answered alike for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}


def serve(
    router: Router, method: str, path: str, *, scope: str, answers: dict[int, Any]
) -> Callable[[F], F]:
    """Register a function as an operation.

    The function's name is the operation's id, and its docstring what the documentation says. It
    runs in the store of the key. What is posted runs once per ``Idempotency-Key``; such a
    function returns a ``Status``.

    :param scope: the permission that the key needs; ``""``: every key may.
    :param answers: status → type of the body, of what goes well.
    """

    def decorate(function: F) -> F:
        once = method == "POST"
        summary, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n")
        signature = inspect.signature(function, eval_str=True)
        run = _in_store(_once(function) if once else function)
        run.__signature__ = signature  # type: ignore[attr-defined]
        extra: dict[str, Any] = {"x-scope": scope}
        if once:
            extra["parameters"] = [_KEY_PARAMETER]
        router.api_operation(
            [method],
            path,
            auth=KeyAuth(scope),
            response={**answers, **_problems(method, path, scope, len(signature.parameters))},
            operation_id=function.__name__,
            summary=summary.rstrip("."),
            description=rest.strip(),
            openapi_extra=extra,
        )(run)
        return function

    return decorate


def _problems(method: str, path: str, scope: str, parameters: int) -> dict[int, Any]:
    """Return the errors that an operation may answer with."""
    found = {401, 429, 500, 503}
    if scope:
        found.add(403)
    if "{" in path:
        found.add(404)
    if parameters > 1 + path.count("{"):  # beside the request itself
        found.add(422)
    if method in {"POST", "PUT"}:
        # 404: the body names something that this store has not got.
        found |= {400, 404, 409, 413, 422}
    if method == "DELETE":
        found.add(409)
    return dict.fromkeys(sorted(found), Problem)


def _in_store(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(request: HttpRequest, **values: Any) -> Any:
        with store_scope(key_of(request).store_id):
            try:
                return function(request, **values)
            except AskedForApproval as asked:
                # An idempotency key's transaction took the request for approval back with it.
                asked.keep()
                raise

    return run


def _once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Do the work of a request with a key once; answer its repetitions as the first time."""

    @functools.wraps(function)
    def run(request: HttpRequest, **values: Any) -> Status[Any] | HttpResponseBase:
        key = request.headers.get(IDEMPOTENCY_KEY)
        if key is None:
            return function(request, **values)
        caller = key_of(request)
        what = f"{request.method} {request.get_full_path()}\n".encode() + request.body
        # Keys are the caller's own: two systems of one store can't disturb each other.
        with remember(
            store_id=caller.store_id, scope=f"api {caller.id}", key=key, request=what, at=now()
        ) as memory:
            if memory.answer is None:
                status = function(request, **values)
                body = TypeAdapter(type(status.value)).dump_python(status.value)
                memory.store(status.status_code, body)
        answer = memory.answer or memory.fresh
        assert answer is not None
        response = Response(answer.body, status=answer.status)
        if memory.answer is not None:
            response["Idempotency-Replayed"] = "true"
        return response

    return run
