"""Addresses of the API."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from doorstep.api import problems
from doorstep.api.v1 import docs
from doorstep.api.v1.api import api


def _operations() -> list[URLPattern]:
    """Return the addresses of version 1's operations; its root has no page of its own."""
    patterns = [found for found in api.urls[0] if isinstance(found, URLPattern)]
    return [
        URLPattern(found.pattern, _wrapped(found.callback), found.default_args, found.name)
        for found in patterns
        if found.name != "api-root"
    ]


def _wrapped(view: Callable[..., Any]) -> Callable[..., Any]:
    """Say it as problem details when an address has not got a method; let nobody cache answers."""

    @csrf_exempt  # a key is sent on purpose; no cookie is looked at
    @functools.wraps(view)
    def run(request: HttpRequest, **values: Any) -> HttpResponse:
        response: HttpResponse = view(request, **values)
        if response.status_code == 405:
            response = problems.not_allowed(response["Allow"])
        response["Cache-Control"] = "no-store"
        return response

    return run


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Answer for every other address below the API's."""
    return problems.not_found()


app_name = "api"
urlpatterns = [
    path("v1/openapi.json", docs.openapi_file, name="openapi"),
    path("v1/docs", docs.show_docs, name="docs"),
    path("v1/problems/<slug:code>", docs.show_problem, name="problem"),
    path("v1/", include(_operations())),
    re_path(r"^", unknown),
]
