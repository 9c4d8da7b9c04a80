"""Tax and customs zones: whether an order can go to another address without other duties or taxes.

In the United States and Canada sales tax is the state's or the province's.
"""

from __future__ import annotations

from collections.abc import Mapping

from doorstep.kernel.territories import territory_of

_BY_REGION = frozenset({"US", "CA"})


def zone_of(address: Mapping[str, str]) -> str:
    """Return the name of the zone an address lies in; equal names, the same taxes and customs.

    :param address: ``orders.contracts.AddressView`` as a mapping.
    """
    country = address.get("country_code", "").upper()
    if country in _BY_REGION:
        return f"{country}:{address.get('region', '').strip().upper()}"
    return territory_of(country, address.get("postal_code", ""))


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
