"""Cursors of lists: opaque to the caller, and signed, so that a made-up one is simply refused."""

from __future__ import annotations

from django.core import signing
from django.core.signing import BadSignature

from doorstep.kernel.errors import Invalid


def seal(of: str, cursor: str) -> str:
    """Return where a list goes on, for the caller; ``""`` stays ``""``: it ends here."""
    return signing.dumps(cursor, salt=f"api {of}") if cursor else ""


def unseal(of: str, sealed: str) -> str:
    """Return the cursor behind what :func:`seal` gave.

    :param of: which list; a cursor of another list is refused.
    :raises Invalid: we did not give this.
    """
    if not sealed:
        return ""
    try:
        return str(signing.loads(sealed, salt=f"api {of}"))
    except (BadSignature, ValueError):
        raise Invalid("This cursor is not one that an earlier page gave.", field="cursor") from None
