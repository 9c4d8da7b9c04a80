"""Every word of the shoppers' pages exists in every language, and the compiled files are fresh."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import doorstep.design
import doorstep.portal
from doorstep.portal.languages import LANGUAGES

PORTAL = Path(doorstep.portal.__file__).parent
DESIGN = Path(doorstep.design.__file__).parent
TRANSLATED = sorted(set(LANGUAGES) - {"en"})
_HOLE = re.compile(r"%\(\w+\)s")


def catalog(language: str) -> Catalog:
    path = PORTAL / "locale" / language / "LC_MESSAGES" / "django.po"
    return read_po(io.BytesIO(path.read_bytes()), locale=language)


def texts_of(words: Catalog) -> set[tuple[str | None, tuple[str, ...], tuple[str, ...]]]:
    """Return context, original and translation of each message, plural forms as tuples."""

    def forms(value: object) -> tuple[str, ...]:
        return tuple(value) if isinstance(value, (list, tuple)) else (str(value),)

    def context(value: bytes | str | None) -> str | None:
        return value.decode() if isinstance(value, bytes) else value  # Babel reads bytes from .mo

    return {(context(m.context), forms(m.id), forms(m.string)) for m in words if m.id}


def words_in_use() -> set[str]:
    """Return the texts that templates and code ask to be translated."""
    templates = [*PORTAL.rglob("templates/**/*.html"), *DESIGN.rglob("templates/**/*.html")]
    found = {
        text
        for path in templates
        for text in re.findall(r'{% translate "([^"]+)"', path.read_text())
    }
    for path in templates:
        blocks = re.findall(
            r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate %}", path.read_text()
        )
        found |= {re.sub(r"{{ (\w+) }}", r"%(\1)s", block) for block in blocks}
    for path in PORTAL.glob("*/*.py"):
        calls = re.findall(r'\b(?:_|gettext_lazy|gettext_noop)\(\s*"([^"]+)"', path.read_text())
        found |= set(calls)
    return found


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_word_is_translated(language: str) -> None:
    known = {message.id for message in catalog(language) if message.id and message.string}
    assert words_in_use() - known == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_values_are_named_alike(language: str) -> None:
    for message in catalog(language):
        originals = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in texts:
            assert set(_HOLE.findall(text)) <= set(_HOLE.findall(originals[0])), message.id
        assert all(texts) or not message.id, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_file_is_that_of_the_text(language: str) -> None:
    """After editing: ``django-admin compilemessages`` in ``src/doorstep/portal``."""
    path = PORTAL / "locale" / language / "LC_MESSAGES" / "django.mo"
    compiled = read_mo(io.BytesIO(path.read_bytes()))
    assert texts_of(compiled) == texts_of(catalog(language))
