"""What we answer to STOP, START and HELP by SMS and in chats, in the person's language. Pure.

One text message each: the law allows one confirmation of a STOP and nothing that sells (47 CFR
64.1200(a)(12)). STOP and START stay as they are, for providers look for these words.
"""

from __future__ import annotations

FALLBACK = "en"

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "agreed": "Thank you, you will get these texts now. Reply HELP for help or STOP to end them. "
        "Message and data rates may apply.",
        "stopped": "You are unsubscribed and will get no more messages from us. "
        "Reply START to get them again.",
        "started": "You will get messages about your orders again. Reply STOP to end them.",
        "chat_stopped": "You will get no more messages from us on {channel}. "
        "Write START to get them again.",
        "chat_started": "You will get messages about your orders on {channel} again. "
        "Write STOP to end them.",
        "help": "messages about your orders.{reach} Reply STOP to end them.",
        "reach": " Help: {where}.",
        "or": " or ",
    },
    "de": {
        "agreed": "Danke, diese Nachrichten kommen ab jetzt. Mit HILFE bekommst du Hilfe, mit STOP enden sie.",
        "stopped": "Du bist abgemeldet und bekommst keine Nachrichten mehr von uns. "
        "Mit START bekommst du sie wieder.",
        "started": "Du bekommst wieder Nachrichten zu deinen Bestellungen. Mit STOP enden sie.",
        "chat_stopped": "Du bekommst auf {channel} keine Nachrichten mehr von uns. "
        "Mit START bekommst du sie wieder.",
        "chat_started": "Du bekommst auf {channel} wieder Nachrichten zu deinen Bestellungen. "
        "Mit STOP enden sie.",
        "help": "Nachrichten zu deinen Bestellungen.{reach} Mit STOP enden sie.",
        "reach": " Hilfe: {where}.",
        "or": " oder ",
    },
    "fr": {
        "agreed": "Merci, vous recevrez ces messages. Répondez AIDE pour de l’aide ou STOP pour les arrêter.",
        "stopped": "Vous êtes désinscrit et ne recevrez plus de messages de notre part. "
        "Répondez START pour les recevoir à nouveau.",
        "started": "Vous recevrez à nouveau les messages sur vos commandes. "
        "Répondez STOP pour les arrêter.",
        "chat_stopped": "Vous ne recevrez plus de messages de notre part sur {channel}. "
        "Écrivez START pour les recevoir à nouveau.",
        "chat_started": "Vous recevrez à nouveau les messages sur vos commandes sur {channel}. "
        "Écrivez STOP pour les arrêter.",
        "help": "messages sur vos commandes.{reach} Répondez STOP pour les arrêter.",
        "reach": " Aide : {where}.",
        "or": " ou ",
    },
    "es": {
        "agreed": "Gracias, recibirás estos mensajes. Responde AYUDA si necesitas ayuda o STOP para pararlos.",
        "stopped": "Te has dado de baja y no recibirás más mensajes nuestros. "
        "Responde START para recibirlos otra vez.",
        "started": "Volverás a recibir mensajes sobre tus pedidos. Responde STOP para pararlos.",
        "chat_stopped": "No recibirás más mensajes nuestros por {channel}. "
        "Escribe START para recibirlos otra vez.",
        "chat_started": "Volverás a recibir mensajes sobre tus pedidos por {channel}. "
        "Escribe STOP para pararlos.",
        "help": "mensajes sobre tus pedidos.{reach} Responde STOP para pararlos.",
        "reach": " Ayuda: {where}.",
        "or": " o ",
    },
    "ar": {
        "agreed": "شكرًا، ستصلك هذه الرسائل من الآن. أرسل مساعدة للمساعدة أو STOP لإيقافها.",
        "stopped": "تم إلغاء اشتراكك ولن تصلك رسائل منا بعد الآن. أرسل START لاستقبالها من جديد.",
        "started": "ستصلك رسائل طلباتك من جديد. أرسل STOP لإيقافها.",
        "chat_stopped": "لن تصلك رسائل منا على {channel} بعد الآن. أرسل START لاستقبالها من جديد.",
        "chat_started": "ستصلك رسائل طلباتك على {channel} من جديد. أرسل STOP لإيقافها.",
        "help": "رسائل عن طلباتك.{reach} أرسل STOP لإيقافها.",
        "reach": " للمساعدة: {where}.",
        "or": " أو ",
    },
}


def sms_answer(meaning: str, *, shop: str, locale: str, email: str = "", phone: str = "") -> str:
    """Return the answer to ``"stopped"``, ``"started"``, ``"agreed"`` or ``"help"``."""
    words = _words_in(locale)
    where = words["or"].join(filter(None, (email, phone)))
    reach = words["reach"].replace("{where}", where) if where else ""
    return f"{shop}: {words[meaning].replace('{reach}', reach)}"


def chat_answer(
    meaning: str, *, channel: str, shop: str, locale: str, email: str = "", phone: str = ""
) -> str:
    """Return the answer in a chat; a STOP there is for that one channel.

    :param channel: its own name, the same in all languages: ``"WhatsApp"``.
    """
    if meaning == "help":
        return sms_answer("help", shop=shop, locale=locale, email=email, phone=phone)
    words = _words_in(locale)[f"chat_{meaning}"]
    return f"{shop}: {words.replace('{channel}', channel)}"


def _words_in(locale: str) -> dict[str, str]:
    return _WORDS.get(locale.replace("_", "-").split("-")[0].lower(), _WORDS[FALLBACK])
