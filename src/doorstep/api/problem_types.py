"""Every type of error that the API answers with, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One type of error; ``code`` is the last part of its address."""

    code: str
    status: int
    title: str
    meaning: str
    advice: str


_TYPES = (
    ProblemType(
        "bad_label",
        422,
        "The file is no label",
        "It is larger than 5 MB, or no PDF, PNG or JPEG.",
        "Send the label as the carrier's page gives it.",
    ),
    ProblemType(
        "bad_picture",
        422,
        "The file is no picture",
        "It is damaged, or no JPEG, PNG, WebP, GIF or HEIC.",
        "Send another file.",
    ),
    ProblemType(
        "picture_too_large",
        413,
        "The picture is too large",
        "It has more than 10 MB, or more pixels than a camera makes.",
        "Send a smaller one.",
    ),
    ProblemType(
        "too_many_photos",
        409,
        "Enough pictures wait for this order",
        "Forty pictures of this order belong to no return yet.",
        "Send the return with those that are there; what is left goes after a day.",
    ),
    ProblemType(
        "change_not_allowed",
        409,
        "This change can't be had",
        "The rules of the store, or where the order stands, do not allow it (any more).",
        "The title says why. Read what can be changed and until when in the options of the order.",
    ),
    ProblemType(
        "not_in_stock",
        409,
        "Not in stock",
        "More is wanted than can be promised. Nothing was changed.",
        "Ask for less, or wait for stock.",
    ),
    ProblemType(
        "price_not_known",
        409,
        "The price is not known",
        "Nobody knows what the thing costs today in the currency of the order.",
        "Set its price first.",
    ),
    ProblemType(
        "no_way_to_pay",
        409,
        "No way to pay more",
        "The change costs more, and no payment provider is connected.",
        "Connect one under Settings, Payments.",
    ),
    ProblemType(
        "not_returnable",
        409,
        "It can't come back",
        "The return policy refuses a line, or the outcome or way back that was chosen.",
        "The title says why. Read GET /v1/orders/{order_id}/return-eligibility first.",
    ),
    ProblemType(
        "more_than_bought",
        409,
        "More than was bought",
        "Another return took the pieces meanwhile.",
        "Read the eligibility of the order again.",
    ),
    ProblemType(
        "no_price",
        409,
        "The price of the exchange is not known",
        "Nobody knows what the chosen thing costs in the currency of the order.",
        "Choose something else, or set its price.",
    ),
    ProblemType(
        "sold_out",
        409,
        "Sold out",
        "What was chosen instead is not there any more.",
        "Choose something else.",
    ),
    ProblemType(
        "return_state",
        409,
        "The return does not stand there",
        "It was decided, ended or settled before.",
        "Read the return again.",
    ),
    ProblemType(
        "more_than_is_left",
        409,
        "More than is left to give back",
        "So many pieces, or so much money, of this order have not been paid and kept: part of it went "
        "back before.",
        "Read the order's money (GET /v1/orders/{order_id}/money): lines say what is left of each.",
    ),
    ProblemType(
        "nobody_to_credit",
        409,
        "Nobody to give store credit to",
        "Store credit belongs to a customer, and this order has none that can be told.",
        "Refund the payment instead.",
    ),
    ProblemType(
        "not_payable_back",
        409,
        "The payment can't be refunded",
        "No payment of this order is left that money could go back to: it is disputed by the "
        "shopper's bank, or was refunded somewhere else.",
        "Give store credit, or pay it back by hand.",
    ),
    ProblemType(
        "nothing_to_pay",
        409,
        "So much is not outstanding",
        "Nothing, or less than that, is left to pay on the order.",
        "Read the order's money (GET /v1/orders/{order_id}/money) for what is outstanding.",
    ),
    ProblemType(
        "two_currencies",
        409,
        "Two currencies",
        "Money can't move between orders of two currencies.",
        "Refund the first order and let the second be paid.",
    ),
    ProblemType(
        "over_limit",
        403,
        "Above your limit",
        "The role of this key may not move so much alone, nor approve it.",
        "Ask somebody with a higher limit.",
    ),
    ProblemType(
        "asked_for_approval",
        409,
        "Put before somebody who may approve it",
        "The amount is above the limit of the key's role. Nothing has moved; the request stands under "
        "Approvals in the console.",
        "Wait for the decision. Sending the same request again asks no second time.",
    ),
    ProblemType(
        "malformed_body",
        400,
        "The body is no JSON",
        "What was sent can't be read: broken JSON, another encoding than UTF-8, a number with "
        "thousands of digits, or lists within lists without end.",
        "The title names the line and column. Send what your JSON library writes, in UTF-8.",
    ),
    ProblemType(
        "not_publishable",
        422,
        "The journey can't be published yet",
        "Something in its definition does not work: a message that is gone, a circle without a wait, "
        "a condition on something that no longer exists.",
        "The title names the step and what to do there. Mend it and publish again.",
    ),
    ProblemType(
        "bad_request",
        400,
        "The request can't be read",
        "The connection ended before the whole body was here, or its length is not what was said.",
        "Send the request again.",
    ),
    ProblemType(
        "unauthenticated",
        401,
        "There is no key that works",
        "The Authorization header is missing, or its key is unknown or was revoked.",
        "Send “Authorization: Bearer ds_…”. Keys are made in the console under Settings, API keys.",
    ),
    ProblemType(
        "permission_denied",
        403,
        "The key may not do this",
        "Each key has scopes; this one lacks the scope that the operation needs.",
        "Make a key with the scope that the title names, or ask an owner of the store to.",
    ),
    ProblemType(
        "not_found",
        404,
        "There is no such thing in this store",
        "The address or the id in it is wrong, or belongs to another store than the key's.",
        "Check the id. Ids come from lists and from the answers of what created the thing.",
    ),
    ProblemType(
        "method_not_allowed",
        405,
        "The address exists, the method does not",
        "This address answers other methods; the Allow header lists them.",
        "Look the operation up in the documentation.",
    ),
    ProblemType(
        "not_enough",
        409,
        "There is not enough stored value",
        "The customer's store credit, or the gift card, has less than was asked for. Nothing was "
        "taken.",
        "The title says how much is left: ask for at most that, and the rest in another way.",
    ),
    ProblemType(
        "cause_reused",
        409,
        "The reference was used for something else",
        "A reference moves money once. This one moved another amount, or somebody else's.",
        "Use a new reference for a new movement.",
    ),
    ProblemType(
        "more_than_spent",
        409,
        "That is more than was spent",
        "So much was not paid with this reference, or it was given back already.",
        "Ask for at most what is left of the payment.",
    ),
    ProblemType(
        "conflict",
        409,
        "The thing is not in a state that allows this",
        "For example an order that is canceled can't be held, and a hold that was lifted can't be "
        "lifted again.",
        "Read the thing again and decide anew. Repeating the request does not help.",
    ),
    ProblemType(
        "request_in_progress",
        409,
        "The first request with this key is still at work",
        "Two requests with the same Idempotency-Key arrived at the same time.",
        "Wait as long as Retry-After says and send it again: you get the first one's answer.",
    ),
    ProblemType(
        "body_too_large",
        413,
        "The body is too large",
        "A request may have 8 MB.",
        "Send fewer orders per request.",
    ),
    ProblemType(
        "invalid",
        422,
        "The request does not fit",
        "The JSON is fine, what it says is not: a field is missing, unknown, of the wrong type or "
        "breaks a rule. Nothing was changed.",
        "“errors” names each field by its path (lines.0.quantity) with what is wrong.",
    ),
    ProblemType(
        "unknown_currency",
        422,
        "That is no currency",
        "Currencies are ISO 4217 codes in capitals.",
        "Send EUR, USD, JPY and so on.",
    ),
    ProblemType(
        "invalid_amount",
        422,
        "That is no exact amount",
        "An amount has more decimals than its currency, or is beyond what can be stored.",
        "Send integers in minor units: 1999 is 19.99 EUR, 20 is 20 JPY.",
    ),
    ProblemType(
        "invalid_idempotency_key",
        422,
        "The Idempotency-Key can't be used",
        "A key has 1 to 255 printable ASCII characters.",
        "A random UUID is a good key.",
    ),
    ProblemType(
        "idempotency_key_reused",
        422,
        "The Idempotency-Key came with another request before",
        "A key stands for one request: same method, address and body. Answers are kept for 24 h.",
        "Use a new key for a new request, and the old one only to repeat the very same.",
    ),
    ProblemType(
        "rate_limited",
        429,
        "Too many requests",
        "A key has 1,200 requests a minute.",
        "Wait as long as Retry-After says. Bring many orders in one bulk request.",
    ),
    ProblemType(
        "internal_error",
        500,
        "Doorstep failed to answer",
        "A fault on our side. Nothing was changed; the operator's log tells more.",
        "Send it again with the same Idempotency-Key. If it stays, tell who runs Doorstep.",
    ),
    ProblemType(
        "unavailable",
        503,
        "The database is busy or away",
        "The request could not be finished just now. Nothing was changed.",
        "Wait as long as Retry-After says and send it again with the same Idempotency-Key.",
    ),
)
PROBLEM_TYPES = {found.code: found for found in _TYPES}
