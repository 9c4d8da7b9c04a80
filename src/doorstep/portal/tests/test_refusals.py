"""What is refused is said in the reader's language: no English sentence of a room gets through."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from django.utils import translation

import doorstep.portal
from doorstep.kernel.errors import Conflict, DomainError, Invalid, NotFound
from doorstep.portal.changes.words import error_words
from doorstep.portal.languages import LANGUAGES
from doorstep.portal.returns.refusals import BY_CODE, BY_FIELD, refusal_words
from doorstep.rooms.billing.rules import quoting
from doorstep.rooms.changes import deciding
from doorstep.rooms.changes.actions import request as asking_changes
from doorstep.rooms.changes.flow import carrying
from doorstep.rooms.returns import api as returns
from doorstep.rooms.returns.actions import keep_photo, request_return
from doorstep.rooms.returns.flow import asking, pictures, swapping
from doorstep.rooms.returns.rules import states

PORTAL = Path(doorstep.portal.__file__).parent
TRANSLATED = sorted(set(LANGUAGES) - {"en"})
ROOM_WORDS = "Only rooms and logs say this."
# Nobody sees these: they become a 404, or are said by the page in the reader's language.
UNSEEN = {
    "stores/views.py": 1,
    "activity/views.py": 1,
    "orders/devices.py": 1,
    "wallet/views.py": 1,
    "messages/views.py": 1,  # ChoiceRefused, made by the page itself
}


def test_no_page_shows_the_words_of_a_room() -> None:
    """An error's own message is English: pages say it anew."""
    found = {}
    for path in PORTAL.rglob("*.py"):
        if "tests" in path.parts:
            continue
        uses = [
            node
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute)
            and node.attr == "message"
            and isinstance(node.value, ast.Name)
            and node.value.id == "error"
        ]
        if uses:
            found[str(path.relative_to(PORTAL))] = len(uses)
    assert found == UNSEEN


def codes_of(*modules: ModuleType) -> set[str]:
    """Return the codes of the errors that modules define."""
    return {
        kind.code
        for module in modules
        for kind in vars(module).values()
        if inspect.isclass(kind)
        and issubclass(kind, DomainError)
        and kind.__module__ == module.__name__
    }


def fields_of(*sources: object) -> set[str]:
    """Return the fields that code refuses: the last part of "lines.0.quantity"."""
    found = set()
    for source in sources:
        tree = ast.parse(inspect.getsource(source))  # type: ignore[arg-type]
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Invalid":
                found |= {
                    name for key in call.keywords if key.arg == "field" for name in _names(key)
                }
    return {field.rpartition(".")[2] for field in found} - {""}


def _names(key: ast.keyword) -> Iterator[str]:
    for node in ast.walk(key.value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_what_a_return_is_refused_for_has_words_of_its_own() -> None:
    """Rooms that learn a new refusal tell the portal: it fails here until it has words."""
    codes = codes_of(request_return, keep_photo, pictures, swapping, states, quoting)
    assert codes == BY_CODE.keys()
    fields = fields_of(asking, pictures, returns.add_tracking_number)
    # "key" comes from the form itself, and needs nothing of a reader but to begin anew.
    assert fields - {"key"} <= BY_FIELD.keys()
    assert fields_of(returns.withdraw_from_contract) <= BY_FIELD.keys()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_refusal_of_a_return_is_translated(language: str) -> None:
    refused = [
        *(Conflict(ROOM_WORDS, code=code, field="lines.0.line_id") for code in BY_CODE),
        *(Invalid(ROOM_WORDS, field=f"lines.3.{field}") for field in BY_FIELD),
        Conflict(ROOM_WORDS, code="window_over", field="lines.0.line_id"),  # the policy's
        Invalid(ROOM_WORDS),
        NotFound(ROOM_WORDS),
    ]
    for error in refused:
        with translation.override("en"):
            english = refusal_words(error)
        with translation.override(language):
            assert refusal_words(error) != english, english
        assert ROOM_WORDS not in english


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_refusal_of_a_change_is_translated(language: str) -> None:
    fields = fields_of(asking_changes) | {"lines", "swaps", "additions", ""}
    refused = [Invalid(ROOM_WORDS, field=field) for field in fields]
    refused += [Invalid(ROOM_WORDS, field=f"address.{field}") for field in fields]
    refused += [Conflict(ROOM_WORDS), Conflict(ROOM_WORDS, code="not_enough")]  # type: ignore[list-item]
    refused += [carrying.NoWayToPay(ROOM_WORDS)]  # type: ignore[list-item]
    for error in refused:
        with translation.override("en"):
            english = error_words(error)
        with translation.override(language):
            assert error_words(error) != english, english
        assert ROOM_WORDS not in english
    assert codes_of(carrying, deciding)  # each is one of those above, or says why by its options
