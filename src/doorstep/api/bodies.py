"""Request bodies: JSON that says where it is broken, however it is broken."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.types import DictStrAny

from doorstep.kernel.errors import DomainError


class MalformedBody(DomainError):
    """The body is no JSON at all."""

    code = "malformed_body"
    status = 400


class JsonParser(Parser):
    """Reads JSON as RFC 8259 has it: UTF-8, no NaN, no Infinity."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """Return the body. :raises MalformedBody: with the place where it is broken."""
        try:
            return json.loads(request.body.decode(), parse_constant=_refuse)
        except UnicodeDecodeError as error:
            raise MalformedBody(
                f"The body is not UTF-8: byte {error.start} can't be read."
            ) from error
        except json.JSONDecodeError as error:
            raise MalformedBody(
                f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
            ) from error
        except RecursionError as error:
            raise MalformedBody("The body is nested too deeply.") from error
        except ValueError as error:  # Python's own limit on the digits of a number
            raise MalformedBody("The body contains a number with too many digits.") from error


def _refuse(constant: str) -> NoReturn:
    raise MalformedBody(f"The body is not JSON: {constant} is not a number there.")


def printable(text: Any, longest: int = 200) -> str:
    """Return what somebody sent so that it can be repeated in an answer, and be stored with it."""
    clean = str(text).replace("\x00", "�").encode(errors="replace").decode()
    return clean[:longest]
