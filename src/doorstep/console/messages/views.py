"""Messages: what was sent or not and why; the mailbox shows each as its reader sees it."""

from __future__ import annotations

from uuid import UUID

from csp.decorators import csp_exempt
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Invalid
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel, MessagePage, MessageStatus

# What a message may do inside its frame: show itself, fetch pictures, nothing else.
FRAME_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src 'self' https: data:; style-src 'unsafe-inline'; font-src https: data:; "
    "frame-ancestors 'self'"
)
# Addresses that a person of the team knows: conversations and devices have none.
BY_HAND = [channel.value for channel in (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)]


def _page(request: ConsoleRequest, **narrowed: object) -> MessagePage:
    """Read one page; a cursor that is not ours leads back to the first."""
    after = request.GET.get("after", "")
    address = request.GET.get("q", "").strip()
    try:
        return messaging.list_messages(cursor=after, address=address, **narrowed)  # type: ignore[arg-type]
    except Invalid:
        return messaging.list_messages(address=address, **narrowed)  # type: ignore[arg-type]


@require_GET
@console_view("messages.view")
def message_list(request: ConsoleRequest) -> HttpResponse:
    """List messages, newest first, by status, channel and address."""
    status, channel = request.GET.get("status", ""), request.GET.get("channel", "")
    context = {
        "page": _page(
            request,
            statuses=[status] if status in set(MessageStatus) else [],
            channel=channel if channel in set(Channel) else "",
        ),
        "counts": messaging.count_by_status(),
        "statuses": list(MessageStatus),
        "channels": [channel.value for channel in Channel],
        "is_filtered": bool(status or channel or request.GET.get("q")),
    }
    return render(request, "console/messages/list.html", context)


@require_GET
@console_view("messages.view")
def mailbox(request: ConsoleRequest) -> HttpResponse:
    """Show messages as an inbox: a list beside the one that is open."""
    channel = request.GET.get("channel", "")
    page = _page(
        request,
        statuses=[s for s in MessageStatus if s != MessageStatus.DROPPED],
        channel=channel if channel in set(Channel) else "",
    )
    chosen = request.GET.get("open", "")
    ids = {str(message.id): message.id for message in page.items}
    opened = ids.get(chosen) or (page.items[0].id if page.items else None)
    context = {
        "page": page,
        "opened": messaging.get_message(opened, at=now()) if opened else None,
        "is_chosen": chosen in ids,
        "channels": [one.value for one in Channel],
    }
    return render(request, "console/messages/mailbox.html", context)


@require_GET
@console_view("messages.view")
def message_detail(request: ConsoleRequest, message_id: UUID) -> HttpResponse:
    """Show one message: as its reader sees it, why it was sent or not, what became of it."""
    message = messaging.get_message(message_id, at=now())
    subject_kind, _colon, subject_id = message.summary.subject.partition(":")
    context = {
        "message": message,
        "summary": message.summary,
        "order_id": UUID(subject_id) if subject_kind == "order" else None,
        "can_retry": message.summary.status in {MessageStatus.FAILED, MessageStatus.DROPPED},
    }
    return render(request, "console/messages/detail.html", context)


@csp_exempt()
@require_GET
@console_view("messages.view")
def message_body(request: ConsoleRequest, message_id: UUID) -> HttpResponse:
    """Show the HTML part alone, for a frame; scripts and forms in it can do nothing."""
    message = messaging.get_message(message_id, at=now())
    response = HttpResponse(message.html or format_html("<pre>{}</pre>", message.text))
    response["Content-Security-Policy"] = FRAME_POLICY
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_POST
@console_view("messages.send")
def retry(request: ConsoleRequest, message_id: UUID) -> HttpResponse:
    """Try to send a failed message again."""
    act(request, _("It will be tried again."), messaging.retry_message, message_id=message_id)
    return redirect("console:messages-detail", request.store.slug, message_id)


@require_http_methods(["GET", "POST"])
@console_view("messages.view")
def suppressions(request: ConsoleRequest) -> HttpResponse:
    """List addresses nobody writes to; add one, or lift one."""
    if request.method == "POST":
        if "lift" in request.POST:
            _lift(request)
        else:
            _suppress(request)
        return redirect("console:messages-suppressions", request.store.slug)
    wanted = request.GET.get("q", "")
    context = {
        "suppressions": messaging.list_suppressions(address=wanted),
        "by_hand": BY_HAND,
    }
    return render(request, "console/messages/suppressions.html", context)


def _suppress(request: ConsoleRequest) -> None:
    channel = request.POST.get("channel", "")
    act(
        request,
        _("Nobody will be written to there."),
        messaging.suppress_address,
        channel=Channel(channel) if channel in BY_HAND else Channel.EMAIL,
        address=request.POST.get("address", ""),
        reason_words=request.POST.get("reason", ""),
    )


def _lift(request: ConsoleRequest) -> None:
    try:
        suppression_id = UUID(request.POST["lift"])
    except ValueError:
        return
    act(
        request,
        _("Messages may go there again."),
        messaging.lift_suppression,
        suppression_id=suppression_id,
    )
