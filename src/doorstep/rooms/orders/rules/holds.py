"""Holds: how they end, and what they say to a person."""

from __future__ import annotations

from typing import Any

# How a hold was lifted: its cause went away, a person decided, or the order's end made it moot.
LIFTED_HOW = ("resolved", "released", "moot")


def words_for(reason: str, details: dict[str, Any]) -> str:
    """Say in one sentence why an order waits."""
    match reason:
        case "out_of_stock":
            missing = [f"{line['missing']} × {line['title']}" for line in details.get("lines", [])]
            return "Not enough stock: " + ", ".join(missing) + " missing."
        case "address_invalid":
            return "The address can't be delivered to: " + " ".join(
                details.get("fields", {}).values()
            )
        case "options_incomplete":
            lacking = [
                f"{line['title']} ({', '.join(line['properties'])})"
                for line in details.get("lines", [])
            ]
            return "Details are missing for " + "; ".join(lacking) + "."
        case "payment_pending":
            return "The payment has not come in yet."
        case "risk_review":
            return "Somebody should look at it first: " + " ".join(details.get("rules", []))
        case "delayed":
            return f"The shopper wants it later: not before {details.get('until', '')}."
        case "changing":
            return details.get("note") or "A change of this order is under way."
        case _:
            return details.get("note") or "Held by hand."
