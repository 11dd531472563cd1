"""Sending the messages that decisions have left: each one once, after its assignment is confirmed.

The intent is committed before a letter leaves and the outcome after: a crash in between leaves a message whose fate is
not known, and such a message is never sent again. No failure here stops a run; it becomes a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector.decide.messages import EMAIL, Standing, Verdict, judge
from connector.errors import LeadloopError
from connector.ports.findings import Finding, FindingStore
from connector.ports.messages import Channel, Delivered, Delivery, Letter, MessageStore, StoredMessage
from connector.sync.run import Run
from connector.sync.telling import may_tell
from connector.sync.wording import Colleagues, letter_of

CHUNK = 500
POSTPONED = timedelta(minutes=4)
"""A message that certainly did not arrive is tried again by the next run; runs are minutes apart."""
LOOKED_BACK = timedelta(days=7)
FINAL = {Delivery.SENT: "sent", Delivery.REFUSED: "failed", Delivery.UNKNOWN: "unknown"}
REMEDIES = {
    "failed": "check the address in config.toml and whether the other side still takes messages",
    "unknown": "it may or may not have arrived and is not sent again; look at the channel",
    "expired": "they waited too long to be of use; check that the channel can be reached",
}


@dataclass
class Told:
    """What a run told: messages sent, failed for good, of unknown fate, and left for later."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0


Open = Callable[[str], Channel]
"""Opens a channel by its name; raises a ``LeadloopError`` when its secret is missing."""


@dataclass
class Postman:
    """One round of sending. A channel that is down is left alone for the rest of the round."""

    run: Run
    store: MessageStore
    open_channel: Open
    colleagues: Colleagues
    channels: dict[str, Channel] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    told: Told = field(default_factory=Told)

    def round(self) -> None:
        """Every pending message once."""
        try:
            self._round()
        finally:
            for channel in self.channels.values():
                channel.close()

    def _round(self) -> None:
        now, last = self.run.clock.now(), None
        while batch := self.store.pending(self.run.company_id, now, last, CHUNK):
            last = batch[-1]
            over: dict[Verdict, list[str]] = {Verdict.ENDED: [], Verdict.EXPIRED: []}
            for message in batch:
                self._look_at(message, over, now)
            for verdict, keys in over.items():
                self.store.settle(self.run.company_id, keys, verdict.value, now)

    def _look_at(self, message: StoredMessage, over: dict[Verdict, list[str]], now: datetime) -> None:
        verdict = judge(_standing(message), now, self.run.playbook.messages.age_max)
        if verdict in over:
            over[verdict].append(message.key)
        elif verdict is Verdict.WAIT or message.channel in self.down:
            self.told.waiting += 1
        else:
            self._send(message)

    def _send(self, message: StoredMessage) -> None:
        company, clock = self.run.company_id, self.run.clock
        letter = letter_of(self.run, message, self.colleagues)
        if message.channel == EMAIL and not letter.address:
            self.store.settle(company, [message.key], "failed", clock.now(), "no_address")
            self.told.failed += 1
            return
        channel = self._channel(message.channel)
        if channel is None:
            self.told.waiting += 1
            return
        self.store.intend(company, message.key, clock.now())
        self._keep(message, _deliver(channel, letter))

    def _keep(self, message: StoredMessage, done: Delivered) -> None:
        company, now = self.run.company_id, self.run.clock.now()
        if done.channel_down:
            self.down.add(message.channel)
        if done.outcome is Delivery.NOT_SENT:
            self.told.waiting += 1
            self.store.postpone(company, message.key, now + POSTPONED, done.code)
            return
        state = FINAL[done.outcome]
        setattr(self.told, state, getattr(self.told, state) + 1)
        self.store.settle(company, [message.key], state, now, done.code)

    def _channel(self, name: str) -> Channel | None:
        if name not in self.channels:
            try:
                self.channels[name] = self.open_channel(name)
            except LeadloopError:
                self.down.add(name)
                return None
        return self.channels[name]


def tell(
    run: Run, store: MessageStore, findings: FindingStore, open_channel: Open, colleagues: Callable[[], Colleagues]
) -> Told:
    """Send what may be sent now; nothing where no channel is configured or no level allows it."""
    if not run.addressing.by_event:
        return Told()
    left = store.interrupted(run.company_id, run.clock.now())
    if not may_tell(run):
        return Told(unknown=left)
    postman = Postman(run, store, open_channel, colleagues())
    postman.round()
    postman.told.unknown += left
    _report(run, store, findings, postman.down)
    if postman.told.sent:
        run.note(f"{run.company}: {postman.told.sent} messages sent")
    return postman.told


def _deliver(channel: Channel, letter: Letter) -> Delivered:
    try:
        return channel.send(letter)
    except Exception as error:
        # What a channel did not foresee may have happened after the letter left.
        return Delivered(Delivery.UNKNOWN, type(error).__name__, channel_down=True)


def _standing(message: StoredMessage) -> Standing:
    assignment, clock, touch = message.assignment or {}, message.follow_up or {}, message.touch or {}
    return Standing(
        event=message.event,
        at=message.at,
        confirmed_at=assignment.get("confirmed_at"),
        until=assignment.get("until"),
        told_only=bool(message.facts.get("told_only")),
        clock_state=clock.get("state"),
        touched_at=touch.get("touched_at") or clock.get("touched_at"),
        touch_state=touch.get("state"),
        missed_at=clock.get("missed_at"),
    )


def _report(run: Run, store: MessageStore, findings: FindingStore, down: set[str]) -> None:
    """One finding per channel and state of the last week, and one per channel that cannot be reached now."""
    now: datetime = run.clock.now()
    found: dict[str, Finding] = {}
    for counted in store.counts(run.company_id, now - LOOKED_BACK):
        if counted.state in REMEDIES:
            name = f"message_{counted.state}:{counted.channel}"
            before = found[name].count if name in found else 0
            code = f" ({counted.code})" if counted.code else ""
            remedy = _remedy(counted.state, counted.code) + code
            found[name] = Finding(name, "warning", f"message_{counted.state}", remedy, before + counted.count)
    for channel in sorted(down):
        name = f"message_channel:{channel}"
        remedy = f"the channel cannot be reached or its secret is not set; check {channel} in [companies.*.messages]"
        found[name] = Finding(name, "warning", "message_channel", remedy, 1)
    _settle_others(run, findings, found, now)


def _remedy(state: str, code: str) -> str:
    if code == "no_address":
        return "write the colleague's email in team.toml, or marketing in [companies.*.messages]"
    return REMEDIES[state]


def _settle_others(run: Run, findings: FindingStore, found: Mapping[str, Finding], now: datetime) -> None:
    for finding in found.values():
        findings.report(run.company_id, finding, now)
    for known in findings.open_findings(run.company_id):
        if known.code.startswith("message_") and known.name not in found:
            findings.settle(run.company_id, known.name, now)
