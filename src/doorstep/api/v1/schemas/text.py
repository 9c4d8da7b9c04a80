"""Text and numbers that the database can hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field


def _clean(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode") from None
    return value


Short = Annotated[str, Field(max_length=500), AfterValidator(_clean)]
Long = Annotated[str, Field(max_length=10_000), AfterValidator(_clean)]
Identifier = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_clean)]
# Far beyond any sale, far below what a 64-bit sum of 1,000 lines can hold.
Minor = Annotated[int, Field(ge=0, le=10**14)]
SignedMinor = Annotated[int, Field(ge=-(10**14), le=10**14)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]
Country = Annotated[str, Field(pattern=r"^([A-Z]{2})?$", examples=["DE"])]
