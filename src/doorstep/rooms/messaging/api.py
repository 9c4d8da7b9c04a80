"""The door of the messaging room."""

from doorstep.rooms.messaging.actions.answer_chats import answer_chat, record_read_up_to
from doorstep.rooms.messaging.actions.answer_sms import answer_sms
from doorstep.rooms.messaging.actions.change_preferences import (
    change_preferences,
    get_preferences,
    unsubscribe,
)
from doorstep.rooms.messaging.actions.connect_senders import (
    connect_sender,
    disconnect_sender,
    list_senders,
    prefer_sender,
)
from doorstep.rooms.messaging.actions.decide_preferences import (
    choose_topics,
    get_preference_center,
    take_break,
    tell_about_oneself,
    undo_choice,
    unsubscribe_all,
)
from doorstep.rooms.messaging.actions.edit_templates import (
    list_versions,
    publish_version,
    revert_template,
    save_draft,
)
from doorstep.rooms.messaging.actions.import_consents import import_consents
from doorstep.rooms.messaging.actions.manage_devices import (
    list_devices,
    push_key,
    stand_in_device,
    turn_off_device,
    turn_on_device,
)
from doorstep.rooms.messaging.actions.manage_messages import retry_message, send_test
from doorstep.rooms.messaging.actions.own_messages import (
    create_own_message,
    delete_own_message,
    edit_own_message,
)
from doorstep.rooms.messaging.actions.pause_customers import lift_pauses, put_pauses
from doorstep.rooms.messaging.actions.record_consent import record_consent
from doorstep.rooms.messaging.actions.record_deliveries import record_deliveries
from doorstep.rooms.messaging.actions.record_looks import (
    Visitor,
    record_click,
    record_honeypot,
    record_open,
    record_own_click,
)
from doorstep.rooms.messaging.actions.request_messages import request_messages
from doorstep.rooms.messaging.actions.set_contact_rules import set_contact_rules
from doorstep.rooms.messaging.actions.set_preference_rules import set_preference_rules
from doorstep.rooms.messaging.actions.sign_up import confirm_sign_up, get_sign_up, sign_up
from doorstep.rooms.messaging.actions.suppress_addresses import lift_suppression, suppress_address
from doorstep.rooms.messaging.asking import ask_gate
from doorstep.rooms.messaging.block_texts import blocks_of
from doorstep.rooms.messaging.bulk.batches import open_batch, stop_batch
from doorstep.rooms.messaging.bulk.foresee import Foresight, foresee, try_batch
from doorstep.rooms.messaging.bulk.request import request_batch
from doorstep.rooms.messaging.bulk.results import (
    LONGEST_WINDOW,
    batch_results,
    find_batches,
    last_marketing,
)
from doorstep.rooms.messaging.chat_links import messenger_link
from doorstep.rooms.messaging.contact_settings import (
    get_contact_rules,
    list_marketplaces,
    list_quiet_laws,
    list_topic_labels,
)
from doorstep.rooms.messaging.identity import public_base
from doorstep.rooms.messaging.message_kinds import get_message_kind, list_message_kinds
from doorstep.rooms.messaging.offers import list_offered_channels
from doorstep.rooms.messaging.pauses import count_pauses, list_pauses
from doorstep.rooms.messaging.ports import list_providers
from doorstep.rooms.messaging.preference_jobs import ask_for_preferences_link
from doorstep.rooms.messaging.preference_links import center_token
from doorstep.rooms.messaging.preference_settings import get_preference_rules, kept_network
from doorstep.rooms.messaging.queries import (
    NEEDS_PERSON,
    count_by_status,
    explain,
    explain_many,
    find_hook_connection,
    get_message,
    list_causes,
    list_consent_history,
    list_consents,
    list_messages,
    list_open_channels,
    list_suppressions,
    list_unmatched_deliveries,
)
from doorstep.rooms.messaging.rules.consent_words import sign_up_words
from doorstep.rooms.messaging.rules.kind_words import kind_meaning, kind_title
from doorstep.rooms.messaging.rules.topics import TOPICS, topic_label
from doorstep.rooms.messaging.sending.replies import reply_to_chat
from doorstep.rooms.messaging.template_queries import (
    check_template,
    get_template,
    list_templates,
    preview,
)
from doorstep.rooms.messaging.templating.blocks.block_types import Setting as BlockSetting
from doorstep.rooms.messaging.templating.blocks.block_types import list_block_types
from doorstep.rooms.messaging.templating.blocks.check import BlockMistake, check_blocks
from doorstep.rooms.messaging.templating.blocks.document import Block
from doorstep.rooms.messaging.templating.blocks.document import Document as BlockDocument
from doorstep.rooms.messaging.templating.blocks.names import names_of as list_block_names
from doorstep.rooms.messaging.templating.blocks.names import targets_of as list_block_targets
from doorstep.rooms.messaging.templating.blocks.start import starting_document, starting_lines
from doorstep.rooms.messaging.templating.samples import sample_context
from doorstep.rooms.messaging.templating.variables import variable_reference as list_variables

__all__ = [
    "LONGEST_WINDOW",
    "NEEDS_PERSON",
    "TOPICS",
    "Block",
    "BlockDocument",
    "BlockMistake",
    "BlockSetting",
    "Foresight",
    "Visitor",
    "answer_chat",
    "answer_sms",
    "ask_for_preferences_link",
    "ask_gate",
    "batch_results",
    "blocks_of",
    "center_token",
    "change_preferences",
    "check_blocks",
    "check_template",
    "choose_topics",
    "confirm_sign_up",
    "connect_sender",
    "count_by_status",
    "count_pauses",
    "create_own_message",
    "delete_own_message",
    "disconnect_sender",
    "edit_own_message",
    "explain",
    "explain_many",
    "find_batches",
    "find_hook_connection",
    "foresee",
    "get_contact_rules",
    "get_message",
    "get_message_kind",
    "get_preference_center",
    "get_preference_rules",
    "get_preferences",
    "get_sign_up",
    "get_template",
    "import_consents",
    "kept_network",
    "kind_meaning",
    "kind_title",
    "last_marketing",
    "lift_pauses",
    "lift_suppression",
    "list_block_names",
    "list_block_targets",
    "list_block_types",
    "list_causes",
    "list_consent_history",
    "list_consents",
    "list_devices",
    "list_marketplaces",
    "list_message_kinds",
    "list_messages",
    "list_offered_channels",
    "list_open_channels",
    "list_pauses",
    "list_providers",
    "list_quiet_laws",
    "list_senders",
    "list_suppressions",
    "list_templates",
    "list_topic_labels",
    "list_unmatched_deliveries",
    "list_variables",
    "list_versions",
    "messenger_link",
    "open_batch",
    "prefer_sender",
    "preview",
    "public_base",
    "publish_version",
    "push_key",
    "put_pauses",
    "record_click",
    "record_consent",
    "record_deliveries",
    "record_honeypot",
    "record_open",
    "record_own_click",
    "record_read_up_to",
    "reply_to_chat",
    "request_batch",
    "request_messages",
    "retry_message",
    "revert_template",
    "sample_context",
    "save_draft",
    "send_test",
    "set_contact_rules",
    "set_preference_rules",
    "sign_up",
    "sign_up_words",
    "stand_in_device",
    "starting_document",
    "starting_lines",
    "stop_batch",
    "suppress_address",
    "take_break",
    "tell_about_oneself",
    "topic_label",
    "try_batch",
    "turn_off_device",
    "turn_on_device",
    "undo_choice",
    "unsubscribe",
    "unsubscribe_all",
]
