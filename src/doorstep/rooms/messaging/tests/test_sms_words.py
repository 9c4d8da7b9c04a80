"""Any reasonable wording stops; a sentence about something else does not."""

from __future__ import annotations

import pytest

from doorstep.rooms.messaging.rules.sms_words import meaning_of

STOPS = [
    # English
    "STOP", "stop.", "Stop!!", "S T O P", "stop all", "STOPALL", "quit", "End", "CANCEL", "revoke",
    "opt out", "Opt-out", "optout", "unsubscribe", "UNSUBSCRIBE ME", "please stop", "stop please",
    "Stop it", "ok stop now", "please stop texting me", "Stop sending me messages",
    "don't text me anymore", "Do not text me again", "dont message me", "never contact me again",
    "take me off your list", "Remove me", "remove my number", "leave me alone", "no more texts",
    "no more messages please", "I no longer want to receive these texts", "wrong number",
    "I want to opt out of these", "I withdraw my consent", "I revoke my permission to text me",
    "enough with the spam", "I'm sick of these texts", "stop spamming me", "I don't want your texts",
    "don’t send me anything", "cancel these messages", "please end the notifications",
    "not interested", "lose my number",
    # German
    "Stopp", "stopp bitte", "abmelden", "Bitte abmelden", "Abbestellen!", "bitte keine SMS mehr",
    "Keine Nachrichten mehr bitte", "keine Werbung", "Hört auf mir zu schreiben", "Hör auf",
    "Schreibt mir nicht mehr", "schicken Sie mir keine SMS mehr", "Nehmt mich aus dem Verteiler",
    "Bitte löscht meine Nummer", "Lasst mich in Ruhe", "Ich widerrufe meine Einwilligung",
    "Ich will keine Nachrichten mehr", "nicht mehr schreiben bitte", "kein Interesse", "es reicht",
    "Bitte melden Sie mich ab", "Ich möchte keine Werbung von euch", "stoppt diese SMS",
    # French
    "arrêt", "ARRET", "arrête", "Arrêtez s'il vous plaît", "désabonner", "me désinscrire",
    "plus de SMS", "Plus de messages svp", "arrêtez de m'écrire", "Arrêtez de m’envoyer des SMS",
    "ne m'écrivez plus", "ne m’envoyez plus rien", "Je ne veux plus recevoir de messages",
    "stop pub", "laissez-moi tranquille", "retirez-moi de la liste", "supprimez mon numéro",
    "je retire mon consentement", "je me désabonne", "ça suffit",
    # Spanish
    "BAJA", "baja por favor", "parar", "basta", "cancelar", "no me escribas más",
    "No me escriban más", "no me envíen mensajes", "no quiero más mensajes",
    "No quiero recibir más SMS", "deja de enviarme mensajes", "dejen de escribirme",
    "quiero darme de baja", "denme de baja", "borren mi número", "déjenme en paz", "no más mensajes",
    "no me interesa", "paren ya", "retiro mi consentimiento",
    # Arabic
    "إيقاف", "ايقاف", "إلغاء", "توقف", "توقفوا من فضلكم توقفوا", "أوقفوا الرسائل", "لا ترسلوا لي رسائل",
    "لا أريد رسائل", "لا تراسلوني", "إلغاء الاشتراك", "الرجاء إيقاف الرسائل", "احذفوا رقمي",
    "لا أريد المزيد من الرسائل", "أوقِفوا الإرسال", "كفى",
]  # fmt: skip

GOES_ON = [
    "Can I stop by the shop?", "stop by the shop?", "I'll stop in tomorrow", "which bus stop is near?",
    "don't stop, I love these!", "When does the sale end?", "Can I cancel my order?",
    "cancel order 1042 please", "How do I remove the stain?", "I quit coffee for your tea",
    "the cup does not stop leaking", "I never got a message about my parcel",
    "I didn't receive any text about delivery", "Thanks, it arrived", "Where is my order?",
    "Is the end of the week possible?", "Please send me the invoice", "please text me when it ships",
    "I want to return the cup", "", "???", "👍", "1042",
    "Wann kommt mein Paket?", "Kann ich die Bestellung stornieren?",
    "Ich habe noch keine Nachricht bekommen", "Bitte schickt mir die Rechnung", "Danke, alles gut",
    "Kann ich vorbeikommen, oder ist Schluss um 18 Uhr?", "Bitte nicht aufhören mit den Rezepten",
    "Où est mon colis ?", "Je voudrais annuler ma commande", "Je n'ai rien reçu",
    "Pouvez-vous m’envoyer la facture ?", "Merci beaucoup", "l'arrêt de bus est où ?",
    "¿Dónde está mi pedido?", "Quiero cancelar mi pedido", "No me ha llegado el paquete",
    "¿Para cuándo llega?", "para mi madre", "gracias", "envíame la factura por favor",
    "أين طلبي؟", "شكرا", "متى يصل الطرد؟", "أريد إرجاع الكوب", "أرسلوا لي الفاتورة من فضلكم",
]  # fmt: skip


@pytest.mark.parametrize("text", STOPS)
def test_any_reasonable_wording_stops(text: str) -> None:
    assert meaning_of(text) == "stop"


@pytest.mark.parametrize("text", GOES_ON)
def test_what_is_about_something_else_does_not(text: str) -> None:
    assert meaning_of(text) == "other"


@pytest.mark.parametrize(
    "text", ["START", "unstop", "yes", "Ja", "oui", "Sí", "alta", "نعم", "ابدأ", "please start"]
)
def test_starting_again(text: str) -> None:
    assert meaning_of(text) == "start"


@pytest.mark.parametrize(
    "text", ["HELP", "help!", "info", "Hilfe", "Hilfe bitte", "aide", "à l'aide", "Ayuda", "مساعدة"]
)
def test_asking_for_help(text: str) -> None:
    assert meaning_of(text) == "help"
