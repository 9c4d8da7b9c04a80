"""The OpenAPI file is true: whatever it allows is answered as it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    ignored_auth,
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


def test_every_operation_answers_as_it_says(
    call: Caller, scene: Scene, one_connection: None
) -> None:
    """Random input that fits the file is sent to things that exist, other input as it is."""
    for found in schema.get_all_operations():
        for mode, examples in ((GenerationMode.POSITIVE, 6), (GenerationMode.NEGATIVE, 4)):
            with transaction.atomic():
                try_out(found.ok(), mode, examples, call, scene)
                transaction.set_rollback(True)  # the next one finds the scene as it was


def try_out(
    operation: schemathesis.APIOperation,
    mode: GenerationMode,
    examples: int,
    call: Caller,
    scene: Scene,
) -> None:
    """Send some requests of an operation, always the same ones."""
    asked: list[schemathesis.Case] = []

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def answers_truly(case: schemathesis.Case) -> None:
        if mode.is_positive:
            put_real_ids(case, asdict(scene))
        # Two more requests each, without a key and with a wrong one: what is asked is no matter.
        ask(case, call, excluded=[ignored_auth] if asked else [])
        asked.append(case)

    answers_truly()


def ask(case: schemathesis.Case, call: Caller, *, excluded: list[Any]) -> None:
    """Send one request and compare the answer with the file, but for some checks."""
    # Sums, states and cursors are rules that no schema can tell: fitting input may be refused.
    excluded = [*excluded, positive_data_acceptance]
    # These accept the set and reject the items, one by one.
    if case.path.endswith(("/bulk", "/tracking-reports")):
        excluded.append(negative_data_rejection)
    # A query parameter that nobody asked for is left alone, as the web does.
    asked = {one.name for one in case.operation.query}
    if set(case.query or {}) - asked:
        excluded.append(negative_data_rejection)
    case.call_and_validate(
        headers={"Authorization": f"Bearer {call.secret}"}, excluded_checks=excluded
    )


def put_real_ids(case: schemathesis.Case, known: dict[str, str]) -> None:
    """Replace made-up ids and cursors: the one are all answered 404, the other 422."""
    case.path_parameters = {n: known.get(n, v) for n, v in case.path_parameters.items()}
    (case.query or {}).pop("cursor", None)
    body = case.body if isinstance(case.body, dict) else {}
    for thing in (body, *body.get("counts", ())):
        if "shipment_ids" in thing:
            thing["shipment_ids"] = [known["shipment_id"]]
        if "absorbed_id" in thing:
            thing["absorbed_id"] = known["other_customer_id"]
        if "location_id" in thing:
            thing |= {"location_id": known["location_id"], "variant_id": known["variant_id"]}
            thing["sku"] = ""


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
        for name, schema in document()["components"]["schemas"].items()
        if name != "SigningSecret"  # what a receiver of webhooks needs, for those who may have it
        for field in schema.get("properties", {})
    }
    assert not fields & {"secret", "secret_hash", "secrets", "hook_secret", "html", "headers"}
