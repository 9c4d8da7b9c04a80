"""The door of the audiences room."""

from doorstep.rooms.audiences.actions import (
    archive_segment,
    check_segment,
    create_segment,
    edit_segment,
    restore_segment,
)
from doorstep.rooms.audiences.keeping.loops import (
    run_builds,
    run_checks,
    run_follow_ups,
    run_sweeps,
)
from doorstep.rooms.audiences.reading.counting import count_matching, sample_matching
from doorstep.rooms.audiences.reading.members import (
    explain_membership,
    filter_members,
    is_member,
    list_member_ids,
    list_members,
    list_spells,
)
from doorstep.rooms.audiences.reading.segments import count_per_day, get_segment, list_segments

__all__ = [
    "archive_segment",
    "check_segment",
    "count_matching",
    "count_per_day",
    "create_segment",
    "edit_segment",
    "explain_membership",
    "filter_members",
    "get_segment",
    "is_member",
    "list_member_ids",
    "list_members",
    "list_segments",
    "list_spells",
    "restore_segment",
    "run_builds",
    "run_checks",
    "run_follow_ups",
    "run_sweeps",
    "sample_matching",
]
