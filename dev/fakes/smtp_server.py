"""A real SMTP server in a process of its own, for tests: ``python -m dev.fakes.smtp_server``.

Prints its port, then keeps every message it accepts as a file in the folder it is given. What the
recipient is called decides what happens: ``nobody@`` does not exist (550 5.1.1), ``busy@`` is
greylisted (451), ``full@`` is over quota (552), ``spam@`` is refused after the data (554),
``hangup@`` breaks the connection after the data without an answer, but keeps the message; so does
``slow@``, which answers only after a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import ssl
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_REFUSED = {
    "nobody": "550 5.1.1 The mailbox does not exist",
    "busy": "451 4.7.1 Greylisted, come back later",
    "full": "552 5.2.2 Mailbox full",
}


class Keeper:
    """Keeps accepted messages as numbered files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        """Accept or refuse a recipient by name."""
        refused = _REFUSED.get(address.partition("@")[0])
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the message."""
        names = {address.partition("@")[0] for address in envelope.rcpt_tos}
        if "spam" in names:
            return "554 5.7.1 Refused by policy"
        number = next(self._numbers)
        envelope_line = f"X-Envelope: {envelope.mail_from} {' '.join(envelope.rcpt_tos)}\r\n"
        content = envelope.content
        assert isinstance(content, bytes)
        path = self._folder / f"{number:05}.eml"
        await asyncio.to_thread(path.write_bytes, envelope_line.encode() + content)
        if "hangup" in names:
            assert server.transport is not None
            server.transport.abort()
        if "slow" in names:
            await asyncio.sleep(60)
        return f"250 Ok kept-{number}"


def authenticate(server: SMTP, session: Session, envelope: Envelope, how: str, data: Any) -> Any:
    """Take doorstep / secret."""
    ok = isinstance(data, LoginPassword) and data == LoginPassword(b"doorstep", b"secret")
    return AuthResult(success=ok, handled=ok)  # not handled: aiosmtpd answers 535


async def serve(folder: Path, certificate: Path | None, needs_login: bool) -> None:
    """Serve on a free port of the loopback until killed."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    keeper = Keeper(folder)

    def session() -> SMTP:
        return SMTP(
            keeper,
            hostname="mail.test",
            tls_context=context,
            authenticator=authenticate if needs_login else None,
            auth_required=needs_login,
            enable_SMTPUTF8=True,
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--certificate", type=Path, help="offer STARTTLS with this PEM")
    parser.add_argument("--login", action="store_true", help="ask for doorstep / secret")
    given = parser.parse_args()
    asyncio.run(serve(given.folder, given.certificate, given.login))


if __name__ == "__main__":
    main()
