"""Rows of the tracking room, ready to be written in sets."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.tracking.recording.desk import Desk
from doorstep.rooms.tracking.recording.numbers import Known
from doorstep.rooms.tracking.rules.steps import Step


def all_columns(row: Model) -> dict[str, Any]:
    """Return a new row with all its columns; their defaults live in the code, not the database."""
    return {str(f.column): getattr(row, f.attname) for f in row._meta.concrete_fields}


def number_row(one: Known, is_linked: bool) -> dict[str, Any]:
    """Return the row of a new number.

    :param is_linked: a report named it, not the merchant.
    """
    return {
        "id": one.id,
        "store_id": current_store_id(),
        "tracker_id": one.tracker_id,
        "carrier": one.carrier,
        "number": one.number,
        "generation": one.generation,
        "counts_from": one.counts_from,
        "is_linked": is_linked,
    }


def step_row(
    step: Step, number: Known | None, *, source: str, carrier: str, desk: Desk
) -> dict[str, Any]:
    """Return the row of a step that came by a number; by none where a person told it."""
    return {
        "id": new_id(),
        "store_id": desk.store.id,
        "tracker_id": number.tracker_id if number else None,
        "number_id": number.id if number else None,
        "dedupe_key": step.dedupe_key,
        "at": step.at,
        "occurred_as_told": step.told,
        "is_clock_off": step.is_clock_off,
        "is_date_only": step.is_date_only,
        "received_at": desk.at,
        "status": step.status,
        "substatus": step.substatus,
        "is_correction": step.is_correction,
        "source": source,
        "carrier": carrier,
        "code": step.code,
        "description": step.description,
        "city": step.city,
        "region": step.region,
        "postal_code": step.postal_code,
        "country": step.country,
        "external_id": step.external_id,
        "recorded_by": "",
        "raw": step.raw,
    }
