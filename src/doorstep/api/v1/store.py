"""Operations on the store itself."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from doorstep.api.serving import serve
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

router = Router(tags=["Store"])


@serve(router, "GET", "/store", scope="", answers={200: StoreInfo})
def get_store(request: HttpRequest) -> StoreInfo:
    """Return the store that the key belongs to.

    Every key may: a good first request.
    """
    return stores.get_store()
