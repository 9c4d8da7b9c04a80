"""Errors that state a fact about the request; the edges turn them into pages and problem+json."""

from __future__ import annotations


class DomainError(Exception):
    """Something the caller can understand and act on.

    :param message: plain words for a person: what is wrong and what to do.
    :param field: the input that is wrong, where one is to blame.
    """

    code = "error"
    status = 400

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code


class Invalid(DomainError):
    """The input breaks a rule."""

    code = "invalid"
    status = 422


class NotFound(DomainError):
    """There is no such thing in this store."""

    code = "not_found"
    status = 404


class Conflict(DomainError):
    """The thing is not in a state that allows this."""

    code = "conflict"
    status = 409


class PermissionDenied(DomainError):
    """The actor may not do this."""

    code = "permission_denied"
    status = 403
