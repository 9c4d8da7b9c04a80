"""The built-in mails in a real browser: nothing overflows, everything can be read."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from doorstep.rooms.messaging.templating.compiled import compile_email
from doorstep.rooms.messaging.templating.defaults import EMAIL_KINDS, default_email
from doorstep.rooms.messaging.templating.render import render_email
from doorstep.rooms.messaging.templating.samples import sample_context

# A mail is an article inside somebody else's page: landmarks are the mail program's.
LONG = "Donaudampfschifffahrtsgesellschaft" * 4
NOT_FOR_MAIL = {"landmark-one-main", "region"}


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "scheme"), [("de", "light"), ("ar", "dark")])
@pytest.mark.parametrize("kind", EMAIL_KINDS)
def test_a_mail_fits_a_phone_and_can_be_read(
    page: Page, kind: str, locale: str, scheme: str
) -> None:
    context = sample_context(kind, locale)
    if context.get("order"):  # what a person gets for themselves is about no order
        context["order"]["lines"][0]["title"] = LONG
        context["order"]["lines"][1]["options"] = [{"name": "x" * 90, "value": "手工陶瓷茶壶" * 20}]
    for product in context.get("products") or ():
        product["title"] = LONG
    page.set_viewport_size({"width": 320, "height": 800})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_content(render_email(compile_email(default_email(kind)), context).html)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    violations = Axe().run(page).response["violations"]
    assert [found["id"] for found in violations if found["id"] not in NOT_FOR_MAIL] == []
