"""Recognizing what was bought, in sets, and taking over what platforms list."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kernel.actions.catalog import run_action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.catalog import api
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant, VariantClaim
from doorstep.rooms.catalog.models import Product, ProductListing, Variant, VariantListing
from doorstep.rooms.catalog.rules.matching import Known, clue, match
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(days=1)
WANDA = Actor("user", "wanda", "Wanda", role="warehouse")
MIA = Actor("user", "mia", "Mia", role="marketer")


def resolve(*claims: VariantClaim) -> list[UUID | None]:
    with transaction.atomic():
        return api.resolve_variants(claims, at=AT)


def one(found: list[UUID | None]) -> UUID:
    (variant,) = found
    assert variant is not None
    return variant


@pytest.mark.django_db
def test_the_same_sku_on_two_channels_is_one_thing(store: StoreInfo) -> None:
    mug = VariantClaim(
        "shopify",
        "10",
        "101",
        "MUG-BLUE",
        "Mug",
        "Blue",
        (("Color", "Blue"),),
        "https://x/m.png",
        350,
    )
    first = one(resolve(mug))
    assert one(resolve(VariantClaim("woocommerce", "77", "", "MUG-BLUE", "Mug blue"))) == first
    assert one(resolve(VariantClaim("woocommerce", "77", ""))) == first
    assert one(resolve(VariantClaim("shopify", "10", "101", "RENAMED"))) == first
    info = api.get_variant(first)
    assert (info.product_title, info.title, info.sku, info.options) == (
        "Mug",
        "Blue",
        "MUG-BLUE",
        (("Color", "Blue"),),
    )
    assert (info.image_url, info.weight_grams, info.is_tracked) == ("https://x/m.png", 350, False)
    assert [
        (row.channel, row.product_external_id, row.variant_external_id)
        for row in api.list_listings(first)
    ] == [
        ("shopify", "10", "101"),
        ("woocommerce", "77", ""),
    ]
    assert api.find_variants_by_sku(["MUG-BLUE", "NONE", ""]) == {"MUG-BLUE": first}
    assert api.find_variants_by_listing("shopify", ["101", "999", ""]) == {"101": first}


@pytest.mark.django_db
def test_variants_of_one_product_stay_together(store: StoreInfo) -> None:
    blue, green, other = resolve(
        VariantClaim("shopify", "10", "101", title="Mug", variant_title="Blue"),
        VariantClaim("shopify", "10", "102", title="Mug", variant_title="Green"),
        VariantClaim("woocommerce", "10", "101", title="Bowl"),
    )
    assert blue is not None
    assert green is not None
    assert other is not None
    found = api.get_variants([blue, green, other])
    assert found[blue].product_id == found[green].product_id != found[other].product_id
    assert one(resolve(VariantClaim("shopify", "10", "103"))) not in {blue, green}
    assert Product.objects.count() == 2


@pytest.mark.django_db
def test_what_nothing_recognizes_is_nothing(store: StoreInfo) -> None:
    assert resolve(
        VariantClaim("shopify", title="Custom engraving"), VariantClaim("", "10", "101")
    ) == [None, None]
    assert Variant.objects.count() == 0


@pytest.mark.django_db
def test_odd_text_is_stored_as_it_can_be(store: StoreInfo) -> None:
    found = one(
        resolve(
            VariantClaim(
                "shopify", "1\x00", "2", "S" * 999, "茶\x00壶", "", (("a\x00", "b"),), "", -5
            )
        )
    )
    info = api.get_variant(found)
    assert (len(info.sku), info.product_title, info.weight_grams) == (255, "茶 壶", None)


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_lines(store: StoreInfo) -> None:
    def queries(prefix: str, number: int) -> int:
        claims = [
            VariantClaim("shopify", f"{prefix}{n // 2}", f"{prefix}{n}", f"{prefix}-{n}", "Tea")
            for n in range(number)
        ]
        with CaptureQueriesContext(connection) as captured:
            resolve(*claims)
        return len(captured)

    assert queries("a", 2) == queries("b", 300) <= 9
    assert queries("a", 2) == queries("b", 300) <= 5


@pytest.mark.django_db
def test_listing_again_updates_what_is_told(store: StoreInfo) -> None:
    listed = ListedProduct(
        "10",
        "Mug",
        "https://x/mug.png",
        True,
        (
            ListedVariant("101", "MUG-BLUE", "Blue", (("Color", "Blue"),), weight_grams=350),
            ListedVariant("102", "", "Green"),
        ),
    )
    ((blue, green),) = api.upsert_products([listed], channel="shopify", at=AT)
    changed = ListedProduct(
        "10",
        "Stoneware mug",
        "",
        True,
        (
            ListedVariant("101", "MUG-BLUE", "", production_days_min=3, production_days_max=5),
            ListedVariant("102", "MUG-GREEN", "Leaf green", is_active=False),
        ),
    )
    assert api.upsert_products([changed], channel="shopify", at=LATER) == [[blue, green]]
    info = api.get_variant(blue)
    assert (info.product_title, info.title, info.image_url, info.weight_grams) == (
        "Stoneware mug",
        "Blue",
        "https://x/mug.png",
        350,
    )
    assert (info.production_days_min, info.production_days_max) == (3, 5)
    info = api.get_variant(green)
    assert (info.sku, info.title, info.is_active) == ("MUG-GREEN", "Leaf green", False)
    # A sku that is another's is not taken over.
    thief = ListedProduct("10", "", variants=(ListedVariant("102", "MUG-BLUE"),))
    api.upsert_products([thief], channel="shopify", at=LATER)
    assert api.get_variant(green).sku == "MUG-GREEN"
    assert api.upsert_products([], channel="shopify", at=AT) == []


@pytest.mark.django_db
def test_what_cannot_be_listed_changes_nothing(store: StoreInfo) -> None:
    good = ListedProduct("1", "Tea", variants=(ListedVariant("1"),))
    for wrong in (
        ListedProduct(" ", "Tea"),
        ListedProduct("2", "Tea", variants=(ListedVariant("1", production_days_min=3),)),
        ListedProduct(
            "2",
            "Tea",
            variants=(ListedVariant("1", production_days_min=5, production_days_max=3),),
        ),
    ):
        with pytest.raises(Invalid):
            api.upsert_products([good, wrong], channel="shopify", at=AT)
    assert Product.objects.count() == 0


@pytest.mark.django_db
def test_editing_says_what_is_wrong(store: StoreInfo) -> None:
    tea, cup = resolve(VariantClaim("shopify", "1", "1", "TEA"), VariantClaim("s", "2", "2", "CUP"))
    assert tea is not None
    for wrong, error in (
        ({"sku": "CUP"}, Conflict),
        ({"weight_grams": -1}, Invalid),
        ({"production_days": (5, 3)}, Invalid),
        ({"made_to_order": True}, Invalid),
        ({"variant_id": new_id(), "sku": "X"}, NotFound),
    ):
        with pytest.raises(error):
            api.edit_variant(**({"variant_id": tea} | wrong), by=WANDA, at=AT)  # type: ignore[arg-type]
    with pytest.raises(PermissionDenied):
        api.edit_variant(variant_id=tea, sku="X", by=MIA, at=AT)
    found = run_action(
        "catalog.edit_variant",
        {"variant_id": str(tea), "sku": "TEA-1", "production_days": [2, 4], "is_tracked": True},
        by=WANDA,
        at=AT,
    )
    assert (found.sku, found.production_days_max, found.is_tracked) == ("TEA-1", 4, True)
    assert api.find_tracked([tea, cup or tea]) == {tea}
    plain = api.edit_variant(variant_id=tea, made_to_order=False, by=WANDA, at=AT)
    assert plain.production_days_min is None


@pytest.mark.django_db
def test_variants_are_searched_and_paged(store: StoreInfo) -> None:
    resolve(
        VariantClaim("s", "1", "1", "TEA-1", "Green tea"),
        VariantClaim("s", "2", "2", "CUP-1", "Cup", "Green"),
        VariantClaim("s", "3", "3", "POT-1", "Teapot"),
    )

    def found(text: str, **options: object) -> list[str]:
        return [row.sku for row in api.search_variants(text, **options).variants]  # type: ignore[arg-type]

    assert found("") == ["CUP-1", "TEA-1", "POT-1"]
    assert found("green") == ["CUP-1", "TEA-1"]
    assert found("tea") == ["TEA-1", "POT-1"]
    assert found("cup-") == ["CUP-1"]
    assert found("%") == found("", tracked=True) == []
    first = api.search_variants(limit=2)
    assert [r.sku for r in api.search_variants(cursor=first.next_cursor).variants] == ["POT-1"]
    for cursor in ("nonsense!", "LTE="):
        with pytest.raises(Invalid):
            api.search_variants(cursor=cursor)


@pytest.mark.django_db
def test_stores_do_not_share_things(store: StoreInfo, other_store: StoreInfo) -> None:
    here = one(resolve(VariantClaim("shopify", "1", "1", "TEA")))
    with store_scope(other_store.id):
        assert api.get_variants([here]) == {}
        assert one(resolve(VariantClaim("shopify", "1", "1", "TEA"))) != here
        with pytest.raises(NotFound):
            api.get_variant(here)


@pytest.mark.django_db
def test_the_database_refuses_broken_things(store: StoreInfo) -> None:
    tea = one(resolve(VariantClaim("shopify", "1", "11", "TEA")))
    cup = one(resolve(VariantClaim("shopify", "2", "", "CUP")))
    for change in (
        {"sku": "CUP"},
        {"production_days_min": 3},
        {"production_days_min": 3, "production_days_max": 2},
        {"weight_grams": -1},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Variant.objects.filter(id=tea).update(**change)
    base = {"store_id": store.id, "variant_id": cup, "created_at": AT, "channel": "shopify"}
    for listing in (
        {"variant_external_id": "11"},
        {"product_external_id": "2"},
        {"product_external_id": ""},
        {"variant_external_id": "12", "channel": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            VariantListing.objects.create(**(base | listing))  # type: ignore[arg-type]
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductListing.objects.update(external_id="1")


@pytest.fixture
def shop(transactional_db: None) -> Iterator[StoreInfo]:
    info = stores.create_store(slug="shop", name="Shop", currency="EUR", at=AT)
    with store_scope(info.id):
        yield info


def test_the_same_new_things_at_once_are_one_each(shop: StoreInfo) -> None:
    lines = [
        VariantClaim(channel, f"{n // 2}", f"{n}", f"SKU-{n}", f"Thing {n}")
        for n in range(20)
        for channel in ("shopify", "woocommerce")
    ]

    def intake(nth: int) -> dict[str, UUID | None]:
        chance = random.Random(nth)
        known: dict[str, UUID | None] = {}
        with store_scope(shop.id):
            for _ in range(3):
                some = chance.sample(lines, 15)
                known |= dict(zip((s.sku for s in some), resolve(*some), strict=True))
        return known

    seen: dict[str, UUID | None] = {}
    for known in at_once(8, intake):
        for sku, variant in known.items():
            assert seen.setdefault(sku, variant) == variant
    assert Variant.objects.count() == len(seen)


_numbers = count(1000)
clues = st.builds(
    clue,
    st.sampled_from(["a", "b", ""]),
    st.sampled_from(["", "1", "2"]),
    st.sampled_from(["", "11", "12"]),
    st.sampled_from(["", "X", "Y"]),
)


@given(st.lists(clues, max_size=10))
def test_a_clue_means_the_same_thing_whenever_it_comes(some: list) -> None:
    found = match(some, Known({}, {}, {}, {}), lambda: UUID(int=next(_numbers)))
    by_listing: dict[object, UUID] = {}
    for one_clue, variant in zip(some, found.variant_ids, strict=True):
        if one_clue.listing is None and not one_clue.sku:
            assert variant is None
            continue
        assert variant in found.variants
        if one_clue.listing is not None:
            assert by_listing.setdefault(one_clue.listing, variant) == variant
    assert {product for product, _ in found.variants.values()} == set(found.products)


@pytest.mark.django_db
def test_size_barcode_and_tags_are_told_and_kept(store: StoreInfo) -> None:
    told = ListedVariant("1", "TEA", barcode="4006381333931", size_mm=(120, 80, 60))
    listed = ListedProduct("1", "Tea", variants=(told,), tags=("fragile", "tea"))
    ((tea,),) = api.upsert_products([listed], channel="shopify", at=AT)
    silent = ListedProduct("1", "Tea", variants=(ListedVariant("1", size_mm=(0, 1, 1)),))
    api.upsert_products([silent], channel="shopify", at=LATER)
    info = api.get_variant(tea)
    assert (info.barcode, info.size_mm) == ("4006381333931", (120, 80, 60))
    assert info.product_tags == ("fragile", "tea")
    assert api.find_variants_by_barcode(["4006381333931", ""]) == {"4006381333931": tea}


@pytest.mark.django_db
def test_a_size_is_edited_whole(store: StoreInfo) -> None:
    tea = one(resolve(VariantClaim("api", "1", "", "TEA")))
    api.edit_variant(variant_id=tea, size_mm=(10, 20, 30), barcode=" 401 ", by=WANDA, at=AT)
    with pytest.raises(Invalid, match="millimeters"):
        api.edit_variant(variant_id=tea, size_mm=(10, 0, 30), by=WANDA, at=AT)
    found = api.get_variant(tea)
    assert (found.size_mm, found.barcode) == ((10, 20, 30), "401")
    assert api.edit_variant(variant_id=tea, clear_size=True, by=WANDA, at=AT).size_mm is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Variant.objects.filter(id=tea).update(length_mm=5)
