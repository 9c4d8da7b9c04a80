"""Meta's Graph API, as far as sending goes: one POST, its answer or its error in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from doorstep.connectors.meta.errors import judge_error
from doorstep.connectors.sms.certainty import outcome_of
from doorstep.kernel.http import Limits, OutboundError, OutboundRefused, client, retry_after
from doorstep.rooms.messaging.ports import Outcome

API = "https://graph.facebook.com"
# A version lives two years: https://developers.facebook.com/docs/graph-api/changelog/versions
VERSION = "v23.0"
# A POST that sends is never tried twice by itself: the queue decides that.
_LIMITS = Limits(read_seconds=15, total_seconds=20, attempts=1, max_bytes=256 * 1024, redirects=0)


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a call; ``body`` is Meta's answer when it was taken."""

    outcome: Outcome
    body: Mapping[str, Any]
    words: str = ""
    wait_seconds: float = 0.0


class Graph:
    """Posts messages of one account (a phone number or a page)."""

    def __init__(self, purpose: str, account: str, token: str, api: str = API) -> None:
        self._who = {"whatsapp": "WhatsApp", "messenger": "Messenger"}[purpose]
        self._url = f"{api}/{VERSION}/{quote(account, safe='')}/messages"
        self._http = client(purpose, limits=_LIMITS, headers={"Authorization": f"Bearer {token}"})

    def post(self, message: Mapping[str, Any]) -> Posted:
        """Post a message; never raises for what the network or Meta does."""
        try:
            answer = self._http.post(self._url, json=message)
        except OutboundRefused as error:
            return Posted("refused", {}, str(error))
        except OutboundError as error:
            # Meta may have it though no answer came: offers are then not sent a second time.
            return Posted(outcome_of(error), {}, f"{self._who}: {error}")
        return self._judge(answer)

    def close(self) -> None:
        """Close the kept connections."""
        self._http.close()

    def _judge(self, answer: httpx.Response) -> Posted:
        body = _object(answer)
        if answer.is_success and "error" not in body:
            return Posted("accepted", body)
        error = body.get("error")
        error = error if isinstance(error, dict) else {}
        outcome, words = judge_error(error, answer.status_code)
        return Posted(outcome, {}, f"{self._who}: {words}", retry_after(answer))


def _object(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
