"""Every address of the console: who may open it, what it needs, what it answers.

A new address without an entry here fails ``test_doors.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from doorstep.connectors.base import api as connectors
from doorstep.console.tests import policy_things as policy
from doorstep.console.tests.shop import JOURNEY, ORDERS_CSV, Things
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.journeys import api as journeys

Args = Callable[[Things], list[Any]]
Data = Callable[[Things], dict[str, Any]]


def _nothing(_things: Things) -> list[Any]:
    return []


@dataclass(frozen=True)
class Door:
    """One address.

    :param read: permission to open the page; "" where there is only a form to send.
    :param write: permission to send the form; "" where there is none.
    :param data: a good form.
    :param sent: what a good form is answered with.
    :param says_gone: an object that is not there is said in a message, as it may have been dealt
        with in another tab; otherwise the answer is 404.
    """

    read: str = ""
    write: str = ""
    args: Args = _nothing
    data: Data = field(default=lambda _things: {})
    sent: int = 302
    says_gone: bool = False

    def url(self, name: str, slug: str, things: Things) -> str:
        """Return the address, in one store, of an object perhaps of another."""
        return reverse(f"console:{name}", args=[slug, *self.args(things)])


def _template(_things: Things) -> list[Any]:
    return ["order_confirmation", "email", "en"]


def _csv() -> SimpleUploadedFile:
    return SimpleUploadedFile("stock.csv", b"sku,location,on_hand\nPOT-MOSS,Berlin workshop,5\n")


def _draft(things: Things, **more: Any) -> dict[str, Any]:
    """A form of the journey builder that begins with the draft as it is now."""
    with store_scope(things.store.id):
        return {"revision": journeys.get_journey(things.journey).revision, **more}


def _easypost(things: Things) -> UUID:
    """A connection that can make return labels, made where there is none."""
    with store_scope(things.store.id):
        known = [one.id for one in connectors.list_connections() if one.kind == "easypost"]
        if known:
            return known[0]
        by = Actor.system("console.tests")
        return connectors.connect_shop(
            kind="easypost", name="EasyPost", secret="s" * 20, by=by, at=now()
        ).id


LABELS = {
    "api_key": "EZTKfernandkettle0123456789", "name": "Fern", "street1": "Weg 1",
    "city": "Berlin", "zip": "10115", "country": "DE", "phone": "+49 30 1", "weight_grams": 900,
    "length_cm": 30, "width_cm": 20, "height_cm": 10,
}  # fmt: skip
ADDRESS = {"name": "Maya", "line1": "Weg 1", "postal_code": "10115", "city": "Berlin", "country_code": "DE"}  # fmt: skip
BRAND = {"name": "Fern & Kettle", "brand_color": "#1f5f4f", "postal_address": "Weg 1"}
DEFAULTS = {
    "timezone": "Europe/Berlin",
    "default_locale": "en",
    "country_code": "DE",
    "production_days_min": 0,
    "production_days_max": 1,
    "transit_days_min": 1,
    "transit_days_max": 3,
    "order_link_days": 90,
}
SMTP = {
    "from_name": "Fern",
    "reply_to": "",
    "from_address": "shop@fern.example",
    "setting-host": "smtp.fern.example",
    "setting-port": "587",
    "setting-security": "starttls",
}
CONTACT_RULES = {
    "cap_email": 3,
    "days_email": 7,
    "hours_sms_marketing": "9",
    "until_sms_marketing": "20",
    "counts_service": "on",
    "defer_days": 3,
}
CLOCKS = {
    "rows": "2",
    "row-0-stalled_hours": "96",
    "row-0-no_scan_hours": "48",
    "row-0-late_hours": "12",
    "row-0-lost_days": "14",
    "row-1-carrier": "dhl",
    "row-1-service_level": "",
    "row-1-stalled_hours": "72",
    "row-1-no_scan_hours": "24",
    "row-1-late_hours": "6",
    "row-1-lost_days": "10",
    "do": "save",
}
RULES = {
    "live_days": 7,
    "review_above": "",
    "closed_dates": "",
    "required_properties": "",
    "gift_card_skus": "",
}

BOX = {
    "name": "Tube",
    "length_mm": 700,
    "width_mm": 80,
    "height_mm": 80,
    "max_weight_grams": 2000,
    "tare_grams": 90,
}
RULE = {
    "name": "Gifts",
    "words": "Ribbon",
    "where-r-kind": "all",
    "where-r.0-fact": "order.is_gift",
    "where-r.0-op": "eq",
    "where-r.0-a": "yes",
    "do": "save",
}
SEGMENT = {
    "name": "First to know",
    "description": "For the spring mail",
    "where-r-kind": "all",
    "where-r.0-fact": "customer.orders",
    "where-r.0-op": "gte",
    "where-r.0-a": "2",
    "do": "save",
}
CARRIER = {
    "name": "Courier",
    "provider": "manual",
    "tracking_url": "https://courier.example/track/{number}",
    "is_active": "on",
    "levels-TOTAL_FORMS": "1",
    "levels-INITIAL_FORMS": "0",
    "levels-0-code": "express",
    "levels-0-name": "Express",
    "levels-0-transit_days_min": "1",
    "levels-0-transit_days_max": "2",
    "levels-0-shipping_methods": "Express",
}

START = {
    "name": "A word to friends",
    "subject": "customer",
    "kind": "event",
    "event": "orders.order_placed",
    "again": "never",
    "goal": "",
}
WHERE = {
    "place": "filter",
    "do": "save",
    "where-r-kind": "all",
    "where-r.0-fact": "customer.orders",
    "where-r.0-op": "gte",
    "where-r.0-a": "2",
}


def _campaign(things: Things) -> dict[str, Any]:
    """A good form of a campaign."""
    return {
        "name": "Spring",
        "segment_id": things.segment,
        "template": "newsletter_welcome",
        "purpose": "marketing",
        "topic": "newsletter",
        "channel": "best",
        "when": "theirs",
        "send_on": "2099-03-01T09:00",
        "per_minute": "600",
        "holdout_percent": "10",
    }


DOORS: dict[str, Door] = {
    "policy": Door("returns.view"),
    "policy-draft": Door("", "returns.policy", data=lambda t: {"do": "begin"}),
    "policy-base": Door("returns.policy", "returns.policy", policy.draft, lambda t: policy.BASE),
    "policy-new-rule": Door(
        "returns.policy", "returns.policy", policy.draft, lambda t: policy.RULE
    ),
    "policy-rule": Door(
        "returns.policy", "returns.policy", policy.draft_rule, lambda t: policy.RULE
    ),
    "policy-rule-change": Door("", "returns.policy", policy.draft_rule, lambda t: {"do": "later"}),
    "policy-new-warranty": Door(
        "returns.policy", "returns.policy", policy.draft, lambda t: policy.WARRANTY
    ),
    "policy-warranty": Door(
        "returns.policy", "returns.policy", policy.draft_warranty, lambda t: policy.WARRANTY
    ),
    "policy-warranty-change": Door(
        "", "returns.policy", policy.draft_warranty, lambda t: {"do": "later"}
    ),
    "policy-publish": Door(
        "returns.policy", "returns.policy", policy.draft, lambda t: {"note": "Kinder"}
    ),
    "policy-versions": Door("returns.view"),
    "policy-restore": Door("", "returns.policy", policy.version),
    "policy-try": Door("returns.view"),
    "policy-parts": Door(
        "returns.view", "returns.policy", data=lambda t: {"name": "Lid"}, sent=422
    ),
    "policy-parts-delete": Door("", "returns.policy", lambda t: [t.asked_return], says_gone=True),
    "policy-holidays": Door("returns.view", "returns.policy", data=lambda t: policy.HOLIDAY),
    "policy-holidays-end": Door("", "returns.policy", policy.extension),
    "policy-reasons": Door("returns.view"),
    "policy-new-reason": Door("returns.policy", "returns.policy", data=lambda t: policy.REASON),
    "policy-reason": Door(
        "returns.policy",
        "returns.policy",
        lambda t: ["damaged"],
        lambda t: {**policy.REASON, "parent": ""},
    ),
    "policy-reason-move": Door(
        "", "returns.policy", lambda t: ["damaged"], lambda t: {"do": "later"}
    ),
    "policy-replays": Door("returns.view", "returns.view", data=policy.replay_form),
    "policy-replay": Door("returns.view", args=policy.replay),
    "policy-replay-cancel": Door("", "returns.view", policy.replay),
    "policy-replay-lines": Door("returns.view", args=policy.replay),
    "home": Door("orders.view"),
    "orders": Door("orders.view"),
    "orders-detail": Door("orders.view", args=lambda t: [t.order]),
    "orders-hold": Door(
        "orders.change", "orders.change", lambda t: [t.order], lambda t: {"hold-text": "Wait"}
    ),
    "orders-release": Door("", "orders.change", lambda t: [t.held_order, t.hold]),
    "orders-address": Door("", "orders.change", lambda t: [t.held_order], lambda t: ADDRESS),
    "orders-note": Door("", "orders.change", lambda t: [t.order], lambda t: {"text": "Hm"}),
    "orders-confirmation": Door("", "messages.send", lambda t: [t.held_order]),
    "returns": Door("returns.view"),
    "returns-scan": Door("returns.receive"),
    "returns-report": Door("returns.view"),
    "returns-detail": Door("returns.view", args=lambda t: [t.asked_return]),
    "returns-decision": Door(
        "", "returns.change", lambda t: [t.asked_return], lambda t: {"do": "approve"}
    ),
    "returns-label": Door(
        "", "returns.change", lambda t: [t.asked_return], lambda t: {"tracking_number": "1Z999"}
    ),
    "returns-repair": Door("", "returns.receive", lambda t: [t.asked_return]),
    "returns-receive": Door(
        "returns.receive",
        "returns.receive",
        lambda t: [t.asked_return],
        lambda t: {"key": "k9", "codes": "1 x SOMETHING"},
        sent=422,
    ),
    "returns-inspection": Door("", "returns.receive", lambda t: [t.asked_return]),
    "returns-disposition": Door(
        "", "returns.receive", lambda t: [t.asked_return], lambda t: {"disposition": "scrap"}
    ),
    "returns-withdrawal": Door(
        "", "returns.change", lambda t: [t.withdrawal], lambda t: {"do": "dismiss", "reason": "Hm"}
    ),
    "returns-make-good": Door(
        "", "returns.change", lambda t: [t.make_good], lambda t: {"do": "decline"}
    ),
    "orders-money": Door(
        "money.view",
        "money.move",
        lambda t: [t.order],
        lambda t: {"key": "k1", "amount": "1", "fee": "", "how": "source", "reason": "Late"},
        sent=200,
    ),
    "orders-money-settle": Door("", "money.move", lambda t: [t.order], lambda t: {"key": "k2"}),
    "orders-money-payment": Door("", "money.move", lambda t: [t.order], lambda t: {"key": "k3"}),
    "orders-change": Door(
        "orders.change",
        "orders.change",
        lambda t: [t.order],
        lambda t: {"what": "delay", "until": "2030-01-01"},
        sent=422,
    ),
    "orders-notice": Door(
        "", "messages.send", lambda t: [t.order], lambda t: {"new_date": "2099-01-01"}
    ),
    "changes": Door("changes.view"),
    "changes-detail": Door("changes.view", args=lambda t: [t.change]),
    "changes-decision": Door(
        "", "changes.decide", lambda t: [t.change], lambda t: {"do": "decline", "words": "No"}
    ),
    "changes-task": Door(
        "", "problems.retry", lambda t: [t.change_task], lambda t: {"do": "retry"}
    ),
    "settings-changes": Door(
        "settings.view",
        "settings.edit",
        data=lambda t: {"pay_within_hours": "12", "countries": "same", "max_delay_days": "30"},
    ),
    "settings-changes-rule": Door(
        "settings.edit",
        "settings.edit",
        lambda t: ["cancel"],
        lambda t: {"where-r-kind": "all", "do": "save", "is_offered": "on", "mode": "auto"},
    ),
    "approvals": Door("money.view"),
    "approvals-decision": Door(
        "", "approvals.decide", lambda t: [t.approval], lambda t: {"decision": "decline"}
    ),
    "settings-limits": Door(
        "settings.view",
        "settings.edit",
        data=lambda t: {"action": "billing.refund", "role": "support", "amount": "50"},
    ),
    # A demo shop never calls out.
    "settings-connection-labels": Door(
        "settings.view", "settings.edit", lambda t: [_easypost(t)], lambda t: LABELS, sent=422
    ),
    "settings-connection-access": Door(
        "",
        "settings.edit",
        lambda t: [t.connection],
        lambda t: {"client_id": "app", "client_secret": "secret"},
    ),
    "conditions": Door(
        "",
        "audiences.view",
        lambda t: ["customer", "where"],
        lambda t: {"where-r-kind": "any", "where-r.0-fact": "customer.tags", "where-do": "add:r"},
        sent=200,
    ),
    "parcels": Door("parcels.view"),
    "parcels-not-understood": Door("parcels.view"),
    "parcels-code": Door(
        "", "parcels.change", lambda t: [t.code], lambda t: {"meaning": "in_transit+departed"}
    ),
    "parcels-detail": Door("parcels.view", args=lambda t: [t.parcel]),
    "parcels-settle": Door(
        "", "parcels.change", lambda t: [t.parcel], lambda t: {"outcome": "found", "note": "There"}
    ),
    "parcels-checkpoint": Door(
        "",
        "parcels.change",
        lambda t: [t.parcel],
        lambda t: {"status": "in_transit", "occurred_at": "", "note": "Phoned"},
    ),
    "customers": Door("customers.view"),
    "customers-detail": Door("customers.view", args=lambda t: [t.customer]),
    "customers-edit": Door(
        "",
        "customers.merge",
        lambda t: [t.customer],
        lambda t: {
            "name": "M",
            "email": "m@example.com",
            "phone": "",
            "country_code": "SE",
            "tags": "a, b",
            "note": "",
        },
    ),
    "customers-preferences": Door(
        "",
        "customers.merge",
        lambda t: [t.customer],
        lambda t: {"preferred_channel": "", "locale": "de", "timezone": ""},
    ),
    "customers-profile": Door(
        "",
        "customers.merge",
        lambda t: [t.customer],
        lambda t: {"birth_day": "29", "birth_month": "2", "sizes": "Shoes: 42"},
    ),
    "customers-merge": Door(
        "", "customers.merge", lambda t: [t.customer], lambda t: {"other": t.other_customer}
    ),
    "customers-undo-merge": Door("", "customers.merge", lambda t: [t.customer, t.merge]),
    "customers-ask": Door("messages.view", args=lambda t: [t.customer]),
    "customers-export": Door("", "customers.merge", lambda t: [t.customer], sent=200),
    "customers-erase": Door("", "settings.edit", lambda t: [t.customer], lambda t: {"sure": "yes"}),
    "customers-dismiss": Door("", "customers.merge", lambda t: [t.suggestion], says_gone=True),
    "journeys": Door("journeys.view"),
    "journeys-new": Door("journeys.edit", "journeys.edit", data=lambda t: {"name": "Thanks"}),
    "journeys-template": Door("journeys.view", args=lambda t: [journeys.list_templates()[0].key]),
    "journeys-import": Door(
        "journeys.edit", "journeys.edit", data=lambda t: {"text": json.dumps(JOURNEY)}
    ),
    "journeys-detail": Door("journeys.view", args=lambda t: [t.journey]),
    "journeys-export": Door("journeys.view", args=lambda t: [t.journey]),
    "journeys-add": Door(
        "",
        "journeys.edit",
        lambda t: [t.journey],
        lambda t: _draft(t, at=":first", kind="wait-for", count="2", unit="days"),
    ),
    "journeys-step": Door(
        "",
        "journeys.edit",
        lambda t: [t.journey],
        lambda t: _draft(t, step="wait-1", count="2", unit="days"),
    ),
    "journeys-rearrange": Door(
        "",
        "journeys.edit",
        lambda t: [t.journey],
        lambda t: _draft(t, do="move", step="wait-1", place="branch-1:yes"),
    ),
    "journeys-start": Door(
        "", "journeys.edit", lambda t: [t.journey], lambda t: _draft(t, open="start", **START)
    ),
    "journeys-condition": Door(
        "journeys.edit", "journeys.edit", lambda t: [t.journey], lambda t: _draft(t, **WHERE)
    ),
    "journeys-undo": Door(
        "", "journeys.edit", lambda t: [t.journey], lambda t: _draft(t, do="undo")
    ),
    "journeys-publication": Door(
        "journeys.edit", "journeys.edit", lambda t: [t.journey], lambda t: _draft(t, do="ask")
    ),
    "journeys-state": Door(
        "", "journeys.publish", lambda t: [t.journey], lambda t: {"do": "pause"}
    ),
    "journeys-versions": Door("journeys.view", args=lambda t: [t.journey]),
    "journeys-version": Door("journeys.view", "journeys.publish", lambda t: [t.journey, 1]),
    "journeys-trial": Door("journeys.view", args=lambda t: [t.journey]),
    "journeys-trial-message": Door(
        "journeys.view", args=lambda t: [t.journey, t.other_customer, 2]
    ),
    "journeys-people": Door("journeys.view", args=lambda t: [t.journey]),
    "journeys-retry": Door("", "journeys.edit", lambda t: [t.journey]),
    "journeys-person": Door("journeys.view", args=lambda t: [t.journey, t.enrollment]),
    "journeys-remove": Door("", "journeys.edit", lambda t: [t.journey, t.enrollment]),
    "journeys-results": Door("journeys.view", args=lambda t: [t.journey]),
    "journeys-winner": Door(
        "", "journeys.publish", lambda t: [t.journey], lambda t: {"step": "split-1", "arm": "A"}
    ),
    "journeys-dry-runs": Door(
        "journeys.view", "journeys.edit", lambda t: [t.journey], lambda t: {"last": "30"}
    ),
    "journeys-dry-run": Door("journeys.view", args=lambda t: [t.journey, t.dry_run]),
    "journeys-dry-run-cancel": Door("", "journeys.edit", lambda t: [t.journey, t.dry_run]),
    "campaigns": Door("journeys.view"),
    "campaigns-new": Door("journeys.edit", "journeys.edit", data=_campaign),
    "campaigns-detail": Door("journeys.view", args=lambda t: [t.campaign]),
    "campaigns-edit": Door(
        "journeys.edit",
        "journeys.edit",
        lambda t: [t.draft_campaign],
        lambda t: {**_campaign(t), "revision": "1"},
    ),
    "campaigns-review": Door("journeys.view", args=lambda t: [t.draft_campaign]),
    "campaigns-start": Door(
        "",
        "journeys.publish",
        lambda t: [t.draft_campaign],
        lambda t: {"revision": "1", "sure": "yes"},
    ),
    "campaigns-stop": Door("", "journeys.publish", lambda t: [t.campaign]),
    "campaigns-copy": Door("", "journeys.edit", lambda t: [t.campaign]),
    "segments": Door("audiences.view"),
    "segments-new": Door("audiences.edit", "audiences.edit", data=lambda t: SEGMENT),
    "segments-count": Door("", "audiences.view", data=lambda t: SEGMENT, sent=200),
    "segments-detail": Door("audiences.view", args=lambda t: [t.segment]),
    "segments-change": Door(
        "audiences.edit",
        "audiences.edit",
        lambda t: [t.segment],
        lambda t: {**SEGMENT, "revision": "1"},
    ),
    "segments-check": Door("", "audiences.edit", lambda t: [t.segment]),
    "segments-state": Door(
        "", "audiences.edit", lambda t: [t.segment], lambda t: {"do": "archive"}
    ),
    "segments-export": Door("", "audiences.edit", lambda t: [t.segment], sent=200),
    "imports": Door(
        "orders.import",
        "orders.import",
        data=lambda t: {
            "file": SimpleUploadedFile("o.csv", ORDERS_CSV),
            "mode": "history",
            "channel": "shopify",
        },
    ),
    "imports-run": Door("orders.import", args=lambda t: [t.run]),
    "imports-problems": Door("orders.import", args=lambda t: [t.run]),
    "stock": Door("inventory.view"),
    "stock-import": Door(
        "inventory.adjust", "inventory.adjust", data=lambda t: {"file": _csv()}, sent=200
    ),
    "stock-safety": Door(
        "", "inventory.adjust", data=lambda t: {"quantity": "2", "channel": "", "variant": ""}
    ),
    "stock-locations": Door(
        "",
        "settings.edit",
        data=lambda t: {"name": "Shed", "kind": "own", "priority": "30", "country_code": ""},
    ),
    "stock-variant": Door("inventory.view", args=lambda t: [t.variant]),
    "stock-adjust": Door(
        "",
        "inventory.adjust",
        lambda t: [t.variant],
        lambda t: {
            "location_id": t.location,
            "quantity": 5,
            "mode": "on_hand",
            "reason": "counted",
            "note": "x",
        },
    ),
    "messages": Door("messages.view"),
    "messages-suppressions": Door(
        "messages.view",
        "messages.send",
        data=lambda t: {"channel": "email", "address": "no@example.com", "reason": "asked"},
    ),
    "messages-sign-ups": Door(
        "settings.view",
        "settings.edit",
        data=lambda _t: {"shown_topics": ["offers"], "keeps_network": "none"},
    ),
    "messages-sign-ups-import": Door("", "customers.merge"),
    "messages-detail": Door("messages.view", args=lambda t: [t.message]),
    "messages-body": Door("messages.view", args=lambda t: [t.message]),
    "messages-retry": Door("", "messages.send", lambda t: [t.message]),
    "wallet": Door("wallet.view"),
    "wallet-issue": Door(
        "wallet.issue",
        "wallet.issue",
        data=lambda t: {"key": "doors", "amount": "25", "currency": "EUR"},
        sent=200,
    ),
    "wallet-report": Door("wallet.view"),
    "wallet-customer": Door(
        "wallet.view",
        "wallet.issue",
        lambda t: [t.customer],
        lambda t: {"key": "doors", "amount": "5", "currency": "EUR", "words": "Sorry"},
    ),
    "wallet-card": Door("wallet.view", args=lambda t: [t.gift_card]),
    "wallet-disable": Door(
        "", "wallet.issue", lambda t: [t.gift_card], lambda t: {"reason": "Lost"}
    ),
    "wallet-enable": Door("", "wallet.issue", lambda t: [t.gift_card]),
    "wallet-resend": Door(
        "", "wallet.issue", lambda t: [t.gift_card], lambda t: {"recipient_email": "t@example.com"}
    ),
    "mailbox": Door("messages.view"),
    "products": Door("templates.view"),
    "products-detail": Door(
        "templates.view",
        "templates.edit",
        lambda t: [t.product],
        lambda t: {"how_to": "Brew it.", "run_out_days": "30", "care_de": "Trocken lagern."},
    ),
    "products-price": Door(
        "",
        "inventory.adjust",
        lambda t: [t.product, t.variant],
        lambda t: {"amount": "12.50", "currency": "EUR"},
        says_gone=False,
    ),
    "products-import": Door(
        "templates.edit",
        "templates.edit",
        data=lambda t: {"file": SimpleUploadedFile("care.csv", b"sku,care\nPOT-MOSS,Rinse it\n")},
        sent=200,
    ),
    "templates": Door("templates.view"),
    "templates-own": Door(
        "",
        "templates.edit",
        data=lambda t: {"name": "A word", "base": "customer", "purpose": "marketing"},
    ),
    "templates-delete": Door("", "templates.edit", lambda t: [t.own_message], says_gone=True),
    "templates-editor": Door(
        "templates.view",
        "templates.edit",
        _template,
        lambda t: {
            "subject": "Hi {{ order.number }}",
            "preheader": "",
            "body": "<mjml></mjml>",
            "text": "x",
            "order": "",
            "do": "save",
        },
    ),
    "templates-preview": Door("templates.view", args=_template),
    "templates-look": Door(
        "",
        "templates.view",
        lambda t: ["order_confirmation", "en"],
        lambda t: {"subject": "Hi", "editor": "blocks"},
        sent=200,
    ),
    "problems": Door("problems.view"),
    "problems-retry-all": Door("", "problems.retry"),
    "problems-delivery": Door("problems.view", args=lambda t: [t.delivery]),
    "problems-delivery-body": Door("problems.view", args=lambda t: [t.delivery]),
    "problems-retry": Door("", "problems.retry", lambda t: [t.delivery]),
    "problems-discard": Door(
        "", "problems.retry", lambda t: [t.delivery], lambda t: {"reason": "a test"}
    ),
    "problems-parked": Door("", "problems.retry", lambda t: [4_000_000], says_gone=True),
    "problems-signatures": Door("", "problems.retry", lambda t: [t.connection]),
    "problems-refunds": Door("money.view"),
    "problems-refund": Door(
        "", "money.move", lambda t: [t.refund], lambda t: {"do": "paid", "reference": "SEPA 77"}
    ),
    "problems-payment": Door("", "problems.retry", lambda t: [t.payment_call], says_gone=True),
    "settings-payments": Door(
        "settings.view",
        "settings.edit",
        # The demo shop never connects Stripe: a good form is refused in words.
        data=lambda t: {"api_key": "sk_test_0123456789", "webhook_secret": "whsec_0123456789"},
        sent=422,
    ),
    "settings-connections": Door(
        "settings.view",
        "settings.edit",
        data=lambda t: {"kind": "woocommerce", "name": "Second", "secret": "long enough"},
    ),
    "settings-connection": Door(
        "settings.view",
        "settings.edit",
        lambda t: [t.connection],
        lambda t: {"name": "Renamed", "stale_after_hours": 24, "is_active": "on"},
    ),
    "settings-secret": Door(
        "", "settings.edit", lambda t: [t.connection], lambda t: {"secret": "another secret"}
    ),
    "settings-sender": Door(
        "settings.view", "settings.edit", lambda t: ["email", "smtp"], lambda t: SMTP
    ),
    "settings-sender-end": Door("", "settings.edit", lambda t: [t.sender]),
    "settings-sender-first": Door("", "settings.edit", lambda t: [t.sender]),
    "settings": Door("settings.view", "settings.edit", data=lambda t: BRAND),
    "settings-defaults": Door("settings.view", "settings.edit", data=lambda t: DEFAULTS),
    "stock-packing": Door(
        "",
        "inventory.adjust",
        lambda t: [t.variant],
        lambda t: {"weight_grams": "200", "barcode": "401", "handling_classes": ["fragile"]},
    ),
    "shipments": Door("shipments.view"),
    "shipments-papers": Door(
        "",
        "shipments.view",
        data=lambda t: {"shipment": [t.to_pack], "do": "packing_slip", "state": "to_pack"},
    ),
    "shipments-changes": Door(
        "",
        "shipments.change",
        data=lambda t: {"shipment": [t.packed], "do": "shipped", "state": "packed"},
    ),
    "shipments-detail": Door("shipments.view", args=lambda t: [t.packed]),
    "shipments-state": Door(
        "",
        "shipments.change",
        lambda t: [t.packed],
        lambda t: {"do": "reopen", "reason": "Wrong box", "from": "packing"},
    ),
    "shipments-split": Door("", "shipments.change", lambda t: [t.to_pack], sent=422),
    "shipments-number": Door(
        "",
        "shipments.change",
        lambda t: [t.packed_parcel],
        lambda t: {"tracking_number": "1Z999AA10123456784", "service": ""},
    ),
    "shipments-available": Door("", "shipments.change", lambda t: [t.held_order]),
    "packing": Door("shipments.change"),
    "packing-number": Door("shipments.change"),
    "packing-shipment": Door(
        "shipments.change",
        "shipments.change",
        lambda t: [t.to_pack],
        lambda t: {"do": "scan", "scan": "TEA-ASSAM-250", "boxes": "1", "note": ""},
        sent=409,
    ),
    "settings-carriers": Door(
        "settings.view",
        "settings.edit",
        data=lambda t: {"cut_off_hour": "12", "catch_up_days": "3", "tells_late": "on"},
    ),
    "settings-carriers-new": Door(
        "settings.edit", "settings.edit", data=lambda t: {"code": "ups", **CARRIER}
    ),
    "settings-carrier": Door(
        "settings.edit", "settings.edit", lambda t: [t.carrier], lambda t: CARRIER
    ),
    "settings-carrier-removal": Door("", "settings.edit", lambda t: [t.carrier]),
    "shipments-paper": Door("shipments.view", args=lambda t: [t.shipment, "packing_slip"]),
    "settings-packing": Door(
        "settings.view", "settings.edit", data=lambda t: {"paper": "a4", "return_policy": "30 days"}
    ),
    "settings-packing-new-box": Door("settings.edit", "settings.edit", data=lambda t: BOX),
    "settings-packing-box": Door(
        "settings.edit", "settings.edit", lambda t: [t.box], lambda t: BOX
    ),
    "settings-packing-class": Door(
        "settings.edit", "settings.edit", lambda t: ["fragile"], lambda t: {"infill": "Straw"}
    ),
    "settings-packing-new-rule": Door(
        "settings.edit", "settings.edit", lambda t: ["order"], lambda t: RULE
    ),
    "settings-packing-rule": Door(
        "settings.edit", "settings.edit", lambda t: [t.packing_rule], lambda t: RULE
    ),
    "settings-packing-rule-change": Door(
        "", "settings.edit", lambda t: [t.packing_rule], lambda t: {"do": "delete"}
    ),
    "settings-site": Door(
        "settings.view",
        "settings.edit",
        data=lambda t: {"is_on": "on", "origins": "https://fern.example", "anonymous_days": "90"},
    ),
    "settings-site-secret": Door("", "settings.edit", data=lambda t: {"do": "show"}, sent=200),
    "settings-tracking": Door("settings.view", "settings.edit", data=lambda t: CLOCKS),
    "settings-tracking-steps": Door(
        "", "settings.edit", data=lambda t: {"steps": ["shipped", "problem"]}
    ),
    "settings-contact": Door("settings.view", "settings.edit", data=lambda t: CONTACT_RULES),
    "settings-orders": Door("settings.view", "settings.edit", data=lambda t: RULES),
    "settings-team": Door(
        "settings.view",
        "staff.edit",
        data=lambda t: {"email": "new@fern.example", "name": "Nele", "role": "support"},
        sent=200,
    ),
    "settings-member": Door(
        "", "staff.edit", lambda t: [t.member], lambda t: {"role": "support", "do": ""}
    ),
    "settings-api-keys": Door(
        "settings.view",
        "settings.edit",
        data=lambda t: {"name": "Till", "scopes": ["orders.view"]},
        sent=200,
    ),
    "settings-api-key-revocation": Door("", "settings.edit", lambda t: [t.api_key]),
    "settings-logo": Door("settings.view"),
    "settings-webhooks": Door(
        "settings.view",
        "settings.edit",
        data=lambda t: {"url": "https://till.example.com/hooks", "event_types": ["order.placed"]},
        sent=200,
    ),
    "settings-webhook": Door(
        "settings.view",
        "settings.edit",
        lambda t: [t.webhook],
        lambda t: {"url": "https://other.example.com/hooks", "description": "ERP"},
    ),
    "settings-webhook-secret": Door(
        "", "settings.edit", lambda t: [t.webhook], lambda t: {"do": "reveal"}, sent=200
    ),
    "settings-webhook-state": Door(
        "", "settings.edit", lambda t: [t.webhook], lambda t: {"do": "disable"}
    ),
    "settings-webhook-test": Door("", "settings.edit", lambda t: [t.webhook]),
    "settings-webhook-replays": Door(
        "",
        "problems.retry",
        lambda t: [t.webhook],
        lambda t: {"since": "2026-01-01T00:00", "event_type": "order.placed"},
    ),
    "settings-webhook-delivery": Door("problems.view", args=lambda t: [t.webhook_delivery]),
    "settings-webhook-replay": Door("", "problems.retry", lambda t: [t.webhook_delivery]),
    "settings-webhook-discard": Door("", "problems.retry", lambda t: [t.webhook_delivery]),
}
