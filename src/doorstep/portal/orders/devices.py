"""Turn notifications about an order on and off, on the device in the shopper's hand.

The signed link is the proof, as with the other forms of an order. These two are called by a script,
so they take JSON from the own pages alone: another site's page can send neither the content type
without asking first nor ``Sec-Fetch-Site: same-origin``.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import DomainError, NotFound
from doorstep.portal.orders.limits import too_many
from doorstep.portal.orders.opening import opened_by_link
from doorstep.portal.orders.reading import Reading
from doorstep.portal.storefront import refuse_foreign_host
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel, DeviceKeys
from doorstep.rooms.orders.contracts import OrderState
from doorstep.rooms.stores import api as stores
from doorstep.rooms.tracking import api as tracking

_MAX_BYTES = 8_000
_WORKER = Path(__file__).parent.parent / "static" / "portal" / "worker.js"


def describe(reading: Reading, token: str) -> dict[str, Any] | None:
    """Return what the button needs to know; None where the store sends no notifications."""
    key, customer_id = messaging.push_key(), reading.order.customer_id
    if customer_id is None or not (key or reading.store.is_demo):
        return None
    known = messaging.list_devices(customer_id, subject=_subject(reading))
    return {
        "key": key,
        "is_demo": reading.store.is_demo,
        "known": " ".join(device.digest for device in known),
        "count": len(known),
        "worker": reverse("portal:worker", args=[reading.store.slug]),
        "on_url": reverse("portal:device_on", args=[token]),
        "off_url": reverse("portal:device_off", args=[token]),
        "words": words_of(reading),
    }


def words_of(reading: Reading) -> str:
    """Return what the shopper agrees to by tapping the button, in their language."""
    first = _("News of this order from %(store)s then come to this device instead of by e-mail.")
    then = _("You can turn them off here at any time.")
    return f"{first % {'store': reading.store.name}} {then}"


@require_safe
def show_worker(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the script that shows notifications; its address limits it to one store.

    :raises Http404: there is no such store here.
    """
    try:
        refuse_foreign_host(request, stores.get_store_by_slug(slug))
    except NotFound as error:
        raise Http404(error.message) from error
    response = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    # It needs to load nothing: it shows what it is handed.
    response["Content-Security-Policy"] = "default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-cache"  # a mended script reaches devices the same day
    return response


@cache
def _worker() -> str:
    return _WORKER.read_text(encoding="utf-8")


@csrf_exempt
@require_POST
@opened_by_link
def turn_on(request: HttpRequest, reading: Reading, token: str) -> HttpResponse:
    """Take notifications about this order to a device, and make them its shopper's choice."""
    given, refusal = _given(request, reading)
    customer_id = reading.order.customer_id
    if refusal is not None or customer_id is None:
        return refusal or _say(409, _("Nobody is known who could be told."))
    by = Actor("shopper", str(customer_id), "Shopper")
    try:
        messaging.turn_on_device(
            messaging.stand_in_device() if reading.store.is_demo else _keys(given),
            customer_id=customer_id,
            subject=_subject(reading),
            user_agent=request.headers.get("User-Agent", ""),
            proof={"order_id": str(reading.order.id), "page": "order page"},
            wording=words_of(reading),
            wording_locale=reading.language,
            by=by,
            at=reading.at,
        )
        _choose(reading, Channel.PUSH, by)
    except DomainError:
        return _say(422, _("That did not work. Please try again, or choose another way below."))
    return JsonResponse({"done": True})


@csrf_exempt
@require_POST
@opened_by_link
def turn_off(request: HttpRequest, reading: Reading, token: str) -> HttpResponse:
    """Send nothing about this order to a device any more; with the last one, news come by mail."""
    given, refusal = _given(request, reading)
    customer_id = reading.order.customer_id
    if refusal is not None or customer_id is None:
        return refusal or _say(409, _("Nobody is known who could be told."))
    subject = _subject(reading)
    for digest in _digests(given):
        messaging.turn_off_device(digest, customer_id=customer_id, subject=subject, at=reading.at)
    choice = tracking.get_update_choice(reading.order.id)
    if choice.channel == Channel.PUSH and not messaging.list_devices(customer_id, subject=subject):
        _choose(reading, Channel.EMAIL, Actor("shopper", str(customer_id), "Shopper"))
    return JsonResponse({"done": True})


def _choose(reading: Reading, channel: Channel, by: Actor) -> None:
    steps = tracking.get_update_choice(reading.order.id).steps
    tracking.choose_updates(
        order_id=reading.order.id, channel=channel.value, steps=steps, by=by, at=reading.at
    )


def _given(request: HttpRequest, reading: Reading) -> tuple[dict[str, Any], HttpResponse | None]:
    """Return what the script sent, or why it is not taken."""
    if reading.order.state == OrderState.HISTORY or describe(reading, "-") is None:
        raise NotFound("Nobody is told about this order by notification.")
    if not _is_own_page(request) or request.content_type != "application/json":
        return {}, _say(403, _("Please open your order's page and try again there."))
    if wait_seconds := too_many(request, reading, "portal.devices"):
        refusal = _say(429, _("That was often. Please wait an hour, or write to us."))
        refusal["Retry-After"] = str(wait_seconds)
        return {}, refusal
    try:
        if int(request.headers.get("Content-Length") or 0) > _MAX_BYTES:
            raise ValueError
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return {}, _say(422, _("Your browser sent something we can't read."))
    return given, None


def _is_own_page(request: HttpRequest) -> bool:
    """Tell whether one of our own pages asks; every browser that takes notifications says so."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.get_host()


def _keys(given: dict[str, Any]) -> DeviceKeys:
    keys = given.get("keys")
    keys = keys if isinstance(keys, dict) else {}
    return DeviceKeys(
        *(
            str(value or "")
            for value in (given.get("endpoint"), keys.get("p256dh"), keys.get("auth"))
        )
    )


def _digests(given: dict[str, Any]) -> list[str]:
    found = given.get("digests")
    return [str(one) for one in found[:50]] if isinstance(found, list) else []


def _subject(reading: Reading) -> str:
    return f"order:{reading.order.id}"


def _say(status: int, words: str) -> HttpResponse:
    return JsonResponse({"words": words}, status=status)
