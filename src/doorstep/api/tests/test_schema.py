"""The OpenAPI file is true: whatever it allows is answered as it says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import asdict

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
)

from doorstep.api.tests.conftest import Caller, Make
from doorstep.api.tests.scene import Scene, set_scene
from doorstep.api.v1.openapi import document, operations
from doorstep.config.wsgi import application
from doorstep.kernel.actions.permissions import ALL_PERMISSIONS


@pytest.fixture
def scene(call: Caller, order: Make) -> Scene:
    """One of everything."""
    return set_scene(call, order)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Let requests leave the test's database connection open, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


# As a program reads it; nothing of the database is needed for that.
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
turns = itertools.count()


@schema.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_answers_as_it_says(
    case: schemathesis.Case, call: Caller, scene: Scene, one_connection: None
) -> None:
    """Random input, and every other time on things that exist."""
    if next(turns) % 2:
        known = asdict(scene)
        case.path_parameters = {
            name: known.get(name, value) for name, value in case.path_parameters.items()
        }
        for name in ("absorbed_id", "variant_id", "location_id"):
            if isinstance(case.body, dict) and name in case.body:
                case.body[name] = known.get(name, scene.other_customer_id)
    # Sums, states and cursors are rules that no schema can tell: fitting input may be refused.
    excluded = [positive_data_acceptance]
    if case.path.endswith("/bulk"):  # accepts the set and rejects the items, one by one
        excluded.append(negative_data_rejection)
    case.call_and_validate(
        headers={"Authorization": f"Bearer {call.secret}"}, excluded_checks=excluded
    )


def test_file_is_public_and_openapi_3_1() -> None:
    assert document()["openapi"].startswith("3.1")
    assert Client().get("/api/v1/openapi.json").json() == document()


def test_every_operation_needs_a_scope_that_exists() -> None:
    scopes = {operation["x-scope"] for operation in operations(document())}
    assert scopes - {""} <= ALL_PERMISSIONS
    for operation in operations(document()):
        assert operation["security"] == [{"key": [s] if (s := operation["x-scope"]) else []}]


def test_no_secret_and_no_message_text_is_in_any_answer() -> None:
    fields = {
        field
        for schema in document()["components"]["schemas"].values()
        for field in schema.get("properties", {})
    }
    assert not fields & {"secret", "secret_hash", "secrets", "hook_secret", "html", "headers"}
