"""What both teams agreed on, as values: definitions, promises, reasons, tracks, the roster, routing and words.

Everything here was read from files and checked by ``connector.playbook.loading``; nothing here reads or decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from msgspec import field as fresh

from connector.decide.business_hours import WORKING_WEEK, Hours, parse_hours
from connector.decide.candidates import IdentitySettings
from connector.decide.consent import Permission
from connector.decide.cycles import Rules
from connector.decide.derive import Lists
from connector.decide.employers import NameRules
from connector.decide.expected_value import ValueRules
from connector.decide.follow_steps import Reassigning
from connector.decide.followup import Promise
from connector.decide.human_touches import TouchClock
from connector.decide.membership import Collections
from connector.decide.movement import MovementRules
from connector.decide.native_sync import NativeSyncRules
from connector.decide.nurture import Track
from connector.decide.routing import Territory
from connector.rules.conditions import Condition
from connector.rules.definitions import Definitions

ROLES = ("sdr", "ae", "manager", "csm", "partner_manager", "marketing")
"""What a colleague of the roster can be. Hand-offs go to sdr and ae."""

SIGNS = ("rejected", "sales_qualified", "working", "accepted")
"""What a status can show of sales' work, strongest first."""


class TeamMember(Struct, frozen=True):
    """One colleague. ``ids``: system -> the id that owns records there. ``zone`` is ``None``: the company's.

    ``weight``: share of the pool's hand-offs, 0 takes none. ``manager`` and ``backup`` are names in the roster.
    ``daily_max`` and ``open_unaccepted_max``: own caps instead of the routing's. ``away``: first and last day.
    ``region``: its holidays and time zone are already in ``holidays`` and ``zone``. ``paired_sdr``: makes the first
    contact for this colleague's accounts. ``only_in``: the one system they work in, if they need no user elsewhere.
    """

    name: str
    role: str
    ids: Mapping[str, str]
    email: str = ""
    hours: str = "09:00-17:00"
    zone: ZoneInfo | None = None
    weekdays: frozenset[int] = WORKING_WEEK
    holidays: frozenset[date] = frozenset()
    manager: str | None = None
    weight: int = 1
    pools: tuple[str, ...] = ("default",)
    backup: str | None = None
    daily_max: int | None = None
    open_unaccepted_max: int | None = None
    away: tuple[tuple[date, date], ...] = ()
    region: str | None = None
    skills: frozenset[str] = frozenset()
    paired_sdr: str | None = None
    only_in: str | None = None

    def working_hours(self, company_zone: ZoneInfo) -> Hours:
        """The business hours of this colleague."""
        return parse_hours(self.hours, self.zone or company_zone, self.weekdays, self.holidays)

    def back_at(self, at: datetime, company_zone: ZoneInfo) -> datetime:
        """``at`` itself, or the midnight after the absence that ``at`` lies in."""
        zone = self.zone or company_zone
        today = back = at.astimezone(zone).date()
        for first, last in sorted(self.away):
            if first <= back <= last:
                back = last + timedelta(days=1)
        return at if back == today else datetime.combine(back, time(), zone)

    def is_away(self, day: date) -> bool:
        """Whether ``day``, in the colleague's zone, lies in an absence; holidays are part of the hours."""
        return any(first <= day <= last for first, last in self.away)


class PoolSettings(Struct, frozen=True):
    """A pool's own limits; ``fallback``: a name in the roster. ``None``: those of the default pool."""

    daily_max: int | None = None
    open_unaccepted_max: int | None = None
    requires_skills: frozenset[str] = frozenset()
    fallback: str | None = None


class RoutingSettings(Struct, frozen=True):
    """Who is there when no rule of routing finds somebody, territories and pools. People by name in the roster.

    ``returning_days``: a returned lead goes to its last owner when the cycle closed less than so long ago.
    ``marketing_by_track``: who answers for a nurture track, before ``marketing_owner``. ``language_skills`` and
    ``product_skills``: a person's language or product -> the skill that it asks for; ``skills_must``: rather the
    fallback than somebody without it.
    """

    fallback: str | None = None
    marketing_owner: str | None = None
    marketing_lead: str | None = None
    partner_manager: str | None = None
    default_pool: str = "default"
    daily_max: int = 10
    open_unaccepted_max: int = 15
    hours_matter_below_minutes: int = 240
    returning_days: int = 180
    pools: Mapping[str, PoolSettings] = field(default_factory=dict)
    territories: tuple[Territory, ...] = ()
    marketing_by_track: Mapping[str, str] = field(default_factory=dict)
    language_skills: Mapping[str, str] = field(default_factory=dict)
    product_skills: Mapping[str, str] = field(default_factory=dict)
    skills_must: bool = False

    def marketing_owner_of(self, track: str | None) -> str | None:
        """Who answers for a person whom marketing keeps on this track."""
        return self.marketing_by_track.get(track or "", self.marketing_owner)

    def skills_for(self, language: str | None, product: str | None) -> frozenset[str]:
        """What a language (also as ``de-ch``) and a product ask for; a product may be several, apart by ``;``."""
        spoken = (language or "").casefold().replace("_", "-")
        found = {self.language_skills.get(spoken) or self.language_skills.get(spoken.partition("-")[0])}
        found |= {self.product_skills.get(part.strip()) for part in (product or "").casefold().split(";")}
        return frozenset(skill for skill in found if skill is not None)


class AccountSettings(Struct, frozen=True):
    """How accounts are told apart. ``private_domains`` say nothing of an employer; ``renewal_kinds``: in lower case.

    ``fallback``: an opportunity without any person belongs to the account's sole contact. ``decision_roles``: words
    that make somebody a decision maker, as ``account_structure.role_word`` forms them.
    """

    names: NameRules = field(default_factory=NameRules)
    private_domains: frozenset[str] = frozenset()
    renewal_kinds: frozenset[str] = frozenset()
    fallback: bool = False
    decision_roles: frozenset[str] = frozenset()


class Publishing(Struct, frozen=True):
    """A total that moved by less than ``move_points`` (the dead band) is not written on its own."""

    move_points: int

    @property
    def dead_band_milli(self) -> int:
        """The same in thousandths of a point."""
        return self.move_points * 1_000


class StatusSigns(Struct, frozen=True):
    """Which values of which canonical field show what of sales' work; compared without regard to case.

    ``values``: sign (see ``SIGNS``) -> canonical field -> values in lower case.
    """

    values: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    def shown_by(self, canonical_field: str, value: object) -> str | None:
        """The strongest sign that a value gives, or ``None``."""
        word = str(value).strip().casefold()
        for sign in SIGNS:
            if word in self.values.get(sign, {}).get(canonical_field, frozenset()):
                return sign
        return None


class Silence(Struct, frozen=True):
    """What happens when sales is silent: reassigning, time for a veto, time to name a reason, e-mails a CRM shows.

    ``emails_visible``: whether every system in which colleagues write shows their e-mails. Business minutes.
    """

    reassigning: Reassigning
    veto_minutes: int
    reason_minutes: int
    undecided_reason: str
    unreached_reason: str
    emails_visible: bool


class Question(Struct, frozen=True):
    """A qualifying question of the canonical field ``field``. ``answers``: the closed list, empty for any text.

    ``knock_outs``: answer -> reason that disqualifies. An answer is asked again ``stale_days`` after it was given, or
    behind the date in the field ``until``. ``asked``: whether the hand-off note asks it at all.
    """

    field: str
    text: str
    stale_days: int | None = None
    answers: tuple[str, ...] = ()
    knock_outs: Mapping[str, str] = fresh(default_factory=dict)
    asked_by: tuple[str, ...] = ()
    until: str | None = None
    asked: bool = True

    def is_stale(self, answered_at: datetime | None, until: date | None, now: datetime) -> bool:
        """Whether an answer must be asked again; ``now`` in the company's zone. One without a time stays fresh."""
        if self.until is not None:
            return until is not None and until < now.date()
        limit = self.stale_days
        return limit is not None and answered_at is not None and now - answered_at >= timedelta(days=limit)


class Note(Struct, frozen=True):
    """The words of the hand-off Task. ``subject``: a template with {grade}, {why} and {name}.

    ``kinds``: kind of hand-off -> how it is said in {why}.
    """

    subject: str
    kinds: Mapping[str, str]

    def subject_for(self, *, kind: str, grade: str | None, name: str) -> str:
        """The Task's subject."""
        return self.subject.format(grade=grade or "", why=self.kinds.get(kind, kind), name=name).strip()


class MessageTemplate(Struct, frozen=True):
    """How one event is told. ``to``: who hears of it, where the configuration does not say otherwise."""

    to: tuple[str, ...]
    subject: str
    text: str

    def filled(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Subject (one line) and text; the fields were checked when the file was read."""
        lines = (line.rstrip() for line in self.text.format_map(values).strip().splitlines())
        return " ".join(self.subject.format_map(values).split()), "\n".join(lines)


class Messages(Struct, frozen=True):
    """Event -> template, and how old a message may be when it goes out."""

    templates: Mapping[str, MessageTemplate] = field(default_factory=dict)
    age_max: timedelta = timedelta(hours=24)


class Playbook(Struct, frozen=True):
    """Everything agreed, of one company, at one load.

    ``ladder``: stage, or ``sales_qualified``, -> the word for the canonical field ``lifecycle``; empty when nothing
    writes it. ``collections``: system -> its lists or campaigns. ``track_conditions``: of the entries that
    have one. ``reason_labels``: code -> what people read.
    ``questions``: in the order in which they are asked. ``body``: the merged documents by file name, JSON-able;
    ``digest`` names them.
    """

    definitions: Definitions
    rules: Rules
    lists: Lists
    identity: IdentitySettings
    accounts: AccountSettings
    own_domains: frozenset[str]
    tracks: tuple[Track, ...]
    permission: Permission
    promises: Mapping[str, Promise]
    team: tuple[TeamMember, ...]
    routing: RoutingSettings
    sales_roles: frozenset[str]
    marketing_roles: frozenset[str]
    ladder: Mapping[str, str]
    signs: StatusSigns
    note: Note
    questions: tuple[Question, ...]
    messages: Messages
    reason_labels: Mapping[str, str]
    digest: str
    body: Mapping[str, Any]
    silence: Silence
    native_sync: NativeSyncRules = field(default_factory=NativeSyncRules)
    collections: Mapping[str, Collections] = field(default_factory=dict)
    value: ValueRules = field(default_factory=ValueRules)
    track_conditions: Mapping[str, Condition] = field(default_factory=dict)
    touch_clock: TouchClock = field(default_factory=TouchClock)
    movement: MovementRules = field(default_factory=MovementRules)

    @property
    def can_route(self) -> bool:
        """Whether anybody can be handed to. Without a team nobody can: such a company may only observe."""
        return bool(self.team)

    @property
    def fields_used(self) -> frozenset[str]:
        """The person facts that scoring and stages read; the history of just these is recorded."""
        return frozenset(self.definitions.fields)

    @property
    def publish(self) -> Publishing:
        """When a score is written for its own sake."""
        return Publishing(self.definitions.scoring.publish_points)

    def member(self, name: str) -> TeamMember | None:
        """A colleague by name."""
        return next((member for member in self.team if member.name == name), None)

    def member_of(self, system: str, owner_id: str) -> TeamMember | None:
        """A colleague by the id that owns records in a system."""
        return next((member for member in self.team if member.ids.get(system) == owner_id), None)
