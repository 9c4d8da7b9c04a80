"""How large what can be pressed is: WCAG 2.2, 2.5.8 asks for 24 by 24 pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Whoever presses a label presses its box: then the label is the target.
_SMALL = """() => [...document.querySelectorAll(
        "main a, main summary, main button, main select, main textarea, main input, main label.offer")]
    .filter(e => e.type !== "hidden" && !(e.tagName === "INPUT" && e.closest("label")))
    .filter(e => { const box = e.getBoundingClientRect();
                   return box.width > 0 && Math.min(box.width, box.height) < 24; })
    .map(e => e.outerHTML.slice(0, 90))"""


def small_targets(tab: Page) -> list[str]:
    """Return what of a page can be pressed and is smaller than 24 pixels."""
    found: list[str] = tab.evaluate(_SMALL)
    return found
