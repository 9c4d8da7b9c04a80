"""What a store decided about sign-ups, topics and counting."""

from __future__ import annotations

import ipaddress

from doorstep.kernel.secrets import keyed_hash
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.contracts import PreferenceRules
from doorstep.rooms.messaging.models import PreferenceSettings

# Where a sign-up needs a second step: the courts take nothing else for a proof (Germany: BGH,
# I ZR 164/09; Austria: OGH, 4 Ob 27/12; the others: their data protection authorities' guidance).
DOUBLE_COUNTRIES = frozenset({"DE", "AT", "CH", "LI", "LU", "NO", "GR"})


def get_preference_rules() -> PreferenceRules:
    """Return the current store's choices, the defaults where it made none."""
    row = PreferenceSettings.objects.first()
    if row is None:
        return PreferenceRules()
    return PreferenceRules(
        tuple(row.hidden_topics),
        row.always_confirms,
        row.keeps_network,
        row.counts_opens,
        row.counts_clicks,
    )


def needs_confirmation(
    rules: PreferenceRules, *, store_country: str, country: str, locale: str, email: str
) -> bool:
    """Tell whether a sign-up counts only once it is confirmed by mail.

    Decided by what the form says and never by what we know of the address: the answer would tell
    whether it is known.
    """
    if rules.always_confirms:
        return True
    language, _, region = locale.replace("_", "-").partition("-")
    ending = email.rpartition(".")[2].upper()
    hints = {store_country.upper(), country.upper(), region.upper(), ending}
    return language.lower() == "de" or bool(hints & DOUBLE_COUNTRIES)


def kept_network(address: str, rules: PreferenceRules) -> str:
    """Return what is kept of an IP address: nothing, its network, or a keyed hash."""
    if not address or rules.keeps_network == "none":
        return ""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if rules.keeps_network == "hash":
        return keyed_hash([str(current_store_id()), str(parsed)], purpose="consent network")[:32]
    # Cut off as far as the supervisory authorities ask: 16 of 32 bits, 48 of 128.
    bits = 16 if parsed.version == 4 else 48
    return str(ipaddress.ip_network((parsed, bits), strict=False))
