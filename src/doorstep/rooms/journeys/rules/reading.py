"""From a definition's JSON to typed values, or to a list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, cast

from doorstep.kernel.conditions.api import Condition, InvalidCondition, parse
from doorstep.rooms.journeys.contracts import DefinitionProblem
from doorstep.rooms.journeys.rules.definition import (
    FORMAT,
    MAX_STEPS,
    UNITS,
    ActionStep,
    Arm,
    BranchStep,
    BrokenStep,
    DateTrigger,
    Definition,
    EventTrigger,
    Exit,
    Goal,
    MessageStep,
    Reentry,
    SegmentTrigger,
    SplitStep,
    Step,
    Trigger,
    Unit,
    WaitDelivery,
    WaitEvent,
    WaitFor,
    WaitUntil,
    ways_on,
)

MAX_SPAN: dict[str, int] = {"minutes": 100_000, "hours": 20_000, "days": 1_100, "weeks": 160}
_KEYS = {
    "format", "name", "subject", "trigger", "filter", "order_filter", "reentry", "exits", "goal",
    "holdout_percent", "first", "steps", "summary",
}  # fmt: skip


class InvalidDefinition(Exception):
    """The definition's form is wrong; ``problems`` names each place."""

    def __init__(self, problems: list[DefinitionProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.step or 'journey'}: {p.message}" for p in problems[:5]))


class _Wrong(Exception):
    def __init__(self, field: str, message: str, mend: str) -> None:
        self.field, self.message, self.mend = field, message, mend
        super().__init__(message)


def read_definition(data: Any) -> Definition:
    """Return the definition a JSON document means.

    :raises InvalidDefinition: with every problem of form found, not only the first. Whether
        templates, segments and events exist is ``checking.py``'s question.
    """
    reader = _Reader()
    found = reader.read(data)
    if reader.problems or found is None:
        raise InvalidDefinition(reader.problems)
    return found


def read_published(data: Any) -> Definition:
    """Return a published version's definition, also when the world has changed under it.

    A step that can't be read any more stands in it as a :class:`BrokenStep`: who gets there is
    parked, everybody else goes on. A filter that can't be read lets nobody in. While an exit or a
    goal can't be read, whoever gets to a message or a deed is parked.
    """
    reader = _Reader()
    found = reader.read(data, lenient=True)
    if found is None:
        raise InvalidDefinition(reader.problems)
    return found


class _Reader:
    def __init__(self) -> None:
        self.problems: list[DefinitionProblem] = []

    def _note(self, step: str, field: str, message: str, mend: str) -> None:
        self.problems.append(DefinitionProblem(step, field, message, mend))

    def read(self, data: Any, *, lenient: bool = False) -> Definition | None:
        if not isinstance(data, Mapping):
            self._note("", "", "A journey is a JSON object.", "Begin with { and a trigger.")
            return None
        if data.get("format", FORMAT) != FORMAT:
            self._note("", "format", "This form is not known.", f'Write "format": {FORMAT}.')
        for key in sorted(map(str, set(data) - _KEYS)):
            self._note("", key[:40], f"“{key[:40]}” is not known here.", "Remove it.")
        subject = data.get("subject", "customer")
        if subject not in ("customer", "order"):
            self._note("", "subject", "A journey is about customers or orders.", "Choose one.")
            subject = "customer"
        steps = self._steps(data.get("steps", {}), subject)
        parts: dict[str, Any] = {}
        unspared = ""
        for name, read in (
            ("trigger", _trigger),
            ("reentry", _reentry),
            ("exits", _exits),
            ("goal", _goal),
            ("holdout_percent", _holdout),
            ("filter", lambda given: _condition(given, "customer", "filter")),
            ("order_filter", lambda given: _condition(given, "order", "order_filter")),
        ):
            try:
                parts[name] = read(data.get(name))
            except _Wrong as wrong:
                self._note("", wrong.field, wrong.message, wrong.mend)
                if name in ("exits", "goal"):
                    unspared = wrong.message
        first = data.get("first")
        if first is not None and (not isinstance(first, str) or first not in steps):
            self._note("", "first", "The first step does not exist.", "Name one of the steps.")
        name = str(data.get("name") or "Journey")[:200]
        if not self.problems:
            return Definition(name=name, subject=subject, first=first, steps=steps, **parts)
        if not lenient or "trigger" not in parts:
            return None
        for problem in self.problems:
            if problem.step:
                steps[problem.step] = BrokenStep(problem.step, problem.message)
        if unspared:
            # Nobody knows whom this version would have let go: all wait before what they may
            # have been spared.
            for step_id, step in steps.items():
                if isinstance(step, MessageStep | ActionStep):
                    steps[step_id] = BrokenStep(step_id, unspared)
        whole = tuple(p.message for p in self.problems if not p.step)
        parts = {key: value for key, value in parts.items() if value is not None}
        return Definition(
            name=name, subject=subject, first=first, steps=steps, problems=whole, **parts
        )

    def _steps(self, given: Any, subject: str) -> dict[str, Step]:
        if not isinstance(given, Mapping):
            self._note("", "steps", "Steps are an object by their ids.", 'Write {"id": {…}}.')
            return {}
        if len(given) > MAX_STEPS:
            self._note("", "steps", f"A journey has at most {MAX_STEPS} steps.", "Split it in two.")
            return {}
        found: dict[str, Step] = {}
        for step_id, data in given.items():
            try:
                if not isinstance(step_id, str) or not 0 < len(step_id) <= 60:
                    raise _Wrong("id", "A step's id is a short text.", "Rename it.")
                if not isinstance(data, Mapping):
                    raise _Wrong("", "A step is an object.", "Write its type.")
                found[step_id] = _step(step_id, data, subject)
            except _Wrong as wrong:
                self._note(str(step_id)[:60], wrong.field, wrong.message, wrong.mend)
        for step_id, step in found.items():
            self._ways(step_id, step, given)
        return found

    def _ways(self, step_id: str, step: Step, given: Mapping[str, Any]) -> None:
        for field, target in ways_on(step):
            if target is not None and target not in given:
                self._note(
                    step_id, field, f"It leads to “{target[:60]}”, which does not exist.",
                    "Choose an existing step or the end.",
                )  # fmt: skip


def _trigger(given: Any) -> Trigger:
    if not isinstance(given, Mapping):
        raise _Wrong("trigger", "Nothing says when somebody enters.", "Choose a trigger.")
    match given.get("type"):
        case "event":
            return EventTrigger(
                _text(given, "event", "trigger.event"), _where(given, "trigger.where")
            )
        case "segment":
            on = given.get("on", "entered")
            if on not in ("entered", "left"):
                raise _Wrong("trigger.on", "Somebody enters or leaves a segment.", "Choose one.")
            return SegmentTrigger(
                _text(given, "segment", "trigger.segment"), on, bool(given.get("include_members"))
            )
        case "date":
            days = _number(given.get("days_before", 0), "trigger.days_before", -366, 366)
            return DateTrigger(
                _text(given, "source", "trigger.source"),
                days,
                _clock(given.get("at", "09:00"), "trigger.at"),
            )
    raise _Wrong(
        "trigger.type", "This kind of trigger is not known.", "Use event, segment or date."
    )


def _reentry(given: Any) -> Reentry:
    if given is None:
        return Reentry()
    mode = given.get("mode") if isinstance(given, Mapping) else None
    if mode not in ("never", "after", "always"):
        raise _Wrong("reentry.mode", "It is not said who may come again.", "Choose one of three.")
    days = _number(given.get("days", 0), "reentry.days", 1, 3_650) if mode == "after" else 0
    return Reentry(mode, days)


def _exits(given: Any) -> tuple[Exit, ...]:
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > 20:
        raise _Wrong("exits", "Exits are a list of at most 20.", "Remove some.")
    found = []
    for nth, data in enumerate(given):
        field = f"exits[{nth}]"
        if not isinstance(data, Mapping) or ("event" in data) == ("if" in data):
            raise _Wrong(field, "An exit is an event or a condition.", "Choose one of both.")
        if "event" in data:
            event = _text(data, "event", f"{field}.event")
            found.append(Exit(event=event, where=_where(data, f"{field}.where")))
        else:
            found.append(Exit(condition=_condition(data["if"], "customer", f"{field}.if")))
    return tuple(found)


def _goal(given: Any) -> Goal | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise _Wrong("goal", "A goal is an event.", "Choose the event that counts.")
    return Goal(
        _text(given, "event", "goal.event"),
        _number(given.get("days", 30), "goal.days", 1, 366),
        bool(given.get("exits", True)),
        _where(given, "goal.where"),
    )


def _holdout(given: Any) -> int:
    return _number(given or 0, "holdout_percent", 0, 50)


def _step(step_id: str, data: Mapping[str, Any], subject: str) -> Step:
    match data.get("type"):
        case "message":
            return _message(step_id, data)
        case "wait":
            return _wait(step_id, data)
        case "branch":
            about = data.get("about", "customer")
            if about not in ("customer", "order") or (about == "order" and subject != "order"):
                raise _Wrong(
                    "about", "There is no order to ask about in this journey.", "Ask about the customer."
                )  # fmt: skip
            condition = _condition(data.get("if"), about, "if")
            if condition is None:
                raise _Wrong("if", "The branch asks nothing.", "Add a condition.")
            return BranchStep(step_id, condition, _way(data, "yes"), _way(data, "no"))
        case "split":
            return SplitStep(step_id, _arms(data.get("arms")))
        case "action":
            given = data.get("input", {})
            if not isinstance(given, Mapping):
                raise _Wrong("input", "The action's input is an object.", "Fill in its fields.")
            return ActionStep(step_id, _text(data, "action"), dict(given), _way(data, "next"))
    raise _Wrong("type", "This type of step is not known.", "Choose another one.")


def _message(step_id: str, data: Mapping[str, Any]) -> MessageStep:
    purpose = data.get("purpose", "marketing")
    if purpose not in ("service", "marketing"):
        raise _Wrong(
            "purpose",
            "A journey's message is service or marketing: what belongs to a purchase is sent by itself.",
            "Choose one of both.",
        )
    return MessageStep(
        step_id,
        _text(data, "template"),
        purpose,
        _way(data, "next"),
        topic=str(data.get("topic") or ""),
        channel=str(data.get("channel") or "best"),
        priority=_number(data.get("priority", 50), "priority", 0, 100),
    )


def _wait(step_id: str, data: Mapping[str, Any]) -> Step:
    kinds = [kind for kind in ("for", "until", "event", "delivery") if kind in data]
    if len(kinds) != 1:
        raise _Wrong(
            "", "It is not said what to wait for.", "Choose a time, an event or a delivery."
        )
    following = _way(data, "next")
    match kinds[0]:
        case "for":
            count, unit = _span(data["for"], "for")
            return WaitFor(step_id, count, unit, following)
        case "until":
            return _until(step_id, data["until"], following)
        case "event":
            count, unit = _span(data, "")
            return WaitEvent(
                step_id,
                _text(data, "event"),
                count,
                unit,
                following,
                _way(data, "otherwise"),
                _where(data, "where"),
                bool(data.get("same_order", data["event"] != "orders.order_placed")),
            )
    given = data["delivery"]
    if not isinstance(given, Mapping):
        raise _Wrong("delivery", "It is not said how long after.", "Write the days.")
    clock = given.get("at")
    return WaitDelivery(
        step_id,
        _number(given.get("days", 0), "delivery.days", 0, 730),
        None if clock is None else _clock(clock, "delivery.at"),
        _number(given.get("give_up_days", 60), "delivery.give_up_days", 1, 730),
        following,
        _way(data, "otherwise"),
    )


def _until(step_id: str, given: Any, following: str | None) -> WaitUntil:
    if not isinstance(given, Mapping):
        raise _Wrong("until", "It is not said until when.", "Choose weekdays and a time.")
    days = given.get("weekdays", [1, 2, 3, 4, 5, 6, 7])
    if not isinstance(days, list) or not days or any(d not in range(1, 8) for d in days):
        raise _Wrong("until.weekdays", "There is no weekday left.", "Choose at least one.")
    start = _clock(given.get("from", "00:00"), "until.from")
    end = _clock(given.get("to", "23:59"), "until.to")
    if start >= end:
        raise _Wrong("until.to", "The window ends before it begins.", "Choose a later end.")
    zone = given.get("zone", "recipient")
    if zone not in ("recipient", "store"):
        raise _Wrong("until.zone", "The zone is the recipient's or the store's.", "Choose one.")
    return WaitUntil(step_id, tuple(sorted(set(days))), start, end, zone, following)


def _arms(given: Any) -> tuple[Arm, ...]:
    if not isinstance(given, list) or not 2 <= len(given) <= 10:
        raise _Wrong("arms", "A split has two to ten ways.", "Add or remove some.")
    arms = []
    for nth, data in enumerate(given):
        if not isinstance(data, Mapping):
            raise _Wrong(f"arms[{nth}]", "A way is an object.", "Write its percent.")
        percent = _number(data.get("percent"), f"arms[{nth}].percent", 0, 100)
        arms.append(Arm(str(data.get("name") or f"{nth + 1}")[:60], percent, _way(data, "next")))
    if sum(arm.percent for arm in arms) != 100:
        raise _Wrong("arms", "The ways do not make 100 % together.", "Change the percents.")
    if len({arm.name for arm in arms}) != len(arms):
        raise _Wrong("arms", "Two ways have the same name.", "Rename one.")
    return tuple(arms)


def _condition(given: Any, about: str, field: str) -> Condition | None:
    if given is None or given == {}:
        return None
    try:
        return parse(given, about)
    except InvalidCondition as error:
        first = error.problems[0]
        raise _Wrong(
            f"{field}{first.path.removeprefix('$')}", first.message, "Change the condition."
        ) from None


def _way(data: Mapping[str, Any], field: str) -> str | None:
    target = data.get(field)
    if target is not None and not isinstance(target, str):
        raise _Wrong(field, "A way leads to a step's id or to null, the end.", "Choose a step.")
    return target or None


def _text(data: Mapping[str, Any], name: str, field: str = "") -> str:
    value = data.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise _Wrong(field or name, f"The {name} is missing.", "Choose one.")
    return value


def _where(data: Mapping[str, Any], field: str) -> dict[str, Any]:
    """Read what an event's fields must be; plain values only."""
    given = data.get("where", {})
    plain = (str, int, bool)
    if not isinstance(given, Mapping) or not all(
        isinstance(value, plain) or (isinstance(value, list) and all(isinstance(v, plain) for v in value))
        for value in given.values()
    ):  # fmt: skip
        raise _Wrong(field, "Fields are compared with plain values.", 'Write {"field": value}.')
    return {str(key): value for key, value in given.items()}


def _number(given: Any, field: str, low: int, high: int) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not low <= given <= high:
        raise _Wrong(field, f"It must be a whole number from {low} to {high}.", "Change it.")
    return given


def _span(given: Any, field: str) -> tuple[int, Unit]:
    units = [unit for unit in UNITS if isinstance(given, Mapping) and unit in given]
    if len(units) != 1:
        raise _Wrong(
            field or "days", "It is not said how long.", "Write minutes, hours, days or weeks."
        )
    unit = units[0]
    prefix = f"{field}." if field else ""
    return _number(given[unit], f"{prefix}{unit}", 1, MAX_SPAN[unit]), cast(Unit, unit)


def _clock(given: Any, field: str) -> time:
    try:
        hours, minutes = str(given).split(":")
        return time(int(hours), int(minutes))
    except ValueError:
        raise _Wrong(field, "It is not a time of day.", "Write it as 09:00.") from None
