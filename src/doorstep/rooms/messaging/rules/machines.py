"""Who opened or clicked: a person, or a program that looks at mails for them. Pure.

Scanners of companies and mail services fetch the pictures of a mail and follow its links before
(or instead of) its reader; counted as people they would make every figure and every rule that
hangs on them wrong. Nobody says reliably that they are a program, so several signs are looked at,
and the one that decided is kept with the event.

Signs: the user agents the vendors name themselves; Apple Mail Privacy Protection fetches all
pictures with the bare agent "Mozilla/5.0" (Apple, "About Mail Privacy Protection"); Gmail's proxy
fetches a picture when the mail is opened, but sometimes ahead of that, at once after delivery.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# What names itself a program. Matched anywhere, in lower case.
_SCANNERS = re.compile(
    r"barracuda|proofpoint|mimecast|safelinks|messagelabs|symantec|fireeye|trend ?micro|sophos|"
    r"cisco|ironport|forcepoint|zscaler|cloudmark|avanan|vade|checkpoint|trustwave|hornetsecurity|"
    r"bingpreview|googlebot|bot\b|bot/|crawler|spider|preview|scanner|urlscan|virustotal|"
    r"python|curl|wget|go-http|java/|okhttp|libwww|apache-httpclient|axios|node-fetch|undici|"
    r"headlesschrome|phantomjs|puppeteer|playwright|ms-office|microsoft office|"
    r"facebookexternalhit|slackbot|whatsapp|telegrambot|ruby|perl|scrapy|aiohttp|httpx"
)
_MAIL_PROXY = re.compile(r"googleimageproxy|ggpht")
_YAHOO_PROXY = re.compile(r"yahoomailproxy")
_APPLE_PROXY = re.compile(r"mozilla/5\.0")

# Reading a mail and choosing a link takes longer than this after the provider took it over.
TOO_SOON_TO_CLICK = timedelta(seconds=3)
TOO_SOON_TO_OPEN = timedelta(seconds=1)
# A proxy that fetches so soon fetches ahead.
AHEAD = timedelta(seconds=20)
# So many different links of one mail within so short a time are followed by no hand.
BURST_LINKS = 3
BURST_WITHIN = timedelta(seconds=4)
# What belongs to the visit of a scanner that was recognized by another of its steps.
SAME_VISIT = timedelta(seconds=30)

_WORDS = {
    "head_request": "asked for the address without reading it, as link checkers do",
    "no_agent": "did not name any program, as browsers do",
    "scanner_agent": "named itself as a scanner or another program",
    "apple_proxy": "Apple Mail Privacy Protection, which fetches pictures of unread mails too",
    "mail_proxy_ahead": "a mail service's picture proxy, ahead of the reader",
    "too_soon": "came sooner after sending than anybody can read",
    "honeypot": "followed a link that no reader can see",
    "burst": "followed several links within seconds",
    "same_visit": "belongs to the visit of a scanner",
    "provider_says": "the mail provider took it for a program",
}


@dataclass(frozen=True, slots=True)
class Sight:
    """One look at a picture or link of a mail.

    :param kind: ``"opened"`` or ``"clicked"``.
    :param target: the link; "" of a picture.
    :param since_sent: how long after the provider took the mail; None where that is not known.
    """

    kind: str
    at: datetime
    target: str = ""
    agent: str = ""
    method: str = "GET"
    since_sent: timedelta | None = None
    is_honeypot: bool = False


def machine_sign(sight: Sight, before: Sequence[tuple[datetime, str]] = ()) -> str:
    """Return how it shows that a program looked, "" for a person.

    :param before: moment and target of the clicks of the same mail so far.
    """
    if sight.is_honeypot:
        return "honeypot"
    if sight.method == "HEAD":
        return "head_request"
    if sign := _by_agent(sight):
        return sign
    soon = TOO_SOON_TO_CLICK if sight.kind == "clicked" else TOO_SOON_TO_OPEN
    if sight.since_sent is not None and sight.since_sent < soon:
        return "too_soon"
    return "burst" if sight.kind == "clicked" and is_burst(sight, before) else ""


def _by_agent(sight: Sight) -> str:
    agent = sight.agent.strip().lower()
    if not agent:
        return "no_agent"
    if _MAIL_PROXY.search(agent) or _YAHOO_PROXY.search(agent):
        is_ahead = sight.since_sent is not None and sight.since_sent < AHEAD
        return "mail_proxy_ahead" if is_ahead else ""
    if sight.kind == "opened" and _APPLE_PROXY.fullmatch(agent):
        return "apple_proxy"
    return "scanner_agent" if _SCANNERS.search(agent) else ""


def is_burst(sight: Sight, before: Sequence[tuple[datetime, str]]) -> bool:
    """Tell whether this click completes a burst."""
    near = {target for at, target in before if abs(sight.at - at) <= BURST_WITHIN}
    return len(near | {sight.target}) >= BURST_LINKS


def visit_of(at: datetime, moments: Collection[datetime]) -> set[datetime]:
    """Return which earlier looks belong to the visit of a scanner recognized at ``at``."""
    return {moment for moment in moments if abs(at - moment) <= SAME_VISIT}


def say_machine(sign: str) -> str:
    """Return a sign in words; "" for a person."""
    return _WORDS.get(sign, sign.replace("_", " "))


_AGENT_KEYS = {"useragent", "user_agent", "user-agent", "browser_agent"}
_MACHINE_KEYS = {"sg_machine_open", "machine_open", "is_machine", "bot", "prefetched"}


def agent_in_report(raw: Mapping[str, Any]) -> str | None:
    """Return the user agent a provider's report names, at any of its first three levels."""
    found = _find(raw, _AGENT_KEYS, 3)
    return found if isinstance(found, str) and found else None


def provider_says_machine(raw: Mapping[str, Any]) -> bool:
    """Tell whether the provider itself took an open or click for a program's."""
    found = _find(raw, _MACHINE_KEYS, 3)
    return found not in (None, "", False, 0, "false", "no", "0")


def _find(raw: Any, names: Collection[str], levels: int) -> Any:
    if not isinstance(raw, Mapping) or not levels:
        return None
    for key, value in raw.items():
        if str(key).replace("_", "").lower() in {n.replace("_", "") for n in names}:
            return value
    for value in raw.values():
        if (found := _find(value, names, levels - 1)) is not None:
            return found
    return None
