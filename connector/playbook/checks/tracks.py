"""Gaps between grades, promises, reasons and tracks: what is promised to nobody, and who would be on no track.

Tracks are tried on every combination of stage, grade, motion and recycle that can be, so what it says is exact.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from connector.decide.cycles import Reason
from connector.decide.nurture import TrackFacts, track_for
from connector.model import Disposition, Motion, Stage
from connector.playbook.checks.findings import File, Finding
from connector.playbook.playbook import Playbook

ON_A_TRACK = (Stage.SUSPECT, Stage.LEAD, Stage.QUALIFIED_LEAD, Stage.CUSTOMER)
"""Prospects are with sales; a name is on none."""


def check_promises(playbook: Playbook, file: File) -> Iterator[Finding]:
    """Grades that nobody promised anything for, and promises that contradict themselves."""
    grades = [grade.name for grade in playbook.definitions.scoring.grades]
    hand_off = playbook.rules.hand_off_grade
    for better in grades[: grades.index(hand_off)]:
        said = f"grade {better} is better than {hand_off} and has no promise: nobody of it is handed off"
        yield file.error("hand_off", "grade", said)
    for name, promise in sorted(playbook.promises.items()):
        table = f"promises.{name}"
        touch = promise.first_touch_minutes
        if promise.remind_minutes is not None and promise.remind_minutes >= touch:
            said = (
                f"the reminder comes after {promise.remind_minutes} minutes, when the {touch} of the promise are over"
            )
            yield file.warning(table, "remind_minutes", said)
        if promise.reassign_minutes is not None and promise.reassign_minutes < touch:
            said = (
                f"it is taken away after {promise.reassign_minutes} minutes, before the {touch} of the promise are over"
            )
            yield file.error(table, "reassign_minutes", said)
        if promise.attempts and promise.attempts_within_minutes is None:
            yield file.warning(table, "attempts", f"{promise.attempts} attempts are promised, but not within what time")
        within = promise.attempts_within_minutes
        if within is not None and within < touch:
            said = f"all attempts are due within {within} minutes, the first one only within {touch}"
            yield file.error(table, "attempts_within_minutes", said)


def check_reasons(playbook: Playbook, file: File) -> Iterator[Finding]:
    """Reasons whose people would not come back, or have no time to wait."""
    raw = playbook.body["followup.toml"]["reasons"]
    tracks = {track.name: track for track in playbook.tracks}
    for code, reason in sorted(playbook.rules.reasons.items()):
        if reason.kind != "recycle":
            continue
        if "cooldown_days" not in raw[code]:
            yield file.warning(f"reasons.{code}", "cooldown_days", "missing: no date ever brings these people back")
        elif not reason.cooldown_days and not _ends_early(reason):
            yield file.note(f"reasons.{code}", "cooldown_days", "only a hand-raise brings these people back")
        track = tracks.get(reason.track or "")
        if track is not None and track.entry.channel_allowed is False:
            said = f'"{track.name}" only takes people who may not be contacted, and nobody else'
            yield file.error(f"reasons.{code}", "track", said)


def _ends_early(reason: Reason) -> bool:
    return bool(reason.signal_breaks or reason.rise_milli or reason.change_breaks or reason.colleague_breaks)


def check_tracks(playbook: Playbook, file: File) -> Iterator[Finding]:
    """Tracks that nobody ever enters, and people who would be on none."""
    entered: set[str] = set()
    without: set[str] = set()
    for facts in _everybody(playbook):
        entered |= _taken_by(facts, playbook)
        if (
            track_for(facts, playbook.tracks) is None
            and facts.motion is Motion.NEW_BUSINESS
            and facts.channel_allowed
            and not facts.former_customer
        ):
            grade = f" with grade {facts.grade}" if facts.grade else ""
            reason = f" recycled for {facts.reason}" if facts.reason else ""
            without.add(f"{facts.stage.value}{grade}{reason}")
    for track in playbook.tracks:
        if track.name not in entered:
            said = f'nobody ever enters "{track.name}": its entry never holds, or an earlier track takes everybody'
            yield file.warning(f"tracks.{track.name}", "entry", said)
    for group in sorted(without):
        yield file.error("tracks", "", f"a {group} would be on no track")


def _taken_by(facts: TrackFacts, playbook: Playbook) -> set[str]:
    """The tracks that may take such a person: with no condition of a track's own holding, and with each of them."""
    holding = [frozenset[str](), *(frozenset({name}) for name in playbook.track_conditions)]
    found = (track_for(replace(facts, conditions=conditions), playbook.tracks) for conditions in holding)
    return {track.name for track in found if track is not None}


def _everybody(playbook: Playbook) -> Iterator[TrackFacts]:
    recycling = [reason for reason in playbook.rules.reasons.values() if reason.kind == "recycle"]
    grades = [grade.name for grade in playbook.definitions.scoring.grades]
    for stage in ON_A_TRACK:
        for grade in grades if stage is Stage.QUALIFIED_LEAD else [None]:
            for motion in Motion:
                for allowed, former in ((True, False), (True, True), (False, False)):
                    yield TrackFacts(
                        stage, grade, Disposition.OPEN, motion=motion, channel_allowed=allowed, former_customer=former
                    )
    for reason in recycling:
        for stage in (Stage.LEAD, Stage.SUSPECT):
            yield TrackFacts(
                stage, None, Disposition.RECYCLED, reason=reason.code, recycle_track=reason.track, channel_allowed=True
            )
