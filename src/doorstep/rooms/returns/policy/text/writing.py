"""The policy's text, written from its rules: page, mail and slip say what ``decide`` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.ports import ReturnPolicy
from doorstep.rooms.returns.contracts import LabelPayer, PolicySection, PolicyText
from doorstep.rooms.returns.links import policy_url
from doorstep.rooms.returns.policy.effects import Effects, Offer
from doorstep.rooms.returns.policy.languages import choose_language, phrases_in, show_date
from doorstep.rooms.returns.policy.reasons import read_reasons
from doorstep.rooms.returns.policy.text.conditions import condition_words, show_amount
from doorstep.rooms.returns.policy.versions import (
    Policy,
    Warranty,
    current_version,
    extensions,
    live_versions,
    load_live,
    load_policy,
    version_for,
)
from doorstep.rooms.returns.policy.windows import Extension
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo


def policy_text(
    *,
    at: datetime,
    locale: str = "",
    version_id: UUID | None = None,
    order_id: UUID | None = None,
) -> PolicyText:
    """Write the policy as it counts for an order placed now, or for one that was placed.

    :param locale: of the reader; without it the store's.
    :param version_id: a version instead, drafts too: the editor shows what it would say.
    :param order_id: the order whose policy is wanted: the version it was placed under.
    :raises NotFound: there is no such order or version in this store.
    """
    store = stores.get_store(current_store_id())
    placed_at = at
    if order_id is not None:
        found = orders.get_summaries([order_id])
        if not found:
            raise NotFound("There is no such order.")
        placed_at = next(iter(found.values())).placed_at
    policy = _policy(version_id, placed_at, at, is_past=order_id is not None)
    zone = ZoneInfo(store.timezone)
    holidays = _fitting(extensions(), placed_at, at, zone, is_past=order_id is not None)
    words = {reason.code: reason.words for reason in read_reasons().all()}
    language = choose_language(locale, store.default_locale)
    return write_policy(policy, holidays, Writing(store, language, words))


def policy_summaries(languages: Mapping[UUID, str], at: datetime) -> dict[UUID, str]:
    """Say for some orders, in a few sentences each, how their things may come back.

    By the version each was placed under, its holiday extension included; constant queries. For
    slips, mails and pages.

    :param languages: order → language; unknown orders are left out.
    """
    store = stores.get_store(current_store_id())
    zone = ZoneInfo(store.timezone)
    live, holidays = live_versions(at), extensions()
    found = {}
    for order_id, order in orders.get_summaries(list(languages)).items():
        version = version_for(live, placed_at=order.placed_at, at=at)
        policy = load_live(version.id)
        writing = Writing(store, choose_language(languages[order_id], store.default_locale), {})
        lines = _summary(policy.base, writing)
        longer = [one for one in holidays if one.covers(order.placed_at, zone)]
        lines += [_holiday(one, writing) for one in longer]
        if policy.rules:
            lines.append(writing.say("see_exceptions"))
        found[order_id] = " ".join(lines)
    return found


def mailed_policies(languages: Mapping[UUID, str], at: datetime) -> dict[UUID, ReturnPolicy]:
    """Return what :func:`policy_summaries` says, each beside the page in the same language."""
    store = stores.get_store(current_store_id())
    return {
        order_id: ReturnPolicy(
            summary, policy_url(store, choose_language(languages[order_id], store.default_locale))
        )
        for order_id, summary in policy_summaries(languages, at).items()
    }


def _policy(version_id: UUID | None, placed_at: datetime, at: datetime, *, is_past: bool) -> Policy:
    if version_id is not None:
        return load_policy(version_id)
    if not is_past:
        return load_live(current_version(at).id)
    return load_live(version_for(live_versions(at), placed_at=placed_at, at=at).id)


def _fitting(
    found: tuple[Extension, ...],
    placed_at: datetime,
    at: datetime,
    zone: ZoneInfo,
    *,
    is_past: bool,
) -> tuple[Extension, ...]:
    """Return the extensions worth telling: of this order, or those whose day is yet to come."""
    if is_past:
        return tuple(one for one in found if one.covers(placed_at, zone))
    today = at.astimezone(zone).date()
    return tuple(one for one in found if one.withdrawn_at is None and one.until_date >= today)


@dataclass(frozen=True, slots=True)
class Writing:
    """Who the text is for.

    :ivar reasons: code of a reason → its words by language.
    """

    store: StoreInfo
    language: str
    reasons: Mapping[str, Mapping[str, str]]

    def say(self, key: str, **values: object) -> str:
        """Return a phrase with its blanks filled."""
        text = str(phrases_in(self.language)["text"][key])
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def amount(self, minor: int) -> str:
        """Write an amount of the store's currency."""
        return show_amount(minor, self.store.currency, self.language)

    def names(self, section: str, keys: tuple[str, ...]) -> str:
        """List names of outcomes or methods."""
        found = phrases_in(self.language)[section]
        return self.comma.join(str(found[key]) for key in keys)

    @property
    def comma(self) -> str:
        """What stands between the things of a list."""
        return "، " if self.language == "ar" else ", "


def write_policy(policy: Policy, holidays: tuple[Extension, ...], writing: Writing) -> PolicyText:
    """Write a loaded version; touches no database."""
    general = PolicySection(writing.say("general"), tuple(_base_lines(policy, writing)))
    sections = [general, *_exceptions(policy, writing)]
    if holidays:
        lines = tuple(_holiday(one, writing) for one in holidays)
        sections.append(PolicySection(writing.say("holidays"), lines))
    if policy.warranties:
        sections.append(_warranties(policy.warranties, writing))
    sections.append(PolicySection(writing.say("rights"), (writing.say("withdrawal"),)))
    return PolicyText(
        language=writing.language,
        title=writing.say("title"),
        sections=tuple(sections),
        summary=" ".join(_summary(policy.base, writing)),
        version_id=policy.version_id,
        version_number=policy.number,
    )


def _base_lines(policy: Policy, writing: Writing) -> list[str]:
    base = policy.base
    lines = effect_lines(base, writing, is_base=True)
    if base.final_sale and any(rule.effects.final_sale is False for rule in policy.rules):
        # What the base says besides counts where an exception takes the final sale off.
        others = base.model_copy(update={"final_sale": False})
        lines = [writing.say("final_sale_unless"), *effect_lines(others, writing, is_base=True)]
    lines.append(writing.say("gift_cards"))
    lines.append(writing.say("day_end", zone=writing.store.timezone.replace("_", " ")))
    if _has_amounts(base):
        lines.append(writing.say("amounts_in", currency=writing.store.currency))
    return lines


def _has_amounts(effects: Effects) -> bool:
    fees = [offer.fee_minor for offer in effects.offers or ()]
    label = effects.label.fee_minor if effects.label else 0
    return bool(sum(fees) or label or effects.keep_below_minor)


def _summary(base: Effects, writing: Writing) -> list[str]:
    """Say it in a sentence or two, for slips and mails."""
    short = Effects(
        window=base.window,
        final_sale=base.final_sale,
        offers=base.offers,
        label=base.label,
    )
    return effect_lines(short, writing, is_base=True)


def _exceptions(policy: Policy, writing: Writing) -> list[PolicySection]:
    if not policy.rules:
        return []
    found = [PolicySection(writing.say("exceptions"), (writing.say("exceptions_how"),))]
    for rule in policy.rules:
        words = condition_words(rule.matcher.condition, writing.language, writing.reasons)
        heading = writing.say("if", words=words) if words else writing.say("always")
        lines = effect_lines(rule.effects, writing)
        if _has_amounts(rule.effects) and not _has_amounts(policy.base):
            lines.append(writing.say("amounts_in", currency=writing.store.currency))
        found.append(PolicySection(heading, tuple(lines), rule.id))
    return found


def effect_lines(effects: Effects, writing: Writing, *, is_base: bool = False) -> list[str]:
    """Say each effect that is set; what goes without saying in the base is left out there."""
    if effects.final_sale and is_base:
        return [writing.say("final_sale")]
    found: list[str] = []
    if effects.final_sale is not None and not is_base:
        found.append(writing.say("final_sale" if effects.final_sale else "not_final_sale"))
    if effects.window is not None:
        found.append(_window(effects, writing))
    if effects.offers is not None:
        found.append(_offers(effects.offers, writing))
    if effects.methods is not None:
        found.append(writing.say("methods", methods=writing.names("methods", effects.methods)))
    if effects.label is not None:
        found += _label(effects, writing)
    if effects.trigger is not None:
        found.append(writing.say(f"trigger_{effects.trigger}"))
    if effects.approval is not None:
        found.append(writing.say(f"approval_{effects.approval}"))
    return found + _smaller_lines(effects, writing, is_base)


def _smaller_lines(effects: Effects, writing: Writing, is_base: bool) -> list[str]:
    found = []
    if effects.needs_photos:
        key = "photo" if effects.needs_photos == 1 else "photos"
        found.append(writing.say(key, count=effects.needs_photos))
    elif effects.needs_photos == 0 and not is_base:
        found.append(writing.say("no_photos"))
    if effects.keep_below_minor:
        found.append(writing.say("keep", amount=writing.amount(effects.keep_below_minor)))
    elif effects.keep_below_minor == 0 and not is_base:
        found.append(writing.say("no_keep"))
    if effects.instant_exchange is not None and (effects.instant_exchange or not is_base):
        found.append(writing.say("instant" if effects.instant_exchange else "no_instant"))
    return found


def _window(effects: Effects, writing: Writing) -> str:
    window = effects.window
    if window is None or window.days is None:
        return writing.say("window_endless")
    return writing.say(f"window_{window.start}", days=window.days)


def _offers(offers: tuple[Offer, ...], writing: Writing) -> str:
    if not offers:
        return writing.say("offers_none")
    listed = "; " if writing.language != "ar" else "؛ "
    return writing.say("offers", offers=listed.join(_offer(one, writing) for one in offers))


def _offer(offer: Offer, writing: Writing) -> str:
    terms = []
    if offer.fee_percent:
        terms.append(writing.say("less_percent", percent=offer.fee_percent))
    if offer.fee_minor:
        terms.append(writing.say("less_fee", fee=writing.amount(offer.fee_minor)))
    if offer.bonus_percent:
        terms.append(writing.say("plus_percent", percent=offer.bonus_percent))
    name = str(phrases_in(writing.language)["outcomes"][offer.outcome])
    return f"{name} ({writing.comma.join(terms)})" if terms else name


def _label(effects: Effects, writing: Writing) -> list[str]:
    label = effects.label
    if label is None or label.payer is LabelPayer.STORE:
        return [writing.say("label_store")]
    if label.fee_minor:
        return [writing.say("label_fee", fee=writing.amount(label.fee_minor))]
    return [writing.say("label_shopper")]


def _holiday(extension: Extension, writing: Writing) -> str:
    language = writing.language

    def day(value: date) -> str:
        return show_date(value, language)

    return writing.say(
        "extension",
        name=extension.words.get(language) or extension.name,
        first=day(extension.orders_from),
        last=day(extension.orders_to),
        until=day(extension.until_date),
    )


def _warranties(warranties: tuple[Warranty, ...], writing: Writing) -> PolicySection:
    lines = []
    for one in warranties:
        words = condition_words(one.matcher.condition, writing.language, writing.reasons)
        resolutions = writing.names("outcomes", tuple(map(str, one.resolutions)))
        key = "warranty_if" if words else "warranty_all"
        lines.append(writing.say(key, words=words, months=one.months, resolutions=resolutions))
    if len(lines) > 1:
        lines.append(writing.say("warranty_first"))
    return PolicySection(writing.say("warranty"), tuple(lines))
