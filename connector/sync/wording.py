"""The words of a message: the playbook's template filled with what is known now, and the address it goes to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from connector.decide.business_hours import add_business, parse_hours
from connector.decide.messages import EMAIL, MANAGER, MARKETING, REP, WEEKLY
from connector.playbook import Playbook
from connector.playbook.playbook import TeamMember
from connector.ports.decisions import UserFacts
from connector.ports.messages import Letter, StoredMessage
from connector.sync.hand_off import roster_of
from connector.sync.run import Run


class Colleagues(Struct, frozen=True):
    """The CRMs' users and the roster, by user id. ``marketing``: the team's own address, if one is configured."""

    users: Mapping[int, UserFacts] = field(default_factory=dict)
    roster: Mapping[int, TeamMember] = field(default_factory=dict)
    marketing: str = ""

    def member(self, user_id: int | None) -> TeamMember | None:
        """Somebody of the roster."""
        return self.roster.get(user_id) if user_id is not None else None

    def name(self, user_id: int | None) -> str:
        """As the roster says, else the CRM."""
        member, user = self.member(user_id), self._user(user_id)
        return member.name if member is not None else (user.name if user is not None else "")

    def email(self, user_id: int | None) -> str:
        """The roster's address, else the CRM's; empty when there is none."""
        member, user = self.member(user_id), self._user(user_id)
        own = member.email if member is not None else ""
        return own or (user.email if user is not None and user.email else "")

    def _user(self, user_id: int | None) -> UserFacts | None:
        return self.users.get(user_id) if user_id is not None else None

    def named(self, name: str | None) -> int | None:
        """A member's user id."""
        return next((user_id for user_id, member in self.roster.items() if member.name == name), None)

    def manager_of(self, user_id: int | None, playbook: Playbook) -> int | None:
        """The owner's manager, else whoever gets what nobody can take."""
        member = self.member(user_id)
        return self.named(member.manager if member is not None else None) or self.named(playbook.routing.fallback)

    def manager_address(self, user_id: int | None, playbook: Playbook) -> str:
        """The e-mail address of the owner's manager, else of whoever gets what nobody can take."""
        member = self.member(user_id)
        manager = member.manager if member is not None else None
        return self.address_of(manager, playbook) or self.address_of(playbook.routing.fallback, playbook)

    def address_of(self, name: str | None, playbook: Playbook) -> str:
        """A member's e-mail address; also of one who has no user in a CRM (yet): a leader need not work there."""
        written = playbook.member(name) if name else None
        return self.email(self.named(name)) or (written.email if written is not None else "")


def colleagues_of(playbook: Playbook, users: Mapping[int, UserFacts], marketing: str) -> Colleagues:
    """The roster joined with the CRMs' users."""
    return Colleagues(users, roster_of(playbook, users), marketing)


def letter_of(run: Run, message: StoredMessage, colleagues: Colleagues) -> Letter:
    """The letter; no address when the recipient has none."""
    template = run.playbook.messages.templates[message.event]
    of_person = message.event != WEEKLY
    subject, text = template.filled(_values(run, message, colleagues) if of_person else _week(run, message))
    address = _address(run, message, colleagues) if message.channel == EMAIL else ""
    return Letter(f"{message.key}.{run.company}", subject, text, address)


def _address(run: Run, message: StoredMessage, colleagues: Colleagues) -> str:
    if message.recipient == REP:
        return colleagues.email(message.user_id)
    if message.recipient == MANAGER:
        return colleagues.manager_address(message.user_id, run.playbook)
    assert message.recipient == MARKETING
    return colleagues.marketing or colleagues.address_of(run.playbook.routing.marketing_owner, run.playbook)


def _week(run: Run, message: StoredMessage) -> dict[str, str]:
    return {"company": run.company, **{key: str(value) for key, value in message.facts.items()}}


def _values(run: Run, message: StoredMessage, colleagues: Colleagues) -> dict[str, str]:
    person, facts, playbook = message.person, message.facts, run.playbook
    name = " ".join(part for part in (person["first_name"], person["last_name"]) if part)
    manager_id = colleagues.manager_of(message.user_id, playbook)
    values = {
        "company": run.company,
        "name": name or "somebody without a name",
        "title": person["title"],
        "account": person["account_name"],
        "country": person["country"],
        "grade": facts.get("grade") or person["grade"],
        "why": playbook.note.kinds.get(str(facts.get("kind")), ""),
        "score_reasons": person["published_why"],
        "note": (person["hand_off"] or {}).get("description"),
        "records": ", ".join(str(record) for record in message.records),
        "owner": colleagues.name(message.user_id),
        "manager": colleagues.name(manager_id),
        "due": _local(_zone_of(run, message, colleagues), _due_at(run, message, colleagues)),
        "reason": playbook.reason_labels.get(str(facts.get("reason")), facts.get("reason")),
        "until": _local(_zone_of(run, message, colleagues), _moment(facts.get("until"))),
        "track": facts.get("track"),
        "what": facts.get("what"),
        "missing": facts.get("missing"),
    }
    return {key: str(value) if value not in (None, "") else "" for key, value in values.items()}


def _due_at(run: Run, message: StoredMessage, colleagues: Colleagues) -> datetime | None:
    """When the first contact is due: as decided, else counted from the confirmation."""
    known = _moment(message.facts.get("due_at")) or (message.follow_up or {}).get("due_at")
    confirmed_at = (message.assignment or {}).get("confirmed_at")
    promise = run.playbook.promises.get(str(message.facts.get("promise")))
    if known is not None or confirmed_at is None or promise is None:
        return known
    member = colleagues.member(message.user_id)
    hours = member.working_hours(run.zone) if member else parse_hours("09:00-17:00", run.zone)
    start = member.back_at(confirmed_at, run.zone) if member else confirmed_at
    return add_business(start, promise.first_touch_minutes, hours)


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _zone_of(run: Run, message: StoredMessage, colleagues: Colleagues) -> ZoneInfo:
    """The time of whoever has to act; the zone is always named, as others may read it too."""
    member = colleagues.member(message.user_id)
    return (member.zone if member is not None else None) or run.zone


def _local(zone: ZoneInfo, at: datetime | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})" if at is not None else ""
