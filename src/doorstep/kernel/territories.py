"""Territories that are one for taxes and customs: the Union without its exceptions, and countries.

They stand in Council Directive 2006/112/EC, articles 5 to 7 (VAT), and Regulation (EU) No 952/2013,
article 4 (customs).
"""

from __future__ import annotations

_UNION = frozenset(
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


def territory_of(country_code: str, postal_code: str = "") -> str:
    """Return the name of the territory a place lies in; equal names, no customs between them.

    :param country_code: ISO 3166-1, two letters; "" gives "".
    """
    country = country_code.upper()
    code = "".join(c for c in postal_code.upper() if c.isalnum())
    if country in _OUTSIDE and code.startswith(_OUTSIDE[country]):
        return f"{country}:{code[:2]}"
    if country == "GB":
        return "GB:NI" if code.startswith("BT") else "GB"
    return "EU" if country in _UNION else country
