"""The API's own pages: its file, its documentation, and one page for each type of error."""

from __future__ import annotations

import json
import re
from functools import cache

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from doorstep.api import problems
from doorstep.api.problem_types import PROBLEM_TYPES
from doorstep.api.v1.openapi import document
from doorstep.api.v1.reference import reference
from doorstep.connectors.webhooks import api as webhooks

_public = cache_control(public=True, max_age=300)


@require_safe
@_public
def openapi_file(request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI file; no key is needed to read it."""
    return JsonResponse(document())


@require_safe
@_public
def show_docs(request: HttpRequest) -> HttpResponse:
    """Show the documentation."""
    groups = reference().groups
    return render(request, "api/docs.html", {"groups": groups, "contents": _contents()})


@require_safe
@_public
def show_problem(request: HttpRequest, code: str) -> HttpResponse:
    """Explain one type of error."""
    kind = PROBLEM_TYPES.get(code)
    if kind is None:
        return problems.not_found()
    return render(request, "api/problem.html", {"kind": kind})


@cache
def _contents() -> SafeString:
    """Return the long part of the page; it is the same for everybody."""
    context = {
        "reference": reference(),
        "problem_types": PROBLEM_TYPES.values(),
        "event_types": [
            (one, json.dumps(one.example, indent=2)) for one in webhooks.list_event_types()
        ],
    }
    return mark_safe(render_to_string("api/reference.html", context))  # noqa: S308 (escaped by the template)


def prose(text: str) -> SafeString:
    """Return a description as HTML: paragraphs, and `code`."""
    paragraphs = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)).split("\n\n")
    return mark_safe("".join(f"<p>{one}</p>" for one in paragraphs if one.strip()))  # noqa: S308 (escaped above)
