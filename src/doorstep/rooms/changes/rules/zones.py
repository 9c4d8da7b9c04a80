"""Tax and customs zones: whether an order can go to another address without other duties or taxes.

The territories stand in Council Directive 2006/112/EC, articles 5 to 7 (VAT), and Regulation (EU)
No 952/2013, article 4 (customs). In the United States and Canada sales tax is the state's or the
province's.
"""

from __future__ import annotations

from collections.abc import Mapping

EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DK",
        "EE",
        "FI",
        "FR",
        "DE",
        "GR",
        "HU",
        "IE",
        "IT",
        "LV",
        "LT",
        "LU",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SK",
        "SI",
        "ES",
        "SE",
        "MC",
    ]
)
# Parts of member states outside the zone, by how their postal codes begin.
_OUTSIDE: dict[str, tuple[str, ...]] = {
    "ES": ("35", "38", "51", "52"),  # Canary Islands, Ceuta, Melilla
    "FR": ("971", "972", "973", "974", "975", "976", "977", "978", "986", "987", "988"),
    "DE": ("78266", "27498"),  # Büsingen, Heligoland
    "IT": ("23041", "23030", "22061", "22060"),  # Livigno, Campione d'Italia
    "FI": ("22",),  # Åland
    "GR": ("63086", "63087"),  # Mount Athos
}
_BY_REGION = frozenset({"US", "CA"})


def zone_of(address: Mapping[str, str]) -> str:
    """Return the name of the zone an address lies in; equal names, the same taxes and customs.

    :param address: ``orders.contracts.AddressView`` as a mapping.
    """
    country = address.get("country_code", "").upper()
    code = "".join(c for c in address.get("postal_code", "").upper() if c.isalnum())
    if country in _OUTSIDE and code.startswith(_OUTSIDE[country]):
        return f"{country}:{code[:2]}"
    if country == "GB":
        return "GB:NI" if code.startswith("BT") else "GB"
    if country in EU:
        return "EU"
    if country in _BY_REGION:
        return f"{country}:{address.get('region', '').strip().upper()}"
    return country


def why_not(before: Mapping[str, str], after: Mapping[str, str], allowed: str) -> str:
    """Say why an order can't go to another address instead; "" where it can.

    :param allowed: ``same``, ``zone`` or ``any`` (``contracts.ChangeSettings.countries``).
    """
    from_country = before.get("country_code", "").upper()
    to_country = after.get("country_code", "").upper()
    if allowed == "any" or not from_country:
        return ""
    if allowed == "same" and from_country != to_country:
        return (
            "An order can't be sent to another country than it was bought for. Cancel it and"
            " order again, or ask the shop."
        )
    if zone_of(before) != zone_of(after):
        return (
            "Taxes or customs are different there, so the price would be another one. Cancel the"
            " order and order again, or ask the shop."
        )
    return ""
