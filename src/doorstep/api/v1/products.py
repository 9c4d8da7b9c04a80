"""Operations on products."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from doorstep.api.access import caller
from doorstep.api.cursors import seal, unseal
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.products import CareIn, ProductList, ProductQuery
from doorstep.kernel.clock import now
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ProductCare

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
