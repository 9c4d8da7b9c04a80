"""The way back on paper or on a phone, and shoppers' pictures: by signed links of their own."""

from __future__ import annotations

import io

import segno
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.kernel.secrets import InvalidSignedToken
from doorstep.kernel.tenancy import store_scope
from doorstep.portal.languages import choose_language
from doorstep.portal.responses import private_page
from doorstep.portal.storefront import refuse_foreign_host, render_not_found, render_page
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.returns import api as returns
from doorstep.rooms.returns.contracts import LabelView, MethodKind, ReturnView
from doorstep.rooms.stores import api as stores


@require_safe
@private_page
def show_label(request: HttpRequest, token: str) -> HttpResponse:
    """Show the code and the address of a return; prints well."""
    at = now()
    try:
        store_id, label_id = returns.read_label_token(token, at=at)
        store = stores.get_store(store_id)
        refuse_foreign_host(request, store)
        with store_scope(store.id):
            view, label = returns.find_label(label_id, at=at)
            language = choose_language(request, view.locale, store.default_locale)
            address, instructions = returns.way_back(), returns.get_settings().instructions
            with translation.override(language):
                context = {
                    "view": view,
                    "label": label,
                    "carrier": fulfillment.carrier_name(label.carrier),
                    "is_qr": _is_for_counter(label),
                    "qr": _qr(label.code),
                    "barcode": _bars(label.code),
                    "address": address,
                    "words": instructions or label.words,
                    "hints": _hints(view, label),
                    "document_url": f"{request.path}/document" if label.document_type else "",
                    "code_url": f"{request.path}/code" if label.code_type else "",
                }
                return render_page(request, "portal/returns/label.html", store, context)
    except (NotFound, InvalidSignedToken):
        return render_not_found(request)


def _hints(view: ReturnView, label: LabelView) -> list[str]:
    hints = [
        _("Pack everything of this return in one parcel, in its own packaging where you have it."),
        _("Write the number %(number)s on the parcel or put this page inside.")
        % {"number": view.summary.number},
    ]
    if _is_for_counter(label):
        hints.append(_("At the counter, the code is scanned and the label printed for you."))
    hints.append(_("Keep the receipt until your money is back."))
    return hints


def _is_for_counter(label: LabelView) -> bool:
    """Tell whether a counter prints the label from a code: not where the carrier has none."""
    return label.method == MethodKind.QR_DROP_OFF and bool(
        label.code_type or not label.document_type
    )


@require_safe
@private_page
def show_label_file(request: HttpRequest, token: str, part: str) -> HttpResponse:
    """Serve the carrier's label, to be printed, or its picture of the code.

    A label came from a carrier or from the merchant: nothing in it may run here.
    """
    at = now()
    try:
        store_id, label_id = returns.read_label_token(token, at=at)
        store = stores.get_store(store_id)
        refuse_foreign_host(request, store)
        with store_scope(store.id):
            found = returns.get_label_file(label_id, is_code=part == "code")
    except (NotFound, InvalidSignedToken):
        return render_not_found(request)
    response = HttpResponse(found.data, content_type=found.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    ending = {"application/pdf": "pdf", "image/png": "png"}.get(found.content_type, "jpg")
    how = "attachment" if ending == "pdf" else "inline"
    response["Content-Disposition"] = f'{how}; filename="return-label.{ending}"'
    return response


def _qr(code: str) -> SafeString:
    """Draw a QR code as SVG that follows the page's colors. ``code`` is our own text."""
    out = io.BytesIO()
    segno.make(code, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, nl=False
    )
    return mark_safe(out.getvalue().decode())  # noqa: S308 - drawn by the library from our number


# Code 39 (ISO/IEC 16388): narrow and wide bars and gaps of the characters that numbers have.
_CODE39 = {
    "0": "nnnwwnwnn", "1": "wnnwnnnnw", "2": "nnwwnnnnw", "3": "wnwwnnnnn", "4": "nnnwwnnnw",
    "5": "wnnwwnnnn", "6": "nnwwwnnnn", "7": "nnnwnnwnw", "8": "wnnwnnwnn", "9": "nnwwnnwnn",
    "R": "wnnnnnwwn", "-": "nwnnnnwnw", "*": "nwnnwnwnn",
}  # fmt: skip


def _bars(code: str) -> SafeString:
    """Draw a Code 39 barcode, "" for a code with other characters (the QR code says it too)."""
    if any(sign not in _CODE39 for sign in code):
        return SafeString("")
    x, bars = 0, []
    for sign in f"*{code}*":
        for nth, width in enumerate(_CODE39[sign]):
            size = 3 if width == "w" else 1
            if nth % 2 == 0:
                bars.append(f'<rect x="{x}" width="{size}" height="40"/>')
            x += size
        x += 1
    return mark_safe(  # noqa: S308 - numbers only
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {x} 40" role="presentation">'
        + "".join(bars)
        + "</svg>"
    )


@require_safe
@private_page
def show_photo(request: HttpRequest, token: str) -> HttpResponse:
    """Serve a shopper's picture: a JPEG that we encoded ourselves, and nothing else."""
    at = now()
    try:
        store_id, photo_id = returns.read_photo_token(token, at=at)
        store = stores.get_store(store_id)
        refuse_foreign_host(request, store)
        with store_scope(store.id):
            picture = returns.get_picture(photo_id)
    except (NotFound, InvalidSignedToken):
        return render_not_found(request)
    response = HttpResponse(picture.data, content_type=picture.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response
