"""The door of the audiences room."""

from doorstep.rooms.audiences.actions import (
    archive_segment,
    check_segment,
    create_segment,
    edit_segment,
    restore_segment,
)
from doorstep.rooms.audiences.activity.forgetting import forget_visits
from doorstep.rooms.audiences.activity.knowing import find_visitor, sign_as_server, sign_visitor
from doorstep.rooms.audiences.activity.picks import list_recently_viewed, list_wished
from doorstep.rooms.audiences.activity.reading import list_activities, list_wishes
from doorstep.rooms.audiences.activity.recording import record_site_activities
from doorstep.rooms.audiences.activity.site_settings import (
    change_site_settings,
    get_site_settings,
    listens_to,
    renew_site_secret,
    show_site_secret,
)
from doorstep.rooms.audiences.activity.stock import find_in_stock, look_at_wishes
from doorstep.rooms.audiences.activity.visits import record_visit
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
from doorstep.rooms.audiences.reading.naming import name_segments
from doorstep.rooms.audiences.reading.segments import (
    count_per_day,
    get_segment,
    is_being_built,
    list_segments,
)
from doorstep.rooms.audiences.reading.trends import list_changes, list_trends
from doorstep.rooms.audiences.reading.uses import hold_segments, list_uses
from doorstep.rooms.audiences.rules.asking import segments_named
from doorstep.rooms.audiences.taking import take_members

__all__ = [
    "archive_segment",
    "change_site_settings",
    "check_segment",
    "count_matching",
    "count_per_day",
    "create_segment",
    "edit_segment",
    "explain_membership",
    "filter_members",
    "find_in_stock",
    "find_visitor",
    "forget_visits",
    "get_segment",
    "get_site_settings",
    "hold_segments",
    "is_being_built",
    "is_member",
    "list_activities",
    "list_changes",
    "list_member_ids",
    "list_members",
    "list_recently_viewed",
    "list_segments",
    "list_spells",
    "list_trends",
    "list_uses",
    "list_wished",
    "list_wishes",
    "listens_to",
    "look_at_wishes",
    "name_segments",
    "record_site_activities",
    "record_visit",
    "renew_site_secret",
    "restore_segment",
    "run_builds",
    "run_checks",
    "run_follow_ups",
    "run_sweeps",
    "sample_matching",
    "segments_named",
    "show_site_secret",
    "sign_as_server",
    "sign_visitor",
    "take_members",
]
