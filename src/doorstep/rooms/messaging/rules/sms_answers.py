"""What we answer to STOP, START and HELP, in the person's language. Pure.

One text message each: the law allows one confirmation of a STOP and nothing that sells (47 CFR
64.1200(a)(12)). STOP and START stay as they are, for providers look for these words.
"""

from __future__ import annotations

FALLBACK = "en"

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "stopped": "You are unsubscribed and will get no more messages from us. "
        "Reply START to get them again.",
        "started": "You will get messages about your orders again. Reply STOP to end them.",
        "help": "messages about your orders.{reach} Reply STOP to end them.",
        "reach": " Help: {where}.",
        "or": " or ",
    },
    "de": {
        "stopped": "Du bist abgemeldet und bekommst keine Nachrichten mehr von uns. "
        "Mit START bekommst du sie wieder.",
        "started": "Du bekommst wieder Nachrichten zu deinen Bestellungen. Mit STOP enden sie.",
        "help": "Nachrichten zu deinen Bestellungen.{reach} Mit STOP enden sie.",
        "reach": " Hilfe: {where}.",
        "or": " oder ",
    },
    "fr": {
        "stopped": "Vous êtes désinscrit et ne recevrez plus de messages de notre part. "
        "Répondez START pour les recevoir à nouveau.",
        "started": "Vous recevrez à nouveau les messages sur vos commandes. "
        "Répondez STOP pour les arrêter.",
        "help": "messages sur vos commandes.{reach} Répondez STOP pour les arrêter.",
        "reach": " Aide : {where}.",
        "or": " ou ",
    },
    "es": {
        "stopped": "Te has dado de baja y no recibirás más mensajes nuestros. "
        "Responde START para recibirlos otra vez.",
        "started": "Volverás a recibir mensajes sobre tus pedidos. Responde STOP para pararlos.",
        "help": "mensajes sobre tus pedidos.{reach} Responde STOP para pararlos.",
        "reach": " Ayuda: {where}.",
        "or": " o ",
    },
    "ar": {
        "stopped": "تم إلغاء اشتراكك ولن تصلك رسائل منا بعد الآن. أرسل START لاستقبالها من جديد.",
        "started": "ستصلك رسائل طلباتك من جديد. أرسل STOP لإيقافها.",
        "help": "رسائل عن طلباتك.{reach} أرسل STOP لإيقافها.",
        "reach": " للمساعدة: {where}.",
        "or": " أو ",
    },
}


def sms_answer(meaning: str, *, shop: str, locale: str, email: str = "", phone: str = "") -> str:
    """Return the answer to ``"stopped"``, ``"started"`` or ``"help"``."""
    words = _WORDS.get(locale.replace("_", "-").split("-")[0].lower(), _WORDS[FALLBACK])
    where = words["or"].join(filter(None, (email, phone)))
    reach = words["reach"].replace("{where}", where) if where else ""
    return f"{shop}: {words[meaning].replace('{reach}', reach)}"
