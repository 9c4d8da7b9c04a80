"""How products are used, looked after and used up."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid, NotFound, PermissionDenied
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.catalog import api
from doorstep.rooms.catalog.contracts import CareTexts, ListedProduct, ListedVariant
from doorstep.rooms.catalog.models import Product
from doorstep.rooms.catalog.rules.care import read_care_csv
from doorstep.rooms.stores.contracts import StoreInfo

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MIA = Actor("user", "mia", "Mia", role="marketer")
WANDA = Actor("user", "wanda", "Wanda", role="warehouse")


def listed(sku: str, title: str) -> ListedProduct:
    return ListedProduct(f"p-{sku}", title, variants=(ListedVariant("", sku=sku),))


@pytest.fixture
def products(store: StoreInfo) -> list[UUID]:
    """A tea and a fern."""
    things = [listed("TEA", "Assam"), listed("FERN", "Boston fern")]
    api.upsert_products(things, channel="shopify", at=AT)
    found = api.find_products_by_sku(["TEA", "FERN", "NONE"])
    return [found["TEA"], found["FERN"]]


def write(product_id: UUID, **told: Any) -> Any:
    return api.set_care(product_id=product_id, by=MIA, at=AT, **told)


@pytest.mark.django_db
def test_texts_by_language_fall_back_to_the_stores_own(products: list[UUID]) -> None:
    tea = write(
        products[0],
        how_to="Three minutes.\r\nNot longer.",
        care="Keep it dry.",
        how_to_video_url="https://fern.example/brewing",
        run_out_days=30,
        translations={"de": {"how_to": "Drei Minuten."}, "pt_BR": {"care": "Seco."}},
    )
    assert tea.texts_in("en") == CareTexts("Three minutes.\nNot longer.", "Keep it dry.")
    assert tea.texts_in("de-AT") == CareTexts("Drei Minuten.", "Keep it dry.")
    assert tea.texts_in("pt-BR").care == "Seco."
    assert (tea.has_how_to, tea.has_care, tea.run_out_days) == (True, True, 30)
    tea = write(products[0], how_to="", translations={"de": {"how_to": ""}})
    assert set(tea.translations) == {"pt-BR"}
    assert tea.has_how_to  # the film is still there
    assert write(products[0], never_runs_out=True).run_out_days is None
    fern = api.get_products(products)[products[1]]
    assert not fern.has_how_to
    assert not fern.has_care


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"how_to_video_url": "javascript:alert(1)"}, "how_to_video_url"),
        ({"page_url": "fern.example/tea"}, "page_url"),
        ({"how_to_image_url": "https://[half"}, "how_to_image_url"),
        ({"run_out_days": 0}, "run_out_days"),
        ({"run_out_days": 3651}, "run_out_days"),
        ({"care": "x" * 4001}, "care"),
        ({"translations": {"klingonisch!": {"care": "x"}}}, "translations"),
        ({"translations": {"de": {"washing": "x"}}}, "translations"),
    ],
)
def test_what_makes_no_sense_is_refused(
    products: list[UUID], told: dict[str, Any], field: str
) -> None:
    before = api.get_product(products[0])
    with pytest.raises(Invalid) as refused:
        write(products[0], **told)
    assert refused.value.field == field
    assert api.get_product(products[0]) == before


@pytest.mark.django_db
def test_who_may_write_and_where(products: list[UUID], other_store: StoreInfo) -> None:
    with pytest.raises(PermissionDenied):
        api.set_care(product_id=products[0], care="x", by=WANDA, at=AT)
    with store_scope(other_store.id):
        with pytest.raises(NotFound):
            write(products[0], care="x")
        assert api.get_products(products) == {}
        assert api.search_products().products == ()
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(id=products[0]).update(run_out_days=0)
    assert api.get_product(products[0]).texts.care == ""


@pytest.mark.django_db
def test_a_file_sets_many_and_tells_what_is_wrong(products: list[UUID]) -> None:
    write(products[1], care="Old", page_url="https://fern.example/fern")
    text = (
        "sku;care;how_to_de;run_out_days;page_url\n"
        'TEA;"Dry; dark";Drei Minuten;30;\n'
        "FERN;;;;-\n"
        "NONE;x;;;\n"
        ";x;;;\n"
        "TEA;;;soon;\n"
        ";;;;\n"
    )
    done = api.import_care(text=text, by=MIA, at=AT)
    assert (done.changed, done.unchanged) == (2, 0)
    assert len(done.problems) == 3
    assert "Line 5: there is no sku." in done.problems
    assert any("“NONE”" in one for one in done.problems)
    tea, fern = (api.get_product(one) for one in products)
    assert (tea.texts.care, tea.run_out_days) == ("Dry; dark", 30)
    assert tea.texts_in("de").how_to == "Drei Minuten"
    assert (fern.texts.care, fern.page_url) == ("Old", "")
    again = api.import_care(text=text, by=MIA, at=AT)
    assert (again.changed, again.unchanged) == (0, 2)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "care\nx\n", "sku,washing\nTEA,x\n", 'sku,care\nTEA,"x\n'])
def test_a_file_that_is_none_is_refused(products: list[UUID], text: str) -> None:
    with pytest.raises(Invalid):
        api.import_care(text=text, by=MIA, at=AT)


@pytest.mark.django_db
def test_a_file_needs_as_many_queries_however_long(store: StoreInfo) -> None:
    things = [listed(f"S{n}", f"Thing {n}") for n in range(200)]
    api.upsert_products(things, channel="shopify", at=AT)
    counts = []
    for n in (2, 200):
        text = "sku,care\n" + "".join(f"S{i},Wipe {n}\n" for i in range(n))
        with CaptureQueriesContext(connection) as queries:
            assert api.import_care(text=text, by=MIA, at=AT).changed == n
        counts.append(len(queries))
    assert counts[0] == counts[1]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with suppress(Invalid):
        for row in read_care_csv("sku,care\n" + text):
            assert row


@pytest.mark.django_db
def test_products_are_found_by_what_they_lack(products: list[UUID]) -> None:
    write(products[0], care="Dry", how_to="Brew", run_out_days=9)
    lacking = {
        what: [one.title for one in api.search_products(missing=what).products]
        for what in ("care", "how_to", "run_out_days", "")
    }
    assert lacking == {
        "care": ["Boston fern"],
        "how_to": ["Boston fern"],
        "run_out_days": ["Boston fern"],
        "": ["Assam", "Boston fern"],
    }
    assert [one.title for one in api.search_products("FER").products] == ["Boston fern"]
    page = api.search_products(limit=1)
    assert api.search_products(cursor=page.next_cursor, limit=1).next_cursor == ""
