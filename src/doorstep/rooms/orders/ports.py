"""Who knows the return policy that a confirmation states: the returns room, above this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class ReturnPolicy(NamedTuple):
    """How things of an order may come back.

    :ivar summary: a few sentences, written from the policy's own rules.
    :ivar url: absolute address of the page that states all of it.
    """

    summary: str
    url: str


# order → language to order → its policy
ReturnPolicies = Callable[[Mapping[UUID, str], datetime], Mapping[UUID, ReturnPolicy]]
_return_policies: list[ReturnPolicies] = []


def bind_return_policies(policies: ReturnPolicies) -> None:
    """Let confirmations ask here how things of an order may come back."""
    _return_policies[:] = [policies]


def return_policies(languages: Mapping[UUID, str], at: datetime) -> Mapping[UUID, ReturnPolicy]:
    """Return the policy that counts for each order, in its language; {} when nobody knows.

    :param languages: order → language.
    """
    return _return_policies[0](languages, at) if _return_policies and languages else {}
