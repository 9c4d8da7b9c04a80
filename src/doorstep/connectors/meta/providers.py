"""WhatsApp and Messenger as providers; bound in ``config/wiring.py``."""

from __future__ import annotations

from doorstep.connectors.meta import messenger, whatsapp
from doorstep.rooms.messaging.ports import Provider, SettingField, bind_provider

META = "meta"
_SECRET = SettingField(
    "app_secret",
    "App secret",
    is_secret=True,
    help="developers.facebook.com, your app, App settings, Basic. It proves that a report comes "
    "from Meta.",
)

PROVIDERS = (
    Provider(
        META,
        "whatsapp",
        "WhatsApp (Meta Cloud API)",
        (
            SettingField(
                "phone_number_id",
                "Phone number ID",
                help="WhatsApp Manager, API setup. Not the phone number itself.",
            ),
            SettingField(
                "token",
                "Access token",
                is_secret=True,
                help="Of a system user, without an end, with whatsapp_business_messaging.",
            ),
            _SECRET,
            SettingField(
                "approved_texts",
                "Approved texts",
                is_required=False,
                is_long=True,
                help="WhatsApp lets you write first only with a text it approved. One a line: "
                "parcel_shipped de = name_at_whatsapp | {{ order.number }} | {{ links.order }}",
            ),
        ),
        whatsapp.WhatsAppSender,
        whatsapp.check_settings,
        reports=True,
        help="Shoppers have to agree before you write to them on WhatsApp, also about their order. "
        "Within 24 hours of their last message you may write freely; afterwards only approved "
        "texts go, and messages without one are sent by e-mail instead.",
    ),
    Provider(
        META,
        "messenger",
        "Messenger (Meta)",
        (
            SettingField("page_id", "Page ID", help="Your page, About, Page transparency."),
            SettingField(
                "token", "Page access token", is_secret=True, help="With pages_messaging."
            ),
            _SECRET,
            SettingField(
                "tag",
                "Tag for order news after 24 hours",
                is_required=False,
                choices=messenger.TAGS,
                help="Leave it empty unless Meta told you that your page still has one: the tags "
                "ended for most pages in April 2026.",
            ),
        ),
        messenger.MessengerSender,
        messenger.check_settings,
        reports=True,
        help="A shopper starts the conversation from their order page. Meta lets you answer for 24 "
        "hours after their last message; later news are sent by e-mail instead.",
    ),
)


def bind() -> None:
    """Make WhatsApp and Messenger available."""
    for provider in PROVIDERS:
        bind_provider(provider)
