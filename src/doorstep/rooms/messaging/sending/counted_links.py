"""Count opens and clicks: a picture nobody sees, and links that lead over us.

Only where the store wants it, and never for what belongs to a purchase: nobody could refuse that.
A link that is the same in all mails carries its address with a signature. One that differs from
mail to mail (``VALUE``) carries it as it is, and the redirect looks it up in the mail that was sent:
either way nobody can make our addresses lead elsewhere. Links to the preferences are left alone, and
so is every link whose tag says ``data-uncounted``.
"""

from __future__ import annotations

import base64
import binascii
import html as html_text
import re
from uuid import UUID

from doorstep.kernel.secrets import constant_time_equal, keyed_hash
from doorstep.rooms.messaging import identity
from doorstep.rooms.messaging.contracts import Purpose
from doorstep.rooms.messaging.preference_settings import get_preference_rules
from doorstep.rooms.messaging.sending.decorate import MESSAGE, VALUE, Framed, decorator

COUNTED = frozenset({Purpose.SERVICE.value, Purpose.MARKETING.value})
_ANCHOR = re.compile(r"<a\b[^>]*>", re.IGNORECASE)
_HREF = re.compile(r'(\bhref=")([^"]*)(")', re.IGNORECASE)
_BODY_START = re.compile(r"<body[^<>]*>", re.IGNORECASE)
_UNTOUCHED = re.compile(r"/preferences(?:/|$)|/unsubscribe|data-uncounted")
_SIGNS = 20  # 80 bits of a keyed hash: nobody tries that often


@decorator
def count_opens_and_clicks(html: str, framed: Framed) -> str:
    """Add the picture and lead links over us, as the store's settings say."""
    if framed.purpose not in COUNTED:
        return html
    rules = framed.rules or get_preference_rules()
    base = f"{identity.public_base(framed.store)}/t/{MESSAGE}"
    if rules.counts_clicks:
        html = _ANCHOR.sub(lambda tag: _counted(tag.group(), base, framed.store.id), html)
        html = _BODY_START.sub(lambda body: body.group() + _honeypot(base), html, count=1)
    if rules.counts_opens:
        picture = (
            f'<img src="{base}/o.gif" width="1" height="1" alt="" '
            'style="display:block;width:1px;height:1px;border:0">'
        )
        html = html.replace("</body>", f"{picture}</body>", 1)
    return html


def _counted(tag: str, base: str, store_id: UUID) -> str:
    if _UNTOUCHED.search(tag):
        return tag
    return _HREF.sub(
        lambda href: href.group(1) + _over_us(href.group(2), base, store_id) + href.group(3), tag
    )


def _over_us(href: str, base: str, store_id: UUID) -> str:
    """Return an address that leads over us; what is no web address stays."""
    plain = html_text.unescape(href)
    if VALUE.search(plain):
        # As it is: the mark must stay, and what it stands for is escaped for HTML already.
        return f"{base}/u/{href}"
    if not plain.lower().startswith(("http://", "https://")) or MESSAGE in plain:
        return href
    return f"{base}/l/{link_signature(store_id, plain)}/{_packed(plain)}"


def _honeypot(base: str) -> str:
    """Return a link that no reader can see or reach, only programs that follow every link."""
    return (
        f'<a href="{base}/h" rel="nofollow" tabindex="-1" aria-hidden="true" '
        'style="display:none;max-height:0;overflow:hidden;mso-hide:all"></a>'
    )


def uncounted(html: str) -> str:
    """Return a mail as it was before: whoever looks at it in the console is not its reader."""
    html = re.sub(r'<img src="[^"]*/t/[^"/]*/o\.gif"[^>]*>', "", html)
    html = re.sub(r'<a href="[^"]*/t/[^"/]*/h"[^>]*></a>', "", html)
    html = re.sub(r'(href=")https?://[^"/]*/t/[^"/]*/u/', r"\1", html)
    return re.sub(
        r'(href=")https?://[^"/]*/t/[^"/]*/l/[0-9a-f]*/([\w-]*)',
        lambda found: found.group(1) + html_text.escape(_unpacked(found.group(2))),
        html,
    )


def _unpacked(packed: str) -> str:
    try:
        return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except (binascii.Error, ValueError):
        return "#"


def _packed(url: str) -> str:
    return base64.urlsafe_b64encode(url.encode()).rstrip(b"=").decode()


def link_signature(store_id: UUID, url: str) -> str:
    """Return what makes an address one that this store's mails lead to."""
    return keyed_hash([str(store_id), url], purpose="counted link")[:_SIGNS]


def read_link(store_id: UUID, signature: str, packed: str) -> str | None:
    """Return the address of a link; None when it is none that we made for this store."""
    try:
        url = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    return url if constant_time_equal(signature, link_signature(store_id, url)) else None
