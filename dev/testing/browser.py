"""A real Chromium for tests marked ``browser``; the summary says whether they ran."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ADVICE = "no Chromium found: install one (apt-get install chromium) or set CHROMIUM=/path/to/it"


def find_chromium() -> str | None:
    """Return the path of a Chromium, or ``None``."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip browser tests, with a reason, where there is no browser."""
    if find_chromium():
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=ADVICE))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in one line what became of the browser tests."""
    ran = skipped = 0
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.getreports(outcome):
            if "browser" in getattr(report, "keywords", {}):
                if outcome == "skipped":
                    skipped += 1
                elif report.when == "call":
                    ran += 1
    if ran:
        terminalreporter.write_line(f"Browser tests: {ran} ran in {find_chromium()}.")
    elif skipped:
        terminalreporter.write_line(f"Browser tests: {skipped} did NOT run, {ADVICE}.")
    else:
        terminalreporter.write_line("Browser tests: none selected.")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session; it resolves no name but this machine's."""
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=[
                "--no-sandbox",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh profile; errors of its scripts and policy breaches fail the test."""
    context = browser.new_context(locale="en-US", timezone_id="Europe/Berlin")
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda m: errors.append(m.text) if _is_fault(m) else None)
    yield tab
    context.close()
    assert not errors, errors


def _is_fault(message: Any) -> bool:
    return message.type == "error" and "Content Security Policy" in message.text
