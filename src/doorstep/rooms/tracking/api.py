"""The door of the tracking room."""

from doorstep.rooms.tracking.actions import (
    SUBSTATUSES,
    map_code,
    record_checkpoint_by_hand,
    report_not_found,
    settle_parcel,
)
from doorstep.rooms.tracking.clocks.settings import list_clocks, set_clocks
from doorstep.rooms.tracking.clocks.sweep import check_store
from doorstep.rooms.tracking.reading.deliveries import list_delivered, list_deliveries
from doorstep.rooms.tracking.reading.details import TRACKED_OF_ORDER, get_progress, list_progress
from doorstep.rooms.tracking.reading.figures import (
    NEEDS_PERSON,
    count_by_day,
    count_troubles,
    on_time_rate,
)
from doorstep.rooms.tracking.reading.lists import (
    count_trackers,
    list_trackers,
    list_unknown_codes,
)
from doorstep.rooms.tracking.reading.numbers import NumberStep, find_steps
from doorstep.rooms.tracking.recording.record_reports import check_report, record_reports
from doorstep.rooms.tracking.telling.choices import (
    choose_updates,
    get_told_steps,
    get_update_choice,
    set_told_steps,
)

__all__ = [
    "NEEDS_PERSON",
    "SUBSTATUSES",
    "TRACKED_OF_ORDER",
    "NumberStep",
    "check_report",
    "check_store",
    "choose_updates",
    "count_by_day",
    "count_trackers",
    "count_troubles",
    "find_steps",
    "get_progress",
    "get_told_steps",
    "get_update_choice",
    "list_clocks",
    "list_delivered",
    "list_deliveries",
    "list_progress",
    "list_trackers",
    "list_unknown_codes",
    "map_code",
    "on_time_rate",
    "record_checkpoint_by_hand",
    "record_reports",
    "report_not_found",
    "set_clocks",
    "set_told_steps",
    "settle_parcel",
]
