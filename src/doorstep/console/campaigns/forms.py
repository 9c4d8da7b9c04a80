"""What is typed about a campaign."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from doorstep.console.templatetags.console import channel_words
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys.contracts import CampaignInput
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel

WHENS = (
    ("now", _("As soon as I start it")),
    ("store", _("At a time on the shop’s clock")),
    ("theirs", _("At a time on each recipient’s own clock")),
)
_CLOCK = "%Y-%m-%dT%H:%M"


class CampaignForm(forms.Form):
    """To whom, what, when and how fast."""

    name = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("For your team. Customers never see it.")
    )
    segment_id = forms.ChoiceField(label=_("Who gets it"))
    template = forms.ChoiceField(label=_("Which message"))
    purpose = forms.ChoiceField(
        label=_("What kind of message it is"),
        choices=(
            ("marketing", _("It sells: only to people who agreed to marketing")),
            ("service", _("It helps with something they bought: no offers in it")),
        ),
        widget=forms.RadioSelect,
        initial="marketing",
    )
    topic = forms.ChoiceField(
        label=_("Topic"),
        required=False,
        help_text=_("People can turn a topic off without turning everything off."),
    )
    channel = forms.ChoiceField(label=_("Channel"))
    when = forms.ChoiceField(
        label=_("It goes out"), choices=WHENS, widget=forms.RadioSelect, initial="now"
    )
    send_on = forms.DateTimeField(
        label=_("Day and time"),
        required=False,
        input_formats=[_CLOCK, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_CLOCK),
        help_text=_("Only where it goes out at a time."),
    )
    per_minute = forms.IntegerField(
        label=_("At most so many messages a minute"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text=_("Leave it empty to send as fast as it goes."),
    )
    holdout_percent = forms.IntegerField(
        label=_("Hold out, in percent"),
        min_value=0,
        max_value=50,
        initial=0,
        help_text=_(
            "So many of a hundred get nothing. Comparing with them shows what the campaign added."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        segments = [one for one in audiences.list_segments() if not one.is_archived]
        self.has_segments = bool(segments)
        kinds = [one for one in messaging.list_message_kinds() if one.base == "customer"]
        self.kinds = {one.kind: one for one in kinds}
        # Nothing is chosen beforehand: what is sent to whom is never an accident.
        self._choose(
            "segment_id", [("", _("Choose a segment")), *((str(s.id), s.name) for s in segments)]
        )
        self._choose(
            "template",
            [
                ("", _("Choose a message")),
                *(
                    (str(label), [(k.kind, k.name) for k in kinds if k.is_own is own])
                    for label, own in ((_("Your own"), True), (_("Ready-made"), False))
                    if any(k.is_own is own for k in kinds)
                ),
            ],
        )
        self._choose(
            "topic",
            [("", _("No particular one")), *((t.key, t.label("en")) for t in messaging.TOPICS)],
        )
        self._choose(
            "channel",
            [
                ("best", _("The best for each person")),
                *((c.value, channel_words(c)) for c in Channel),
            ],
        )

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_send_on(self) -> str:
        """Return the wall clock time as the room keeps it; it has no zone of its own."""
        given: datetime | None = self.cleaned_data["send_on"]
        return given.replace(tzinfo=None).strftime(_CLOCK) if given else ""

    def clean(self) -> dict[str, Any]:
        """Ask for a time where one was promised."""
        cleaned = super().clean() or {}
        if cleaned.get("when") != "now" and not cleaned.get("send_on") and not self.errors:
            self.add_error("send_on", _("Choose the day and the time."))
        return cleaned

    @cached_property
    def campaign(self) -> CampaignInput:
        """The campaign as it was typed."""
        given = self.cleaned_data
        is_now = given["when"] == "now"
        return CampaignInput(
            name=given["name"],
            segment_id=UUID(given["segment_id"]),
            template=given["template"],
            purpose=given["purpose"],
            topic=given["topic"],
            channel=given["channel"],
            send_on="" if is_now else given["send_on"],
            in_their_zone=given["when"] == "theirs",
            per_minute=given["per_minute"],
            holdout_percent=given["holdout_percent"],
        )


def initial_of(campaign: CampaignInput) -> dict[str, Any]:
    """Return what the form shows of a campaign."""
    when = "now" if not campaign.send_on else "theirs" if campaign.in_their_zone else "store"
    return {
        "name": campaign.name,
        "segment_id": str(campaign.segment_id),
        "template": campaign.template,
        "purpose": campaign.purpose,
        "topic": campaign.topic,
        "channel": campaign.channel,
        "when": when,
        "send_on": campaign.send_on,
        "per_minute": campaign.per_minute,
        "holdout_percent": campaign.holdout_percent,
    }
