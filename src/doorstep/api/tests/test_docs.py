"""The documentation: complete, plain HTML, and a page for every type of error."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse

import doorstep
from doorstep.api.problem_types import PROBLEM_TYPES
from doorstep.api.v1.docs import prose
from doorstep.api.v1.openapi import document, operations
from doorstep.kernel.errors import DomainError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# What no operation of the API can run into: templates, links, webhooks, conditions, papers.
ELSEWHERE = re.compile(
    r"template_|order_link_expired|invalid_token|expired_token|bad_signature|error$|invalid_condition"
    r"|pdf_not_installed"
)


def test_every_operation_type_and_link_is_there() -> None:
    answer = Client().get(reverse("api:docs"))
    page = answer.content.decode()
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {operation["operationId"] for operation in operations(document())} <= set(ids)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_page_needs_no_script_and_no_inline_style() -> None:
    answer = Client().get(reverse("api:docs"))
    page = answer.content.decode()
    assert "<script" not in page
    assert " style=" not in page
    assert "http://" not in page.replace("https://", "")
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"]


def test_prose_is_escaped() -> None:
    assert prose("a `<b>`\n\n<i>") == "<p>a <code>&lt;b&gt;</code></p><p>&lt;i&gt;</p>"


@pytest.mark.parametrize("code", sorted(PROBLEM_TYPES))
def test_each_problem_has_a_page(code: str) -> None:
    page = Client().get(f"/api/v1/problems/{code}")
    assert page.status_code == 200
    assert PROBLEM_TYPES[code].title in page.content.decode().replace("&#x27;", "'")


def test_no_error_is_without_its_page() -> None:
    for found in pkgutil.walk_packages(doorstep.__path__, "doorstep."):
        if re.search(r"\.(errors|money|idempotency|access|bodies|problems|api)$", found.name):
            importlib.import_module(found.name)
    codes = {kind.code for kind in _heirs(DomainError)}
    assert {code for code in codes if not ELSEWHERE.match(code)} <= PROBLEM_TYPES.keys()
    assert Client().get("/api/v1/problems/made-up").status_code == 404


def _heirs(kind: type[DomainError]) -> set[type[DomainError]]:
    found = {kind}
    for heir in kind.__subclasses__():
        if ".tests." not in heir.__module__:
            found |= _heirs(heir)
    return found


@pytest.mark.browser
def test_axe_and_a_phone(browser: Browser, transactional_db: None, live_server: Any) -> None:
    faults = []
    everything: dict[str, Any] = {"resultTypes": ["violations"]}
    # Of the same long page, colors and layout are all that differs, and each group's first
    # operations have one of everything.
    looks = {
        **everything,
        "runOnly": ["color-contrast", "target-size", "scrollable-region-focusable"],
    }
    few = {"exclude": [["article.card:nth-of-type(n+3)"]]}
    for scheme, width, part, options in (
        ("light", 375, None, everything),
        ("dark", 1280, few, looks),
    ):
        # axe is put into the page as a script, which the policy rightly refuses
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
        )
        tab = context.new_page()
        for path in ("docs", "problems/invalid"):
            tab.goto(f"{live_server.url}/api/v1/{path}")
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, path
            for fault in Axe().run(tab, part, options).response["violations"]:
                nodes = [node["html"][:120] for node in fault["nodes"][:3]]
                faults.append((path, scheme, fault["id"], nodes))
        context.close()
    assert faults == []
