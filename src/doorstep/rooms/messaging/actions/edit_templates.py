"""Write, check, publish and take back a store's own message texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.block_texts import with_body
from doorstep.rooms.messaging.contracts import Channel, TemplateVersionInfo, TemplateView
from doorstep.rooms.messaging.models import Template, TemplateVersion
from doorstep.rooms.messaging.sending.templates import default_source
from doorstep.rooms.messaging.template_queries import check_template, get_template, view_of

PARTS = {
    Channel.EMAIL: ("subject", "preheader", "body", "text", "blocks"),
    Channel.SMS: ("text",),
    Channel.WHATSAPP: ("text",),
    Channel.MESSENGER: ("text",),
    Channel.PUSH: ("title", "text", "url"),
}
MAX_PART_CHARS = 200_000


@action(
    "messaging.save_draft",
    permission="templates.edit",
    summary="Save the draft of a message text",
)
def save_draft(
    *,
    kind: str,
    channel: Channel,
    locale: str = "",
    source: dict[str, str],
    by: Actor,
    at: datetime,
) -> TemplateView:
    """Keep a draft as it is, finished or not; nothing that is sent changes.

    :param locale: a language ("de"), or "" for a text for all languages.
    :param source: the parts by name. With ``blocks`` (JSON, see ``templating/blocks``) the body is
        made of them.
    :raises NotFound: there is no such kind of message.
    :raises Invalid: an unknown or far too long part, or blocks that are not of their form.
    """
    _check_parts(kind, channel, source)
    template = _locked(kind, channel, locale)
    template.draft = _parts(kind, channel, source)
    template.draft_at, template.draft_by = at, by.key
    template.save()
    audit.note(subject=_subject(template), changes={"draft": [None, "saved"]})
    return view_of(template)


@action(
    "messaging.publish_template",
    permission="templates.edit",
    summary="Put a message text into use",
    undo="messaging.revert_template",
)
def publish_version(
    *,
    kind: str,
    channel: Channel,
    locale: str = "",
    source: dict[str, str] | None = None,
    by: Actor,
    at: datetime,
) -> TemplateView:
    """Check a text and put it into use for everything sent from now on.

    :param source: the parts; None publishes the draft.
    :raises TemplateError: it does not work; ``part`` and ``line`` say where. Nothing is changed.
    :raises Conflict: there is no draft.
    """
    if source is not None:
        _check_parts(kind, channel, source)
    template = _locked(kind, channel, locale)
    text = source if source is not None else template.draft
    if text is None:
        raise Conflict("There is no draft to publish.")
    text = _parts(kind, channel, text)
    if mistakes := check_template(kind, channel, text):
        raise mistakes[0]
    numbers = TemplateVersion.objects.filter(kind=kind, channel=channel, locale=locale)
    version = TemplateVersion.objects.create(
        store_id=current_store_id(),
        kind=kind,
        channel=channel,
        locale=locale,
        number=(numbers.aggregate(last=Max("number"))["last"] or 0) + 1,
        source=text,
        at=at,
        by=by.key,
    )
    before = str(template.published_id) if template.published_id else None
    template.published, template.draft = version, None
    template.draft_at, template.draft_by = None, ""
    template.save()
    audit.note(subject=_subject(template), changes={"published": [before, str(version.id)]})
    return view_of(template)


@action(
    "messaging.revert_template",
    permission="templates.edit",
    summary="Go back to an earlier or the built-in message text",
)
def revert_template(
    *,
    kind: str,
    channel: Channel,
    locale: str = "",
    version_id: UUID | None = None,
    by: Actor,
    at: datetime,
) -> TemplateView:
    """Put an earlier version back into use, or the built-in text (None). Versions are kept.

    :raises NotFound: there is no such version of this text.
    :raises Conflict: there is no built-in text to go back to.
    """
    _check_parts(kind, channel, {})
    template = _locked(kind, channel, locale)
    version = None
    if version_id is not None:
        version = TemplateVersion.objects.filter(
            id=version_id, kind=kind, channel=channel, locale=locale
        ).first()
        if version is None:
            raise NotFound("There is no such version of this text.")
    elif not default_source(kind, channel):
        raise Conflict("This message has no built-in text for the channel.")
    before = str(template.published_id) if template.published_id else None
    template.published = version
    template.draft, template.draft_at, template.draft_by = None, None, ""
    template.save()
    audit.note(
        subject=_subject(template),
        changes={"published": [before, str(version.id) if version else None]},
    )
    return get_template(kind, channel, locale)


def list_versions(kind: str, channel: Channel, locale: str = "") -> list[TemplateVersionInfo]:
    """List the published versions of a text, newest first."""
    rows = TemplateVersion.objects.filter(kind=kind, channel=channel, locale=locale)
    return [TemplateVersionInfo(r.id, r.number, r.at, r.by) for r in rows.order_by("-number")]


def _check_parts(kind: str, channel: Channel, source: dict[str, str]) -> None:
    get_template(kind, channel, "")  # raises NotFound for a kind nobody sends
    for part, text in source.items():
        if part not in PARTS[channel]:
            known = ", ".join(PARTS[channel])
            raise Invalid(f"This message has no part “{part[:40]}”, but: {known}.", field=part[:40])
        if len(text) > MAX_PART_CHARS:
            raise Invalid(f"A part may have {MAX_PART_CHARS} characters.", field=part)


def _parts(kind: str, channel: Channel, source: Mapping[str, str]) -> dict[str, str]:
    """Return all parts of a text; ``blocks`` only where it is written with them."""
    made = with_body(kind, source) if channel == Channel.EMAIL else source
    wanted = [part for part in PARTS[channel] if part != "blocks" or part in made]
    return {part: made.get(part, "") for part in wanted}


def _locked(kind: str, channel: Channel, locale: str) -> Template:
    """Return the row for this text, made when it is the first change, locked against others."""
    key = {"kind": kind, "channel": channel, "locale": locale, "store_id": current_store_id()}
    Template.objects.bulk_create([Template(**key)], ignore_conflicts=True)
    return Template.objects.select_for_update().get(kind=kind, channel=channel, locale=locale)


def _subject(template: Template) -> str:
    return f"template:{template.kind}/{template.channel}/{template.locale or 'all'}"
