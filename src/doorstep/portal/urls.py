"""Addresses of the shoppers' pages."""

from django.urls import path

from doorstep.portal.activity.views import hear, show_script
from doorstep.portal.changes.later import answer_notice
from doorstep.portal.changes.views import (
    cancel_order,
    change_address,
    change_items,
    delay_order,
    quote_items,
    show_change,
)
from doorstep.portal.demo.views import show_states
from doorstep.portal.history.views import ask_for_history, open_history, show_history
from doorstep.portal.messages.looks import catch_machine, lead_on, lead_on_in_mail, show_dot
from doorstep.portal.messages.newsletter import ask_for_choices, confirm, show_sign_up
from doorstep.portal.messages.views import choose_preferences
from doorstep.portal.orders.devices import show_worker, turn_off, turn_on
from doorstep.portal.orders.lookup import look_up_order
from doorstep.portal.orders.reports import report_not_found
from doorstep.portal.orders.updates import choose_updates
from doorstep.portal.orders.views import show_order
from doorstep.portal.payments.views import practice_payment, show_payment
from doorstep.portal.returns.asking import ask_return
from doorstep.portal.returns.labels import show_label, show_label_file, show_photo
from doorstep.portal.returns.policy import show_policy
from doorstep.portal.returns.showing import show_return
from doorstep.portal.returns.withdrawing import withdraw
from doorstep.portal.stores.views import show_logo
from doorstep.portal.wallet.views import check_gift_card, show_credit

app_name = "portal"
urlpatterns = [
    path("o/<str:token>", show_order, name="order"),
    path("o/<str:token>/change", change_items, name="change"),
    path("o/<str:token>/change/quote", quote_items, name="change_quote"),
    path("o/<str:token>/change/address", change_address, name="change_address"),
    path("o/<str:token>/change/<uuid:change_id>", show_change, name="change_result"),
    path("o/<str:token>/cancel", cancel_order, name="cancel"),
    path("o/<str:token>/delay", delay_order, name="delay"),
    path("o/<str:token>/later/<uuid:notice_id>", answer_notice, name="later"),
    path("o/<str:token>/credit", show_credit, name="credit"),
    path("o/<str:token>/return", ask_return, name="return_ask"),
    path("o/<str:token>/returns/<str:number>", show_return, name="return"),
    path("returns/labels/<str:token>", show_label, name="return_label"),
    path(
        "returns/labels/<str:token>/document",
        show_label_file,
        {"part": "document"},
        name="return_label_document",
    ),
    path(
        "returns/labels/<str:token>/code",
        show_label_file,
        {"part": "code"},
        name="return_label_code",
    ),
    path("returns/photos/<str:token>", show_photo, name="return_photo"),
    path("s/<slug:slug>/returns-policy", show_policy, name="returns_policy"),
    path("s/<slug:slug>/withdraw", withdraw, name="withdraw"),
    path("o/<str:token>/history", ask_for_history, name="history_ask"),
    path("o/<str:token>/not-found/<uuid:parcel_id>", report_not_found, name="not_found"),
    path("o/<str:token>/updates", choose_updates, name="updates"),
    path("o/<str:token>/devices", turn_on, name="device_on"),
    path("o/<str:token>/devices/off", turn_off, name="device_off"),
    path("history", show_history, name="history"),
    path("history/<str:token>", open_history, name="history_link"),
    path("lookup", look_up_order, name="lookup"),
    path("pay/<str:token>", show_payment, name="pay"),
    path("pay/<str:token>/practice", practice_payment, name="pay_practice"),
    path("preferences/<str:token>", choose_preferences, name="preferences"),
    path("s/<slug:slug>/activity.js", show_script, name="activity_script"),
    path("s/<slug:slug>/activity", hear, name="activity"),
    path("s/<slug:slug>/lookup", look_up_order, name="store_lookup"),
    path("s/<slug:slug>/gift-card", check_gift_card, name="gift_card"),
    path("s/<slug:slug>/logo", show_logo, name="logo"),
    path("s/<slug:slug>/newsletter", show_sign_up, name="newsletter"),
    path("s/<slug:slug>/newsletter/<str:token>", confirm, name="newsletter_confirm"),
    path("s/<slug:slug>/preferences", ask_for_choices, name="preferences_ask"),
    path("s/<slug:slug>/preferences/<str:token>", choose_preferences, name="store_preferences"),
    path("s/<slug:slug>/states", show_states, name="states"),
    path("t/<str:token>/o.gif", show_dot, name="look"),
    path("t/<str:token>/h", catch_machine, name="machine"),
    path("t/<str:token>/l/<str:signature>/<str:packed>", lead_on, name="link"),
    path("t/<str:token>/u/<path:address>", lead_on_in_mail, name="own_link"),
    path("s/<slug:slug>/worker.js", show_worker, name="worker"),
]
