"""The condition editor's round trip where a script runs: the form as it is now, drawn again.

It keeps nothing: the whole draft travels in the form, so any page can hold an editor.
"""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm
from django.forms.utils import ErrorDict
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from doorstep.console.access import ConsoleRequest, console_view
from doorstep.console.conditions.editor import ConditionEditor
from doorstep.console.conditions.offers import find_offers
from doorstep.kernel.conditions.api import registry

# how the form begins, and what it means while nothing is asked, by subject
_WORDS: dict[str, tuple[Any, Any]] = {
    "customer": (_("Who meets"), _("No conditions yet: everybody is in.")),
    "order": (_("When the order meets"), _("No conditions yet: always.")),
    "line": (_("When a line meets"), _("No conditions yet: always.")),
    "return_line": (_("When the item meets"), _("No conditions yet: always.")),
}


def editor_context(request: ConsoleRequest, editor: ConditionEditor) -> dict[str, Any]:
    """Return what a page that includes ``console/conditions/editor.html`` gives it."""
    url = reverse("console:conditions", args=[request.store.slug, editor.subject, editor.name])
    lead, empty = _WORDS.get(editor.subject, _WORDS["order"])
    return {"editor": editor, "url": url, "lead": lead, "empty_words": empty}


def unjudge(form: BaseForm) -> None:
    """Keep what was typed into a page's other fields, but say nothing about it yet.

    For pages shown again because a button of the editor was pressed: nobody asked to save.
    """
    form._errors = ErrorDict()  # type: ignore[attr-defined]


@require_POST
@console_view("audiences.view")
def round_trip(request: ConsoleRequest, subject: str, name: str) -> HttpResponse:
    """Draw an editor again after one of its buttons, or only its sentence after typing."""
    if registry.subject_named(subject) is None or not name.isalpha():
        raise Http404
    editor = ConditionEditor.read(
        request.POST, subject, request.store.currency, name=name, find_offers=find_offers
    )
    only = "sentence" if request.GET.get("only") == "sentence" else "editor"
    return render(request, f"console/conditions/{only}.html", editor_context(request, editor))
