"""What a description says, where a carrier's code is unknown or says too little.

Only phrases that mean one thing in every carrier's mouth; the first that fits counts, so what is
said about failures stands before "delivered". English, French, German, Spanish and Italian, as the
supported carriers write them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from doorstep.connectors.carriers import meanings as m
from doorstep.connectors.carriers.meanings import Meaning

_RULES: tuple[tuple[Meaning, str], ...] = (
    (m.RETURNED, r"returned to (?:the )?(?:sender|shipper)|delivered to (?:the )?(?:original )?sender"
     r"|delivered,? to original sender|return(?:ed)? (?:parcel|item|shipment)? ?delivered"
     r"|livré à l.expéditeur|remis à l.expéditeur"),
    (m.RETURNING, r"return(?:ing|ed)? to (?:the )?(?:sender|shipper)|being returned|return to origin"
     r"|returning package|retour(?:né)? (?:à|vers) l.exp[ée]diteur|rücksendung|zurückgesandt"
     r"|(?:en )?devoluci[oó]n al remitente|return initiated|on its way back"),
    (m.REFUSED, r"\brefus(?:ed|al)\b|refusé|verweigert|rehusad|rifiutat"),
    (m.LOST, r"\b(?:is|was|been|reported|package|parcel|shipment) lost\b|déclaré perdu|lost in transit"),
    (m.DAMAGED, r"\bdamaged?\b|endommagé|beschädigt|dañad|avarié"),
    (m.NOT_HOME, r"no (?:one|body) (?:was )?(?:at )?home|recipient (?:was )?(?:not|un)[ -]?available"
     r"|not at home|no authorized recipient|customer not available|absent lors|destinataire absent"
     r"|nicht angetroffen|destinatario ausente|addressee not available|notice left|avis de passage"
     r"|carded|card left|sorry we missed you|business (?:was )?closed"),
    (m.NO_ACCESS, r"no access|access to (?:the )?(?:delivery )?(?:address|location|building) (?:was )?"
     r"(?:not|denied)|inaccessible|animal interference"),
    (m.ATTEMPT, r"attempted (?:to deliver|delivery)|delivery attempt(?:ed)?\b|unsuccessful delivery"
     r"|could not (?:be )?deliver|unable to deliver|not be delivered|undelivered|not delivered"
     r"|n.a pas pu être (?:livré|distribué)|konnte nicht zugestellt|no ha podido ser entregad"
     r"|missed delivery"),
    (m.ADDRESS, r"(?:incorrect|insufficient|incomplete|wrong|invalid|bad) address|address(?:ing)? "
     r"(?:error|problem|issue|correction)|adresse (?:incomplète|incorrecte|erronée)"
     r"|no such number|addressee unknown|unbekannter empfänger|adresse unvollständig"),
    (m.PAYMENT, r"(?:duties|duty|taxes|customs fees?|payment).{0,40}(?:due|required|requested|must be"
     r"|unpaid|pending)|held for payment|frais de douane"),
    (m.CUSTOMS, r"released by (?:the )?customs|customs (?:clearance )?(?:cleared|completed|released)"
     r"|cleared (?:by )?(?:the )?customs|clear(?:ance|ed).{0,30}(?:complete|processing complete)"
     r"|dédouan(?:é|ement) (?:terminé|effectué)|cleared and awaiting|customs clearance (?:event"
     r"|processing|started|in progress)|inbound into customs|item (?:is )?in customs"
     r"|awaiting clearance|presented to customs|en cours de dédouanement|zollabfertigung"),
    (m.CUSTOMS_HELD, r"held (?:in|by|at|for) customs|customs (?:hold|delay|requires?)"
     r"|retained by customs|clearance delay|clearance information required|retenu.{0,20}douane"),
    (m.WEATHER, r"severe weather|adverse weather|weather delay|bad weather|natural disaster"
     r"|intempéries|witterung"),
    (m.PICKUP, r"available for (?:pick ?-?up|collection)|ready for (?:pick ?-?up|collection)"
     r"|awaiting (?:customer )?(?:collection|pick ?up)|waiting to be (?:collected|picked up)"
     r"|can be (?:picked up|collected)|held at (?:post office|location).{0,40}pick ?up"
     r"|à disposition|disponible (?:en|dans|au)|abholbereit|zur abholung bereit|bereitgestellt"
     r"|disponible para (?:su )?recogida|notice card left indicating"),
    (m.NEIGHBOR, r"(?:delivered|left|handed).{0,40}neighbou?r|livré.{0,30}(?:voisin|gardien)"
     r"|nachbar"),
    (m.LOCKER, r"delivered.{0,30}(?:parcel )?locker"),
    (m.SAFE_PLACE, r"(?:delivered|left).{0,60}(?:safe ?place|porch|mailbox|mail box|front door"
     r"|back door|garage|garden)|livré.{0,30}boîte aux lettres|ablageort"),
    (m.DELAYED, r"\bdelay(?:ed)?\b|running late|retardé|verspät|retraso"),
    (m.HELD, r"\bon hold\b|shipment held|held (?:at|in) (?:depot|facility|warehouse)|en attente de"),
    (m.RESCHEDULED, r"rescheduled|delivery date (?:was )?changed|reprogramm"),
    (m.OUT, r"out[ -]for[ -]delivery|on ?board (?:with driver|for delivery)|with (?:the )?(?:delivery )?"
     r"courier|on vehicle for delivery|on fedex vehicle|in delivery to the consignee|with driver"
     r"|loaded (?:on|onto) (?:delivery )?vehicle|en cours de livraison|en livraison"
     r"|in zustellung|zustellfahrzeug|en reparto|in consegna|attempting delivery"
     r"|expected to be delivered during the day"),
    (m.DELIVERED, r"(?<!to be )(?<!not )(?<!be )\bdelivered\b|successfully delivered"
     r"|proof of delivery|picked up by (?:the )?(?:recipient|customer|addressee)"
     r"|collected by (?:the )?(?:customer|recipient)"
     r"|(?:est|a été|bien été) livré|\blivré\b|erfolgreich zugestellt|wurde zugestellt|ausgeliefert"
     r"|\bentregad[oa]\b|\bconsegnat[oa]\b"),
    (m.CANCELED, r"(?:shipment|label|order|parcel|item) (?:has been |was )?(?:cancell?ed|voided)"),
    (m.INFO, r"(?:label|shipping label|order|information|data|details|manifest).{0,40}(?:created"
     r"|received|submitted|entered|sent|approved|lodged|processed by shipper)"
     r"|awaiting item|preparing shipment|in preparation to be shipped|pre-?shipment|electronically"
     r"|bientôt nous être confié|en cours de préparation|elektronisch angekündigt"
     r"|shipment expected|not yet (?:handed|arrived|received)|awaiting (?:the )?(?:item|parcel)"
     r"|ready for ups"),
    (m.PICKED_UP, r"picked up|pick ?-?up scan|collected (?:from|by)|handed over (?:to|by)|accepted|received"
     r" (?:item )?(?:from sender|by (?:australia|canada|royal))|drop(?:ped)?[ -]?off|in possession"
     r"|entre nos mains|pris en charge|déposé|abgeholt|eingeliefert|acceptance|lodged at"
     r"|registered by the post office|received by (?:postnl|the carrier|carrier|dhl|gls|ups)"),
    (m.ARRIVED, r"\barriv(?:ed|al)\b|reached the|arrivé|angekommen|eingetroffen|received (?:at|in)"),
    (m.DEPARTED, r"\bdepart(?:ed|ure|ing)\b|\bleft\b.{0,30}(?:facility|origin|country|warehouse)"
     r"|prêt à partir|verlassen|forwarded|dispatched"),
    (m.TRANSIT, r"in[ -]transit|on (?:its|the) way|sorted|sorting|processed|en cours d.acheminement"
     r"|en transit|en chemin|wird transportiert|en tr[áa]nsito|in transito|origin scan"
     r"|travel(?:ing|ling)|transferred|shipment (?:has been )?shipped|has departed origin"
     r"|processed by air carrier|transit scan"),
)  # fmt: skip
_COMPILED = tuple((meaning, re.compile(pattern, re.IGNORECASE)) for meaning, pattern in _RULES)
# Substatus that say nothing in particular: whatever the words say of the same status is more.
_VAGUE = {m.TRANSIT.substatus, m.TROUBLE.substatus, m.RETURNING.substatus}
_CAN_REFINE = {
    m.OUT.status,
    m.ATTEMPT.status,
    m.PICKUP.status,
    m.DELIVERED.status,
    m.RETURNED.status,
    m.TROUBLE.status,
    m.INFO.status,
}


@lru_cache(maxsize=8192)
def meaning_of(words: str) -> Meaning:
    """Return what a description says, ``UNKNOWN`` where it could mean several things."""
    for meaning, pattern in _COMPILED:
        if pattern.search(words[:400]):
            return meaning
    return m.UNKNOWN


def refine(coarse: Meaning, words: str) -> Meaning:
    """Return what the words add to a code that covers a lot ("TRANSIT: out for delivery").

    The words decide the substatus where they speak of the same status; a coarse "in transit",
    "unknown" or "exception" gives way to what they say in particular.
    """
    said = meaning_of(words)
    if said.status is None:
        return coarse
    if coarse.status is None or said.status is coarse.status:
        return said if coarse.substatus in _VAGUE else coarse
    if coarse in (m.TRANSIT, m.TROUBLE, m.PENDING) and said.status in _CAN_REFINE:
        return said
    return coarse
