"""What sales did and said about one person, read from what is stored: touches, answers, statuses, ownership."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from connector.clock import from_micros
from connector.decide.business_hours import Hours
from connector.decide.cycles import Response, WorkSigns
from connector.decide.followup import Promise, Touch
from connector.decide.unreached import Proposal, proposal, tried
from connector.ports.decisions import SALES_STATUS, LinkState, PersonFacts
from connector.sync.authors import MACHINE, OWNER_FIELD, PERSON, author_of
from connector.sync.surroundings import Surroundings, sales_link, sales_touches

ANSWER, REASON, NOTE = "sales_response", "reject_reason", "reject_note"
A_DATE = re.compile(r"\b(\d{4}-\d{2}-\d{2})\b")
USUAL_PROMISE = "by_score"
"""What is asked of sales where nothing was promised: people that they worked before we came."""


def touches_of(facts: PersonFacts, around: Surroundings) -> tuple[Touch, ...]:
    """Touches by sales, and what the person answered."""
    replies = [touch for touch in facts.touches if touch.signal == "reply" and touch.at <= around.now]
    made = [Touch(t.signal, t.at, True, t.source_key, t.kind or "") for t in sales_touches(facts, around)]
    return (*made, *(Touch(t.signal, t.at, False, t.source_key) for t in replies))


def promise_of(facts: PersonFacts, around: Surroundings) -> Promise:
    """The promise that came with the current hand-off."""
    name = facts.assignment["promise"] if facts.assignment is not None else None
    return around.playbook.promises[name or USUAL_PROMISE]


def unreached(facts: PersonFacts, around: Surroundings, hours: Hours) -> Proposal | None:
    """The recycle that is proposed to the rep because every attempt was in vain."""
    if facts.assignment is None:
        return None
    said = response_of(facts, around)
    return proposal(
        touches_of(facts, around),
        promise_of(facts, around),
        facts.assignment["at"],
        said.at if said is not None and said.accepted else None,
        hours=hours,
        now=around.now,
        veto_minutes=around.playbook.silence.veto_minutes,
    )


def response_of(facts: PersonFacts, around: Surroundings) -> Response | None:
    """The rep's answer since the hand-off; where both CRMs have one, that of sales' system goes first."""
    since = facts.row["handed_off_at"]
    answers = [(link, at) for link in facts.links if (at := answered_at(link)) is not None]
    fresh = [(link, at) for link, at in answers if since is None or at >= since]
    if not answers:
        return None
    sales = sales_link(facts, around)
    system = sales.ref.system if sales is not None else None
    link, at = max(fresh or answers, key=lambda each: (each[0].ref.system == system, each[0].is_primary, each[1]))
    accepted = link.mapped[ANSWER] == "accepted"
    reason = None if accepted else _said(facts, link, REASON)
    until = None if accepted else _stated_date(_said(facts, link, NOTE), at, around)
    return Response(accepted, at, str(reason) if reason else None, until)


def answered_at(link: LinkState) -> datetime | None:
    """When a record's answer was given; ``None`` where it has none. Another reason is another rejection."""
    answer = link.mapped.get(ANSWER)
    if answer not in ("accepted", "rejected") or ANSWER not in link.stamps:
        return None
    names = (ANSWER, REASON) if answer == "rejected" and link.mapped.get(REASON) else (ANSWER,)
    return from_micros(max(link.stamps[name] for name in names if name in link.stamps))


def _said(facts: PersonFacts, link: LinkState, name: str) -> Any:
    """From the record with the answer, else what the person's records say together."""
    return link.mapped.get(name) or (facts.row["extra"] or {}).get(name)


def _stated_date(note: Any, after: datetime, around: Surroundings) -> datetime | None:
    """The first date in the note that lies ahead, as in "again 2027-03-01": it goes before any cool-down."""
    for text in A_DATE.findall(str(note or "")):
        try:
            at = datetime.combine(date.fromisoformat(text), time(), around.hours.zone)
        except ValueError:
            continue
        if at > after:
            return at
    return None


def signs_of(facts: PersonFacts, around: Surroundings, since: datetime | None) -> WorkSigns:
    """Signs of sales' work since then, by touches, statuses and ownership."""
    touches = [touch for touch in sales_touches(facts, around) if since is None or touch.at >= since]
    held = [touch.at for touch in touches if touch.signal == "meeting_held"]
    said = [*_statuses(facts, around, since), *_taken(facts, around, since)]
    return WorkSigns(
        accepted_at=_first(at for sign, at in said if sign == "accepted"),
        working_at=_first(at for sign, at in said if sign == "working"),
        sales_qualified_at=_first([*held[:1], *(at for sign, at in said if sign == "sales_qualified")]),
        rejected_at=_first(at for sign, at in said if sign == "rejected"),
        first_touch_at=touches[0].at if touches else None,
        second_touch_at=touches[1].at if len(touches) > 1 else None,
        tried=tried(touches_of(facts, around), promise_of(facts, around), since or around.now, around.now),
    )


def _statuses(facts: PersonFacts, around: Surroundings, since: datetime | None) -> Iterable[tuple[str, datetime]]:
    """Signs that the primary records' statuses give, and since when; those from before ``since`` say nothing new."""
    playbook = around.playbook
    for touch in facts.touches:
        if touch.signal == SALES_STATUS and touch.at <= around.now and (since is None or touch.at > since):
            sign = playbook.signs.shown_by(touch.kind or "", touch.asset)
            if sign is not None:
                yield sign, touch.at
    for link in facts.links:
        for name in ("sf_status", "hs_lead_status"):
            word = link.mapped.get(name)
            if not link.is_primary or not word or name not in link.stamps:
                continue
            author = author_of(link, name)
            if author is not None and author[0] == MACHINE:
                continue
            by_person = author is not None and author[0] == PERSON
            at = from_micros(author[1] if author is not None and by_person else link.stamps[name])
            sign = playbook.signs.shown_by(name, word)
            if sign is not None and (since is None or at > since):
                yield sign, at


def _taken(
    facts: PersonFacts, around: Surroundings, since: datetime | None
) -> Iterable[tuple[str, datetime]]:  # fmt: skip
    """Somebody in sales made the person theirs by hand: that is an acceptance (PLAYBOOK 9.1)."""
    assigned = facts.assignment["owner_id"] if facts.assignment else None
    for link in facts.links:
        author = author_of(link, OWNER_FIELD)
        if not link.is_primary or author is None or author[0] != PERSON or link.owner_id in (None, assigned):
            continue
        at = from_micros(author[1])
        if link.owner_id in around.sales and (since is None or at > since):
            yield "accepted", at


def _first(times: Iterable[datetime]) -> datetime | None:
    return min(times, default=None)
