"""The door of the tracking room."""

from doorstep.rooms.tracking.recording.record_reports import check_report, record_reports

__all__ = ["check_report", "record_reports"]
