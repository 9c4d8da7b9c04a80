"""The forms of the returns pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from doorstep.console.returns.words import WORDS
from doorstep.kernel.ids import new_id
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.returns.contracts import (
    Disposition,
    Finding,
    Mismatch,
    PieceCondition,
    ReceivedItem,
    ReturnFilter,
    ReturnKind,
    ReturnState,
    ReturnView,
)

MOST_ITEMS = 500


class FilterForm(forms.Form):
    """What the list is narrowed to; anything odd in the address is left out."""

    q = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(required=False, choices=[(s.value, s.value) for s in ReturnState])
    kind = forms.ChoiceField(required=False, choices=[(k.value, k.value) for k in ReturnKind])
    needs = forms.ChoiceField(
        required=False,
        choices=[
            (n, n) for n in ("review", "sent", "inspect", "dispose", "settle", "find", "label")
        ],
    )
    customer = forms.UUIDField(required=False)

    def return_filter(self) -> ReturnFilter:
        """Return the filter as the returns room takes it."""
        self.is_valid()
        good: dict[str, Any] = self.cleaned_data
        return ReturnFilter(
            state=good.get("state") or "",
            kind=good.get("kind") or "",
            needs=good.get("needs") or "",
            customer_id=good.get("customer"),
            search=good.get("q") or "",
        )


class DecisionForm(forms.Form):
    """Approving or declining a return."""

    reason = forms.CharField(
        label=_("A word to the shopper"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed when you decline: the shopper reads it."),
    )


class ReceptionForm(forms.Form):
    """What lies in an opened parcel: one scanned code a line, with a number where there are more."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64)
    codes = forms.CharField(
        label=_("Scan what is in the parcel"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(
            attrs={"rows": 5, "autofocus": True, "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text=_("One barcode or SKU a line. “3 x POT-MOSS” counts three."),
    )
    location = forms.ChoiceField(label=_("Where are you?"), required=False)
    note = forms.CharField(label=_("Note"), required=False, max_length=1000)
    is_final = forms.BooleanField(
        label=_("Nothing more will come"),
        required=False,
        help_text=_("What is missing counts as not sent back."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"key": str(new_id())})
        places = [(str(one.id), one.name) for one in inventory.list_locations() if one.is_active]
        self.fields["location"].choices = places  # type: ignore[attr-defined]

    def items(self) -> list[ReceivedItem]:
        """Return the scanned lines, the same codes summed up."""
        counted: dict[str, int] = {}
        for row in self.cleaned_data["codes"].splitlines()[:MOST_ITEMS]:
            text = row.strip()
            if not text:
                continue
            number, code = _counted(text)
            counted[code] = counted.get(code, 0) + number
        return [ReceivedItem(code, number) for code, number in counted.items()]

    def arguments(self) -> dict[str, Any]:
        """Return what the action takes."""
        given = self.cleaned_data
        return {
            "items": self.items(),
            "key": given["key"],
            "location_id": UUID(given["location"]) if given["location"] else None,
            "note": given["note"],
            "is_final": given["is_final"],
        }


def _counted(text: str) -> tuple[int, str]:
    """Read "3 x CODE" as three of it."""
    head, sep, code = text.partition(" x ")
    if sep and head.strip().isdigit() and 0 < int(head) <= 1000:
        return int(head), code.strip()
    return 1, text


class InspectionForm(forms.Form):
    """What the inspection found, piece by piece, and what becomes of each."""

    def __init__(self, data: Any = None, *, view: ReturnView) -> None:
        super().__init__(data)
        self.rows: list[dict[str, Any]] = []
        places = [(str(one.id), one.name) for one in inventory.list_locations() if one.is_active]
        for piece in view.pieces:
            if piece.inspected_at is not None:
                continue
            name = str(piece.id)
            belongs = piece.line_id is not None
            self.fields[f"c_{name}"] = forms.ChoiceField(
                label=_now("State"), choices=_choices(PieceCondition)
            )
            verdicts = [("yes", _now("Accepted")), ("no", _now("Not accepted"))]
            self.fields[f"a_{name}"] = forms.ChoiceField(
                label=_now("Counts"), choices=verdicts if belongs else verdicts[1:]
            )
            self.fields[f"m_{name}"] = forms.ChoiceField(
                label=_now("What does not fit"),
                required=False,
                choices=[("", _now("all fits")), *_choices(Mismatch)[1:]],
            )
            self.fields[f"d_{name}"] = forms.ChoiceField(
                label=_now("What becomes of it"),
                required=False,
                choices=[("", _now("decide later")), *_choices(Disposition)],
            )
            self.fields[f"l_{name}"] = forms.ChoiceField(
                label=_now("Shelf"), required=False, choices=[("", _now("where it is")), *places]
            )
            self.fields[f"n_{name}"] = forms.CharField(
                label=_now("Note"), required=False, max_length=1000
            )
            self.rows.append(
                {"piece": piece, "fields": [self[f"{part}_{name}"] for part in "camdln"]}
            )

    def findings(self) -> list[Finding]:
        """Return what the action takes."""
        given = self.cleaned_data
        found = []
        for row in self.rows:
            name = str(row["piece"].id)
            put = given[f"d_{name}"]
            found.append(
                Finding(
                    piece_id=row["piece"].id,
                    condition=PieceCondition(given[f"c_{name}"]),
                    is_accepted=given[f"a_{name}"] == "yes",
                    mismatch=Mismatch(given[f"m_{name}"]),
                    note=given[f"n_{name}"],
                    disposition=Disposition(put) if put else None,
                    location_id=UUID(given[f"l_{name}"]) if given[f"l_{name}"] else None,
                )
            )
        return found


def _choices(names: Any) -> list[tuple[str, Any]]:
    return [(one.value, WORDS.get(one.value, (one.value,))[0]) for one in names]
