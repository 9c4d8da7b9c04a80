"""Whose pages these are: find the store of a request and describe its brand."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

from doorstep.kernel.errors import NotFound
from doorstep.portal.languages import LANGUAGES, choose_visitor_language, keep_choice
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo


def find_store(request: HttpRequest, slug: str = "") -> StoreInfo:
    """Return the store a page belongs to: by the short name in its address, else by host name.

    A machine with one store serves it on any host.

    :raises NotFound: no store answers here.
    """
    if slug:
        store = stores.get_store_by_slug(slug)
        refuse_foreign_host(request, store)
        return store
    if own := stores.find_store_by_host(_host(request)):
        return own
    known = stores.list_stores()
    if len(known) == 1:
        return known[0]
    raise NotFound("There is no store at this address.")


def refuse_foreign_host(request: HttpRequest, store: StoreInfo) -> None:
    """Keep one store's pages off another store's domain.

    The machine's own name serves every store that has no domain.

    :raises NotFound: the host name is another store's.
    """
    host = _host(request)
    # Whichever store has taken one of the machine's names: the others stay there.
    if host == store.portal_host or host in settings.OWN_HOSTS:
        return
    own = stores.find_store_by_host(host)
    if own is not None and own.id != store.id:
        raise NotFound("There is no such page.")


def _host(request: HttpRequest) -> str:
    """Return the host name of a request without its port, lower case."""
    return (urlsplit(f"//{request.get_host()}").hostname or "").lower()


def render_page(
    request: HttpRequest,
    template: str,
    store: StoreInfo,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Render a page under a store's brand in the language that is active."""
    response = render(
        request,
        template,
        {
            "store": store,
            "brand": {"color": store.brand_color},
            "logo_url": reverse("portal:logo", args=[store.slug]) if store.logo_type else "",
            "lookup_url": lookup_url(request, store),
            "languages": LANGUAGES,
            **context,
        },
        status=status,
    )
    keep_choice(request, response)
    return response


def render_not_found(request: HttpRequest) -> HttpResponse:
    """Render the page for an address that leads nowhere; it names no store and no reason."""
    with translation.override(choose_visitor_language(request)):
        return render(request, "portal/not_found.html", status=404)


def lookup_url(request: HttpRequest, store: StoreInfo) -> str:
    """Return where this store's orders are looked up, on the host the shopper is on."""
    if store.portal_host and _host(request) == store.portal_host:
        return reverse("portal:lookup")
    return reverse("portal:store_lookup", args=[store.slug])
