"""What keeps a return from going on, in the reader's language and with what to do.

Rooms state facts in English for logs and the API; whoever sends something back reads these words
instead. What is known by its code is said by its code, what is about one field by the field.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from doorstep.kernel.errors import Conflict, DomainError

_GONE = _("These pieces are in another return already, or paid back. Open your order to see it.")
BY_CODE: dict[str, Any] = {
    "sold_out": _("That is sold out by now. Please choose something else, or a refund."),
    "no_price": _(
        "This exchange can’t be made online. Please choose something else, or store credit."
    ),
    "more_than_bought": _GONE,
    "more_than_is_left": _GONE,
    "bad_picture": _("This is no photo we can open. Please send a JPEG, PNG, WebP or HEIC."),
    "picture_too_large": _("This photo is too large. Please send one of at most 10 MB."),
    "too_many_photos": _("There are enough photos. Please send the return with those you have."),
    "return_state": _("This return has moved on meanwhile. Below you see how it stands."),
}
BY_FIELD: dict[str, Any] = {
    "lines": _("Choose at least one thing."),
    "line_id": _("Choose at least one thing."),
    "quantity": _("So many can’t come back. Please choose fewer."),
    "reason_code": _("Choose a reason."),
    "outcome": _("This is not offered here. Please choose one of the others."),
    "exchange_variant_id": _("Choose what you would like instead."),
    "exchange_quantity": _("So many can’t go out instead. Please choose fewer."),
    "photo": _("This is no photo we can open. Please send a JPEG, PNG, WebP or HEIC."),
    "photo_ids": _("A photo is missing. Please add it again."),
    "method": _("Choose how it comes back."),
    "note": _("Please write a little less."),
    "text": _("Please write a little less."),
    "for_recipient": _("This order was not marked as a gift. Please write to us."),
    "recipient_name": _("Enter your name."),
    "recipient_email": _("Enter your e-mail address: your credit goes there."),
    "tracking_number": _("Please enter the number from the receipt or the label."),
    "name": _("Enter your name."),
    "order_number": _("Enter the order number: it is in your confirmation."),
    "contact": _("Enter your e-mail address: we confirm it there."),
}


def refusal_words(error: DomainError) -> str:
    """Say what kept a wish for a return from being done, and what to do."""
    if error.code in BY_CODE:
        return str(BY_CODE[error.code])
    field = (error.field or "").rpartition(".")[2]
    # A line the policy refuses is a conflict about that line: the page says why beside it.
    if field in BY_FIELD and not isinstance(error, Conflict):
        return str(BY_FIELD[field])
    if isinstance(error, Conflict):
        return str(_("That is not possible any more. Below you see what is."))
    return str(_("Please choose again."))
