"""What people call each built-in message, and in one line when it goes. The only place for it."""

from __future__ import annotations

_WORDS: dict[str, tuple[str, str]] = {
    "order_confirmation": ("Order confirmation", "At once when somebody has ordered."),
    "order_on_hold": ("Order is waiting", "When an order can’t go out yet and we need an answer."),
    "order_canceled": ("Order canceled", "When an order is called off, by either side."),
    "order_refunded": ("Money is on its way back", "When money of an order is paid back."),
    "order_ship_late": ("Order leaves late", "Before the day it was promised to leave is over."),
    "order_history": ("Link to my orders", "When somebody asks for the list of their orders."),
    "parcel_shipped": ("Parcel is on its way", "When a parcel has left."),
    "parcel_out_for_delivery": ("Parcel arrives today", "When the carrier has it on the van."),
    "parcel_delivered": ("Parcel delivered", "When the carrier has handed it over."),
    "parcel_attempt_failed": ("Nobody was there", "When a delivery did not work."),
    "parcel_ready_for_pickup": ("Parcel waits to be picked up", "When it lies at a pick-up point."),
    "parcel_delayed": ("Parcel is late", "When it will not arrive on the day that was named."),
    "parcel_exception": ("Trouble with a parcel", "When the carrier reports a problem."),
    "parcel_returning": ("Parcel comes back to us", "When it goes back undelivered."),
    "parcel_lost": ("Parcel is lost", "When it is given up, with what we do about it."),
    "thank_you": ("Thank you", "After an order, from a journey."),
    "new_customer_welcome": ("Welcome, new customer", "After the first order."),
    "how_to": ("How to use it", "When it has arrived, with tips for what was bought."),
    "care_tips": ("How to look after it", "Some days after it has arrived."),
    "review_request": ("Ask for a review", "Asks everybody what they think, and offers help."),
    "replenishment": ("It may be running out", "When something that was bought may be used up."),
    "cross_sell": ("What goes with it", "Shows what goes with an order."),
    "second_order_nudge": ("The second order", "For who has ordered once."),
    "late_apology": ("Apology for a late parcel", "When a late parcel has arrived after all."),
    "win_back": ("Win back", "For who has not ordered for long."),
    "birthday": ("Birthday", "On the day that somebody told us."),
    "holiday_greeting": ("Holiday greeting", "On somebody’s favorite holiday."),
    "follow_us": ("Follow us", "Where the shop can be followed."),
    "newsletter_welcome": ("Welcome to the newsletter", "When a sign-up is confirmed."),
    "newsletter": ("Newsletter", "News of the shop, to a segment."),
    "vip_thanks": ("Thanks to regulars", "For who has ordered often."),
    "back_in_stock": ("There again", "When something wished for can be bought again."),
    "confirm_subscription": (
        "Confirm a sign-up",
        "Asks for the second word before anything comes.",
    ),
    "preferences_link": ("Link to my choices", "When somebody asks what they get."),
    "change_applied": ("Change is made", "When an order was changed as wished."),
    "change_payment": ("Pay for a change", "When a change costs more, with the link to pay."),
    "change_ended": ("Change is not made", "When a change was declined or has ended."),
    "return_requested": ("Return is asked for", "When a return came in and is looked at."),
    "return_approved": ("Return is accepted", "With the label, and what to do next."),
    "return_declined": ("Return is declined", "With the reason."),
    "return_expiring": ("Return ends soon", "When nothing was sent back yet."),
    "return_missing": ("Return has not arrived", "When a return is on its way for too long."),
    "return_received": ("Return has arrived", "When it was unpacked."),
    "return_credited": ("Return is settled", "When money or store credit was given for it."),
    "return_refused": ("Return can’t be taken", "When something came back that can’t be taken."),
    "exchange_ordered": ("Exchange is ordered", "When the new thing is on order."),
    "replacement_ordered": ("Replacement is ordered", "When another one is on order."),
    "repair_sent_back": ("Repair is on its way back", "When what was mended has left."),
    "made_good": ("Made good", "When a lost or late parcel was made good."),
    "withdrawal_received": ("Withdrawal received", "Confirms a withdrawal, with its moment."),
    "gift_card": ("Gift card", "Brings a gift card to whom it is for."),
    "credit_expiring": ("Store credit ends soon", "Two weeks before store credit ends."),
}


def kind_title(kind: str) -> str:
    """Return what people call a kind of message; of a store's own one, that it is one."""
    if kind in _WORDS:
        return _WORDS[kind][0]
    return "A message of your own" if kind.startswith("own_") else _plain(kind)


def kind_meaning(kind: str) -> str:
    """Return in one line when it goes; "" for a store's own."""
    return _WORDS[kind][1] if kind in _WORDS else ""


def _plain(kind: str) -> str:
    return kind.replace("_", " ").capitalize()
