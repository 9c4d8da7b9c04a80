"""Mails that only bring a link somebody asked for: to confirm a sign-up, or to their choices."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from doorstep.rooms.messaging.templating.context import (
    BrandContext,
    LinksContext,
    LocaleContext,
    OrderContext,
)

LINK_KINDS = ("confirm_subscription", "preferences_link")


class LinkContext(TypedDict):
    """The link, and what there is to say about it."""

    url: Annotated[str, "The link; made for this mail alone"]
    days: Annotated[int, "How many days it works"]
    wording: Annotated[str, "The exact words the person agreed to; empty when it is about none"]


class LinkMessageContext(TypedDict):
    """``confirm_subscription`` and ``preferences_link``."""

    locale: LocaleContext
    brand: BrandContext
    link: LinkContext
    order: Annotated[OrderContext | None, "Always none: these mails are about no order"]
    links: LinksContext
    json_ld: Annotated[dict[str, Any] | None, "Machine-readable order; none in these mails"]


def link_context(*, url: str, days: int, wording: str = "") -> dict[str, Any]:
    """Return the context of a mail that brings a link; brand and language come when it is sent."""
    return {
        "link": {"url": url, "days": days, "wording": wording},
        "order": None,
        "links": dict.fromkeys(LinksContext.__annotations__, ""),
        "json_ld": None,
    }
