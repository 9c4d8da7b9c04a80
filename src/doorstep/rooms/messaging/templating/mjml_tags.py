"""What MJML consists of (mjml.io, 4.x), because the compiler accepts any tag and drops it silently."""

from __future__ import annotations

_BOX = "padding padding-top padding-right padding-bottom padding-left"
_INNER = f"{_BOX} container-background-color css-class mj-class"
_FONT = (
    "color font-family font-size font-style font-weight letter-spacing line-height "
    "text-decoration text-transform"
)
_BORDER = "border border-top border-right border-bottom border-left border-radius"
_BACKGROUND = (
    "background-color background-url background-repeat background-size background-position "
    "background-position-x background-position-y"
)
_LINK = "href rel target title name"
_SECTION = f"{_BACKGROUND} {_BORDER} {_BOX} css-class mj-class direction full-width text-align gap"

ATTRIBUTES: dict[str, frozenset[str]] = {
    tag: frozenset(names.split())
    for tag, names in {
        "mjml": "lang dir owa",
        "mj-head": "",
        "mj-body": "background-color css-class width lang dir",
        "mj-attributes": "",
        "mj-breakpoint": "width",
        "mj-font": "name href",
        "mj-html-attributes": "",
        "mj-preview": "",
        "mj-style": "inline",
        "mj-title": "",
        "mj-raw": "position",
        "mj-section": _SECTION,
        "mj-wrapper": _SECTION,
        "mj-column": (
            f"background-color inner-background-color {_BORDER} inner-border inner-border-top "
            "inner-border-right inner-border-bottom inner-border-left inner-border-radius width "
            f"vertical-align {_BOX} css-class mj-class direction"
        ),
        "mj-group": "background-color direction vertical-align width css-class mj-class",
        "mj-text": f"{_FONT} align height {_INNER}",
        "mj-button": (
            f"{_FONT} {_LINK} {_BORDER} {_INNER} align background-color height inner-padding "
            "text-align vertical-align width"
        ),
        "mj-image": (
            f"{_LINK} {_BORDER} {_INNER} align alt fluid-on-mobile font-size height max-height "
            "sizes src srcset usemap width"
        ),
        "mj-divider": f"align border-color border-style border-width width {_INNER}",
        "mj-spacer": f"height {_INNER}",
        "mj-table": (
            f"align border cellpadding cellspacing color font-family font-size font-weight "
            f"line-height role table-layout vertical-align width {_INNER}"
        ),
        "mj-hero": (
            f"{_BACKGROUND} background-height background-width border-radius height mode "
            f"vertical-align width inner-background-color inner-padding {_INNER}"
        ),
        "mj-social": (
            f"{_FONT} align border-radius icon-height icon-size icon-padding inner-padding mode "
            f"table-layout text-padding {_INNER}"
        ),
        "mj-social-element": (
            f"{_FONT} {_LINK} align alt background-color border-radius icon-height icon-padding "
            f"icon-position icon-size src srcset sizes text-padding vertical-align {_BOX} "
            "css-class mj-class"
        ),
        "mj-navbar": (
            f"align base-url hamburger ico-align ico-close ico-color ico-font-family "
            f"ico-font-size ico-line-height ico-open ico-padding {_INNER}"
        ),
        "mj-navbar-link": f"{_FONT} {_LINK} {_BOX} css-class mj-class",
        "mj-accordion": (
            f"border font-family icon-align icon-height icon-position icon-unwrapped-alt "
            f"icon-unwrapped-url icon-width icon-wrapped-alt icon-wrapped-url {_INNER}"
        ),
        "mj-accordion-element": (
            "background-color border font-family icon-align icon-height icon-position "
            "icon-unwrapped-alt icon-unwrapped-url icon-width icon-wrapped-alt icon-wrapped-url "
            "css-class mj-class"
        ),
        "mj-accordion-title": f"background-color {_FONT} {_BOX} css-class mj-class",
        "mj-accordion-text": f"background-color {_FONT} {_BOX} css-class mj-class",
        "mj-carousel": (
            "align border-radius icon-width left-icon right-icon tb-border tb-border-radius "
            f"tb-hover-border-color tb-selected-border-color tb-width thumbnails {_INNER}"
        ),
        "mj-carousel-image": f"alt src {_LINK} border-radius thumbnails-src css-class mj-class",
    }.items()
}

_CONTENT = frozenset(
    [
        "mj-text",
        "mj-button",
        "mj-image",
        "mj-divider",
        "mj-spacer",
        "mj-table",
        "mj-social",
        "mj-navbar",
        "mj-accordion",
        "mj-carousel",
        "mj-raw",
    ]
)
CHILDREN: dict[str, frozenset[str]] = {
    "": frozenset({"mjml"}),
    "mjml": frozenset({"mj-head", "mj-body"}),
    "mj-head": frozenset(
        [
            "mj-attributes",
            "mj-breakpoint",
            "mj-font",
            "mj-preview",
            "mj-style",
            "mj-title",
            "mj-raw",
        ]
    ),
    "mj-attributes": frozenset({"mj-all", "mj-class"}) | (frozenset(ATTRIBUTES) - {"mjml"}),
    "mj-body": frozenset(["mj-section", "mj-wrapper", "mj-hero", "mj-raw"]),
    "mj-wrapper": frozenset(["mj-section", "mj-hero", "mj-raw"]),
    "mj-section": frozenset(["mj-column", "mj-group", "mj-raw"]),
    "mj-group": frozenset(["mj-column", "mj-raw"]),
    "mj-column": _CONTENT,
    "mj-hero": _CONTENT,
    "mj-social": frozenset({"mj-social-element"}),
    "mj-navbar": frozenset({"mj-navbar-link", "mj-raw"}),
    "mj-accordion": frozenset({"mj-accordion-element"}),
    "mj-accordion-element": frozenset({"mj-accordion-title", "mj-accordion-text"}),
    "mj-carousel": frozenset({"mj-carousel-image"}),
}
"""MJML tag -> MJML tags that may stand in it. Tags missing here hold HTML, text or nothing."""

WRAPS_LIQUID = frozenset(
    ["mj-body", "mj-wrapper", "mj-section", "mj-group", "mj-column", "mj-hero"]
)
"""Tags between whose children a bare Liquid tag may stand; it is put into ``mj-raw``."""

HOLDS_HTML = frozenset(
    [
        "mj-text",
        "mj-button",
        "mj-table",
        "mj-raw",
        "mj-social-element",
        "mj-navbar-link",
        "mj-accordion-title",
        "mj-accordion-text",
    ]
)
HOLDS_TEXT = frozenset(["mj-title", "mj-preview", "mj-style"])

MEASURES = frozenset(
    f"{_BOX} {_BORDER} width height inner-padding border-width icon-size icon-height icon-padding "
    "text-padding max-height background-height background-width inner-border".split()
)
"""Attributes the compiler calculates with: Liquid in them would come out as nonsense."""

HTML_TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "meta",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
VOID_TAGS = frozenset({"br", "col", "hr", "img", "meta", "wbr"})
URL_ATTRIBUTES = frozenset(
    [
        "href",
        "src",
        "background",
        "background-url",
        "cite",
        "srcset",
        "action",
        "formaction",
        "poster",
        "data",
        "thumbnails-src",
        "left-icon",
        "right-icon",
        "icon-wrapped-url",
        "icon-unwrapped-url",
        "base-url",
    ]
)
HTML_ATTRIBUTES = frozenset(
    [
        "align",
        "alt",
        "background",
        "bgcolor",
        "border",
        "cellpadding",
        "cellspacing",
        "cite",
        "class",
        "color",
        "cols",
        "colspan",
        "content",
        "datetime",
        "dir",
        "face",
        "height",
        "href",
        "hreflang",
        "id",
        "itemprop",
        "itemscope",
        "itemtype",
        "lang",
        "name",
        "nowrap",
        "rel",
        "role",
        "rowspan",
        "rules",
        "scope",
        "size",
        "span",
        "src",
        "start",
        "style",
        "summary",
        "target",
        "title",
        "translate",
        "type",
        "valign",
        "value",
        "width",
    ]
)
