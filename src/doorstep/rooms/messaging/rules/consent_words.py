"""The built-in words people say yes to, in the languages of the shoppers' pages. Pure.

What is shown is what is kept: the pages and the proof take them from here.
"""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.rules.topics import topic_label

FALLBACK = "en"

_SIGN_UP = {
    "en": "Yes, {shop} may send me {topics} by e-mail. I can end this at any time with the link in "
    "every mail.",
    "de": "Ja, {shop} darf mir {topics} per E-Mail schicken. Ich kann das jederzeit mit dem Link in "
    "jeder Mail beenden.",
    "fr": "Oui, {shop} peut m’envoyer {topics} par e-mail. Je peux y mettre fin à tout moment avec "
    "le lien présent dans chaque e-mail.",
    "es": "Sí, {shop} puede enviarme {topics} por e-mail. Puedo terminarlo en cualquier momento con "
    "el enlace de cada mensaje.",
    "ar": "نعم، يمكن لـ {shop} أن يرسل إليّ {topics} عبر البريد الإلكتروني. ويمكنني إنهاء ذلك في أي وقت "
    "من خلال الرابط الموجود في كل رسالة.",
}
# 47 CFR 64.1200(f)(9)(i): clear that messages are sent by machine, and that no purchase hangs on it.
_BY_TEXT = {
    "en": "Yes, {shop} may send me {topics} by automated text message to my number. I do not have to "
    "agree in order to buy. I can end this at any time by answering STOP. Message and data rates "
    "may apply.",
    "de": "Ja, {shop} darf mir {topics} automatisch per SMS an meine Nummer schicken. Für einen "
    "Einkauf muss ich nicht zustimmen. Ich kann das jederzeit beenden, indem ich mit STOP antworte.",
    "fr": "Oui, {shop} peut m’envoyer {topics} par SMS automatiques à mon numéro. Je n’ai pas à "
    "accepter pour acheter. Je peux y mettre fin à tout moment en répondant STOP.",
    "es": "Sí, {shop} puede enviarme {topics} por SMS automáticos a mi número. No tengo que aceptar "
    "para comprar. Puedo terminarlo en cualquier momento respondiendo STOP.",
    "ar": "نعم، يمكن لـ {shop} أن يرسل إليّ {topics} برسائل نصية آلية إلى رقمي. ولا تُشترط موافقتي للشراء. "
    "ويمكنني إنهاء ذلك في أي وقت بالرد بكلمة STOP.",
}
_EVERYTHING = {
    "en": "news and offers",
    "de": "Neuigkeiten und Angebote",
    "fr": "ses nouveautés et ses offres",
    "es": "novedades y ofertas",
    "ar": "الأخبار والعروض",
}
_JOIN = {"en": ", ", "de": ", ", "fr": ", ", "es": ", ", "ar": "، "}


def language_of(locale: str) -> str:
    """Return the language the words are shown in: the tag's own where we speak it."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return language if language in _SIGN_UP else FALLBACK


def sign_up_words(
    shop: str, topics: Sequence[str], locale: str, *, channel: Channel = Channel.EMAIL
) -> str:
    """Return what somebody who signs up agrees to, by e-mail or (any other channel) by text."""
    language = language_of(locale)
    named = _JOIN[language].join(f"“{topic_label(key, language)}”" for key in topics)
    said = _SIGN_UP if channel is Channel.EMAIL else _BY_TEXT
    text = said[language].replace("{topics}", named or _EVERYTHING[language])
    return text.replace("{shop}", shop)
