"""Products: how each is used and looked after, and how long it lasts; one by one or from a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.products.forms import CareForm, initial_of
from doorstep.kernel.actions import permissions
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError, Invalid, PermissionDenied
from doorstep.kernel.money import to_minor
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.orders import api as orders

FILE_BYTES = 5_000_000
MISSING = ("how_to", "care", "run_out_days")


@require_GET
@console_view("templates.view")
def product_list(request: ConsoleRequest) -> HttpResponse:
    """List products with what is written about them."""
    missing = request.GET.get("missing", "")
    try:
        page = catalog.search_products(
            request.GET.get("q", ""),
            missing=missing if missing in MISSING else "",
            cursor=request.GET.get("after", ""),
        )
    except Invalid:
        return redirect("console:products", request.store.slug)
    context = {"page": page, "is_filtered": bool(request.GET.get("q") or missing)}
    return render(request, "console/products/list.html", context)


@require_http_methods(["GET", "POST"])
@console_view("templates.view")
def product(request: ConsoleRequest, product_id: UUID) -> HttpResponse:
    """Show a product and save what is written about it."""
    found = catalog.get_product(product_id)
    language = request.store.default_locale
    form = CareForm(initial=initial_of(found), store_language=language)
    status = 200
    if request.method == "POST":
        permissions.check(request.actor, "templates.edit")
        form = CareForm(request.POST, store_language=language)
        if form.is_valid() and fill(
            request, form, catalog.set_care, product_id=product_id, **form.values()
        ):
            flash.success(request, _("Saved."))
            return redirect("console:products-detail", request.store.slug, product_id)
        status = 422
    variants = catalog.list_variants_of([product_id]).get(product_id, ())
    prices = catalog.list_prices([one.id for one in variants])
    context = {
        "product": found,
        "form": form,
        "variants": [(one, prices.get(one.id, ())) for one in variants],
        "channels": orders.list_sales_channels(),
    }
    return render(request, "console/products/detail.html", context, status=status)


@require_POST
@console_view("inventory.adjust")
def price(request: ConsoleRequest, product_id: UUID, variant_id: UUID) -> HttpResponse:
    """Write what a variant costs; an empty amount takes the price away."""
    text = request.POST.get("amount", "").replace(",", ".").strip()
    currency = request.POST.get("currency", "").strip().upper() or request.store.currency
    try:
        amount = to_minor(text, currency) if text else None
    except Invalid as error:
        flash.error(request, error.message)
    else:
        act(
            request,
            _("Saved."),
            catalog.set_price,
            variant_id=variant_id,
            currency=currency,
            amount_minor=amount,
            channel=request.POST.get("channel", ""),
        )
    return redirect("console:products-detail", request.store.slug, product_id)


@require_http_methods(["GET", "POST"])
@console_view("templates.edit")
def import_care(request: ConsoleRequest) -> HttpResponse:
    """Write about many products from a CSV file."""
    context: dict[str, Any] = {}
    upload = request.FILES.get("file")
    if request.method == "POST":
        if upload is None or (upload.size or 0) > FILE_BYTES:
            context["error"] = _("Choose a CSV file of up to 5 MB.")
        else:
            context.update(_import(request, upload.read()))
    status = 422 if context.get("error") else 200
    return render(request, "console/products/import.html", context, status=status)


def _import(request: ConsoleRequest, data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return {
            "error": _("The file is not UTF-8 text (byte %(n)s). Save it as UTF-8.")
            % {"n": error.start}
        }
    if "\x00" in text:
        return {"error": _("The file holds NUL characters: save it as CSV text.")}
    try:
        return {"result": catalog.import_care(text=text, by=request.actor, at=now())}
    except PermissionDenied:
        raise
    except DomainError as error:
        return {"error": error.message}
