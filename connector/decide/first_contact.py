"""What to do with a field that was never agreed: adopt, fill, let a side win, or hold.

A CRM that was in use for years is met with respect (ARCHITECTURE 2.2): what is there and equal is adopted, a
blank is filled where the policy allows it, and where the sides differ the field's own setting decides. Held
fields are one finding per field with a count, not one conflict per record.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from msgspec import Struct


class FirstMeeting(Enum):
    """What follows from meeting a field for the first time with unequal values."""

    ADOPT = "adopted"
    FILL = "filled"
    OVERWRITE = "first contact"
    HOLD = "held"


class Meeting(Struct, frozen=True):
    """An unequal pair met for the first time.

    ``system`` is where the other value lives, ``master`` the policy's master (``None`` without one), ``setting`` the
    field's ``first_contact``: a system's name, ``newest``, ``hold``, or empty for the master's word.
    """

    system: str
    ours_blank: bool
    theirs_blank: bool
    master: str | None
    blank_gives_way: bool
    setting: str = ""
    ours_at: datetime | None = None
    theirs_at: datetime | None = None


def meet(meeting: Meeting) -> FirstMeeting:
    """The first word about an unequal field."""
    in_master = meeting.system == meeting.master
    if meeting.ours_blank:
        return FirstMeeting.ADOPT
    if meeting.theirs_blank:
        return FirstMeeting.FILL if not in_master or meeting.blank_gives_way else FirstMeeting.ADOPT
    if in_master:
        return FirstMeeting.ADOPT
    return _by_setting(meeting)


def _by_setting(meeting: Meeting) -> FirstMeeting:
    if meeting.setting == "":
        return FirstMeeting.HOLD if meeting.master is None else FirstMeeting.OVERWRITE
    if meeting.setting == "hold":
        return FirstMeeting.HOLD
    if meeting.setting == "newest":
        return _newest(meeting)
    return FirstMeeting.ADOPT if meeting.setting == meeting.system else FirstMeeting.OVERWRITE


def _newest(meeting: Meeting) -> FirstMeeting:
    if meeting.ours_at is None or meeting.theirs_at is None:
        return FirstMeeting.HOLD
    return FirstMeeting.OVERWRITE if meeting.ours_at > meeting.theirs_at else FirstMeeting.ADOPT
