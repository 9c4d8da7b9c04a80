"""Costs are itemized in one currency, and what is shown adds up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from doorstep.portal.orders.costs import cost_rows, figures
from doorstep.portal.orders.page import order_page
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.structured_data import order_json_ld
from doorstep.portal.tests.made_up import AT, CUP, ORDER, STORE, TEA, order
from doorstep.rooms.orders.contracts import (
    ChargeView,
    DiscountView,
    LineAmounts,
    OrderTotals,
    RefundView,
    ShopperOrder,
)


def rows(told: ShopperOrder, language: str = "en") -> dict[str, str]:
    reading = Reading(told, STORE, language, AT)
    return {row.label: row.amount for row in cost_rows(reading, figures(told))}


def test_items_from_subtotal_to_total() -> None:
    assert rows(ORDER) == {
        "Subtotal": "€61.00",
        "Discount HELLO10": "-€2.90",
        "Shipping · DHL Parcel": "€6.90",
        "Total": "€65.00",
        "Tax included": "€7.92",
    }


def test_tax_on_top_stands_before_the_total() -> None:
    labels = list(rows(order(taxes_included=False)))
    assert labels.index("Tax") < labels.index("Total")


def test_discounts_that_do_not_explain_the_sum_are_one_row() -> None:
    told = order(discounts=(DiscountView("A", "", 100, None),))
    assert rows(told)["Discount"] == "-€2.90"
    assert "Discount A" not in rows(told)


def test_free_shipping_is_called_free() -> None:
    told = order(charges=(ChargeView("shipping", "Pick-up", 0, 0, 690, None),))
    assert rows(told)["Shipping · Pick-up"] == "Free"


def test_shipping_without_a_charge_and_an_adjustment_are_not_hidden() -> None:
    totals = replace(ORDER.totals, adjustment_minor=-5)
    told = order(charges=(), totals=totals)
    assert rows(told)["Shipping"] == "€6.90"
    assert rows(told)["Rounding and credit"] == "-€0.05"


def test_refunds_stand_below_the_total_in_their_own_currency() -> None:
    refund = RefundView(
        UUID(int=1), "r1", "SEK", 12_345, datetime(2026, 11, 20, tzinfo=UTC), "", ()
    )
    assert rows(order(refunds=(refund,)))["Refunded on November 20, 2026"] == "-SEK\xa0123.45"


def presented() -> ShopperOrder:
    """The order as paid in yen: every figure known in both currencies."""
    lines = (
        replace(TEA, presentment_amounts=LineAmounts(2400, 480, 280, 4320)),
        replace(CUP, presentment_amounts=LineAmounts(5300, 0, 846, 5300)),
    )
    return order(
        presentment_currency="JPY",
        presentment_totals=OrderTotals(10_100, 480, 1140, 1310, 10_760),
        lines=lines,
        charges=(ChargeView("shipping", "", 690, 110, 0, 1140),),
        discounts=(DiscountView("", "HELLO10", 290, 480),),
    )


def test_the_shoppers_own_currency_where_all_is_known_in_it() -> None:
    assert rows(presented())["Total"] == "¥10,760"
    assert rows(presented())["Discount HELLO10"] == "-¥480"
    page = order_page(Reading(presented(), STORE, "en", AT))
    assert [line.price for line in page.lines] == ["¥4,320", "¥5,300"]


def test_never_two_currencies_in_one_sum() -> None:
    told = replace(presented(), lines=(TEA, CUP))
    shown = rows(told)
    assert shown["Total"] == "€65.00"
    assert shown["Charged in your currency"] == "¥10,760"


def test_three_decimals() -> None:
    assert rows(order(currency="KWD"))["Total"] == "KWD\xa06.500"


def test_a_line_shows_what_was_chosen_and_what_it_was() -> None:
    tea, cup = order_page(Reading(ORDER, STORE, "en", AT)).lines
    assert (tea.price, tea.was) == ("€26.10", "€29.00")
    assert (cup.price, cup.was) == ("€32.00", "")
    assert cup.facts == (("Glaze", "Moss"), ("Engraving", "Maya"))


def test_pictures_come_over_https_only() -> None:
    plain = order(lines=(replace(TEA, image_url="http://shop.example/tea.jpg"),))
    assert order_page(Reading(plain, STORE, "en", AT)).lines[0].image_url == ""
    secure = order(lines=(replace(TEA, image_url="https://shop.example/tea.jpg"),))
    assert order_page(Reading(secure, STORE, "en", AT)).lines[0].image_url


def test_structured_data_can_not_leave_its_element() -> None:
    told = order(lines=(replace(TEA, title="</script><script>alert(1)</script>"),))
    text = order_json_ld(Reading(told, STORE, "en", AT))
    assert "<" not in text
    assert '"orderStatus":"https://schema.org/OrderProcessing"' in text
    assert '"price":"65.00"' in text


def test_structured_data_tells_no_address_and_no_name() -> None:
    text = order_json_ld(Reading(ORDER, STORE, "en", AT))
    assert "Stockholm" not in text
    assert "Maya" not in text
