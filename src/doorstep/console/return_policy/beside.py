"""What stands beside the rules: holiday extensions, reasons, and replays over past orders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages as flash
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.console.access import ConsoleRequest, act, console_view, fill
from doorstep.console.conditions.editor import ConditionEditor
from doorstep.console.conditions.offers import find_offers
from doorstep.console.conditions.views import editor_context, unjudge
from doorstep.console.return_policy.forms import HolidayForm, ReasonForm, ReplayForm
from doorstep.kernel import money
from doorstep.kernel.clock import now
from doorstep.rooms.returns import api as returns

SUBJECT = "return_line"


@require_http_methods(["GET", "POST"])
@console_view("returns.view")
def holidays(request: ConsoleRequest) -> HttpResponse:
    """List holiday extensions, and add one."""
    form = HolidayForm(request.POST or None)
    is_good = request.method == "POST" and form.is_valid()
    if is_good and fill(request, form, returns.save_holiday_extension, **form.cleaned_data):
        flash.success(request, _("Saved. It counts at once."))
        return redirect("console:policy-holidays", request.store.slug)
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "extensions": returns.list_extensions()}
    return render(request, "console/return_policy/holidays.html", context, status=status)


@require_POST
@console_view("returns.policy")
def end_holiday(request: ConsoleRequest, extension_id: UUID) -> HttpResponse:
    """End an extension for orders to come."""
    done = _("Ended. Orders placed before keep it.")
    act(request, done, returns.withdraw_holiday_extension, extension_id=extension_id)
    return redirect("console:policy-holidays", request.store.slug)


@require_GET
@console_view("returns.view")
def reasons(request: ConsoleRequest) -> HttpResponse:
    """Show the tree of reasons."""
    book = returns.read_reasons()
    context = {"tree": _rows(book.all()), "is_default": all(one.id is None for one in book.all())}
    return render(request, "console/return_policy/reasons.html", context)


def _rows(found: Any) -> list[tuple[Any, int]]:
    """List reasons as a tree is read, each with its level from 0."""
    below: dict[str, list[Any]] = {}
    for one in found:
        below.setdefault(one.parent, []).append(one)

    def walk(parent: str, level: int) -> list[tuple[Any, int]]:
        listed = []
        for one in below.get(parent, []):
            listed += [(one, level), *walk(one.code, level + 1)]
        return listed

    return walk("", 0)


@require_http_methods(["GET", "POST"])
@console_view("returns.policy")
def reason(request: ConsoleRequest, code: str = "") -> HttpResponse:
    """Change a reason, or add one."""
    book = returns.read_reasons()
    found = book.find(code) if code else None
    if code and found is None:
        raise Http404
    initial: dict[str, Any] = {"fault": "shopper", "parent": request.GET.get("below", "")}
    if found is not None:
        initial = {name: getattr(found, name) for name in ReasonForm.base_fields}
        initial |= {f"words_{key}": words for key, words in found.words.items()}
    parents = [
        (one.code, "— " * level + one.words.get("en", one.code))
        for one, level in _rows(book.all())
        if level < 2 and one.code != code
    ]
    form = ReasonForm(request.POST or None, initial=initial, parents=parents)
    if found is not None:
        form.fields["code"].disabled = True
    currency = request.store.currency
    stored = dict(found.condition) if found and found.condition else {"all": []}
    editor = (
        ConditionEditor.read(request.POST, SUBJECT, currency, find_offers=find_offers)
        if ConditionEditor.was_sent(request.POST)
        else ConditionEditor.of(stored, SUBJECT, currency, find_offers=find_offers)
    )
    is_sent = request.method == "POST"
    is_saving = is_sent and not editor.is_asking and request.POST.get("do") == "save"
    if is_saving:
        editor = editor.strictly()
    if is_saving and form.is_valid() and editor.condition is not None:
        values = {name: form.cleaned_data[name] for name in ReasonForm.base_fields}
        saved = fill(
            request,
            form,
            returns.save_reason,
            words=form.words(),
            condition=editor.document,
            is_new=found is None,
            **values,
        )
        if saved:
            flash.success(request, _("Saved."))
            return redirect("console:policy-reasons", request.store.slug)
    elif is_sent and not is_saving:
        unjudge(form)
    context = {"form": form, "code": code, **editor_context(request, editor)}
    status = 422 if is_saving else 200
    return render(request, "console/return_policy/reason.html", context, status=status)


@require_POST
@console_view("returns.policy")
def move_reason(request: ConsoleRequest, code: str) -> HttpResponse:
    """Show a reason higher or lower in its group."""
    is_earlier = request.POST.get("do") == "earlier"
    act(request, _("Moved."), returns.move_reason, code=code, is_earlier=is_earlier)
    return redirect("console:policy-reasons", request.store.slug)


@require_http_methods(["GET", "POST"])
@console_view("returns.view")
def replays(request: ConsoleRequest) -> HttpResponse:
    """List replays, and begin one."""
    at, zone = now(), ZoneInfo(request.store.timezone)
    versions = returns.list_versions(at=at)
    today = at.astimezone(zone).date()
    initial = {
        "version": str(versions[0].id),
        "since": today - timedelta(days=365),
        "until": today,
        "ask_after_days": 14,
        "label_cost": 5,
    }
    listed = [(str(one.id), _version_name(one)) for one in versions]
    form = ReplayForm(request.POST or None, initial=initial, versions=listed)
    if request.method == "POST" and form.is_valid():
        since, until = form.span(zone)
        made = fill(
            request,
            form,
            returns.begin_replay,
            version_id=UUID(form.cleaned_data["version"]),
            since=since,
            until=min(until, at),
            ask_after_days=form.cleaned_data["ask_after_days"],
            label_cost_minor=money.to_minor(
                str(form.cleaned_data["label_cost"]), request.store.currency
            ),
        )
        if made:
            return redirect("console:policy-replay", request.store.slug, made)
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "replays": returns.list_replays()}
    return render(request, "console/return_policy/replays.html", context, status=status)


def _version_name(version: Any) -> str:
    if version.is_draft:
        return _("The draft, as it is now")
    named = _("Version %(number)s") % {"number": version.number}
    return f"{named} · {version.note}" if version.note else named


@require_GET
@console_view("returns.view")
def replay(request: ConsoleRequest, replay_id: UUID) -> HttpResponse:
    """Show a replay: how far it is, and what it found so far."""
    found = returns.get_replay(replay_id)
    currency = request.store.currency
    context = {
        "replay": found,
        "figures": _figures(found.totals, currency),
        "charts": _charts(found),
    }
    return render(request, "console/return_policy/replay.html", context)


_WORDS = {
    "lines": gettext_lazy("Lines asked about"),
    "accepted": gettext_lazy("May come back"),
    "refused": gettext_lazy("May not"),
    "labels": gettext_lazy("Labels, one an order"),
    "final_sale": gettext_lazy("final sale"),
    "not_offered": gettext_lazy("nothing offered"),
    "window_over": gettext_lazy("window over"),
    "refunded_minor": gettext_lazy("Refunded"),
    "credited_minor": gettext_lazy("Given as credit or goods"),
    "fees_minor": gettext_lazy("Fees kept"),
    "label_fees_minor": gettext_lazy("Fees for the way back"),
    "label_costs_minor": gettext_lazy("Labels cost"),
    "kept_minor": gettext_lazy("Worth of what shoppers keep"),
}
_MONEY = (
    "refunded_minor",
    "credited_minor",
    "fees_minor",
    "label_fees_minor",
    "label_costs_minor",
    "kept_minor",
)


def _figures(totals: dict[str, Any], own: str) -> list[dict[str, Any]]:
    """Return what was found, per group: both versions side by side."""
    names = {"returned": _("What really came back"), "assumed": _("Everything else, if asked")}
    found = []
    for group, title in names.items():
        sides = totals.get(group)
        if not sides:
            continue
        new, current = sides.get("new", {}), sides.get("current", {})
        rows = [
            {"words": _WORDS[key], "new": new.get(key, 0), "current": current.get(key, 0)}
            for key in ("lines", "accepted", "refused", "labels")
        ]
        codes = sorted({*new.get("codes", {}), *current.get("codes", {})})
        rows += [
            {
                "words": _WORDS[code],
                "is_part": True,
                "new": new.get("codes", {}).get(code, 0),
                "current": current.get("codes", {}).get(code, 0),
            }
            for code in codes
        ]
        found.append(
            {
                "title": title,
                "rows": rows,
                "money": _money_rows(new.get("money", {}), current.get("money", {}), own),
                "newly_refused": sides.get("newly_refused", 0),
                "newly_accepted": sides.get("newly_accepted", 0),
            }
        )
    return found


def _money_rows(new: dict[str, Any], current: dict[str, Any], own: str) -> list[dict[str, Any]]:
    rows = []
    for currency in sorted({*new, *current}, key=lambda one: (one != own, one)):
        for name in _MONEY:
            pair = new.get(currency, {}).get(name, 0), current.get(currency, {}).get(name, 0)
            if any(pair):
                rows.append(
                    {
                        "words": _WORDS[name],
                        "currency": currency,
                        "new": pair[0],
                        "current": pair[1],
                    }
                )
    return rows


def _charts(replay: Any) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return lines accepted by month of the order, for each version."""
    months = replay.totals.get("months", {})
    titles = {
        "new": _("Accepted by version %(number)s, by month of the order")
        % {"number": replay.version_number},
        "current": _("Accepted by version %(number)s, by month of the order")
        % {"number": replay.against_number},
    }
    charts = []
    for side, title in titles.items():
        bars = [
            (month, sum(group.get(side, 0) for group in found.values()))
            for month, found in sorted(months.items())
        ]
        if any(value for _month, value in bars):
            charts.append((title, bars))
    return charts


@require_POST
@console_view("returns.view")
def cancel(request: ConsoleRequest, replay_id: UUID) -> HttpResponse:
    """Stop a replay."""
    act(
        request,
        _("Stopped. What it found so far stays."),
        returns.cancel_replay,
        replay_id=replay_id,
    )
    return redirect("console:policy-replay", request.store.slug, replay_id)


@require_GET
@console_view("returns.view")
def lines(request: ConsoleRequest, replay_id: UUID) -> HttpResponseBase:
    """Send every line of a replay as CSV."""
    response = StreamingHttpResponse(returns.download(replay_id), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="policy-replay-{replay_id}.csv"'
    return response
