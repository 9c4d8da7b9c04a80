"""EasyPost as a provider of return labels: pay-on-use labels, and USPS codes for the counter.

A label is bought in two steps: a shipment, which costs nothing, and its postage, which a shipment
can have once. Asked again with the shipment's id, EasyPost says that there is postage already, and
we read which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from doorstep.connectors.base import api as connections
from doorstep.connectors.carriers.labels.asking import (
    ALREADY_BOUGHT,
    EasyPost,
    EasyPostRefusal,
    fetch_file,
)
from doorstep.connectors.carriers.labels.parcel import (
    COUNTER_CARRIERS,
    choose_rate,
    cost_minor,
    passes_customs,
    shipment_form,
)
from doorstep.connectors.carriers.labels.settings import KEY, LabelSettings, read_settings
from doorstep.rooms.fulfillment.api import find_carrier
from doorstep.rooms.returns.contracts import MethodKind, Postage
from doorstep.rooms.returns.ports import (
    LabelAsk,
    MadeLabel,
    PreparedLabel,
    RefusedLabel,
    TryAgain,
)
from doorstep.rooms.stores import api as stores

NAME = "easypost"
# What becomes of postage that was asked back (docs.easypost.com, Shipping refund): most carriers
# take days or weeks to answer, USPS two to four weeks. Pay-on-use labels cost nothing unused.
_POSTAGE = {
    "submitted": Postage.ASKED,
    "refunded": Postage.BACK,
    "not_applicable": Postage.BACK,
    "rejected": Postage.KEPT,
}
_PRINT_IT = "Some carriers have no code for the counter: this label has to be printed."


@dataclass(frozen=True, slots=True)
class EasyPostLabels:
    """The EasyPost account that the store of the current scope has connected."""

    name: str = NAME
    label: str = "EasyPost"
    methods: frozenset[MethodKind] = frozenset({MethodKind.LABEL, MethodKind.QR_DROP_OFF})

    def is_ready(self) -> bool:
        """Tell whether the store has a key and an address; a demo shop never calls out."""
        kept = connections.find_credentials(NAME) or {}
        return bool(kept.get(KEY)) and read_settings(kept).is_complete and not _is_demo()

    def make_label(self, ask: LabelAsk) -> PreparedLabel | MadeLabel | RefusedLabel:
        """Make a shipment, or buy the label of one. :raises TryAgain: not known."""
        kept = connections.find_credentials(NAME) or {}
        settings = read_settings(kept)
        refused = _check(ask, settings)
        if refused is not None:
            return refused
        easypost = EasyPost("" if _is_demo() else kept.get(KEY, ""))
        try:
            if not ask.external_id:
                made = easypost.post("shipments", shipment_form(ask, settings))
                return PreparedLabel(_name_of(made))
            return _buy(easypost, ask, settings)
        except EasyPostRefusal as refusal:
            return RefusedLabel(refusal.code, f"EasyPost made no label: {refusal.words}")

    def void_label(self, label_id: UUID, external_id: str) -> Postage:
        """Ask the postage back, once, or what became of that. :raises TryAgain: not known."""
        kept = connections.find_credentials(NAME) or {}
        easypost = EasyPost("" if _is_demo() else kept.get(KEY, ""))
        try:
            shipment = easypost.get(f"shipments/{external_id}")
            if not shipment.get("postage_label"):
                return Postage.NONE
            if shipment.get("refund_status") not in _POSTAGE:
                shipment = easypost.post(f"shipments/{external_id}/refund", {})
        except EasyPostRefusal as refusal:
            # 404: of another account, where nothing of ours was bought.
            return Postage.NONE if refusal.status == 404 else Postage.KEPT
        return _POSTAGE.get(str(shipment.get("refund_status")), Postage.KEPT)


def _is_demo() -> bool:
    return stores.get_store().is_demo


def _check(ask: LabelAsk, settings: LabelSettings) -> RefusedLabel | None:
    """Say why no carrier has to be asked at all."""
    if ask.sender is None or not (ask.sender.line1 and ask.sender.country_code):
        return RefusedLabel("no_address", "The order has no address that a label could be for.")
    if passes_customs(ask, settings):
        return RefusedLabel(
            "customs",
            f"From {ask.sender.country_code} to {settings.country} a parcel passes customs, and "
            "what customs want to know of your products is not kept here. Make the label at "
            "EasyPost and put it in below.",
        )
    return None


def _buy(easypost: EasyPost, ask: LabelAsk, settings: LabelSettings) -> MadeLabel | RefusedLabel:
    shipment = easypost.get(f"shipments/{ask.external_id}")
    if not shipment.get("postage_label"):
        rate = choose_rate(shipment.get("rates") or [], settings, ask.method)
        if rate is None:
            return RefusedLabel("no_rate", _no_rate(shipment, settings))
        try:
            body = {"rate": {"id": rate["id"]}}
            shipment = easypost.post(f"shipments/{ask.external_id}/buy", body)
        except EasyPostRefusal as refusal:
            if refusal.code != ALREADY_BOUGHT:
                raise
            shipment = easypost.get(f"shipments/{ask.external_id}")
    return _made(easypost, ask, shipment)


def _made(easypost: EasyPost, ask: LabelAsk, shipment: dict[str, Any]) -> MadeLabel:
    """Load what was bought. :raises TryAgain: it is not all there yet."""
    postage, rate = shipment.get("postage_label") or {}, shipment.get("selected_rate") or {}
    url = postage.get("label_pdf_url") or postage.get("label_url")
    number = shipment.get("tracking_code")
    if not url or not number:
        raise TryAgain("EasyPost has not drawn the label yet.")
    document, content_type = fetch_file(url)
    carrier = str(rate.get("carrier") or "")
    code, code_type, words = None, "", ""
    if ask.method is MethodKind.QR_DROP_OFF:
        code, code_type = _code(easypost, shipment) if carrier in COUNTER_CARRIERS else (None, "")
        words = "" if code else _PRINT_IT
    return MadeLabel(
        external_id=ask.external_id,
        carrier=find_carrier(carrier) or carrier[:50],
        tracking_number=str(number),
        document=document,
        content_type=content_type,
        code_document=code,
        code_type=code_type,
        cost_minor=cost_minor(rate, ask.currency),
        words=words,
    )


def _code(easypost: EasyPost, shipment: dict[str, Any]) -> tuple[bytes | None, str]:
    """Return the picture of the counter's code, made once; (None, "") where it is refused.

    :raises TryAgain: not known.
    """
    url = _form_url(shipment)
    if not url:
        try:
            form = {"form": {"type": "label_qr_code"}}
            url = _form_url(easypost.post(f"shipments/{shipment['id']}/forms", form))
        except EasyPostRefusal:
            return None, ""  # the label was bought all the same, and can be printed
    return fetch_file(url) if url else (None, "")


def _form_url(shipment: dict[str, Any]) -> str:
    for form in shipment.get("forms") or []:
        if form.get("form_type") == "label_qr_code" and form.get("form_url"):
            return str(form["form_url"])
    return ""


def _no_rate(shipment: dict[str, Any], settings: LabelSettings) -> str:
    """Say why there is nothing to buy, with the carriers' own words."""
    said = [
        f"{one.get('carrier', '')}: {one.get('message', '')}".strip(": ")
        for one in shipment.get("messages") or []
        if one.get("message")
    ]
    wanted = " ".join(part for part in (settings.carrier, settings.service) if part)
    words = f"No carrier{f' ({wanted})' if wanted else ''} would take this parcel."
    return " ".join([words, *said])[:500]


def _name_of(shipment: dict[str, Any]) -> str:
    name = str(shipment.get("id") or "")
    if not name.startswith("shp_") or not name.removeprefix("shp_").isalnum():
        raise TryAgain("EasyPost answered with something else than a shipment.")
    return name


EASYPOST_LABELS = EasyPostLabels()
