"""What was wished for and sold out is told of when it is there again: once, and of nothing else."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.events import lanes
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.audiences import api
from doorstep.rooms.audiences.contracts import SiteActivity as Told
from doorstep.rooms.audiences.models import SoldOutWish
from doorstep.rooms.audiences.tests.cast import AT, INES, people, told
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.customers import api as customers
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import MovementReason
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def product(sku: str, *more: str) -> tuple[UUID, dict[str, UUID]]:
    """List a product with its variants; return its id and theirs by SKU."""
    skus = (sku, *more)
    variants = tuple(ListedVariant(f"v-{one}", sku=one) for one in skus)
    listed = ListedProduct(f"p-{sku}", sku, variants=variants)
    catalog.upsert_products([listed], channel="shopify", at=AT)
    found = catalog.find_variants_by_sku(skus)
    return catalog.find_products_by_sku([sku])[sku], found


@pytest.fixture
def shelf(store: StoreInfo) -> UUID:
    return inventory.create_location(name="Berlin", by=INES, at=AT).id


def count(variant: UUID, shelf: UUID, on_hand: int) -> None:
    inventory.adjust_stock(
        variant_id=variant, location_id=shelf, reason=MovementReason.COUNTED, on_hand=on_hand,
        by=INES, at=AT,
    )  # fmt: skip


def wish(customer_id: UUID, sku: str, kind: str = "added_to_wishlist") -> None:
    one = Told(uuid4().hex, kind, AT, customer_id=customer_id, product_ref=sku)
    api.record_site_activities(activities=[one], by=INES, at=AT)


def news(customer_id: UUID) -> int:
    return told(customer_id).count("wish_back_in_stock")


def settle() -> None:
    lanes.run_until_idle()
    api.look_at_wishes(AT)
    lanes.run_until_idle()


def test_who_wished_for_it_is_told_once_when_it_is_there_again(shelf: UUID) -> None:
    maya, jonas, rose = people("maya", "jonas", "rose")
    _, tea = product("TEA")
    _, pot = product("POT")
    count(tea["TEA"], shelf, 0)
    count(pot["POT"], shelf, 5)
    wish(maya, "TEA"), wish(jonas, "TEA"), wish(rose, "POT")
    wish(jonas, "TEA", "removed_from_wishlist")
    settle()
    assert SoldOutWish.objects.count() == 1
    count(pot["POT"], shelf, 9)  # it was never away
    count(tea["TEA"], shelf, 3)
    settle()
    assert (news(maya), news(jonas), news(rose)) == (1, 0, 0)
    count(tea["TEA"], shelf, 8)
    settle()
    assert news(maya) == 1
    count(tea["TEA"], shelf, 0)
    settle()
    count(tea["TEA"], shelf, 1)
    settle()
    assert news(maya) == 2


def test_any_variant_there_is_the_product_there(shelf: UUID) -> None:
    (maya,) = people("maya")
    _, cups = product("CUP-S", "CUP-L")
    for one in cups.values():
        count(one, shelf, 0)
    wish(maya, "CUP-S")
    settle()
    count(cups["CUP-L"], shelf, 1)
    settle()
    count(cups["CUP-S"], shelf, 1)
    settle()
    assert news(maya) == 1


def test_what_is_not_counted_is_never_sold_out(store: StoreInfo) -> None:
    (maya,) = people("maya")
    product_id, _ = product("GIFT")
    wish(maya, "GIFT")
    settle()
    assert api.find_in_stock([product_id]) == {product_id}
    assert not SoldOutWish.objects.exists()


def test_several_wishes_are_one_news_and_the_erased_get_none(shelf: UUID) -> None:
    maya, jonas = people("maya", "jonas")
    (tea_id, tea), (pot_id, pot) = product("TEA"), product("POT")
    for variant in (tea["TEA"], pot["POT"]):
        count(variant, shelf, 0)
    for sku in ("TEA", "POT"):
        wish(maya, sku), wish(jonas, sku)
    settle()
    customers.erase_customer(customer_id=jonas, by=INES, at=AT)
    lanes.run_until_idle()
    count(tea["TEA"], shelf, 1)
    count(pot["POT"], shelf, 1)
    with CaptureQueriesContext(connection) as seen:
        assert api.look_at_wishes(AT + MINUTE) == 1
    assert len(seen) < 20
    assert news(maya) == 1
    assert news(jonas) == 0
    assert {tea_id, pot_id} == api.find_in_stock([tea_id, pot_id])


def test_two_who_look_at_once_tell_once(store: StoreInfo, shelf: UUID) -> None:
    (maya,) = people("maya")
    _, tea = product("TEA")
    count(tea["TEA"], shelf, 0)
    wish(maya, "TEA")
    settle()
    count(tea["TEA"], shelf, 2)
    assert sum(at_once(3, lambda nth: api.look_at_wishes(AT))) == 1
    lanes.run_until_idle()
    assert news(maya) == 1


def test_another_stores_wishes_are_its_own(
    store: StoreInfo, other_store: StoreInfo, shelf: UUID
) -> None:
    (maya,) = people("maya")
    _, tea = product("TEA")
    count(tea["TEA"], shelf, 0)
    wish(maya, "TEA")
    settle()
    with store_scope(other_store.id):
        assert SoldOutWish.objects.count() == 0
        assert api.find_in_stock([tea["TEA"]]) == set()
