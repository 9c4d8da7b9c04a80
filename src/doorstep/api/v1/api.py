"""Version 1 of the API, put together."""

from __future__ import annotations

from ninja import NinjaAPI

from doorstep.api import problems
from doorstep.api.bodies import JsonParser
from doorstep.api.v1 import (
    changes,
    customers,
    deliveries,
    messages,
    money,
    orders,
    products,
    return_policy,
    returns,
    shipments,
    sign_ups,
    site_activities,
    stock,
    store,
    tracking,
    wallet,
    webhooks,
)

INTRODUCTION = """Bring orders to Doorstep, and read and act on what it knows.

Send `Authorization: Bearer ds_…` with every request; keys are made in the console under Settings,
API keys, and each operation names the scope that the key needs. A key sees its own store only.

Money is in integer minor units of the currency beside it (1999 is 19.99 EUR, 20 is 20 JPY). Times
are RFC 3339 with an offset. Lists are pages: send `next_cursor` as `cursor` until it is empty.

Whatever goes wrong is answered as problem details (RFC 9457) with a `type` that stays the same and
has a page of its own. To repeat a POST safely, send it with an `Idempotency-Key`."""

# Neither its file nor its page of documentation: openapi.py and docs.py serve our own.
api = NinjaAPI(
    title="Doorstep API",
    version="1",
    description=INTRODUCTION,
    urls_namespace="api-v1",
    openapi_url=None,
    docs_url=None,
    parser=JsonParser(),
)
problems.register(api)
for module in (
    orders,
    changes,
    money,
    shipments,
    tracking,
    customers,
    stock,
    products,
    return_policy,
    returns,
    wallet,
    site_activities,
    messages,
    sign_ups,
    deliveries,
    store,
    webhooks,
):
    api.add_router("", module.router)
