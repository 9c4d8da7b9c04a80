"""The documentation's contents, read from the OpenAPI file that programs read too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from doorstep.api.v1.openapi import Document, document


@dataclass(frozen=True, slots=True)
class Kind:
    """A type in words; ``schema`` names what is explained further down, ``""`` for simple ones."""

    before: str
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter, or one field of a body."""

    name: str
    kind: Kind
    where: str  # "query", "path", "header"; "" for a field of a body
    is_required: bool
    description: str
    bounds: str  # "1 to 200", "default 50"


@dataclass(frozen=True, slots=True)
class Answer:
    """One status that an operation may answer with."""

    status: str
    words: str
    kind: Kind | None
    is_error: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation with all that there is to say about it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    parameters: tuple[Field, ...]
    body: str  # the schema's name, "" without
    answers: tuple[Answer, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Schema:
    """A type of object (``fields``) or a closed list of texts (``choices``)."""

    name: str
    description: str
    fields: tuple[Field, ...]
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole of it."""

    title: str
    description: str
    groups: tuple[tuple[str, tuple[Operation, ...]], ...]
    schemas: tuple[Schema, ...]


@cache
def reference() -> Reference:
    """Return the contents; they do not change while a process runs."""
    file = document()
    groups: dict[str, list[Operation]] = {}
    for path, methods in file["paths"].items():
        for method, operation in methods.items():
            found = _operation(method.upper(), path, operation, file)
            groups.setdefault(operation["tags"][0], []).append(found)
    return Reference(
        title=file["info"]["title"],
        description=file["info"]["description"],
        groups=tuple((name, tuple(found)) for name, found in groups.items()),
        schemas=tuple(
            _schema(name, schema)
            for name, schema in sorted(file["components"]["schemas"].items())
            if not name.endswith("Query")  # parameters already, one by one
        ),
    )


def _operation(method: str, path: str, operation: Document, file: Document) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = body.get("schema", {})
    return Operation(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        scope=operation["x-scope"],
        parameters=tuple(
            Field(
                found["name"],
                _kind(found["schema"]),
                found["in"],
                found["required"],
                found.get("description", ""),
                _bounds(found["schema"]),
            )
            for found in operation["parameters"]
        ),
        body=_name(schema),
        answers=tuple(_answer(*pair) for pair in sorted(operation["responses"].items())),
        example=_example(method, path, schema, file),
    )


def _answer(status: str, response: Document) -> Answer:
    content = next(iter(response.get("content", {}).values()), None)
    kind = _kind(content["schema"]) if content else None
    return Answer(status, response["description"], kind, status >= "400")


def _schema(name: str, schema: Document) -> Schema:
    needed = schema.get("required", ())
    return Schema(
        name=name,
        description=schema.get("description", ""),
        fields=tuple(
            Field(
                field,
                _kind(found),
                "",
                field in needed,
                found.get("description", ""),
                _bounds(found),
            )
            for field, found in schema.get("properties", {}).items()
        ),
        choices=tuple(map(str, schema.get("enum", ()))),
    )


def _name(schema: Document) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _kind(schema: Document) -> Kind:
    """Put a JSON schema into words."""
    if name := _name(schema):
        return Kind("", name)
    if "anyOf" in schema:
        kinds = [_kind(option) for option in schema["anyOf"]]
        words = " or ".join(kind.before for kind in kinds if not kind.schema)
        named = next((kind for kind in kinds if kind.schema), None)
        return Kind(f"{words} or ", named.schema) if named else Kind(words)
    if "enum" in schema:
        return Kind(" | ".join(map(str, schema["enum"])))
    if schema.get("type") == "array":
        of = _kind(schema.get("items", {}))
        return Kind(f"list of {of.before}", of.schema)
    return Kind(str(schema.get("format", schema.get("type", "anything"))))


def _bounds(schema: Document) -> str:
    """Put what limits a value into words, and what it is when it is left out."""
    options = [schema, *schema.get("anyOf", ())]
    said = {key: value for option in options for key, value in option.items()}
    words = []
    for low, high, unit in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
    ):
        if low in said and high in said:
            words.append(f"{said[low]} to {said[high]}{unit}")
        elif high in said:
            words.append(f"at most {said[high]}{unit}")
        elif low in said:
            words.append(f"at least {said[low]}{unit}")
    if "pattern" in said:
        words.append(f"matching {said['pattern']}")
    if schema.get("default") not in (None, "", [], {}):
        words.append(f"default {json.dumps(schema['default'])}")
    return ", ".join(words)


def _example(method: str, path: str, schema: Document, file: Document) -> str:
    """Return the operation as a curl command, with what a body needs at least."""
    lines = [f'curl "$DOORSTEP{path}"', '  -H "Authorization: Bearer $KEY"']
    if method != "GET":
        lines.insert(1, f"  -X {method}")
    if schema:
        body = json.dumps(_sample(schema, file), ensure_ascii=False, indent=2)
        lines += ['  -H "Content-Type: application/json"', f"  --data '{body}'"]
    return " \\\n".join(lines)


_SAMPLES: dict[str, Any] = {
    "uuid": "0192f000-0000-7000-8000-000000000001",
    "date-time": "2026-11-19T09:12:00+01:00",
    "date": "2026-11-19",
    "string": "…",
    "integer": 1,
    "boolean": True,
}
# Where the type alone would make a strange example.
_BY_NAME: dict[str, Any] = {
    "external_id": "1001",
    "title": "First-flush Darjeeling",
    "unit_price_minor": 1450,
    "quantity": 2,
    "text": "Asked for a gift box.",
    "on_hand": 24,
    "city": "Berlin",
}


def _sample(schema: Document, file: Document, name: str = "") -> Any:
    if ref := _name(schema):
        return _sample(file["components"]["schemas"][ref], file, name)
    if name in _BY_NAME:
        return _BY_NAME[name]
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _sample(schema["anyOf"][0], file, name)
    if "properties" in schema:
        return {
            field: _sample(schema["properties"][field], file, field)
            for field in schema.get("required", ())
        }
    if schema.get("type") == "array":
        return [_sample(schema["items"], file)]
    return _SAMPLES[str(schema.get("format", schema.get("type", "string")))]
