"""Spare parts: which thing of the catalog can be sent alone for which product."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages as flash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.kernel.actions import permissions
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.returns import api as returns


class PartForm(forms.Form):
    """A part, and what it belongs to, by their SKUs."""

    product_sku = forms.CharField(
        label=gettext_lazy("SKU of the product"),
        max_length=200,
        help_text=gettext_lazy("Of any of its variants: the part is for all of them."),
    )
    variant_sku = forms.CharField(
        label=gettext_lazy("SKU of the part"),
        max_length=200,
        help_text=gettext_lazy("A thing of your catalog with a stock of its own."),
    )
    name = forms.CharField(
        label=gettext_lazy("What shoppers read"),
        max_length=100,
        help_text=gettext_lazy("For example: Lid."),
    )

    def clean(self) -> dict[str, Any]:
        """Find both in the catalog."""
        given: dict[str, Any] = super().clean() or {}
        wanted = {name: given.get(name, "") for name in ("product_sku", "variant_sku")}
        found = catalog.find_variants_by_sku([sku for sku in wanted.values() if sku])
        variants = catalog.get_variants(found.values())
        for name, sku in wanted.items():
            if sku and sku not in found:
                self.add_error(name, _("No thing of your catalog has this SKU."))
        if not self.errors:
            given["product_id"] = variants[found[wanted["product_sku"]]].product_id
            given["variant_id"] = found[wanted["variant_sku"]]
        return given


@require_http_methods(["GET", "POST"])
@console_view("returns.view")
def parts(request: ConsoleRequest) -> HttpResponse:
    """List spare parts, and add one."""
    form = PartForm(request.POST or None)
    if request.method == "POST":  # what is wrong with the form is nobody else's business
        permissions.check(request.actor, "returns.policy")
    if request.method == "POST" and form.is_valid():
        wanted = {name: form.cleaned_data[name] for name in ("product_id", "variant_id", "name")}
        if fill(request, form, returns.save_part, **wanted):
            flash.success(request, _("Saved. Shoppers can ask for it where a part is offered."))
            return redirect("console:policy-parts", request.store.slug)
    known = returns.list_parts()
    things = catalog.get_variants([one.variant_id for one in known])
    products = catalog.get_products([one.product_id for one in known])
    context = {
        "form": form,
        "rows": [(one, products.get(one.product_id), things.get(one.variant_id)) for one in known],
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "console/return_policy/parts.html", context, status=status)


@require_POST
@console_view("returns.policy")
def delete_part(request: ConsoleRequest, part_id: UUID) -> HttpResponse:
    """Take a part off the list."""
    act(request, _("Taken off the list."), returns.delete_part, is_gone_fine=True, part_id=part_id)
    return redirect("console:policy-parts", request.store.slug)
