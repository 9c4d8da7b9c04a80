"""Answer a notice that an order ships later: agree, or cancel. A GET changes nothing."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.kernel.errors import DomainError, NotFound
from doorstep.portal.changes.views import Desk, shopper
from doorstep.portal.changes.words import error_words
from doorstep.portal.orders.opening import opened_to_act
from doorstep.portal.orders.reading import Reading, WholeReading
from doorstep.rooms.changes import api as changes
from doorstep.rooms.changes.contracts import DelayNotice, NoticeState


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@opened_to_act
def answer_notice(
    request: HttpRequest, reading: WholeReading, token: str, notice_id: UUID
) -> HttpResponse:
    """Show what is asked, with both answers; a POST gives one."""
    notice = changes.get_notice(notice_id)
    if notice.order_id != reading.order.id:
        raise NotFound("There is no such notice about this order.")
    desk = Desk(request, reading, token, "portal:order", _("Your order ships later"))
    status = 200
    if request.method == "POST" and request.POST.get("answer") in ("consent", "cancel"):
        try:
            changes.answer_delay_notice(
                notice_id=notice_id,
                is_consent=request.POST["answer"] == "consent",
                by=shopper(reading),
                at=reading.at,
            )
            here = reverse("portal:later", args=[token, notice_id])
            return HttpResponseRedirect(here, status=303)
        except DomainError as error:
            desk.error, status = error_words(error), 409
    is_open = reading.order.state in ("ready", "on_hold")
    context = {
        "promised": reading.day(notice.previous_date) if notice.previous_date else "",
        "instead": reading.day(notice.new_date) if notice.new_date else "",
        "answered": _answered(notice),
        "can_consent": notice.state == NoticeState.OPEN and is_open,
        "can_cancel": notice.state != NoticeState.CANCELED and is_open,
        "silence": _silence(notice, reading) if notice.state == NoticeState.OPEN else "",
        "wants_cancel": request.GET.get("answer") == "cancel",
    }
    return desk.render("change_later", context, status)


def _silence(notice: DelayNotice, reading: Reading) -> str:
    if notice.silence == "consent":
        return _("If you do not answer, we take it that the new day is fine with you.")
    return _("If you do not answer by %(day)s, we cancel the order and you get all of it back.") % {
        "day": reading.day_of(notice.respond_by)
    }


def _answered(notice: DelayNotice) -> str:
    return {
        NoticeState.OPEN: "",
        NoticeState.CONSENTED: _("Thank you for waiting. You can still cancel until it leaves."),
        NoticeState.SILENT: _("You did not answer, so we go by the new day."),
        NoticeState.CANCELED: _(
            "Your order is canceled. What you paid comes back the way you paid."
        ),
        NoticeState.MOOT: _("Nothing has to be answered any more."),
    }[notice.state]
