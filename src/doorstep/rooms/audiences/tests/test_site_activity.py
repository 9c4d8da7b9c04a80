"""Site activity: told once, joined to who it was, attacked from every side."""

from __future__ import annotations

import math
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid, PermissionDenied
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.audiences.activity.knowing import SERVER_HOLDS
from doorstep.rooms.audiences.contracts import SiteActivity as Told
from doorstep.rooms.audiences.models import SiteActivity, SiteSettings, Visitor, WishListItem
from doorstep.rooms.audiences.rules import activity as rules
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.customers.models import Customer, Identity
from doorstep.rooms.stores import api as stores

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
BY = Actor.system("audiences.tests")
VISITOR = "a1b2c3d4e5f60718a1b2c3d4e5f60718"


@pytest.fixture
def store(db: None) -> Any:
    made = stores.create_store(slug="fern", name="Fern", currency="EUR", at=AT)
    with store_scope(made.id):
        yield made


def person(email: str = "maya@example.com") -> UUID:
    row = Customer.objects.create(
        store_id=_store_id(),
        name="Maya",
        email=email,
        first_seen_at=AT,
        last_seen_at=AT,
        created_at=AT,
    )
    Identity.objects.create(
        store_id=_store_id(), customer=row, kind="email", value=email, created_at=AT
    )
    return row.id


def _store_id() -> UUID:
    from doorstep.kernel.tenancy import current_store_id

    return current_store_id()


def visit(*kinds: str, product: str = "TEA", at: datetime = AT, visitor: str = VISITOR, token: str = "") -> int:  # fmt: skip
    told = [{"key": uuid4().hex, "kind": kind, "product": product} for kind in kinds]
    return audiences.record_visit(visitor=visitor, told=told, token=token, at=at)


def published() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, payload ->> 'kind' FROM kernel_outbox "
            "WHERE name = 'audiences.site_activity_recorded' ORDER BY id"
        )
        return list(cursor.fetchall())


def test_the_same_key_again_changes_nothing(store: Any) -> None:
    one = Told("k1", "searched", AT, VISITOR, details={"query": "teapot"})
    first = audiences.record_site_activities(activities=[one, one], by=BY, at=AT)
    assert (first.recorded, first.repeated) == (1, 1)
    again = audiences.record_site_activities(activities=[one], by=BY, at=AT)
    assert (again.recorded, again.repeated) == (0, 1)
    # a browser can't take up the keys of the merchant's systems, nor of another browser
    told = [{"key": "k1", "kind": "searched"}]
    assert audiences.record_visit(visitor=VISITOR, told=told, at=AT) == 1
    assert audiences.record_visit(visitor="f" * 32, told=told, at=AT) == 1
    assert SiteActivity.objects.count() == 3
    assert published() == []  # nobody in particular


def test_what_a_visitor_did_becomes_the_customers(store: Any) -> None:
    maya = person()
    visit("product_viewed", "product_viewed", "added_to_wishlist")
    assert SiteActivity.objects.filter(customer=None).count() == 3
    token = audiences.sign_visitor(maya, at=AT)
    visit("added_to_cart", token=token)
    assert SiteActivity.objects.filter(customer=maya).count() == 4
    assert Visitor.objects.get().customer_id == maya
    assert sorted(published()) == sorted(
        (str(maya), kind) for kind in ("added_to_cart", "added_to_wishlist", "product_viewed")
    )
    assert [wish.product for wish in audiences.list_wishes(maya)] == ["TEA"]
    visit("removed_from_wishlist", at=AT + timedelta(minutes=1))
    assert audiences.list_wishes(maya) == []


def test_a_shared_browser_keeps_people_apart(store: Any) -> None:
    maya, tom = person(), person("tom@example.com")
    visit("searched", token=audiences.sign_visitor(maya, at=AT))
    visit("product_viewed", token=audiences.sign_visitor(tom, at=AT))
    assert [one.kind for one in audiences.list_activities(maya)] == ["searched"]
    assert [one.kind for one in audiences.list_activities(tom)] == ["product_viewed"]


def test_a_wish_made_twice_is_one_wish(store: Any) -> None:
    maya = person()
    visit("added_to_wishlist", "added_to_wishlist", token=audiences.sign_visitor(maya, at=AT))
    other = "b" * 32
    visit("added_to_wishlist", visitor=other)
    visit("page_viewed", visitor=other, token=audiences.sign_visitor(maya, at=AT))
    assert WishListItem.objects.count() == 1
    assert len(audiences.list_wishes(maya)) == 1


def test_products_are_found_by_any_of_their_names(store: Any) -> None:
    product = ListedProduct("4711", "Assam", variants=(ListedVariant("99", sku="TEA-ASSAM"),))
    catalog.upsert_products([product], channel="shopify", at=AT)
    for ref in ("4711", "99", "TEA-ASSAM"):
        visit("product_viewed", product=ref)
    visit("product_viewed", product=str(SiteActivity.objects.exclude(product=None)[0].product_id))
    visit("product_viewed", product="unknown")
    assert SiteActivity.objects.exclude(product=None).count() == 4
    assert SiteActivity.objects.filter(product=None).count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": ""}, "key"),
        ({"key": "a b"}, "key"),
        ({"key": "x" * 121}, "key"),
        ({"kind": "Product Viewed"}, "kind"),
        ({"visitor": "short"}, "visitor"),
        ({"visitor": ""}, "visitor"),
        ({"occurred_at": AT + timedelta(hours=1)}, "occurred_at"),
        ({"occurred_at": AT - timedelta(days=900)}, "occurred_at"),
        ({"kind": "added_to_wishlist"}, "product_ref"),
        ({"product_ref": "x" * 300}, "product_ref"),
        ({"details": {"email": "x"}}, "details.email"),
        ({"details": {"customer_phone": "x"}}, "details.customer_phone"),
        ({"details": {"note": "write to maya@example.com"}}, "details.note"),
        ({"details": {"note": "call +49 151 234 567 89"}}, "details.note"),
        ({"details": {"list": [1]}}, "details.list"),
        ({"details": {"n": math.nan}}, "details.n"),
        ({"details": {"n": 10**400}}, "details.n"),
        ({"details": {"n": "\ud800"}}, "details.n"),
        ({"details": {f"n{i}": i for i in range(11)}}, "details.details"),
        ({"customer_id": uuid4()}, "customer_id"),
    ],
)
def test_what_can_not_be_told(store: Any, changes: dict[str, Any], field: str) -> None:
    good: dict[str, Any] = {"key": "k", "kind": "searched", "occurred_at": AT, "visitor": VISITOR}
    with pytest.raises(Invalid) as caught:
        audiences.record_site_activities(activities=[Told(**good | changes)], by=BY, at=AT)
    assert caught.value.field == f"activities.0.{field}"
    assert SiteActivity.objects.count() == Visitor.objects.count() == 0


def test_only_who_may(store: Any) -> None:
    viewer = Actor("user", str(uuid4()), "Sam", role="support")
    with pytest.raises(PermissionDenied):
        audiences.record_site_activities(activities=[], by=viewer, at=AT)
    with pytest.raises(PermissionDenied):
        audiences.show_site_secret(by=viewer, at=AT)
    assert SiteSettings.objects.count() == 0


def test_a_browser_is_cleaned_and_never_refused_aloud(store: Any) -> None:
    told: list[Any] = [
        None,
        7,
        {"key": 1, "kind": "searched"},
        {"key": "x" * 41, "kind": "searched"},
        {"key": "k", "kind": "<script>"},
        {"key": "k", "kind": "product_viewed"},  # which one?
        {"key": "a", "kind": "searched", "ago": -5, "details": {"query": "<script>alert(1)</script>"}},
        {"key": "b", "kind": "searched", "ago": 10**12, "details": {"query": "maya@example.com"}},
        {"key": "c", "kind": "page_viewed", "details": {"path": "/tea?mail=maya@example.com#x"}},
        {"key": "d", "kind": "page_viewed", "ago": math.inf, "details": {"phone": "1", 7: 2, "a": {}}},
        {"key": "e", "kind": "product_viewed", "product": "maya@example.com"},
    ]  # fmt: skip
    assert audiences.record_visit(visitor=VISITOR, told=told, at=AT) == 4
    found = {row.key[-1]: row for row in SiteActivity.objects.all()}
    assert found["a"].details == {"query": "<script>alert(1)</script>"}  # text, shown as text
    assert found["b"].details == {}
    assert found["b"].occurred_at == AT - timedelta(days=1)
    assert found["c"].details == {"path": "/tea"} or found["c"].details == {}
    assert found["d"].details == {}
    assert audiences.record_visit(visitor="<img>", told=told, at=AT) == 0
    many = [{"key": f"m{n}", "kind": "searched"} for n in range(200)]
    assert audiences.record_visit(visitor=VISITOR, told=many, at=AT) == 50


def test_tokens(store: Any) -> None:
    maya = person()
    secret = audiences.show_site_secret(by=BY, at=AT)
    soon = int((AT + timedelta(hours=1)).timestamp())
    good = audiences.sign_as_server(secret, "maya@example.com", soon)
    by_id = audiences.sign_as_server(secret, str(maya), soon)
    ours = audiences.sign_visitor(maya, at=AT)
    for token in (good, by_id, ours):
        assert audiences.find_visitor(token, at=AT) == maya
    late = AT + timedelta(days=70)
    far = int((AT + SERVER_HOLDS + timedelta(days=1)).timestamp())
    with store_scope(stores.create_store(slug="b", name="B", currency="EUR", at=AT).id):
        foreign = audiences.sign_visitor(maya, at=AT)
        assert audiences.find_visitor(ours, at=AT) is None
        assert audiences.find_visitor(good, at=AT) is None
    for forged in (
        "maya@example.com",
        str(maya),
        "",
        "m1." + good[3:].replace("maya", "tom"),
        good[:-1],
        good.replace(str(soon), str(soon + 1)),
        audiences.sign_as_server("guessed", "maya@example.com", soon),
        audiences.sign_as_server(secret, "nobody@example.com", soon),
        audiences.sign_as_server(secret, str(uuid4()), soon),
        audiences.sign_as_server(secret, "maya@example.com", far),
        foreign,
        ours[:-2],
        "m1.9999999999." + "0" * 64 + ".maya@example.com",
        "\x00" * 50,
        "é" * 50,
    ):
        assert audiences.find_visitor(forged, at=AT) is None, forged
    assert audiences.find_visitor(good, at=late) is None
    assert audiences.find_visitor(ours, at=late) is None
    audiences.renew_site_secret(by=BY, at=AT)
    assert audiences.find_visitor(good, at=AT) is None
    visit("searched", token=good)
    assert Visitor.objects.get().customer_id is None


def test_settings_listen_to_the_stores_own_sites_only(store: Any) -> None:
    change = audiences.change_site_settings
    stores.change_settings(settings={"website_url": "https://Fern.example/shop"}, by=BY, at=AT)
    assert not audiences.listens_to("https://fern.example")
    change(is_on=True, origins=["https://www.fern.example/x?y"], anonymous_days=30, by=BY, at=AT)
    for origin in ("https://fern.example", "https://www.fern.example"):
        assert audiences.listens_to(origin)
    for origin in ("", "null", "http://fern.example", "https://fern.example.evil.example",
                   "https://evil-fern.example", "https://fern.example:8443", "https://FERN.example"):  # fmt: skip
        assert not audiences.listens_to(origin), origin
    for bad in ("javascript:alert(1)", "fern", "https://", "file:///etc", "https://[", "//x"):
        with pytest.raises(Invalid):
            change(is_on=True, origins=[bad], anonymous_days=30, by=BY, at=AT)
    for days in (0, 731):
        with pytest.raises(Invalid):
            change(is_on=True, origins=[], anonymous_days=days, by=BY, at=AT)


def test_old_visits_of_nobody_are_forgotten(store: Any) -> None:
    maya = person()
    old = AT - timedelta(days=100)
    visit("searched", "added_to_wishlist", at=old)
    visit("searched", at=old, visitor="c" * 32, token=audiences.sign_visitor(maya, at=old))
    visit("searched", visitor="d" * 32)
    assert audiences.forget_visits(at=AT) > 0
    while audiences.forget_visits(at=AT):
        pass
    kept = SiteActivity.objects.values_list("visitor__token", flat=True)
    assert set(kept) == {"c" * 32, "d" * 32}
    assert set(Visitor.objects.values_list("token", flat=True)) == {"c" * 32, "d" * 32}
    assert WishListItem.objects.count() == 0
    audiences.change_site_settings(is_on=True, origins=[], anonymous_days=200, by=BY, at=AT)
    visit("searched", at=old, visitor="e" * 32)
    assert audiences.forget_visits(at=AT) == 0


def test_queries_do_not_grow_with_what_is_told(store: Any) -> None:
    person()
    counts = []
    for size in (2, 40):
        told = [
            {"key": f"{size}-{n}", "kind": "added_to_wishlist", "product": f"P{n}"}
            for n in range(size)
        ]
        with CaptureQueriesContext(
            connection,
        ) as seen:
            audiences.record_visit(visitor=f"{size}".zfill(16), told=told, at=AT)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


@pytest.mark.django_db(transaction=True)
def test_a_race_of_knowing_and_telling_loses_nothing(transactional_db: None) -> None:
    made = stores.create_store(slug="race", name="Race", currency="EUR", at=AT)
    with store_scope(made.id):
        maya = person()
        token = audiences.sign_visitor(maya, at=AT)
    failures: list[BaseException] = []

    def tell(nth: int) -> None:
        try:
            with store_scope(made.id):
                for round_ in range(5):
                    told = [
                        {
                            "key": f"{nth}-{round_}-{k}",
                            "kind": "added_to_wishlist",
                            "product": "TEA",
                        }
                        for k in range(3)
                    ]
                    known = token if nth % 2 else ""
                    audiences.record_visit(visitor=VISITOR, told=told, token=known, at=AT)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=tell, args=(nth,)) for nth in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with store_scope(made.id):
        assert SiteActivity.objects.filter(customer=maya).count() == 90
        assert WishListItem.objects.filter(customer=maya, removed_at=None).count() == 1
        assert WishListItem.objects.filter(customer=None).count() == 0


@pytest.mark.parametrize(
    ("text", "origin"),
    [("https://Shop.example:443/x", "https://shop.example"), ("http://a.b:8080", "http://a.b:8080"),
     ("https://käse.example", "https://xn--kse-qla.example"), ("ftp://a.b", ""), ("", ""), ("https://a:b", "")],
)  # fmt: skip
def test_origins(text: str, origin: str) -> None:
    assert rules.origin_of(text) == origin
