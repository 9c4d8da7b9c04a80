"""Operations on products."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from doorstep.api.access import caller
from doorstep.api.cursors import seal, unseal
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.products import CareIn, PriceIn, ProductList, ProductQuery
from doorstep.kernel.clock import now
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import PriceInfo, ProductCare

router = Router(tags=["Products"])


@serve(router, "GET", "/products", scope="templates.view", answers={200: ProductList})
def list_products(request: HttpRequest, filters: Query[ProductQuery]) -> ProductList:
    """List products.

    By title, each with how it is used, looked after and how long it lasts.
    """
    page = catalog.search_products(
        filters.search,
        missing=filters.missing,
        cursor=unseal("products", filters.cursor),
        limit=filters.limit,
    )
    next_cursor = seal("products", page.next_cursor)
    return ProductList(items=list(page.products), next_cursor=next_cursor)


@serve(router, "GET", "/products/{product_id}", scope="templates.view", answers={200: ProductCare})
def get_product(request: HttpRequest, product_id: UUID) -> ProductCare:
    """Return a product.

    With the texts that messages after the purchase tell.
    """
    return catalog.get_product(product_id)


@serve(
    router,
    "PUT",
    "/products/{product_id}/care",
    scope="templates.edit",
    answers={200: ProductCare},
)
def set_product_care(request: HttpRequest, product_id: UUID, payload: CareIn) -> ProductCare:
    """Write about a product.

    How it is used, looked after, and how many days a piece lasts. What is left out stays as it is.
    """
    given = payload.model_dump(exclude={"translations"})
    translations = {
        str(language): texts.model_dump(exclude_none=True)
        for language, texts in payload.translations.items()
    }
    return catalog.set_care(
        product_id=product_id, translations=translations, by=caller(request), at=now(), **given
    )


@serve(
    router,
    "GET",
    "/products/{product_id}/prices",
    scope="templates.view",
    answers={200: list[PriceInfo]},
)
def list_product_prices(request: HttpRequest, product_id: UUID) -> list[PriceInfo]:
    """List a product's prices.

    Of each variant on sale, by sales channel and currency.
    """
    catalog.get_product(product_id)  # a foreign product is a 404, not an empty list
    variants = catalog.list_variants_of([product_id]).get(product_id, ())
    prices = catalog.list_prices([one.id for one in variants])
    return [price for one in variants for price in prices.get(one.id, ())]


@serve(
    router,
    "PUT",
    "/variants/{variant_id}/price",
    scope="inventory.adjust",
    answers={200: list[PriceInfo]},
)
def set_variant_price(request: HttpRequest, variant_id: UUID, payload: PriceIn) -> list[PriceInfo]:
    """Write what a variant costs.

    In one currency, everywhere or on one sales channel; null takes the price away. What is known
    here is what shoppers pay when they add it to an order.
    """
    return list(
        catalog.set_price(
            variant_id=variant_id, by=caller(request), at=now(), **payload.model_dump()
        )
    )
