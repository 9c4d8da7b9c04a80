"""What marketplaces let a seller write to the people who buy there. Data with sources.

Two things are looked at: whether a message is about a purchase on a marketplace, and whether the
e-mail address is one the marketplace lends. A person who came to the store's own page, gave an
address of their own and said yes is the store's own customer: the marketplace has no say in what
is written there that is not about the purchase. How to get there within the rules stands beside
them (:attr:`Marketplace.direct`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from doorstep.rooms.messaging.contracts import Channel, ConsentState, Purpose
from doorstep.rooms.messaging.rules.contact import CHANNEL_WORDS, PASS, Contact, Verdict

REVIEWS = "reviews"  # the topic


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One marketplace and its rules.

    :param names: how a sales channel begins that is one: ``amazon``, ``amazon-de``.
    :param relay: the domains of the addresses it lends.
    :param policy: what its rule is called.
    :param refused: purposes that never are allowed, with what the rule says.
    :param refused_kinds: kinds of messages the marketplace sends itself.
    :param refused_topics: topics that must not be written about.
    :param needs_yes: purposes that need the person's own yes; the store's default is not enough.
    :param by_mail_only: it passes on mail; the number it tells is for the parcel alone.
    :param days: how long after the purchase was completed it may be written about; 0: no end.
    :param direct: ways to a direct relation that its rules leave open.
    :param source: where the rules stand.
    """

    key: str
    label: str
    names: tuple[str, ...]
    policy: str
    source: str
    direct: tuple[str, ...]
    relay: str = r"(?!)"
    refused: tuple[tuple[Purpose, str], ...] = ()
    refused_kinds: tuple[tuple[str, str], ...] = ()
    refused_topics: tuple[tuple[str, str], ...] = ()
    needs_yes: frozenset[Purpose] = field(default_factory=frozenset)
    by_mail_only: bool = True
    days: int = 0


_NO_MARKETING = "no marketing to people who bought there"
_IN_PARCEL = (
    "A card in the parcel with care instructions, the guarantee and how to get help. "
    "No reward for a review and no invitation to buy elsewhere."
)
_GUARANTEE = (
    "A page where the buyer registers the product for its guarantee, of their own wish: the "
    "address they type there, and their yes, belong to the relation with you."
)

MARKETPLACES: tuple[Marketplace, ...] = (
    Marketplace(
        "amazon",
        "Amazon",
        ("amazon", "amzn"),
        "communication guidelines",
        "Amazon Seller Central, Communication Guidelines (G1701)",
        (
            _IN_PARCEL,
            _GUARANTEE,
            "“Request a review” in Seller Central, once per order, 5 to 30 days after delivery.",
        ),
        relay=r"marketplace\.amazon(\.[a-z]{2,3}){1,2}",
        refused=(
            (Purpose.MARKETING, "no marketing, coupons or links to other shops"),
            (Purpose.SERVICE, "only messages that are needed to complete an order or to answer"),
        ),
        refused_kinds=(
            ("order_confirmation", "no order confirmations, Amazon sends its own"),
            ("parcel_shipped", "no shipping confirmations, Amazon sends its own"),
        ),
        refused_topics=((REVIEWS, "reviews are asked for by “Request a review” only"),),
        days=30,
    ),
    Marketplace(
        "ebay",
        "eBay",
        ("ebay",),
        "member-to-member contact policy",
        "eBay, Member-to-member contact policy; Links policy",
        (
            _IN_PARCEL,
            "Answers to questions in eBay’s own messages, within 90 days.",
            "A store newsletter in eBay’s own marketing tools.",
        ),
        relay=r"members\.ebay(\.[a-z]{2,3}){1,2}",
        refused=((Purpose.MARKETING, "no marketing and no steering away from eBay"),),
        days=90,
    ),
    Marketplace(
        "etsy",
        "Etsy",
        ("etsy",),
        "seller policy",
        "Etsy, Seller Policy, section 5 (privacy and protecting personal information)",
        (_IN_PARCEL, _GUARANTEE, "A newsletter, to buyers who themselves agreed to it."),
        relay=r"([a-z0-9-]+\.)+etsy\.com",
        needs_yes=frozenset({Purpose.MARKETING}),
        by_mail_only=False,
    ),
    Marketplace(
        "walmart",
        "Walmart",
        ("walmart",),
        "marketplace seller code",
        "Walmart Marketplace, Customer Care policy",
        (_IN_PARCEL, _GUARANTEE),
        relay=r"relay\.walmart\.com",
        refused=((Purpose.MARKETING, _NO_MARKETING),),
    ),
    Marketplace(
        "tiktok",
        "TikTok Shop",
        ("tiktok",),
        "seller terms",
        "TikTok Shop, Customer Service and Buyer Information policies",
        (_IN_PARCEL, _GUARANTEE),
        relay=r"scs[0-9]*\.tiktokw\.us",
        refused=((Purpose.MARKETING, _NO_MARKETING),),
    ),
    Marketplace(
        "kaufland",
        "Kaufland",
        ("kaufland",),
        "seller terms",
        "Kaufland Global Marketplace, general terms for sellers",
        (_IN_PARCEL, _GUARANTEE),
        relay=r"kaufland-marktplatz\.[a-z]{2}",
        refused=((Purpose.MARKETING, _NO_MARKETING),),
    ),
)
_BY_KEY = {one.key: one for one in MARKETPLACES}
_RELAYS = tuple((re.compile(one.relay), one) for one in MARKETPLACES)


@lru_cache(maxsize=512)
def marketplace_of(sales_channel: str) -> str:
    """Return the key of the marketplace a sales channel is, ``""`` for a shop of one's own."""
    name = sales_channel.strip().lower()
    for one in MARKETPLACES:
        for begin in one.names:
            if name == begin or re.match(rf"{begin}[^a-z]", name):
                return one.key
    return ""


def find_marketplace(key: str) -> Marketplace | None:
    """Return a marketplace by its key, None when there is none (any more)."""
    return _BY_KEY.get(key)


def lender_of(email: str) -> Marketplace | None:
    """Return the marketplace that lends an address, None when it is a person's own."""
    return _lender_at(email.rpartition("@")[2].lower())


@lru_cache(maxsize=4096)
def _lender_at(domain: str) -> Marketplace | None:
    return next((one for pattern, one in _RELAYS if pattern.fullmatch(domain)), None)


def is_allowed_there(contact: Contact, channel: Channel) -> Verdict:
    """Drop what the marketplace a purchase was made on forbids, and name its rule."""
    place = _BY_KEY.get(contact.marketplace)
    if place is None:
        return PASS
    if said := _refusal(place, contact):
        return _drop(place, said)
    if channel is not Channel.EMAIL and place.by_mail_only:
        words = f"only mail, so nothing by {CHANNEL_WORDS[channel]}; the number is for the parcel"
        return Verdict("drop", "marketplace", f"{place.label}: {place.policy}, {words}.")
    if _is_too_late(place, contact):
        words = f"no messages later than {place.days} days after the purchase was completed"
        return _drop(place, words, is_personal=True)
    if contact.purpose in place.needs_yes and not _said_yes(contact, channel):
        return _drop(place, f"{contact.purpose.value} only to who agreed to it", is_final=False)
    hangs_on_date = place.days > 0 and contact.order_completed_at is not None
    words = f"{place.label} allows it."
    return Verdict("pass", "marketplace_allows", words, is_personal=hangs_on_date)


def is_own_address(contact: Contact, channel: Channel) -> Verdict:
    """Drop marketing to an address that a marketplace lends; they all forbid it."""
    if channel is Channel.EMAIL and contact.is_relay and contact.purpose is Purpose.MARKETING:
        lender = lender_of(contact.addresses.get(channel, ""))
        words = (
            f"{lender.label}: {lender.policy}, no marketing to an address that it lends."
            if lender
            else "The address is a marketplace's relay, which must not be used for marketing."
        )
        return Verdict("drop", "relay_address", words)
    return PASS


def _refusal(place: Marketplace, contact: Contact) -> str:
    topics, kinds, purposes = (
        dict(place.refused_topics), dict(place.refused_kinds), dict(place.refused)
    )  # fmt: skip
    return (
        topics.get(contact.topic) or purposes.get(contact.purpose) or kinds.get(contact.kind) or ""
    )


def _is_too_late(place: Marketplace, contact: Contact) -> bool:
    completed = contact.order_completed_at
    if completed is None or not place.days:
        return False
    return contact.planned - completed > timedelta(days=place.days)


def _said_yes(contact: Contact, channel: Channel) -> bool:
    key = (channel, contact.purpose)
    return ConsentState.GRANTED in (contact.consents.get(key), contact.topics.get(key))


def _drop(
    place: Marketplace, said: str, *, is_final: bool = True, is_personal: bool = False
) -> Verdict:
    words = f"{place.label}: {place.policy}, {said}."
    return Verdict("drop", "marketplace", words, is_final=is_final, is_personal=is_personal)
