"""What the console's editor asks: everything wrong with a draft, and the phrases it uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from doorstep.rooms.messaging.templating.compiled import (
    EmailSource,
    SmsSource,
    compile_email,
    compile_sms,
)
from doorstep.rooms.messaging.templating.errors import (
    TemplateError,
    UnknownPhrase,
    did_you_mean,
)
from doorstep.rooms.messaging.templating.locales import FALLBACK
from doorstep.rooms.messaging.templating.phrases import Phrase, catalog, find_phrase, holes
from doorstep.rooms.messaging.templating.push import PushSource, compile_push, render_push
from doorstep.rooms.messaging.templating.render import render_email, render_sms
from doorstep.rooms.messaging.templating.samples import sample_variants

_EMPTY_BODY = "<mjml><mj-body></mj-body></mjml>"


@dataclass(frozen=True, slots=True)
class UsedPhrase:
    """A built-in text a template uses, in one language; a store may put its own in its place."""

    key: str
    text: Phrase


def check_email(source: EmailSource, locales: Iterable[str] = ("en", "ar")) -> list[TemplateError]:
    """Return what is wrong with a draft: each part's first error, then errors with sample orders.

    Empty when it may be saved. The samples have gifts, pick-ups, guests and every kind of cost,
    so that a template cannot fail on the first order that has one.
    """
    blank = EmailSource(source.kind, subject="", body=_EMPTY_BODY)
    parts = (
        replace(blank, subject=source.subject),
        replace(blank, preheader=source.preheader),
        replace(blank, body=source.body),
        replace(blank, text=source.text),
    )
    found = [error for part in parts if (error := _error_of(lambda part=part: compile_email(part)))]  # type: ignore[misc]
    if not source.subject.strip():
        found.append(TemplateError("The subject is empty.", template=source.kind, part="subject"))
    if found:
        return found
    compiled = compile_email(source)
    return _errors_with_samples(
        source.kind, locales, lambda context: render_email(compiled, context)
    )


def check_sms(source: SmsSource, locales: Iterable[str] = ("en", "ar")) -> list[TemplateError]:
    """Return what is wrong with a text message draft; empty when it may be saved."""
    if not source.text.strip():
        return [TemplateError("The text is empty.", template=source.kind, part="text")]
    if error := _error_of(lambda: compile_sms(source)):
        return [error]
    compiled = compile_sms(source)
    return _errors_with_samples(source.kind, locales, lambda context: render_sms(compiled, context))


def check_push(source: PushSource, locales: Iterable[str] = ("en", "ar")) -> list[TemplateError]:
    """Return what is wrong with a notification's draft; empty when it may be saved."""
    if not source.text.strip():
        return [TemplateError("The text is empty.", template=source.kind, part="text")]
    if error := _error_of(lambda: compile_push(source)):
        return [error]
    compiled = compile_push(source)
    return _errors_with_samples(
        source.kind, locales, lambda context: render_push(compiled, context)
    )


def used_phrases(source: EmailSource | SmsSource, locale: str) -> list[UsedPhrase]:
    """Return the built-in texts a template uses, in a language, in order of appearance.

    :raises TemplateError: the template does not compile.
    """
    compiled = compile_email(source) if isinstance(source, EmailSource) else compile_sms(source)
    return [UsedPhrase(key, find_phrase(key, locale) or "") for key in compiled.phrases]


def check_phrase(key: str, phrase: Phrase) -> TemplateError | None:
    """Return what is wrong with a store's own text for a phrase, None when it may be saved."""
    built_in = catalog(FALLBACK).get(key)
    if built_in is None:
        hint = did_you_mean(key, catalog(FALLBACK))
        return UnknownPhrase(f"There is no phrase “{key}”.", hint=hint)
    texts = [phrase] if isinstance(phrase, str) else list(phrase.values())
    if not texts or not all(text.strip() for text in texts):
        return TemplateError("The text is empty.", part=key)
    if isinstance(phrase, dict) and "other" not in phrase:
        return TemplateError("The form “other” is missing.", part=key)
    if unknown := sorted(holes(phrase) - holes(built_in)):
        known = ", ".join(f"{{{name}}}" for name in sorted(holes(built_in))) or "none"
        problem = f"The phrase knows no {{{unknown[0]}}}."
        return UnknownPhrase(problem, part=key, hint=f"Known are: {known}.")
    return None


def _error_of(work: Callable[[], object]) -> TemplateError | None:
    try:
        work()
    except TemplateError as error:
        return error
    return None


def _errors_with_samples(
    kind: str, locales: Iterable[str], render: Callable[[dict[str, object]], object]
) -> list[TemplateError]:
    found: dict[tuple[str, int, str], TemplateError] = {}
    for locale in locales:
        for name, context in sample_variants(kind, locale):
            error = _error_of(lambda context=context: render(context))  # type: ignore[misc]
            if error:
                if name != "sample":
                    error.hint = f"{error.hint} (In the sample order “{name}”.)".strip()
                found.setdefault((error.part, error.line, error.problem), error.located())
    return list(found.values())
