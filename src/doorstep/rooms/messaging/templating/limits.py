"""How much a template may do, so that none ever keeps a worker busy for long.

python-liquid has limits of its own but checks few places: ``{{ (1..100000000) | join }}`` builds
its list before anything is counted, loops one after the other are not added up, and no filter
minds the size of what it makes. So every filter, loop round, assignment and write asks here.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import thread_time

from liquid import Token
from liquid.exceptions import ResourceLimitError

MAX_SOURCE_CHARS = 200_000
MAX_TAG_CHARS = 2_000
MAX_NESTING = 50


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """Limits for one rendered message.

    ``seconds`` is the thread's own processor time over all parts, so that a busy machine fails no
    good template; the rest count per part: characters written, loop
    rounds added up over all loops, characters of one value and items of one list that pass
    through a filter, items of a range literal, and characters held in assigned variables.
    """

    seconds: float = 0.5
    output_chars: int = 1_000_000
    loop_rounds: int = 20_000
    value_chars: int = 65_536
    list_items: int = 2_000
    range_items: int = 1_000
    held_chars: int = 2_000_000


DEFAULT_LIMITS = RenderLimits()
_LARGEST_NUMBER = 10**18  # beyond any amount of money; keeps big-integer bombs out


class Guard:
    """Counts one rendering against its limits."""

    __slots__ = ("deadline", "limits", "rounds")

    def __init__(self, limits: RenderLimits, deadline: float | None = None) -> None:
        self.limits = limits
        self.deadline = thread_time() + limits.seconds if deadline is None else deadline
        self.rounds = 0

    def tick(self, token: Token | None) -> None:
        """Raise when the time is over."""
        if thread_time() > self.deadline:
            raise ResourceLimitError(
                f"the template takes longer than {self.limits.seconds:g} s", token=token
            )

    def add_rounds(self, count: int, token: Token | None) -> None:
        """Count the rounds of a loop before it starts."""
        self.rounds += count
        if self.rounds > self.limits.loop_rounds:
            raise ResourceLimitError(
                f"the loops go round more than {self.limits.loop_rounds} times", token=token
            )

    def check_value(self, value: object) -> None:
        """Raise when a value is too large to be worked on."""
        if isinstance(value, str):
            if len(value) > self.limits.value_chars:
                raise ResourceLimitError(
                    f"a text is longer than {self.limits.value_chars} characters", token=None
                )
        elif isinstance(value, list | tuple | range):
            if len(value) > self.limits.list_items:
                raise ResourceLimitError(
                    f"a list has more than {self.limits.list_items} items", token=None
                )
        elif isinstance(value, int) and not -_LARGEST_NUMBER < value < _LARGEST_NUMBER:
            raise ResourceLimitError("a number is too large", token=None)

    def check_size(self, chars: int) -> None:
        """Raise when the text a filter is about to make is too long."""
        if chars > self.limits.value_chars:
            raise ResourceLimitError(
                f"a text is longer than {self.limits.value_chars} characters", token=None
            )
