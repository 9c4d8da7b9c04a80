"""Which blocks a mail can be made of, and what can be chosen about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from doorstep.rooms.messaging.templating.journey_context import base_of
from doorstep.rooms.messaging.templating.variables import shape_of

SettingKind = Literal["line", "text", "choice", "image", "link", "target", "yes"]
Choices = tuple[tuple[str, str], ...]

OWN_ADDRESS = "address"  # as a target: the address typed beside it
NOWHERE = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to choose about a block. Every value is a text.

    ``line`` one line with names in it, ``text`` several with marks, ``choice`` one of ``choices``,
    ``image`` and ``link`` an address, ``target`` where a click goes (a name's path, ``address``
    or nothing), ``yes`` "yes" or nothing. ``limit`` is in characters.
    """

    name: str
    label: str
    kind: SettingKind = "line"
    default: str = ""
    choices: Choices = ()
    hint: str = ""
    limit: int = 200
    is_optional: bool = False

    @property
    def is_long(self) -> bool:
        """Tell whether it has several lines."""
        return self.kind == "text"


@dataclass(frozen=True, slots=True)
class BlockType:
    """One kind of block. ``needs`` names what the message must know for it."""

    key: str
    name: str
    note: str
    icon: str
    settings: tuple[Setting, ...] = ()
    needs: str = ""

    def setting(self, name: str) -> Setting:
        """Return one of its settings. :raises KeyError: it has none of this name."""
        for one in self.settings:
            if one.name == name:
                return one
        raise KeyError(name)

    def fits(self, message: str) -> bool:
        """Tell whether a kind of message (``order_confirmation``) knows what this block shows."""
        if not self.needs:
            return True
        if self.needs in ("order", "delivery") and base_of(message) == "customer":
            return False  # the names are there, but nothing stands behind them
        # Mails without a delivery (gift cards, sign-ups) name an order, and have none.
        wanted = "delivery" if self.needs == "order" else self.needs
        return wanted in shape_of(message)


_ALIGN = Setting(
    "align", "Alignment", "choice", "start",
    (("start", "Where text begins"), ("center", "In the middle"), ("end", "Where text ends")),
)  # fmt: skip
_COLOR = Setting(
    "color", "Color", "choice", "ink", (("ink", "Dark"), ("soft", "Gray"), ("brand", "Your brand"))
)
_MARKS = (
    "**bold**, *italic*, [words](https://…) for a link, a line that starts with “- ” for a list."
)
_TARGET = Setting("target", "A click opens", "target", "brand.website_url", limit=80)
_LINK = Setting(
    "link", "Its address", "link", limit=2000, is_optional=True,
    hint="Only for “An address of your own”. It starts with https://, mailto: or tel:",
)  # fmt: skip
_IMAGE_HINT = "The picture’s https:// address."
_ALT_HINT = "What can be seen on it: read aloud, and shown where pictures are off."


def _side(name: str, word: str) -> tuple[Setting, ...]:
    image = Setting(
        f"{name}_image", f"Picture, {word}", "image", limit=2000, hint=_IMAGE_HINT, is_optional=True
    )
    alt = Setting(
        f"{name}_alt", f"What the picture shows, {word}", hint=_ALT_HINT, is_optional=True
    )
    text = Setting(
        f"{name}_text", f"Text, {word}", "text", limit=2000, hint=_MARKS, is_optional=True
    )
    return image, alt, text


_LIST = (
    BlockType("heading", "Heading", "A title, large or small", "template", (
        Setting("text", "Heading"),
        Setting("size", "Size", "choice", "large", (("large", "Large: the mail’s title"), ("small", "Small: a part’s title"))),
        _ALIGN,
        _COLOR,
    )),
    BlockType("text", "Text", "Paragraphs, lists and links", "edit", (
        Setting("text", "Text", "text", limit=5000, hint=_MARKS),
        _ALIGN,
        _COLOR,
        Setting("ground", "Background", "choice", "plain", (("plain", "Plain"), ("panel", "A shaded box"))),
    )),
    BlockType("greeting", "Greeting", "“Hello Maya,” in each person’s language", "hand", (), "customer"),
    BlockType("image", "Picture", "A photo or drawing", "camera", (
        Setting("url", "Picture", "image", limit=2000, hint=_IMAGE_HINT),
        Setting("alt", "What the picture shows", hint=_ALT_HINT, is_optional=True),
        Setting("decorative", "It is only decoration: nothing is read aloud", "yes"),
        Setting("width", "Width", "choice", "full", (("full", "As wide as the text"), ("half", "Half of it"), ("small", "A quarter of it"))),
        _ALIGN,
        Setting("target", "A click opens", "target", NOWHERE, limit=80),
        _LINK,
    )),
    BlockType("button", "Button", "The one thing to do", "door", (
        Setting("text", "Words on it", limit=80),
        _TARGET,
        _LINK,
        _ALIGN,
        Setting("look", "Look", "choice", "brand", (("brand", "Your brand color"), ("quiet", "Quiet"))),
    )),
    BlockType("columns", "Two columns", "Pictures or texts side by side", "stock", (
        *_side("left", "first column"),
        *_side("right", "second column"),
    )),
    BlockType("divider", "Line", "Sets two parts apart", "minus", (
        Setting("color", "Color", "choice", "soft", (("soft", "Gray"), ("brand", "Your brand"))),
    )),
    BlockType("space", "Space", "Some air", "sort", (
        Setting("size", "Height", "choice", "medium", (("small", "Small"), ("medium", "Medium"), ("large", "Large"))),
    )),
    BlockType("order_lines", "Order lines", "What was ordered, with pictures and prices", "bag", (), "order"),
    BlockType("order_totals", "Totals", "What the order costs, line by line", "card", (), "order"),
    BlockType("delivery", "Delivery", "When it arrives, where it goes", "truck", (), "delivery"),
    BlockType("parcel", "Parcel", "Day, number, and the way to follow it", "box", (), "parcel"),
    BlockType("parcel_lines", "In this parcel", "What is inside", "archive", (), "parcel"),
    BlockType("about", "The products it is about", "With what you wrote: how to use them, care", "info", (
        Setting("shows", "Below each name", "choice", "nothing", (("nothing", "Nothing"), ("how_to", "How to use it"), ("care", "Care"))),
    ), "products"),
    BlockType("products", "Picked products", "Best-sellers, or what somebody looked at or wished for", "spark", (
        Setting("list", "Which", "choice", "picks", (
            ("picks", "What fits the person: wish list, else recently viewed, else best-sellers"),
            ("best_sellers", "Best-sellers"),
            ("recently_viewed", "Recently viewed"),
            ("wish_list", "Their wish list"),
        )),
        Setting("count", "At most", "choice", "4", tuple((str(n), str(n)) for n in range(1, 7))),
        Setting("title", "Title", hint="Empty: the built-in one, in each person’s language.", is_optional=True),
    ), "blocks"),
    BlockType("product", "A product", "One you choose yourself", "gem", (
        Setting("title", "Name"),
        Setting("text", "Some words, or its price", limit=400, is_optional=True),
        Setting("image", "Picture", "image", limit=2000, hint=_IMAGE_HINT, is_optional=True),
        Setting("link", "Its page in your shop", "link", limit=2000, hint="It starts with https://"),
        Setting("label", "Words on its button", default="Have a look", limit=80),
    )),
    BlockType("coupon", "Coupon", "A code to type in at the checkout", "tag", (
        Setting("code", "Code", limit=60, hint="As it is in your shop. The code is not made here."),
        Setting("text", "What it gives, and until when", is_optional=True),
    )),
    BlockType("social", "Your profiles", "Where to follow you: from the settings", "globe", (_ALIGN,)),
    BlockType("signature", "Signature", "“Warmly,” and how you sign", "pen"),
)  # fmt: skip
BLOCK_TYPES: dict[str, BlockType] = {one.key: one for one in _LIST}
"""Every type of block by its key, in the order in which they are offered."""


def list_block_types(message: str) -> list[BlockType]:
    """List the blocks that a kind of message can have."""
    return [one for one in _LIST if one.fits(message)]
