"""Pages in tests cost what they cost outside of them, as far as Django lets them."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.test.signals import template_rendered
from django.utils.safestring import SafeString


@pytest.fixture(scope="session", autouse=True)
def whole_pages_only(django_test_environment: None) -> None:
    """Tell tests of a page's own template and context, not of each component within it.

    Django's test client copies the context for every template that is rendered: hundreds on a page
    of the console, which nobody looks at.
    """
    Template._render = _render  # type: ignore[attr-defined]


def _render(template: Template, context: Context) -> SafeString:
    if context.template is template:
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)
