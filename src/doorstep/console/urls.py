"""The console's addresses, below ``/console/<store>/``. A name's first word is its section."""

from __future__ import annotations

from django.urls import path

from doorstep.console.campaigns import views as campaigns
from doorstep.console.changes import views as changes
from doorstep.console.conditions import views as conditions
from doorstep.console.connections import views as connections
from doorstep.console.connections.labels import return_labels
from doorstep.console.contact_rules import views as contact_rules
from doorstep.console.customers import views as customers
from doorstep.console.dryruns import views as dry_runs
from doorstep.console.home import views as home
from doorstep.console.imports import views as imports
from doorstep.console.journeys import builder as journeys
from doorstep.console.journeys import conditions as journey_conditions
from doorstep.console.journeys import gallery as journey_gallery
from doorstep.console.journeys import people as journey_people
from doorstep.console.journeys import publishing as journey_versions
from doorstep.console.journeys import results as journey_results
from doorstep.console.journeys import trying as journey_trials
from doorstep.console.mail_templates import views as templates
from doorstep.console.messages import consents
from doorstep.console.messages import views as messages
from doorstep.console.money import approvals
from doorstep.console.money import views as money
from doorstep.console.orders import views as orders
from doorstep.console.packing import views as packing
from doorstep.console.parcels import clock_views as clocks
from doorstep.console.parcels import views as parcels
from doorstep.console.payments import views as payments
from doorstep.console.problems import views as problems
from doorstep.console.products import views as products
from doorstep.console.return_policy import beside as policy_beside
from doorstep.console.return_policy import parts as policy_parts
from doorstep.console.return_policy import views as policy
from doorstep.console.returns import views as returns
from doorstep.console.returns.labels import change_label, send_repair_back
from doorstep.console.segments import views as segments
from doorstep.console.settings import site_views as site
from doorstep.console.settings import views as settings
from doorstep.console.shipments import carriers
from doorstep.console.shipments import packing as packing_table
from doorstep.console.shipments import views as shipments
from doorstep.console.stock import views as stock
from doorstep.console.wallet import views as wallet
from doorstep.console.webhooks import views as webhooks

app_name = "console"

urlpatterns = [
    path("", home.home, name="home"),
    path("policy/", policy.policy, name="policy"),
    path("policy/draft/", policy.change_draft, name="policy-draft"),
    path("policy/base/", policy.base, name="policy-base"),
    path("policy/rules/new/", policy.new_rule, name="policy-new-rule"),
    path("policy/rules/<uuid:rule_id>/", policy.rule, name="policy-rule"),
    path("policy/rules/<uuid:rule_id>/change/", policy.change_rule, name="policy-rule-change"),
    path("policy/warranties/new/", policy.new_warranty, name="policy-new-warranty"),
    path("policy/warranties/<uuid:warranty_id>/", policy.warranty, name="policy-warranty"),
    path(
        "policy/warranties/<uuid:warranty_id>/change/",
        policy.change_warranty,
        name="policy-warranty-change",
    ),
    path("policy/publish/", policy.publish, name="policy-publish"),
    path("policy/versions/", policy.versions, name="policy-versions"),
    path("policy/versions/<uuid:version_id>/restore/", policy.restore, name="policy-restore"),
    path("policy/try/", policy.try_order, name="policy-try"),
    path("policy/parts/", policy_parts.parts, name="policy-parts"),
    path("policy/parts/<uuid:part_id>/end/", policy_parts.delete_part, name="policy-parts-delete"),
    path("policy/holidays/", policy_beside.holidays, name="policy-holidays"),
    path(
        "policy/holidays/<uuid:extension_id>/end/",
        policy_beside.end_holiday,
        name="policy-holidays-end",
    ),
    path("policy/reasons/", policy_beside.reasons, name="policy-reasons"),
    path("policy/reasons/new/", policy_beside.reason, name="policy-new-reason"),
    path("policy/reasons/<slug:code>/", policy_beside.reason, name="policy-reason"),
    path("policy/reasons/<slug:code>/move/", policy_beside.move_reason, name="policy-reason-move"),
    path("policy/replays/", policy_beside.replays, name="policy-replays"),
    path("policy/replays/<uuid:replay_id>/", policy_beside.replay, name="policy-replay"),
    path(
        "policy/replays/<uuid:replay_id>/cancel/", policy_beside.cancel, name="policy-replay-cancel"
    ),
    path("policy/replays/<uuid:replay_id>/lines/", policy_beside.lines, name="policy-replay-lines"),
    path("orders/", orders.order_list, name="orders"),
    path("orders/<uuid:order_id>/", orders.order_detail, name="orders-detail"),
    path("orders/<uuid:order_id>/holds/", orders.hold, name="orders-hold"),
    path(
        "orders/<uuid:order_id>/holds/<uuid:hold_id>/release/",
        orders.release,
        name="orders-release",
    ),
    path("orders/<uuid:order_id>/address/", orders.address, name="orders-address"),
    path("orders/<uuid:order_id>/notes/", orders.note, name="orders-note"),
    path("orders/<uuid:order_id>/confirmation/", orders.confirmation, name="orders-confirmation"),
    path("orders/<uuid:order_id>/money/", money.order_money, name="orders-money"),
    path("orders/<uuid:order_id>/money/settlement/", money.settle, name="orders-money-settle"),
    path("orders/<uuid:order_id>/money/payment/", money.ask_payment, name="orders-money-payment"),
    path("orders/<uuid:order_id>/change/", changes.change_order, name="orders-change"),
    path("orders/<uuid:order_id>/delay-notices/", changes.notice, name="orders-notice"),
    path("changes/", changes.change_list, name="changes"),
    path("changes/<uuid:change_id>/", changes.change_detail, name="changes-detail"),
    path("changes/<uuid:change_id>/decision/", changes.decide, name="changes-decision"),
    path("changes/tasks/<uuid:task_id>/", changes.task, name="changes-task"),
    path("settings/changes/", changes.settings, name="settings-changes"),
    path("settings/changes/<slug:name>/", changes.rule, name="settings-changes-rule"),
    path("returns/", returns.return_list, name="returns"),
    path("returns/receive/", returns.scan, name="returns-scan"),
    path("returns/reasons/", returns.report, name="returns-report"),
    path("returns/<uuid:return_id>/", returns.return_detail, name="returns-detail"),
    path("returns/<uuid:return_id>/decision/", returns.decide, name="returns-decision"),
    path("returns/<uuid:return_id>/label/", change_label, name="returns-label"),
    path("returns/<uuid:return_id>/repair/", send_repair_back, name="returns-repair"),
    path("returns/<uuid:return_id>/reception/", returns.receive, name="returns-receive"),
    path("returns/<uuid:return_id>/inspection/", returns.inspect, name="returns-inspection"),
    path("returns/<uuid:return_id>/disposition/", returns.dispose, name="returns-disposition"),
    path(
        "returns/withdrawals/<uuid:withdrawal_id>/",
        returns.settle_withdrawal,
        name="returns-withdrawal",
    ),
    path(
        "returns/make-goods/<uuid:make_good_id>/",
        returns.decide_make_good,
        name="returns-make-good",
    ),
    path("approvals/", approvals.approval_list, name="approvals"),
    path("approvals/<uuid:approval_id>/decision/", approvals.decide, name="approvals-decision"),
    path("settings/limits/", approvals.limits, name="settings-limits"),
    path("conditions/<slug:subject>/<slug:name>/", conditions.round_trip, name="conditions"),
    path("wallet/", wallet.card_list, name="wallet"),
    path("wallet/new/", wallet.issue_card, name="wallet-issue"),
    path("wallet/report/", wallet.report, name="wallet-report"),
    path("wallet/customers/<uuid:customer_id>/", wallet.credit, name="wallet-customer"),
    path("wallet/<uuid:card_id>/", wallet.card, name="wallet-card"),
    path("wallet/<uuid:card_id>/disable/", wallet.disable, name="wallet-disable"),
    path("wallet/<uuid:card_id>/enable/", wallet.enable, name="wallet-enable"),
    path("wallet/<uuid:card_id>/sending/", wallet.resend, name="wallet-resend"),
    path("parcels/", parcels.parcel_list, name="parcels"),
    path("parcels/not-understood/", parcels.not_understood, name="parcels-not-understood"),
    path("parcels/codes/<uuid:code_id>/", parcels.code, name="parcels-code"),
    path("parcels/<uuid:tracker_id>/", parcels.parcel_detail, name="parcels-detail"),
    path("parcels/<uuid:tracker_id>/settlement/", parcels.settle, name="parcels-settle"),
    path("parcels/<uuid:tracker_id>/checkpoints/", parcels.checkpoint, name="parcels-checkpoint"),
    path("customers/", customers.customer_list, name="customers"),
    path("customers/<uuid:customer_id>/", customers.customer_detail, name="customers-detail"),
    path("customers/<uuid:customer_id>/data/", customers.edit, name="customers-edit"),
    path(
        "customers/<uuid:customer_id>/preferences/",
        customers.preferences,
        name="customers-preferences",
    ),
    path("customers/<uuid:customer_id>/profile/", customers.profile, name="customers-profile"),
    path("customers/<uuid:customer_id>/merges/", customers.merge, name="customers-merge"),
    path(
        "customers/<uuid:customer_id>/merges/<uuid:merge_id>/undoing/",
        customers.undo_merge,
        name="customers-undo-merge",
    ),
    path("customers/<uuid:customer_id>/gate/", contact_rules.ask, name="customers-ask"),
    path("customers/<uuid:customer_id>/export/", customers.export, name="customers-export"),
    path("customers/<uuid:customer_id>/erasure/", customers.erase, name="customers-erase"),
    path(
        "customers/suggestions/<uuid:suggestion_id>/dismissal/",
        customers.dismiss,
        name="customers-dismiss",
    ),
    path("segments/", segments.segment_list, name="segments"),
    path("segments/new/", segments.new_segment, name="segments-new"),
    path("segments/count/", segments.live_count, name="segments-count"),
    path("segments/<uuid:segment_id>/", segments.segment_detail, name="segments-detail"),
    path("segments/<uuid:segment_id>/change/", segments.change_segment, name="segments-change"),
    path("segments/<uuid:segment_id>/check/", segments.check, name="segments-check"),
    path("segments/<uuid:segment_id>/state/", segments.change_state, name="segments-state"),
    path("segments/<uuid:segment_id>/members.csv", segments.export, name="segments-export"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<uuid:run_id>/", imports.run, name="imports-run"),
    path("imports/<uuid:run_id>/problems.csv", imports.problems, name="imports-problems"),
    path("stock/", stock.stock_list, name="stock"),
    path("stock/file/", stock.import_stock, name="stock-import"),
    path("stock/safety/", stock.safety, name="stock-safety"),
    path("stock/locations/", stock.add_location, name="stock-locations"),
    path("stock/<uuid:variant_id>/", stock.variant, name="stock-variant"),
    path("stock/<uuid:variant_id>/packing/", packing.thing, name="stock-packing"),
    path("stock/<uuid:variant_id>/adjustments/", stock.adjust, name="stock-adjust"),
    path("journeys/", journey_gallery.journey_list, name="journeys"),
    path("journeys/new/", journey_gallery.new_journey, name="journeys-new"),
    path("journeys/new/<slug:key>/", journey_gallery.template, name="journeys-template"),
    path("journeys/file/", journey_gallery.import_file, name="journeys-import"),
    path("journeys/<uuid:journey_id>/", journeys.builder, name="journeys-detail"),
    path(
        "journeys/<uuid:journey_id>/journey.json",
        journey_gallery.export_file,
        name="journeys-export",
    ),
    path("journeys/<uuid:journey_id>/steps/", journeys.add, name="journeys-add"),
    path("journeys/<uuid:journey_id>/step/", journeys.save_step, name="journeys-step"),
    path("journeys/<uuid:journey_id>/order/", journeys.rearrange, name="journeys-rearrange"),
    path("journeys/<uuid:journey_id>/start/", journeys.save_start, name="journeys-start"),
    path(
        "journeys/<uuid:journey_id>/condition/",
        journey_conditions.condition,
        name="journeys-condition",
    ),
    path("journeys/<uuid:journey_id>/draft/", journey_versions.undo, name="journeys-undo"),
    path(
        "journeys/<uuid:journey_id>/publication/",
        journey_versions.publication,
        name="journeys-publication",
    ),
    path("journeys/<uuid:journey_id>/state/", journey_versions.state, name="journeys-state"),
    path(
        "journeys/<uuid:journey_id>/versions/", journey_versions.versions, name="journeys-versions"
    ),
    path(
        "journeys/<uuid:journey_id>/versions/<int:number>/",
        journey_versions.version,
        name="journeys-version",
    ),
    path("journeys/<uuid:journey_id>/test/", journey_trials.trial, name="journeys-trial"),
    path(
        "journeys/<uuid:journey_id>/test/<uuid:customer_id>/<int:nth>/",
        journey_trials.trial_message,
        name="journeys-trial-message",
    ),
    path("journeys/<uuid:journey_id>/people/", journey_people.people, name="journeys-people"),
    path("journeys/<uuid:journey_id>/people/retry/", journey_people.retry, name="journeys-retry"),
    path(
        "journeys/<uuid:journey_id>/people/<uuid:enrollment_id>/",
        journey_people.person,
        name="journeys-person",
    ),
    path(
        "journeys/<uuid:journey_id>/people/<uuid:enrollment_id>/removal/",
        journey_people.remove,
        name="journeys-remove",
    ),
    path("journeys/<uuid:journey_id>/results/", journey_results.results, name="journeys-results"),
    path(
        "journeys/<uuid:journey_id>/results/winner/",
        journey_results.keep_winner,
        name="journeys-winner",
    ),
    path("journeys/<uuid:journey_id>/dry-runs/", dry_runs.dry_runs, name="journeys-dry-runs"),
    path(
        "journeys/<uuid:journey_id>/dry-runs/<uuid:run_id>/",
        dry_runs.dry_run,
        name="journeys-dry-run",
    ),
    path(
        "journeys/<uuid:journey_id>/dry-runs/<uuid:run_id>/cancellation/",
        dry_runs.cancel,
        name="journeys-dry-run-cancel",
    ),
    path("campaigns/", campaigns.campaign_list, name="campaigns"),
    path("campaigns/new/", campaigns.new_campaign, name="campaigns-new"),
    path("campaigns/<uuid:campaign_id>/", campaigns.campaign_detail, name="campaigns-detail"),
    path("campaigns/<uuid:campaign_id>/change/", campaigns.edit_campaign, name="campaigns-edit"),
    path("campaigns/<uuid:campaign_id>/review/", campaigns.review, name="campaigns-review"),
    path("campaigns/<uuid:campaign_id>/start/", campaigns.start, name="campaigns-start"),
    path("campaigns/<uuid:campaign_id>/stop/", campaigns.stop, name="campaigns-stop"),
    path("campaigns/<uuid:campaign_id>/copy/", campaigns.copy, name="campaigns-copy"),
    path("messages/", messages.message_list, name="messages"),
    path("messages/sign-ups/", consents.sign_ups, name="messages-sign-ups"),
    path("messages/sign-ups/file/", consents.import_file, name="messages-sign-ups-import"),
    path("messages/suppressions/", messages.suppressions, name="messages-suppressions"),
    path("messages/<uuid:message_id>/", messages.message_detail, name="messages-detail"),
    path("messages/<uuid:message_id>/body/", messages.message_body, name="messages-body"),
    path("messages/<uuid:message_id>/retry/", messages.retry, name="messages-retry"),
    path("mailbox/", messages.mailbox, name="mailbox"),
    path("products/", products.product_list, name="products"),
    path("products/file/", products.import_care, name="products-import"),
    path("products/<uuid:product_id>/", products.product, name="products-detail"),
    path(
        "products/<uuid:product_id>/prices/<uuid:variant_id>/",
        products.price,
        name="products-price",
    ),
    path("templates/", templates.template_list, name="templates"),
    path("templates/own/", templates.create_own, name="templates-own"),
    path("templates/own/<slug:kind>/deletion/", templates.delete_own, name="templates-delete"),
    path(
        "templates/<slug:kind>/<slug:channel>/<slug:language>/",
        templates.editor,
        name="templates-editor",
    ),
    path(
        "templates/<slug:kind>/<slug:channel>/<slug:language>/preview/",
        templates.preview,
        name="templates-preview",
    ),
    path(
        "templates/<slug:kind>/email/<slug:language>/look/",
        templates.look_at_typed,
        name="templates-look",
    ),
    path("problems/", problems.problem_list, name="problems"),
    path("problems/refunds/", payments.refunds_by_hand, name="problems-refunds"),
    path(
        "problems/refunds/<uuid:refund_id>/settlement/",
        payments.settle_refund,
        name="problems-refund",
    ),
    path("problems/payments/<uuid:call_id>/", payments.retry_call, name="problems-payment"),
    path("problems/retry/", problems.retry_all, name="problems-retry-all"),
    path("problems/deliveries/<uuid:delivery_id>/", problems.delivery, name="problems-delivery"),
    path(
        "problems/deliveries/<uuid:delivery_id>/body/",
        problems.delivery_body,
        name="problems-delivery-body",
    ),
    path(
        "problems/deliveries/<uuid:delivery_id>/retry/",
        problems.retry_delivery,
        name="problems-retry",
    ),
    path(
        "problems/deliveries/<uuid:delivery_id>/discarding/",
        problems.discard_delivery,
        name="problems-discard",
    ),
    path("problems/parked/<int:parked_id>/", problems.parked, name="problems-parked"),
    path(
        "problems/signatures/<uuid:connection_id>/",
        problems.forget_signatures,
        name="problems-signatures",
    ),
    path("settings/site-activity/", site.site_activity, name="settings-site"),
    path("settings/site-activity/secret/", site.secret, name="settings-site-secret"),
    path("settings/payments/", payments.stripe, name="settings-payments"),
    path("settings/connections/", connections.connections, name="settings-connections"),
    path(
        "settings/connections/<uuid:connection_id>/",
        connections.connection,
        name="settings-connection",
    ),
    path(
        "settings/connections/<uuid:connection_id>/access/",
        connections.set_access,
        name="settings-connection-access",
    ),
    path(
        "settings/connections/<uuid:connection_id>/labels/",
        return_labels,
        name="settings-connection-labels",
    ),
    path(
        "settings/connections/<uuid:connection_id>/secret/",
        connections.rotate_secret,
        name="settings-secret",
    ),
    # Before the next one, which would take an id for a channel's name.
    path(
        "settings/senders/<uuid:connection_id>/end/",
        connections.disconnect_sender,
        name="settings-sender-end",
    ),
    path(
        "settings/senders/<uuid:connection_id>/first/",
        connections.prefer_sender,
        name="settings-sender-first",
    ),
    path(
        "settings/senders/<slug:channel>/<slug:provider>/",
        connections.sender,
        name="settings-sender",
    ),
    path("settings/", settings.brand, name="settings"),
    path("settings/defaults/", settings.defaults, name="settings-defaults"),
    path("shipments/", shipments.shipment_list, name="shipments"),
    path("shipments/papers/", shipments.papers, name="shipments-papers"),
    path("shipments/changes/", shipments.changes, name="shipments-changes"),
    path("shipments/<uuid:shipment_id>/", shipments.shipment_detail, name="shipments-detail"),
    path("shipments/<uuid:shipment_id>/state/", shipments.state, name="shipments-state"),
    path("shipments/<uuid:shipment_id>/split/", shipments.split, name="shipments-split"),
    path("shipments/parcels/<uuid:parcel_id>/", shipments.number, name="shipments-number"),
    path(
        "shipments/orders/<uuid:order_id>/available/",
        shipments.available,
        name="shipments-available",
    ),
    path("packing/", packing_table.packing, name="packing"),
    path("packing/number/", packing_table.number, name="packing-number"),
    path("packing/<uuid:shipment_id>/", packing_table.pack, name="packing-shipment"),
    path("settings/carriers/", carriers.carriers, name="settings-carriers"),
    path("settings/carriers/new/", carriers.new_carrier, name="settings-carriers-new"),
    path("settings/carriers/<slug:code>/", carriers.carrier, name="settings-carrier"),
    path(
        "settings/carriers/<slug:code>/removal/",
        carriers.remove_carrier,
        name="settings-carrier-removal",
    ),
    path("shipments/<uuid:shipment_id>/papers/<slug:kind>/", packing.paper, name="shipments-paper"),
    path("settings/packing/", packing.packing, name="settings-packing"),
    path("settings/packing/boxes/new/", packing.new_box, name="settings-packing-new-box"),
    path("settings/packing/boxes/<uuid:box_id>/", packing.box, name="settings-packing-box"),
    path(
        "settings/packing/classes/<slug:handling_class>/",
        packing.handling,
        name="settings-packing-class",
    ),
    path(
        "settings/packing/rules/new/<slug:scope>/",
        packing.new_rule,
        name="settings-packing-new-rule",
    ),
    path("settings/packing/rules/<uuid:rule_id>/", packing.rule, name="settings-packing-rule"),
    path(
        "settings/packing/rules/<uuid:rule_id>/change/",
        packing.change_rule,
        name="settings-packing-rule-change",
    ),
    path("settings/tracking/", clocks.clocks, name="settings-tracking"),
    path("settings/tracking/steps/", clocks.steps, name="settings-tracking-steps"),
    path("settings/contact/", contact_rules.contact_rules, name="settings-contact"),
    path("settings/orders/", settings.order_rules, name="settings-orders"),
    path("settings/team/", settings.team, name="settings-team"),
    path("settings/team/<uuid:user_id>/", settings.member, name="settings-member"),
    path("settings/api-keys/", settings.api_keys, name="settings-api-keys"),
    path(
        "settings/api-keys/<uuid:key_id>/revocation/",
        settings.revoke_api_key,
        name="settings-api-key-revocation",
    ),
    path("settings/logo/", settings.logo, name="settings-logo"),
    path("settings/webhooks/", webhooks.endpoints, name="settings-webhooks"),
    path("settings/webhooks/<uuid:endpoint_id>/", webhooks.endpoint, name="settings-webhook"),
    path(
        "settings/webhooks/<uuid:endpoint_id>/secret/",
        webhooks.secret,
        name="settings-webhook-secret",
    ),
    path(
        "settings/webhooks/<uuid:endpoint_id>/state/",
        webhooks.state,
        name="settings-webhook-state",
    ),
    path(
        "settings/webhooks/<uuid:endpoint_id>/tests/",
        webhooks.send_test,
        name="settings-webhook-test",
    ),
    path(
        "settings/webhooks/<uuid:endpoint_id>/replays/",
        webhooks.replay_many,
        name="settings-webhook-replays",
    ),
    path(
        "settings/webhooks/deliveries/<uuid:delivery_id>/",
        webhooks.delivery,
        name="settings-webhook-delivery",
    ),
    path(
        "settings/webhooks/deliveries/<uuid:delivery_id>/replay/",
        webhooks.replay,
        name="settings-webhook-replay",
    ),
    path(
        "settings/webhooks/deliveries/<uuid:delivery_id>/discarding/",
        webhooks.discard,
        name="settings-webhook-discard",
    ),
]
