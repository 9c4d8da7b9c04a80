"""From blocks to the MJML and Liquid that the engine renders."""

from __future__ import annotations

from collections.abc import Callable

from doorstep.rooms.messaging.templating.blocks.block_types import OWN_ADDRESS
from doorstep.rooms.messaging.templating.blocks.check import block_problems
from doorstep.rooms.messaging.templating.blocks.document import Block, Document
from doorstep.rooms.messaging.templating.blocks.words import Words, escape
from doorstep.rooms.messaging.templating.defaults import shared

_COLORS = {
    # In the dark every ink turns light (head.mjml): a brand's color may not be seen there.
    "ink": 'css-class="ink words" color="#1d2320"',
    "soft": 'css-class="soft words" color="#5f6b65"',
    "brand": 'css-class="ink words" color="{{ brand.link_color }}"',
}
_ALIGN = {"start": "{{ locale.start }}", "center": "center", "end": "{{ locale.end }}"}
_SAME = "margin:0;font-size:inherit;line-height:inherit;font-weight:inherit"
_SPACES = {"small": 12, "medium": 28, "large": 56}
_WIDTHS = {"full": 536, "half": 268, "small": 134}  # of the 536 pixels between the margins
_ROUND = ' border-radius="0 0 16px 16px"'
_TITLES = {
    "best_sellers": "picks.best_sellers",
    "recently_viewed": "picks.recently_viewed",
    "wish_list": "picks.wish_list",
}


def compile_blocks(document: Document, message: str, *, marks: bool = False) -> str:
    """Return a mail's MJML with Liquid, as a merchant could have written it.

    The head, the logo and the footer with its legal lines always stand around the blocks. A block
    that does not work yet is left out, so that a draft can be looked at.

    :param marks: an anchor ``block-<id>`` before each block, for looking at one while editing it.
    """
    words = Words(message)
    parts = []
    for block in document.blocks:
        if marks:
            parts.append(f'<mj-raw><div id="block-{block.id}"></div></mj-raw>')
        if not block_problems(block, message):
            parts.append(_MAKERS[block.type](block, words))
    body = "\n".join(part.strip("\n") for part in parts)
    return f"{shared('blocks_start.mjml')}{body}\n{shared('blocks_end.mjml')}"


def _card(inside: str, *, top: int = 0, bottom: int = 0) -> str:
    return (
        f'<mj-section css-class="card" background-color="#ffffff" padding="{top}px 0 {bottom}px">\n'
        f'<mj-column css-class="side">\n{inside}\n</mj-column>\n</mj-section>'
    )


def _only_with(path: str, inside: str) -> str:
    return f"{{% if {path} != blank %}}\n{inside}\n{{% endif %}}"


def _within(fragment: str) -> str:
    """Return a shared part that ends a card elsewhere, with more to come below it."""
    return shared(fragment).replace(_ROUND, "")


def _heading(block: Block, words: Words) -> str:
    tag, size, top = ("h1", 30, 4) if block.get("size") == "large" else ("h2", 18, 16)
    looks = _COLORS[block.get("color")]
    if tag == "h1":
        looks = looks.replace('css-class="', 'css-class="title ')
    return _card(
        f'<mj-text {looks} align="{_ALIGN[block.get("align")]}" font-size="{size}px"'
        f' font-weight="700" line-height="1.25"><{tag} style="{_SAME}">'
        f"{words.line(block.get('text'))}</{tag}></mj-text>",
        top=top,
        bottom=8,
    )


def _text(block: Block, words: Words) -> str:
    looks, align = _COLORS[block.get("color")], _ALIGN[block.get("align")]
    html = words.rich(block.get("text"))
    if block.get("ground") == "plain":
        return _card(f'<mj-text {looks} align="{align}">{html}</mj-text>', top=4, bottom=14)
    table = looks.replace('css-class="', 'role="presentation" cellpadding="0" css-class="')
    cell = (
        f'<tr><td class="panel words" align="{align}"'
        f' style="background:#f3f1ec;border-radius:12px;padding:18px 20px">{html}</td></tr>'
    )
    return _card(f"<mj-table {table}>{cell}</mj-table>", top=6, bottom=18)


def _greeting(_block: Block, _words: Words) -> str:
    hello = shared("hello.mjml").replace("<br />", "")
    return _card(f'<mj-text css-class="ink words">{hello}</mj-text>', top=6, bottom=4)


def _image(block: Block, words: Words) -> str:
    alt = "" if block.get("decorative") == "yes" else words.attribute(block.get("alt"))
    looks = (
        f'src="{escape(block.get("url"))}" alt="{alt}" align="{_ALIGN[block.get("align")]}"'
        f' width="{_WIDTHS[block.get("width")]}px" padding="0 32px" border-radius="10px"'
    )
    target = block.get("target")
    if not target:
        return _card(f"<mj-image {looks} />", top=8, bottom=18)
    if target == OWN_ADDRESS:
        link = escape(block.get("link"))
        return _card(f'<mj-image {looks} href="{link}" />', top=8, bottom=18)
    linked = _card(f'<mj-image {looks} href="{{{{ {target} }}}}" />', top=8, bottom=18)
    bare = _card(f"<mj-image {looks} />", top=8, bottom=18)
    return f"{{% if {target} != blank %}}\n{linked}\n{{% else %}}\n{bare}\n{{% endif %}}"


def _button(block: Block, words: Words) -> str:
    target = block.get("target")
    is_own = target == OWN_ADDRESS
    href = escape(block.get("link")) if is_own else f"{{{{ {target} }}}}"
    made = _card(
        _button_tag(href, words.line(block.get("text")), block.get("align"), block.get("look")),
        top=6,
        bottom=20,
    )
    return made if is_own else _only_with(target, made)


def _button_tag(href: str, label: str, align: str, look: str = "brand") -> str:
    colors = "" if look == "brand" else ' background-color="#e9e6df" color="#1d2320"'
    return (
        f'<mj-button css-class="wide" href="{href}" align="{_ALIGN[align]}"{colors}>'
        f"{label}</mj-button>"
    )


def _columns(block: Block, words: Words) -> str:
    sides = "\n".join(
        f'<mj-column css-class="half" width="50%" vertical-align="top">\n{_side(block, side, words)}'
        "\n</mj-column>"
        for side in ("left", "right")
    )
    return f'<mj-section css-class="card" background-color="#ffffff" padding="8px 16px 10px">\n{sides}\n</mj-section>'


def _side(block: Block, side: str, words: Words) -> str:
    parts = []
    if url := block.get(f"{side}_image"):
        alt = words.attribute(block.get(f"{side}_alt"))
        parts.append(
            f'<mj-image src="{escape(url)}" alt="{alt}" padding="0 16px 12px" border-radius="10px" />'
        )
    if block.get(f"{side}_text").strip():
        html = words.rich(block.get(f"{side}_text"))
        parts.append(f'<mj-text css-class="ink words" padding="0 16px 12px">{html}</mj-text>')
    return "\n".join(parts)


def _divider(block: Block, _words: Words) -> str:
    color = "#e4e1da" if block.get("color") == "soft" else "{{ brand.color }}"
    width = 1 if block.get("color") == "soft" else 3
    rule = ' css-class="rule"' if block.get("color") == "soft" else ""
    return _card(
        f'<mj-divider{rule} border-color="{color}" border-width="{width}px" padding="0 32px" />',
        top=14,
        bottom=20,
    )


def _space(block: Block, _words: Words) -> str:
    return _card(f'<mj-spacer height="{_SPACES[block.get("size")]}px" />')


def _order_lines(_block: Block, _words: Words) -> str:
    return f"{{% if order %}}\n{shared('lines.mjml')}{{% endif %}}"


def _order_totals(_block: Block, _words: Words) -> str:
    return f"{{% if order %}}\n{_within('totals.mjml')}{{% endif %}}"


def _delivery(_block: Block, _words: Words) -> str:
    below = _card('<mj-spacer height="12px" />')
    # The plain text is made from this HTML, and tags that swallow line ends would run it together.
    inside = shared("delivery.mjml").replace("{%-", "{%").replace("-%}", "%}")
    return f"{{% if delivery %}}\n{inside}{below}\n{{% endif %}}"


def _parcel(_block: Block, _words: Words) -> str:
    return _card(shared("parcel_dates.mjml") + shared("parcel_carrier.mjml"), top=10)


def _parcel_lines(_block: Block, _words: Words) -> str:
    return _within("parcel_lines.mjml")


def _about(block: Block, _words: Words) -> str:
    below = {
        "nothing": "",
        "how_to": "{% if product.how_to != blank %}<div>{{ product.how_to | newline_to_br }}</div>{% endif %}",
        "care": "{% if product.care != blank %}<div>{{ product.care | newline_to_br }}</div>{% endif %}",
    }[block.get("shows")]
    return f"{{% if products.size > 0 %}}\n{_listed('products', '6', '', below)}\n{{% endif %}}"


def _products(block: Block, words: Words) -> str:
    wanted, count = block.get("list"), block.get("count")
    chosen, names = "", [wanted]
    if wanted == "picks":
        names = ["wish_list", "recently_viewed", "best_sellers"]
        tests = [f"blocks.{name}.size > 0" for name in names]
        chosen = (
            f"{{% if {tests[0]} %}}{{% assign picks = blocks.wish_list %}}"
            f"{{% elsif {tests[1]} %}}{{% assign picks = blocks.recently_viewed %}}"
            "{% else %}{% assign picks = blocks.best_sellers %}{% endif %}\n"
        )
    items = "picks" if wanted == "picks" else f"blocks.{wanted}"
    title = words.line(block.get("title")) or _title(names)
    return f"{chosen}{{% if {items}.size > 0 %}}\n{_listed(items, count, title, '')}\n{{% endif %}}"


def _title(names: list[str]) -> str:
    phrases = [f'{{{{ "{_TITLES[name]}" | t }}}}' for name in names]
    if len(phrases) == 1:
        return phrases[0]
    return (
        f"{{% if blocks.wish_list.size > 0 %}}{phrases[0]}"
        f"{{% elsif blocks.recently_viewed.size > 0 %}}{phrases[1]}{{% else %}}{phrases[2]}{{% endif %}}"
    )


def _listed(items: str, count: str, title: str, below: str) -> str:
    return _card(
        shared("blocks_products.mjml")
        .replace("<!-- title -->", _small_title(title) if title else "")
        .replace("<!-- below -->", below)
        .replace("products limit: 6", f"{items} limit: {count}"),
        top=10,
        bottom=16,
    )


def _small_title(inside: str) -> str:
    return (
        '<mj-text css-class="ink words" font-size="18px" font-weight="700">'
        f'<h2 style="{_SAME}">{inside}</h2></mj-text>'
    )


def _product(block: Block, words: Words) -> str:
    href, parts = escape(block.get("link")), []
    title = words.line(block.get("title"))
    if block.get("image"):
        alt = words.attribute(block.get("title"))
        parts.append(
            f'<mj-image src="{escape(block.get("image"))}" alt="{alt}" href="{href}"'
            ' padding="0 32px 14px" border-radius="10px" />'
        )
    parts.append(_small_title(title))
    if block.get("text"):
        parts.append(
            f'<mj-text css-class="soft words" color="#5f6b65">{words.line(block.get("text"))}</mj-text>'
        )
    parts.append('<mj-spacer height="12px" />')
    parts.append(_button_tag(href, words.line(block.get("label")), "start"))
    return _card("\n".join(parts), top=10, bottom=22)


def _coupon(block: Block, words: Words) -> str:
    note = words.line(block.get("text"))
    below = f'<div class="soft" style="color:#5f6b65;font-size:14px">{note}</div>' if note else ""
    cell = (
        '<tr><td class="panel words" align="center" style="background:#f3f1ec;border:2px dashed'
        ' {{ brand.link_color }};border-radius:12px;padding:18px 20px"><div style="font-size:22px;'
        f'font-weight:700;letter-spacing:1px">{words.line(block.get("code"))}</div>{below}</td></tr>'
    )
    return _card(f'<mj-table css-class="ink" cellpadding="0">{cell}</mj-table>', top=10, bottom=22)


def _social(block: Block, _words: Words) -> str:
    inside = (
        f'<mj-text css-class="ink" font-weight="600" line-height="2" align="{_ALIGN[block.get("align")]}">'
        '{% for profile in brand.social limit: 8 %}<a href="{{ profile.url }}"'
        ' style="color:{{ brand.link_color }};white-space:nowrap">{{ profile.name }}</a>'
        "{% unless forloop.last %} · {% endunless %}{% endfor %}</mj-text>"
    )
    return f"{{% if brand.social.size > 0 %}}\n{_card(inside, top=6, bottom=14)}\n{{% endif %}}"


def _signature(_block: Block, _words: Words) -> str:
    inside = (
        '<mj-text css-class="ink words">{{ "closing.warm" | t }}<br />'
        "<strong>{{ brand.signature }}</strong></mj-text>"
    )
    return _card(inside, top=6, bottom=14)


_MAKERS: dict[str, Callable[[Block, Words], str]] = {
    "heading": _heading,
    "text": _text,
    "greeting": _greeting,
    "image": _image,
    "button": _button,
    "columns": _columns,
    "divider": _divider,
    "space": _space,
    "order_lines": _order_lines,
    "order_totals": _order_totals,
    "delivery": _delivery,
    "parcel": _parcel,
    "parcel_lines": _parcel_lines,
    "about": _about,
    "products": _products,
    "product": _product,
    "coupon": _coupon,
    "social": _social,
    "signature": _signature,
}
