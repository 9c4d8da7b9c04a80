"""What can go wrong before the first request, said so that a person can mend it."""

from __future__ import annotations


class RuntimeProblem(Exception):
    """A start-up problem with a sentence on how to mend it."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.what}\n{self.mend}" if self.mend else self.what


class DataFolderBusy(RuntimeProblem):
    """Another Doorstep works on the same data folder."""


class DatabaseUnavailable(RuntimeProblem):
    """The database could not be started or reached."""
