"""Every state of the order page in a real Chromium: axe, size, fingers, keyboard, paper."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import RequestFactory

from dev.testing.axe import options
from doorstep.portal.orders.page import read_order
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.views import render_order
from doorstep.portal.tests import made_up_parcels as made
from doorstep.portal.tests.made_up import CUP, ORDER, STORE, TEA, on_hold, order
from doorstep.portal.tests.targets import small_targets
from doorstep.rooms.tracking.contracts import Substatus, TrackingStatus

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}
WHOLE_PAGE_BYTES = 60_000
HOSTILE = '<img src=x onerror="document.title=1"></script><script>document.title=2</script>'


def hostile() -> Reading:
    """A parcel whose carrier sends HTML for words, and names that never end."""
    steps = (
        made.step(1, "", description=HOSTILE, place=HOSTILE),
        made.step(2, TrackingStatus.IN_TRANSIT, place="Q" * 200),
    )
    progress = replace(
        made.STATES["other exception"],
        carrier_name=HOSTILE[:60],
        tracking_number="9" * 120,
        checkpoints=steps,
    )
    lines = (replace(TEA, title="T" * 180), replace(CUP, title=HOSTILE))
    views = made.sent(made.view(1, *(made.thing(line, 1) for line in lines)))
    told = replace(made.SHIPPED_ORDER, lines=lines)
    return read_order(told, STORE, language="en", at=made.AT, sent=views, progress=[progress])


def twenty() -> Reading:
    """Twenty parcels with two hundred steps each."""
    many = tuple(made.step(n, TrackingStatus.IN_TRANSIT, Substatus.ARRIVED) for n in range(200))
    views = [made.view(n, made.thing(CUP, 1)) for n in range(1, 21)]
    progress = [
        replace(
            made.STATES["on its way"],
            parcel_id=one.id,
            tracker_id=made.uuid(900 + n),
            checkpoints=many,
        )
        for n, one in enumerate(views)
    ]
    return read_order(
        replace(made.SHIPPED_ORDER, lines=(replace(CUP, quantity=20),)),
        STORE,
        language="en",
        at=made.AT,
        sent=made.sent(*views),
        progress=progress,
    )


READINGS: dict[str, Callable[[], Reading]] = {
    **{state: (lambda state=state: made.read(state)) for state in made.STATES},
    "several": made.read_several,
    "several in Arabic": lambda: made.read_several(language="ar"),
    "late in German": lambda: made.read("late", language="de"),
    "ready": lambda: Reading(ORDER, STORE, "en", made.AT.replace(day=19)),
    "on hold": lambda: Reading(on_hold("address_invalid"), STORE, "en", made.AT.replace(day=19)),
    "canceled": lambda: Reading(order(state="canceled"), STORE, "en", made.AT),
    "hostile": hostile,
    "twenty": twenty,
}


CARDS = {
    "return_card": {
        "open": [{"number": "R-1001", "words": "Approved", "href": "/o/made-up/returns/R-1001"}],
        "words": "",
        "href": "/o/made-up/return",
        "policy": "/s/made-up/returns-policy",
        "withdraw": "/s/made-up/withdraw",
    },
    "credit": "€12.00",
}


def rendered(name: str, **store: Any) -> str:
    """Return the page of a made-up order; it loads its styles from the live server."""
    reading = READINGS[name]()
    request = RequestFactory().get("/o/made-up", headers={"host": "127.0.0.1"})
    request.csp_nonce = "made-up"  # type: ignore[attr-defined]
    told = replace(reading, store=replace(reading.store, **store))
    return render_order(request, told, "made-up", CARDS).content.decode()


@pytest.fixture
def address(transactional_db: None, live_server: Any) -> str:
    """Where the styles are."""
    return str(live_server.url)


@pytest.fixture
def show(address: str) -> Callable[..., None]:
    """Open a made-up page as if it came from the server."""

    def open_page(tab: Page, name: str, **store: Any) -> None:
        body = rendered(name, **store)

        def answer(route: Route) -> None:
            route.fulfill(body=body, content_type="text/html; charset=utf-8")

        tab.unroute_all()
        tab.route("**/o/made-up", answer)
        tab.goto(f"{address}/o/made-up")

    return open_page


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    yield context
    context.close()


# By night the colors are all that differs: one state of each tone is enough.
NIGHT = ["on its way", "out for delivery", "late", "lost", "delivered", "several", "hostile"]


@pytest.mark.parametrize(("scheme", "names"), [("light", list(READINGS)), ("dark", NIGHT)])
def test_axe_finds_nothing_in_any_state(
    browser: Browser, show: Callable[..., None], scheme: str, names: list[str]
) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)
    tab, faults = context.new_page(), []
    for name in names:
        show(tab, name)
        tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        for fault in Axe().run(tab, None, options(scheme)).response["violations"]:
            nodes = [node["html"][:120] for node in fault["nodes"][:3]]
            faults.append((name, fault["id"], nodes))
    context.close()
    assert faults == []


@pytest.mark.parametrize("color", ["#ffee00", "#ffffff", "#000000", "#7f7f7f"])
def test_any_brand_color_stays_readable(
    browser: Browser, show: Callable[..., None], color: str
) -> None:
    faults = []
    for scheme in "light", "dark":
        context = browser.new_context(viewport=DESK, color_scheme=scheme)
        tab = context.new_page()
        show(tab, "customs, payment due", brand_color=color)
        found = Axe().run(tab, options={"runOnly": ["color-contrast"]}).response["violations"]
        faults += [(scheme, node["html"][:90]) for one in found for node in one["nodes"]]
        context.close()
    assert faults == []


def test_nothing_is_wider_than_the_smallest_phone(
    browser: Browser, show: Callable[..., None]
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    tab = context.new_page()
    for name in READINGS:
        show(tab, name)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, name
    context.close()


def test_words_from_outside_stay_words(page: Page, show: Callable[..., None]) -> None:
    show(page, "hostile")
    assert page.title().startswith("Order #1042")
    assert page.locator("main script, main img[src='x']").count() == 0
    assert page.get_by_text('<img src=x onerror="document').count() >= 2


def test_every_target_is_large_enough(phone: BrowserContext, show: Callable[..., None]) -> None:
    tab = phone.new_page()
    for name in "delivered", "held", "several", "several in Arabic":
        show(tab, name)
        assert small_targets(tab) == [], name


def test_the_keyboard_unfolds_the_log(page: Page, show: Callable[..., None]) -> None:
    show(page, "on its way")
    fold = page.locator("details.log-more")
    page.locator("details.log-more summary").focus()
    assert not fold.evaluate("one => one.open")
    page.keyboard.press("Enter")
    assert fold.evaluate("one => one.open")


def test_paper_shows_the_whole_log_and_no_buttons(
    browser: Browser, show: Callable[..., None]
) -> None:
    context = browser.new_context(viewport=DESK, color_scheme="dark")
    tab = context.new_page()
    show(tab, "held")
    tab.emulate_media(media="print")
    assert tab.locator(".btn").first.is_hidden()
    assert tab.get_by_text("The carrier was told about it").is_visible()
    assert tab.locator("summary").first.is_hidden()
    context.close()


def test_all_of_the_page_is_under_sixty_kilobytes(
    page: Page, show: Callable[..., None], address: str
) -> None:
    """Markup, styles, script and logo together, before compression and without it."""
    script = page.request.get(f"{address}/static/portal/live.js").body()
    for name in "late, new date", "several in Arabic", "twenty":
        sizes: dict[str, bytes] = {"live.js": script}
        page.on("response", lambda response, s=sizes: s.update({response.url: response.body()}))
        show(page, name)
        page.wait_for_load_state("networkidle")
        assert len(sizes) >= 6, sizes.keys()
        whole = {url.rpartition("/")[2]: len(body) for url, body in sizes.items()}
        sent = sum(len(gzip.compress(body)) for body in sizes.values())
        assert sent < WHOLE_PAGE_BYTES / 3, (name, sent)
        if name != "twenty":
            assert sum(whole.values()) < WHOLE_PAGE_BYTES, (name, whole)


def test_nothing_is_asked_of_third_parties(
    page: Page, show: Callable[..., None], address: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    show(page, "several")
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith(address)] == []
