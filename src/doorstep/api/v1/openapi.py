"""The OpenAPI 3.1 file, made true to what the operations really answer."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from ninja.openapi.schema import get_schema

from doorstep.api.problems import MEDIA_TYPE
from doorstep.api.v1.api import api

Document = dict[str, Any]
PREFIX = "api/v1/"
_SCHEME = "key"


@cache
def document() -> Document:
    """Return the file; it does not change while a process runs."""
    # By way of JSON: numbers of statuses become the strings that the standard wants.
    found: Document = json.loads(json.dumps(get_schema(api, PREFIX), cls=DjangoJSONEncoder))
    found["servers"] = [{"url": "/"}]
    scheme = found["components"]["securitySchemes"].pop("KeyAuth")
    found["components"]["securitySchemes"] = {_SCHEME: scheme}
    for operation in operations(found):
        _finish(operation)
    return found


def operations(found: Document) -> list[Document]:
    """Return every operation of a file."""
    return [operation for methods in found["paths"].values() for operation in methods.values()]


def _finish(operation: Document) -> None:
    scope = operation["x-scope"]
    if operation.get("description", "").rstrip(".") == operation["summary"]:
        del operation["description"]  # the framework falls back to the whole docstring
    operation["security"] = [{_SCHEME: [scope] if scope else []}]
    for parameter in operation["parameters"]:
        _simplify(parameter)
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
        if int(status) in {409, 429, 503}:
            response["headers"] = {
                "Retry-After": {
                    "description": "Seconds to wait, where waiting helps.",
                    "schema": {"type": "string", "pattern": "^[0-9]+$"},
                }
            }


def _simplify(parameter: Document) -> None:
    """Say "not sent" by leaving a parameter out: an address can't hold a null."""
    schema = parameter["schema"]
    options = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(options) == 1:
        schema.pop("anyOf")
        schema.update(options[0])
    schema.pop("title", None)
    schema.pop("description", None)
    if schema.get("default", "") in (None, ""):
        schema.pop("default", None)
