"""What each format's codes mean, and the traps of each, by small bodies of our own."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from doorstep.connectors.base.contracts import Rejected
from doorstep.connectors.carriers.formats import (
    aftership,
    amazon,
    canadapost,
    dhl_express,
    easypost,
    fedex,
    gls,
    la_poste,
    seventeen_track,
    shippo,
    ups,
    usps,
)  # fmt: skip
from doorstep.connectors.carriers.normalize import detect_and_normalize
from doorstep.connectors.carriers.words import meaning_of as words_of
from doorstep.rooms.tracking.contracts import Substatus, TrackingReport, TrackingStatus

T = TrackingStatus
S = Substatus


def report(body: Any) -> TrackingReport:
    """Normalize a body that holds one report."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    (one,) = detect_and_normalize(raw)
    assert isinstance(one, TrackingReport), one
    return one


def rejected(body: Any) -> Rejected:
    """Normalize a body that holds none."""
    (one,) = detect_and_normalize(json.dumps(body).encode())
    assert isinstance(one, Rejected), one
    return one


# -- aggregators --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "subtag", "status", "substatus"),
    [
        ("Pending", "Pending_001", T.PENDING, S.NONE),
        ("InfoReceived", "InfoReceived_001", T.INFO_RECEIVED, S.NONE),
        ("InTransit", "InTransit_004", T.IN_TRANSIT, S.ARRIVED),
        ("InTransit", "InTransit_006", T.IN_TRANSIT, S.CUSTOMS),
        ("InTransit", "InTransit_099", T.IN_TRANSIT, S.NONE),
        ("OutForDelivery", "OutForDelivery_001", T.OUT_FOR_DELIVERY, S.NONE),
        ("AttemptFail", "AttemptFail_002", T.ATTEMPT_FAILED, S.NOBODY_HOME),
        ("AvailableForPickup", "", T.AVAILABLE_FOR_PICKUP, S.NONE),
        ("Delivered", "Delivered_003", T.DELIVERED, S.SIGNED),
        ("Exception", "Exception_004", T.EXCEPTION, S.CUSTOMS_HELD),
        ("Exception", "Exception_010", T.RETURNED, S.RETURNING),
        ("Exception", "Exception_011", T.RETURNED, S.RETURNED_TO_SENDER),
        ("Exception", "Exception_012", T.EXCEPTION, S.DAMAGED),
        ("Exception", "Exception_013", T.EXCEPTION, S.LOST),
        ("Expired", "Expired_001", T.EXPIRED, S.NONE),
        ("Somersault", "", None, S.NONE),
    ],
)
def test_aftership_tags(tag: str, subtag: str, status: T | None, substatus: S) -> None:
    assert tuple(aftership.meaning_of(tag, subtag)) == (status, substatus)


def test_aftership_webhook_of_a_dated_version() -> None:
    one = report({
        "event": "tracking_update", "event_id": "1c6c6c3e-0000-4000-8000-000000000000", "ts": 1,
        "msg": {
            "tracking_number": "1z 999-aa1 0123456784", "slug": "ups", "tag": "InTransit",
            "subtag": "InTransit_003", "order_number": "#1042",
            "destination_country_region": "DEU", "signed_by": None,
            "courier_estimated_delivery": {
                "type": "range", "datetime_min": "2026-03-05", "datetime_max": "2026-03-07T18:00:00",
            },
            "next_couriers": [{"slug": "usps", "tracking_number": "9400111206206406260787"}],
            "checkpoints": {
                "checkpoint_time": "2026-03-02T10:00:00", "tag": "InTransit",
                "subtag": "InTransit_003", "country_region": "DEU", "city": "Köln",
            },
        },
    })  # fmt: skip
    assert one.tracking_number == "1Z999AA10123456784"
    assert (one.carrier, one.reference, one.destination_country) == ("ups", "#1042", "DE")
    assert (one.estimated_from, one.estimated_to) == (date(2026, 3, 5), date(2026, 3, 7))
    assert one.linked_numbers == (("usps", "9400111206206406260787"),)
    (step,) = one.checkpoints
    assert step.occurred_at == datetime(2026, 3, 2, 10)
    assert (step.substatus, step.country_code, step.city) == (S.ARRIVED, "DE", "Köln")


def test_aftership_errors() -> None:
    body = {"meta": {"code": 4004, "type": "NotFound", "message": "Tracking does not exist."}}
    assert rejected(body | {"data": {}}).code == "not_found"
    body = {"meta": {"code": 401, "type": "Unauthorized", "message": "Invalid API key."}}
    assert rejected(body).code == "auth_error"


@pytest.mark.parametrize(
    ("status", "detail", "wanted"),
    [
        ("pre_transit", "label_created", (T.INFO_RECEIVED, S.NONE)),
        ("pre_transit", "status_update", (T.INFO_RECEIVED, S.NONE)),
        ("in_transit", "arrived_at_facility", (T.IN_TRANSIT, S.ARRIVED)),
        ("in_transit", "held", (T.EXCEPTION, S.HELD)),
        ("in_transit", "on_hold", (T.EXCEPTION, S.HELD)),
        ("in_transit", "weather_delay", (T.EXCEPTION, S.WEATHER)),
        ("in_transit", "somersault", (T.IN_TRANSIT, S.NONE)),
        ("out_for_delivery", "out_for_delivery", (T.OUT_FOR_DELIVERY, S.NONE)),
        ("delivered", "arrived_at_destination", (T.DELIVERED, S.NONE)),
        ("available_for_pickup", "", (T.AVAILABLE_FOR_PICKUP, S.NONE)),
        ("return_to_sender", "return", (T.RETURNED, S.RETURNING)),
        ("failure", "lost", (T.EXCEPTION, S.LOST)),
        ("failure", "unknown", (T.EXCEPTION, S.OTHER)),
        ("cancelled", "cancelled", (T.EXCEPTION, S.CANCELED)),
        ("unknown", "unknown", (T.PENDING, S.NONE)),
        ("somersault", "", (None, S.NONE)),
    ],
)
def test_easypost_statuses(status: str, detail: str, wanted: tuple[T | None, S]) -> None:
    assert tuple(easypost.meaning_of(status, detail)) == wanted


def test_easypost_takes_the_local_day() -> None:
    one = report({
        "object": "Event", "description": "tracker.updated", "result": {
            "object": "Tracker", "tracking_code": "1Z999AA10123456784", "carrier": "UPSDAP",
            "mode": "test", "status": "delivered", "signed_by": "M. Perez",
            "est_delivery_date": "2026-03-06T02:00:00Z", "tracking_details": [],
            "carrier_detail": {"est_delivery_date_local": "2026-03-05", "service": "Ground",
                               "alternate_identifier": "9400111206206406260787"},
        },
    })  # fmt: skip
    assert one.estimated_to == date(2026, 3, 5)
    assert (one.carrier, one.is_test, one.signed_by) == ("ups", True, "M. Perez")
    assert one.linked_numbers == (("usps", "9400111206206406260787"),)


@pytest.mark.parametrize(
    ("status", "substatus", "words", "wanted"),
    [
        ("PRE_TRANSIT", "information_received", "", (T.INFO_RECEIVED, S.NONE)),
        ("TRANSIT", "out_for_delivery", "", (T.OUT_FOR_DELIVERY, S.NONE)),
        ("TRANSIT", "", "Your shipment is out for delivery.", (T.OUT_FOR_DELIVERY, S.NONE)),
        ("TRANSIT", "notice_left", "", (T.ATTEMPT_FAILED, S.NOBODY_HOME)),
        ("TRANSIT", "package_held", "", (T.EXCEPTION, S.HELD)),
        ("DELIVERED", "delivered", "", (T.DELIVERED, S.NONE)),
        ("RETURNED", "return_to_sender", "", (T.RETURNED, S.RETURNING)),
        ("FAILURE", "package_lost", "", (T.EXCEPTION, S.LOST)),
        ("UNKNOWN", "other", "Somersault", (None, S.NONE)),
    ],
)
def test_shippo_statuses(
    status: str, substatus: str, words: str, wanted: tuple[T | None, S]
) -> None:
    assert tuple(shippo.meaning_of(status, substatus, words)) == wanted


def test_shippo_webhook() -> None:
    one = report({
        "event": "track_updated", "test": False, "data": {
            "carrier": "dhl_express", "tracking_number": "3318810025", "metadata": "Order 1042",
            "tracking_status": {"status": "TRANSIT", "substatus": {"code": "delayed"},
                                "status_date": "2026-03-02T10:00:00Z"},
            "eta": "2026-03-09T00:00:00Z", "tracking_history": None,
        },
    })  # fmt: skip
    assert (one.carrier, one.reference, one.substatus) == ("dhl_express", "Order 1042", S.DELAYED)
    assert one.status_at == datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize("code", [*seventeen_track.STATUSES, *seventeen_track.SUBSTATUSES])
def test_17track_knows_its_own_codes(code: str) -> None:
    assert seventeen_track.meaning_of(code, code).status is not None


def _track_info() -> dict[str, Any]:
    event = {"time_iso": "2026-03-02T10:00:00+08:00", "description": "Departed", "stage": None,
             "sub_status": "InTransit_Departure", "address": None}  # fmt: skip
    return {
        "latest_status": {"status": "Exception", "sub_status": "Exception_Returned"},
        "time_metrics": {"estimated_delivery_date": {"from": "2026-03-05T00:00:00+01:00",
                                                     "to": "2026-03-07T00:00:00+01:00"}},
        "misc_info": {"local_provider": "DHL Paket", "local_number": "00340434161094015902"},
        "tracking": {"providers": [
            {"provider": {"key": 190012, "name": "Yanwen"}, "events": [event]},
            {"provider": {"key": 7041, "name": "DHL Paket"}, "events": {"time_iso": None,
             "time_utc": "2026-03-03T09:00:00Z", "description": "Zugestellt", "stage": "Returned"}},
        ]},
    }  # fmt: skip


@pytest.mark.parametrize("is_nested", [True, False])
def test_17track_in_both_nestings(is_nested: bool) -> None:
    info = _track_info()
    data: dict[str, Any] = {"number": "UL123456789YP", "carrier": 190012, "tag": "1042"}
    data |= {"track_info": info} if is_nested else {"track_info": {}, **info}
    one = report({"event": "TRACKING_UPDATED", "data": data})
    assert (one.status, one.substatus) == (T.RETURNED, S.RETURNED_TO_SENDER)
    assert (one.carrier, one.reference, len(one.checkpoints)) == ("yanwen", "1042", 2)
    assert (one.estimated_from, one.estimated_to) == (date(2026, 3, 5), date(2026, 3, 7))
    assert ("dhl", "00340434161094015902") in one.linked_numbers
    assert one.checkpoints[1].occurred_at == datetime(2026, 3, 3, 9, tzinfo=UTC)


def test_17track_stops_and_lists() -> None:
    stopped = {"event": "TRACKING_STOPPED", "data": {"number": "UL123456789YP", "carrier": 190012}}
    assert report(stopped).status is T.EXPIRED
    found = detect_and_normalize(json.dumps({"code": 0, "data": {
        "accepted": [{"number": "UL123456789YP", "carrier": 190012, "track_info": _track_info()}],
        "rejected": [{"number": "X1234567", "error": {"code": -18019902,
                      "message": "The tracking number does not register"}}],
    }}).encode())  # fmt: skip
    assert [type(one) for one in found] == [TrackingReport, Rejected]


# -- carriers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "words", "wanted"),
    [
        ("M", "MP", "Shipper created a label, UPS has not received the package yet.",
         (T.INFO_RECEIVED, S.NONE)),
        ("I", "AR", "Arrived at Facility", (T.IN_TRANSIT, S.ARRIVED)),
        ("I", "OF", "Out For Delivery Today", (T.OUT_FOR_DELIVERY, S.NONE)),
        ("D", "FS", "DELIVERED", (T.DELIVERED, S.NONE)),
        ("X", "SR", "Your package was released by the customs agency.", (T.IN_TRANSIT, S.CUSTOMS)),
        ("X", "48", "The receiver was not available for delivery.", (T.EXCEPTION, S.DELAYED)),
        ("RS", "", "Returned to Sender", (T.RETURNED, S.RETURNED_TO_SENDER)),
        ("MV", "", "", (T.EXCEPTION, S.CANCELED)),
        ("", "021", "", (T.OUT_FOR_DELIVERY, S.NONE)),
        ("", "040", "", (T.AVAILABLE_FOR_PICKUP, S.NONE)),
    ],
)  # fmt: skip
def test_ups_activities(kind: str, code: str, words: str, wanted: tuple[T, S]) -> None:
    if code == "48":
        assert ups.meaning_of(kind, code, "", words).status in (T.EXCEPTION, T.ATTEMPT_FAILED)
    else:
        assert tuple(ups.meaning_of(kind, code, "", words)) == wanted


def test_ups_times_and_alert() -> None:
    one = report({"trackResponse": {"shipment": {"inquiryNumber": "1Z999AA10123456784", "package": {
        "trackingNumber": "1Z999AA10123456784", "deliveryDate": [{"type": "SDD", "date": "20260305"},
        {"type": "RDD", "date": "20260306"}],
        "packageAddress": [{"type": "DESTINATION", "address": {"countryCode": "US"}}],
        "activity": [
            {"date": "20260302", "time": "101112", "gmtDate": "20260302", "gmtTime": "15:11:12",
             "gmtOffset": "-05:00", "status": {"type": "I", "description": "Arrival Scan"}},
            {"date": "20260301", "time": "101112", "status": {"type": "P"}},
        ],
    }}}})  # fmt: skip
    assert one.checkpoints[0].occurred_at == datetime(2026, 3, 2, 15, 11, 12, tzinfo=UTC)
    assert one.checkpoints[1].occurred_at == datetime(2026, 3, 1, 10, 11, 12)
    assert (one.estimated_to, one.destination_country) == (date(2026, 3, 6), "US")
    alert = report({
        "trackingNumber": "1Z999AA10123456784", "localActivityDate": "20260302",
        "localActivityTime": "101112", "activityStatus": {"type": "D", "description": "Delivered"},
    })  # fmt: skip
    assert (alert.source, alert.status, len(alert.checkpoints)) == ("ups", T.DELIVERED, 1)


@pytest.mark.parametrize(
    ("code", "derived", "exception", "delay", "wanted"),
    [
        ("OC", "IN", "", "", (T.INFO_RECEIVED, S.NONE)),
        ("PU", "PU", "", "", (T.IN_TRANSIT, S.PICKED_UP)),
        ("OD", "IT", "", "", (T.OUT_FOR_DELIVERY, S.NONE)),
        ("DE", "DE", "08", "", (T.ATTEMPT_FAILED, S.NOBODY_HOME)),
        ("DE", "DE", "07", "", (T.EXCEPTION, S.REFUSED)),
        ("SE", "SE", "", "WEATHER", (T.EXCEPTION, S.WEATHER)),
        ("CD", "CD", "", "", (T.EXCEPTION, S.CUSTOMS_HELD)),
        ("HL", "HL", "", "", (T.AVAILABLE_FOR_PICKUP, S.NONE)),
        ("DL", "DL", "", "", (T.DELIVERED, S.NONE)),
        ("IT", "RS", "", "", (T.RETURNED, S.RETURNING)),
        ("DL", "RS", "", "", (T.RETURNED, S.RETURNED_TO_SENDER)),
        ("ZZ", "AR", "", "", (T.IN_TRANSIT, S.ARRIVED)),
        ("ZZ", "", "", "", (None, S.NONE)),
    ],
)
def test_fedex_codes(
    code: str, derived: str, exception: str, delay: str, wanted: tuple[T | None, S]
) -> None:
    assert tuple(fedex.meaning_of(code, derived, exception, "", delay)) == wanted


@pytest.mark.parametrize(
    ("code", "words", "wanted"),
    [
        ("01", "Delivered, In/At Mailbox", (T.DELIVERED, S.TO_SAFE_PLACE)),
        ("01", "Delivered, Parcel Locker", (T.DELIVERED, S.TO_LOCKER)),
        ("01", "Delivered, To Original Sender", (T.RETURNED, S.RETURNED_TO_SENDER)),
        (
            "02",
            "Notice Left (No Authorized Recipient Available)",
            (T.ATTEMPT_FAILED, S.NOBODY_HOME),
        ),
        ("04", "Refused", (T.EXCEPTION, S.REFUSED)),
        ("09", "Return to Sender Processed", (T.RETURNED, S.RETURNING)),
        ("21", "No Such Number", (T.EXCEPTION, S.ADDRESS_PROBLEM)),
        ("GX", "Shipping Label Created, USPS Awaiting Item", (T.INFO_RECEIVED, S.NONE)),
        ("OF", "Out for Delivery", (T.OUT_FOR_DELIVERY, S.NONE)),
        ("14", "Available for Pickup", (T.AVAILABLE_FOR_PICKUP, S.NONE)),
        ("??", "", (None, S.NONE)),
    ],
)
def test_usps_codes(code: str, words: str, wanted: tuple[T | None, S]) -> None:
    assert tuple(usps.meaning_of(code, words)) == wanted


def test_usps_json_with_and_without_zone() -> None:
    one = report([{
        "trackingNumber": "9400 1112 0620 6406 2607 87", "statusCategory": "Delivered",
        "status": "Delivered, Front Door/Porch", "expectedDeliveryDate": "March 3, 2026",
        "trackingEvents": {"eventTimestamp": "2026-03-02T13:58:00", "eventCode": "01",
                           "eventType": "Delivered, Front Door/Porch", "name": "R TYLER"},
    }])  # fmt: skip
    assert one.tracking_number == "9400111206206406260787"
    assert one.checkpoints[0].occurred_at == datetime(2026, 3, 2, 13, 58)
    assert (one.signed_by, one.estimated_to) == ("R TYLER", date(2026, 3, 3))
    assert one.substatus is S.TO_SAFE_PLACE


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("0174", (T.OUT_FOR_DELIVERY, S.NONE)),
        ("174", (T.OUT_FOR_DELIVERY, S.NONE)),
        ("1498", (T.DELIVERED, S.NONE)),
        ("20", (T.DELIVERED, S.SIGNED)),
        ("0020", (T.DELIVERED, S.SIGNED)),
        ("1479", (T.ATTEMPT_FAILED, S.NOBODY_HOME)),
        ("1701", (T.AVAILABLE_FOR_PICKUP, S.NONE)),
        ("3000", (T.INFO_RECEIVED, S.NONE)),
        ("0173", (T.EXCEPTION, S.ADDRESS_PROBLEM)),
        ("9999", (None, S.NONE)),
    ],
)
def test_canada_post_codes(code: str, wanted: tuple[T | None, S]) -> None:
    assert tuple(canadapost.meaning_of(code, "")) == wanted


def test_canada_post_summary_and_site() -> None:
    xml = (
        b"<tracking-summary><pin-summary><pin>7023210039414604</pin><event-type>DELIVERED"
        b"</event-type><event-date-time>20110404:121500</event-date-time><event-description>"
        b"Item successfully delivered</event-description></pin-summary></tracking-summary>"
    )
    one = report(xml)
    assert (one.status, one.checkpoints[0].occurred_at) == (
        T.DELIVERED, datetime(2011, 4, 4, 12, 15),
    )  # fmt: skip
    site = report({"pin": "7023210039414604", "status": "Delivered", "events": [
        {"cd": "1496", "descEn": "Delivered", "datetime": {"date": "2026-03-02", "time": "10:00:00",
         "zoneOffset": "-05:00"}, "locationAddr": {"city": "QUEBEC", "countryCd": "CA"}}]})  # fmt: skip
    assert site.checkpoints[0].occurred_at == datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("PU", (T.IN_TRANSIT, S.PICKED_UP)),
        ("DF", (T.IN_TRANSIT, S.DEPARTED)),
        ("CD", (T.EXCEPTION, S.CUSTOMS_HELD)),
        ("CC", (T.AVAILABLE_FOR_PICKUP, S.NONE)),
        ("WC", (T.OUT_FOR_DELIVERY, S.NONE)),
        ("NH", (T.ATTEMPT_FAILED, S.NOBODY_HOME)),
        ("OH", (T.EXCEPTION, S.HELD)),
        ("OK", (T.DELIVERED, S.NONE)),
        ("RT", (T.RETURNED, S.RETURNING)),
        ("BA", (T.EXCEPTION, S.ADDRESS_PROBLEM)),
        ("??", (None, S.NONE)),
    ],
)
def test_dhl_express_codes(code: str, wanted: tuple[T | None, S]) -> None:
    assert tuple(dhl_express.meaning_of(code, "")) == wanted


@pytest.mark.parametrize(
    ("code", "status"),
    [("DR1", T.INFO_RECEIVED), ("PC1", T.IN_TRANSIT), ("ET1", T.IN_TRANSIT),
     ("DO3", T.EXCEPTION), ("ND1", T.ATTEMPT_FAILED), ("AG1", T.AVAILABLE_FOR_PICKUP),
     ("RE1", T.RETURNED), ("DI1", T.DELIVERED), ("MD2", T.OUT_FOR_DELIVERY), ("XX9", None)],
)  # fmt: skip
def test_la_poste_codes(code: str, status: T | None) -> None:
    assert la_poste.meaning_of(code, "").status is status


@pytest.mark.parametrize(
    ("code", "status"),
    [("INTIAL.PREADVICE", T.INFO_RECEIVED), ("INTIAL.NORMAL", T.IN_TRANSIT),
     ("OUTDEL.NORMAL", T.OUT_FOR_DELIVERY), ("DELIVD.PARCELSHOP", T.AVAILABLE_FOR_PICKUP),
     ("DELIVD.NORMAL", T.DELIVERED), ("NOTDEL.ABSENT", T.ATTEMPT_FAILED), ("ZZZ.A", None)],
)  # fmt: skip
def test_gls_codes(code: str, status: T | None) -> None:
    assert gls.meaning_of(code, "").status is status


def test_amazon_delivered_back_is_returned() -> None:
    assert amazon.meaning_of("Delivered", False).status is T.DELIVERED
    assert tuple(amazon.meaning_of("Delivered", True)) == (T.RETURNED, S.RETURNED_TO_SENDER)
    assert tuple(amazon.meaning_of("Departed", True)) == (T.RETURNED, S.RETURNING)
    assert amazon.milestone("SOMERSAULT", "", "").status is None


# -- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Your parcel could not be delivered", T.ATTEMPT_FAILED),
        ("Package not delivered", T.ATTEMPT_FAILED),
        ("Scheduled to be delivered tomorrow", None),
        ("Votre colis est livré.", T.DELIVERED),
        ("Die Sendung wurde erfolgreich zugestellt", T.DELIVERED),
        ("Die Sendung wurde in das Zustellfahrzeug geladen", T.OUT_FOR_DELIVERY),
        ("El envío ha sido entregado", T.DELIVERED),
        ("Return to sender", T.RETURNED),
        ("Package released by customs", T.IN_TRANSIT),
        ("Held in customs", T.EXCEPTION),
        ("Abracadabra", None),
        ("", None),
    ],
)
def test_words_only_where_they_are_plain(words: str, status: T | None) -> None:
    assert words_of(words).status is status


def test_an_unknown_code_is_kept_and_named() -> None:
    one = report({"carrier": "ups", "tracking_number": "1Z999AA10123456784", "tracking_history": [
        {"status": "SOMERSAULT", "status_details": "Abracadabra",
         "status_date": "2026-03-02T10:00:00Z"}]})  # fmt: skip
    (step,) = one.checkpoints
    assert (step.status, step.code, step.description) == (None, "SOMERSAULT", "Abracadabra")
    assert one.warnings == ("not understood: SOMERSAULT",)
    assert step.raw["status"] == "SOMERSAULT"
