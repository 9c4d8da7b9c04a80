"""Imports: past orders from files, with progress and a list of what could not be used."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from doorstep.connectors.csv_import import api as csv_import
from doorstep.console.access import ConsoleRequest, console_view
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError, PermissionDenied

FILE_BYTES = 200_000_000


@require_http_methods(["GET", "POST"])
@console_view("orders.import")
def imports(request: ConsoleRequest) -> HttpResponse:
    """List imports, and take a file."""
    error = ""
    if request.method == "POST":
        upload = request.FILES.get("file")
        if upload is None or upload.file is None or not upload.size:
            error = _("Choose a file that is not empty.")
        elif upload.size > FILE_BYTES:
            error = _("The file is larger than 200 MB. Use `doorstep import` on the server.")
        else:
            try:
                run_id = csv_import.start_import(
                    stream=upload.file,
                    file_name=upload.name or "upload.csv",
                    mode="live" if request.POST.get("mode") == "live" else "history",
                    sales_channel=request.POST.get("channel", "").strip(),
                    by=request.actor,
                    at=now(),
                )
                return redirect("console:imports-run", request.store.slug, run_id)
            except PermissionDenied:
                raise
            except DomainError as refused:
                error = refused.message
    context = {"runs": csv_import.list_imports(), "error": error}
    return render(request, "console/imports/list.html", context, status=422 if error else 200)


@require_GET
@console_view("orders.import")
def run(request: ConsoleRequest, run_id: UUID) -> HttpResponse:
    """Show one import: how far it is, and what is wrong in which line."""
    report = csv_import.get_import(run_id)
    response = render(request, "console/imports/run.html", {"run": report})
    if report.finished_at is None:
        response["Refresh"] = "3"  # works without JavaScript
    return response


@require_GET
@console_view("orders.import")
def problems(request: ConsoleRequest, run_id: UUID) -> HttpResponse:
    """Download what is wrong, line by line."""
    rows = "".join(csv_import.write_problems(run_id))
    response = HttpResponse(rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{run_id}-problems.csv"'
    return response
