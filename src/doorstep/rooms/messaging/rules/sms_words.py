"""What a texted answer means: stop, start again, help.

CTIA Messaging Principles 5.1.3 and the FCC's rule of April 2025 (47 CFR 64.1200(a)(10)): the words
stop, quit, end, revoke, opt out, cancel, unsubscribe count, and so does any reasonable wording; in
the European Union withdrawing must be as easy as consenting (GDPR art. 7(3)), in the reader's own
language. Spoken here: English, German, French, Spanish and Arabic.

A person writes a sentence about us or one about something else ("stop by the shop?", "can I
cancel my order?"). So single words count only where nothing else is said, and phrases name what is
to end: messages, or ourselves writing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Meaning = Literal["stop", "start", "help", "other"]


def _words(text: str) -> list[str]:
    """Return the words in lower case, without accents, apostrophes and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c) and c != "\u0640")
    plain = re.sub(r"['’‘`´]", "", plain)
    return re.findall(r"\w+", plain)


def _plain(words: str) -> frozenset[str]:
    return frozenset(_words(words))


def _joined(phrases: str) -> frozenset[str]:
    return frozenset("".join(_words(phrase)) for phrase in phrases.split(","))


# Enough by themselves, also several of them.
_STOP_WORDS = _plain(
    "stop stopall stopp stops stopsms quit end revoke optout cancel unsubscribe unsub remove "
    "abmelden abmeldung abbestellen aufhören schluss beenden austragen kündigen stoppen "
    "désabonner désabonnement désinscrire désinscription arrêt arrêter arrête arrêtez "
    "baja parar alto cancelar deténganse detener desuscribir para paren basta "
    "إيقاف الغاء إلغاء توقف توقفوا أوقف أوقفوا وقف قف كفى"
)
# As the whole answer.
_STOP_WHOLE = _joined(
    "opt out,stop all,genug,es reicht,das reicht,lass das,lasst das,hört auf,hör auf,ça suffit,"
    "stop tout,dar de baja,darme de baja,darse de baja,me doy de baja,quiero la baja,ya no más,"
    "no más,no quiero más,no thanks stop,not interested,no me interesa,kein interesse,"
    "pas intéressé,pas intéressée,ne m'intéresse pas,غير مهتم,غير مهتمة,لا أريد,لا اريد المزيد"
)
# May stand around a word that stops, and say nothing.
_POLITE = _plain(
    "please pls plz now it this all me thanks thank you just ok okay hey hi hello immediately "
    "bitte jetzt sofort danke alles das mich hallo endlich "
    "s'il sil vous te plaît svp stp merci maintenant tout bonjour ça "
    "por favor ya gracias todo ahora hola esto "
    "من فضلك فضلكم رجاء رجاءً الرجاء لو سمحت شكرا شكرًا الآن فورا"
)

_SENT = {
    "en": r"(?:text|texts|texting|txt|messag\w*|sms|spam\w*|notifications?|alerts?|promos?|ads)",
    "de": r"(?:sms|nachricht\w*|mitteilung\w*|werbung|werbe\w*|texte|meldungen|newsletter|spam)",
    "fr": r"(?:sms|messages?|textos?|pub|pubs|publicites?|notifications?|newsletters?|spams?)",
    "es": r"(?:sms|mensajes?|textos?|publicidad|avisos|notificaciones|promociones|spam)",
    "ar": r"(?:ال)?(?:رسال\w*|رسائل\w*|رسايل\w*|اعلان\w*|إعلان\w*|اشعارات|دعاي\w*|عروض)",
}
_PHRASES = (
    # "please stop texting me", "no more texts", "end the messages"
    rf"\b(?:stop|quit|cease|no more|end|cancel|enough|tired of|sick of|fed up with)\b.{{0,24}}"
    rf"\b(?:{_SENT['en']}|contact\w*|sending|writing|bothering)\b",
    r"\bstop (?:it|this|that)\b$",
    # "don't text me any more", "never message this number again"
    r"\b(?:do not|dont|never|no longer)\s+(?:want\s+to\s+(?:get|receive|hear)|want\s+(?:any|these|"
    r"your)|wish\s+to\s+(?:get|receive|hear)|(?:text|message|contact|sms|write|spam|bother)\b|"
    r"send\s+(?:me|us|any|these|this|more|texts?|messages?|sms|anything))",
    r"\bopt(?:ing|ed)?\s+(?:me\s+)?out\b|\bunsubscribe\b|\bunsub\b|\btake me off\b|\bwrong number\b",
    r"\b(?:remove|delete) (?:me|my number|this number)\b|\bleave me alone\b|\blose my number\b",
    r"\b(?:revoke|withdraw)\b.{0,24}\b(?:consent|permission)\b|\bno (?:more )?(?:texts|messages)\b",
    # "bitte keine SMS mehr", "schreibt mir nicht mehr", "nehmt mich aus der Liste"
    rf"\b(?:keine?n?|nie wieder|nie mehr|genug)\b.{{0,20}}\b{_SENT['de']}\b",
    rf"\b(?:stoppt?|stoppen|beende\w*|unterlass\w*|lass\w*)\b.{{0,24}}\b{_SENT['de']}\b",
    r"\b(?:schreib\w*|schick\w*|send\w*|sims\w*|kontaktier\w*|nerv\w*|belastig\w*)\b.{0,20}"
    r"\b(?:nicht|nichts|nie|keine) ?(?:mehr|wieder|langer)\b",
    r"\bnicht (?:mehr|langer) (?:anschreiben|schreiben|kontaktieren|simsen)\b",
    r"\b(?:hort?|hore) auf\b.{0,30}\b(?:schreib\w*|schick\w*|send\w*|sms|nachricht\w*|nerven)\b",
    r"\b(?:meld\w*|trag\w*|nehm\w*|nimm|streich\w*|losch\w*)\b.{0,30}\b(?:ab|aus|liste|verteiler|"
    r"nummer)\b|\bin ruhe lassen\b|\blass\w* mich in ruhe\b|\babmelden\b|\babbestell\w*\b",
    r"\b(?:widerruf\w*|zieh\w*)\b.{0,30}\beinwilligung\b|\beinwilligung\b.{0,30}\bwider",
    r"\bwill\b.{0,16}\b(?:nichts|keine)\b.{0,16}\bmehr\b.{0,16}\b(?:von euch|bekommen|erhalten)\b",
    # "arrêtez de m'écrire", "plus de SMS", "ne m'envoyez plus rien"
    rf"\b(?:arret\w*|stop\w*|cess\w*|fini\w*|assez)\b.{{0,24}}\b(?:{_SENT['fr']}|mecrire|"
    r"menvoyer|envoyer|ecrire|contacter|harceler)\b",
    rf"\b(?:plus|pas|marre|assez) (?:de|dautres|jamais de|des|vos) ?(?:vos )?{_SENT['fr']}\b",
    r"\b(?:ne |n)?(?:mecri\w*|menvo\w*|me contact\w*|me derang\w*|ecri\w*|envo\w*|contact\w*)"
    r"\b.{0,16}\b(?:plus|jamais)\b",
    r"\bne veux plus\b.{0,30}\b(?:recevoir|messages?|sms|rien)\b|\bne souhaite plus\b",
    r"\b(?:me |je me )?(?:desabonn\w*|desinscri\w*)\b|\b(?:retir\w*|enlev\w*|suppri\w*)[ -]?moi\b|"
    r"\blaiss\w*[ -]moi tranquille\b|\b(?:retir\w*|supprim\w*)\b.{0,12}\bnumero\b",
    r"\bretire\b.{0,16}\bconsentement\b",
    # "no me escribas más", "no quiero más mensajes", "deja de enviarme SMS"
    r"\bno me (?:escrib\w*|envi\w*|mand\w*|contact\w*|molest\w*|mensaje\w*)\b",
    r"\bno (?:escrib\w*|envi\w*|mand\w*|contact\w*|molest\w*) mas\b",
    rf"\b(?:no (?:quiero|deseo)|no mas|basta de|ya no)\b.{{0,24}}\b(?:{_SENT['es']}|recibir\w*|"
    r"me escrib\w*)\b",
    r"\b(?:deja\w*|dejen|para\w*|paren|pare|basta) (?:ya )?de (?:enviar\w*|mandar\w*|escribir\w*|"
    r"molestar\w*|contactar\w*)",
    rf"\b(?:par\w*|cancel\w*|deten\w*|elimin\w*|quit\w*)\b.{{0,20}}\b{_SENT['es']}\b",
    r"\b(?:dar\w*|denme|deme|dame|doy) de baja\b|\b(?:quiten|quita|borr\w*|elimin\w*)me\b|"
    r"\b(?:borr\w*|elimin\w*|quit\w*) mi numero\b|\bdej\w*me en paz\b|"
    r"\bretiro\b.{0,12}\bconsentimiento\b",
    # "لا ترسلوا لي رسائل", "أوقفوا الرسائل", "لا أريد رسائل"
    r"\b(?:لا|عدم|ما|بلا|كفايه|كفاية)\b.{0,6}\b(?:ترسل\w*|ارسال|تراسل\w*|تبعث\w*|تكتب\w*|تزعج\w*|تتصل\w*|تواصل\w*)",
    rf"\b(?:لا|ما) (?:اريد|ارغب|ابغى|ابي|عايز|بدي)\b.{{0,24}}\b{_SENT['ar']}",
    rf"\b(?:اوقف\w*|وقف\w*|ايقاف|الغ\w*|الغاء|توقف\w*|كف\w*)\b.{{0,24}}\b(?:{_SENT['ar']}|الارسال|ارسال|اشتراك\w*|الاشتراك|مراسلت\w*)",
    r"\b(?:احذف\w*|ازيل\w*|امسح\w*|شيل\w*)\b.{0,16}\b(?:رقمي|اسمي)\b|\bاتركوني\b",
)
_STOP_PHRASES = re.compile("|".join(f"(?:{phrase})" for phrase in _PHRASES))
# About something else, or the opposite: these words around a stop word say so.
_NOT_STOP = re.compile(
    r"\b(?:dont|do not|never|please dont) (?:ever )?(?:stop|quit|end|cancel|unsubscribe)\b"
    r"|\bstop(?:ping|ped)? (?:by|in|at|over|off)\b|\bbus stop\b|\bnon ?stop\b"
    r"|\b(?:nicht|bloss nicht) (?:aufhoren|abmelden|stoppen)\b|\bne (?:pas )?(?:vous )?arretez pas\b"
    r"|\bno pares?\b|\bno paren\b"
    # a question about messages is none against them
    r"|\b(?:did not|didnt|have not|havent|never) (?:get|got|receive\w*) (?:a|any|the|your)\b"
    r"|\b(?:keine|noch keine) (?:\w+ )?(?:nachricht|mitteilung)\w* (?:bekommen|erhalten)\b"
    r"|\b(?:pas|rien) (?:recu|eu)\b|\bno (?:me )?(?:ha |han )?(?:llegado|recibi|recibido)\b"
)
_START_WORDS = _joined(
    "start,unstop,yes,resume,subscribe,ja,anmelden,weiter,oui,reprendre,abonner,démarrer,sí,si,alta,"
    "empezar,reanudar,comenzar,suscribir,نعم,ابدأ,ابدا,اشتراك,استئناف,start again,please start,"
    "start please,bitte start,start bitte,wieder an"
)
_HELP_WORDS = _joined(
    "help,info,help me,help please,please help,hilfe,bitte hilfe,hilfe bitte,infos,aide,à l'aide,"
    "aidez moi,besoin d'aide,ayuda,ayúdame,ayuda por favor,información,مساعدة,المساعدة,ساعدني,ساعدوني,معلومات"
)


def meaning_of(text: str) -> Meaning:
    """Return what an answer by SMS asks for; ``"other"`` goes to a human.

    When in doubt it is a stop: a message too few can be mended, one too many is unlawful.
    """
    words = _words(text)
    if not words:
        return "other"
    joined, spaced = "".join(words), " ".join(words)
    core = [word for word in words if word not in _POLITE]
    if joined in _STOP_WORDS or joined in _STOP_WHOLE:
        return "stop"
    if core and all(word in _STOP_WORDS for word in core) and not _NOT_STOP.search(spaced):
        return "stop"
    if core and "".join(core) in _STOP_WHOLE:
        return "stop"
    if _STOP_PHRASES.search(_NOT_STOP.sub(" ", spaced)):
        return "stop"
    if joined in _START_WORDS:
        return "start"
    return "help" if joined in _HELP_WORDS else "other"
