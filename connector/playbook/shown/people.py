"""Questions, tracks, routing, promises and reasons in plain English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connector.decide.cycles import Reason
from connector.decide.followup import Promise
from connector.decide.nurture import EMAIL, Entry, HumanTouch, Tactic, Track
from connector.playbook.playbook import Playbook
from connector.playbook.shown.item import Item
from connector.playbook.shown.words import business_time, counted, listed, plain
from connector.rules.english import outline

PROMISED = {
    "hand_raise": "somebody who asked for contact",
    "by_score": "somebody who is ready by score",
    "returned": "somebody who came back from marketing",
    "growth": "a customer or former customer who asks for more",
}


def questions(playbook: Playbook) -> Iterator[Item]:
    """The qualifying questions."""
    for question in playbook.questions:
        answers = ", ".join(question.answers) if question.answers else "any text"
        holds = f"until the date in {plain(question.until)}" if question.until else ""
        if question.stale_days is not None:
            holds = f"for {counted(question.stale_days, 'day')}, then it is asked again"
        lines = [f"answers: {answers}", f"an answer holds {holds}"]
        lines.append(f"asked by {listed(question.asked_by, 'or')}" if question.asked else "never asked")
        for answer, reason in question.knock_outs.items():
            lines.append(f'"{answer}" disqualifies: {playbook.reason_labels.get(reason, reason)}')
        yield Item(question.field, question.text, tuple(lines))


def tracks(playbook: Playbook) -> Iterator[Item]:
    """The nurture tracks by priority."""
    for track in playbook.tracks:
        cadence = f", every {counted(track.cadence_days, 'day')}" if track.cadence_days else ""
        lines = [f"for: {_entry(track, playbook.rules.reasons)}", f"answers for them: {plain(track.accountable)}"]
        lines += [f"task for a colleague: {_touch(touch)}" for touch in track.touches]
        if track.exit.days:
            grades = listed(sorted(track.exit.grades), "or")
            lines.append(f"with grade {grades} it ends only after {counted(track.exit.days, 'day')}")
        condition = playbook.track_conditions.get(track.name)
        if condition is not None:
            lines += ["only when", *outline(condition)]
        sent = ", then ".join(_tactic(tactic) for tactic in track.tactics) if track.cadence_days else ""
        yield Item(track.name, f"{sent or track.step or 'nothing is sent'}{cadence}", tuple(lines))


def _tactic(tactic: Tactic) -> str:
    by = "" if tactic.channel == EMAIL else f" by {tactic.channel}"
    asset = f" ({tactic.asset})" if tactic.asset else ""
    return f"{tactic.text}{asset}{by}"


def _entry(track: Track, reasons: Mapping[str, Reason]) -> str:
    entry: Entry = track.entry
    parts: list[str] = []
    if entry.stages:
        parts.append(f"stage {listed(sorted(entry.stages), 'or')}")
    if entry.grades:
        parts.append(f"grade {listed(sorted(entry.grades), 'or')}")
    if entry.motions:
        parts.append(f"motion {listed(sorted(entry.motions), 'or')}")
    if entry.channel_allowed is not None:
        parts.append("a channel is allowed" if entry.channel_allowed else "no channel is allowed")
    if entry.former_customer is not None:
        parts.append("a former customer" if entry.former_customer else "not a former customer")
    codes = [code for code, reason in reasons.items() if reason.track == track.name and reason.kind == "recycle"]
    recycled = f"recycled for {listed(codes, 'or')}" if codes else ""
    plain_entry = " and ".join(parts)
    return "; or ".join(part for part in (plain_entry, recycled) if part)


def _touch(touch: HumanTouch) -> str:
    if touch.before_contract_end_days is not None:
        first = f"{counted(touch.before_contract_end_days, 'day')} before the contract ends"
    elif touch.at_recycle_until:
        first = "when the cool-down ends"
    elif touch.first_business_days is not None:
        first = f"within {counted(touch.first_business_days, 'business day')}"
    else:
        first = f"after {counted(touch.first_days or 0, 'day')}"
    every = ""
    if touch.times > 1:
        gap = counted(touch.every_business_days or 0, "business day")
        gap = gap if touch.every_business_days else counted(touch.every_days or 0, "day")
        every = f", {touch.times} times, every {gap}"
    phone = " (where calling is allowed" if touch.needs_phone else ""
    if phone:
        phone += f"; else {touch.without_phone})" if touch.without_phone else ")"
    pool = f", by the pool {touch.pool}" if touch.pool else ""
    return f"{touch.text} {first}{every}{phone}{pool}"


def routing(playbook: Playbook) -> Iterator[Item]:
    """Who gets a hand-off, in order; then territories, pools, skills and marketing's owners."""
    settings = playbook.routing
    steps = (
        ("opportunity", "the owner of the open opportunity of the person, then of the account"),
        ("partner", f"people of partners: {settings.partner_manager or 'nobody is named'}"),
        ("customer", "customers: who looks after them, else the account's owner"),
        ("account", "the account's owner, if active and in sales, or the SDR paired with them"),
        ("returning", f"the last sales owner, if given back less than {settings.returning_days} days ago"),
        ("colleague", "a colleague who holds another open lead of the account"),
        ("present", "the present owner, if active, in sales and not given by us"),
        ("territory", "the pool of the first territory that fits" if settings.territories else "no territory is named"),
        (
            "pool",
            f'the pool "{settings.default_pool}": weighted round robin; each at most {settings.daily_max} a day and '
            f"{settings.open_unaccepted_max} that are not accepted yet; nobody who is away",
        ),
        ("fallback", f"the fallback: {settings.fallback or 'nobody is named yet'}"),
        ("marketing", f"whom marketing keeps: {settings.marketing_owner or 'the marketing team'}"),
    )
    for name, text in steps:
        yield Item(name, text)
    for territory in settings.territories:
        yield Item(f"territory {territory.name}", f"to the pool {territory.pool} when", tuple(outline(territory.when)))
    for name, way in _pools(playbook):
        yield Item(f"pool {name}", way)
    for track, owner in sorted(settings.marketing_by_track.items()):
        yield Item(f"marketing {track}", owner)
    for word, skill in sorted({**settings.language_skills, **settings.product_skills}.items()):
        yield Item(f"skill {skill}", f"asked for by {word}")


def _pools(playbook: Playbook) -> Iterator[tuple[str, str]]:
    pools: dict[str, list[str]] = {}
    for member in playbook.team:
        if member.role in playbook.sales_roles and member.weight > 0:
            for name in member.pools:
                pools.setdefault(name, []).append(f"{member.name} ({member.weight})")
    for name, members in sorted(pools.items()):
        yield name, ", ".join(members)


def promises(playbook: Playbook) -> Iterator[Item]:
    """The follow-up promises."""
    for name, promise in playbook.promises.items():
        yield Item(name, PROMISED.get(name, plain(name)), tuple(_promise(promise)))
    yield Item("touch", "human touches of nurture tracks, once they are due", tuple(_touch_promise(playbook)))


def _touch_promise(playbook: Playbook) -> Iterator[str]:
    clock, lead = playbook.touch_clock, playbook.routing.marketing_lead
    yield f"made, or its task ticked off, within {business_time(clock.promised_minutes)}"
    yield f"without it the owner's manager hears of it after {business_time(clock.escalate_minutes)}"
    if clock.reassign_minutes is not None and lead is not None:
        yield f"and it goes to {lead} after {business_time(clock.reassign_minutes)}"


def _promise(promise: Promise) -> Iterator[str]:
    if promise.assign_minutes is not None:
        yield f"assigned within {counted(promise.assign_minutes, 'minute')} of the signal (measured)"
    if promise.accept_minutes is not None:
        yield f"accepted or rejected within {business_time(promise.accept_minutes)}"
    yield f"first contact within {business_time(promise.first_touch_minutes)}"
    if promise.attempts:
        within = promise.attempts_within_minutes
        ways = f" over at least {promise.channels} channels" if promise.channels > 1 else ""
        yield f"{counted(promise.attempts, 'attempt')}{ways}" + (f" within {business_time(within)}" if within else "")
    if promise.remind_minutes is not None:
        yield f"without a contact the owner is reminded after {business_time(promise.remind_minutes)}"
    if promise.escalate_minutes is not None:
        yield f"without a contact the manager hears of it after {business_time(promise.escalate_minutes)}"
    if promise.reassign_minutes is not None:
        yield f"neither accepted nor touched, it goes to a colleague after {business_time(promise.reassign_minutes)}"
    else:
        yield "it is never given to a colleague by itself"


CLASSES = {
    "reroute": "another owner at once",
    "merge": "belongs to a record or colleague that is there already",
    "recycle": "back to marketing",
    "disqualify": "out",
    "pending": "a reason is asked for",
}


def reasons(playbook: Playbook) -> Iterator[Item]:
    """The reasons by class."""
    for kind, meaning in CLASSES.items():
        for code, reason in playbook.rules.reasons.items():
            if reason.kind == kind:
                label = playbook.reason_labels.get(code, code)
                yield Item(code, f"{label}: {kind} ({meaning})", tuple(_return(reason)))


def _return(reason: Reason) -> Iterator[str]:
    if reason.kind != "recycle":
        if reason.track:
            yield f"on the track {plain(reason.track)}"
        if reason.change_breaks:
            yield f"open again with another {listed([plain(name) for name in reason.change_breaks], 'or')}"
        return
    wait = f"for {counted(reason.cooldown_days, 'day')} or the date that was said" if reason.cooldown_days else ""
    yield f"waits {wait or 'without a date'} on the track {plain(reason.track or 'none')}"
    back = ["a hand-raise"]
    if reason.signal_breaks:
        back.append("any signal")
    if reason.rise_milli is not None:
        after = f" after {counted(reason.rise_after_days, 'day')}" if reason.rise_after_days else ""
        back.append(f"{reason.rise_milli // 1000} more points of engagement{after}")
    back += [f"another {plain(name)}" for name in reason.change_breaks]
    if reason.colleague_breaks:
        back.append("somebody else of the same account")
    yield f"comes back sooner by {listed(back, 'or')}"
    if reason.needs_attempts:
        yield "refused before the promised attempts were made"


def recycling(playbook: Playbook) -> Iterator[Item]:
    """Limits of going back to sales."""
    rules = playbook.rules
    window = counted(rules.returns_window_days, "day")
    yield Item(
        "returns_max", f"at most {rules.returns_max} times to sales within {window}; then by a hand-raise or a person"
    )
    yield Item("returns_apart_days", f"at least {counted(rules.returns_apart_days, 'day')} apart, but for a hand-raise")
    label = playbook.reason_labels.get(rules.lost_reason, rules.lost_reason)
    yield Item("lost_reason", f"an opportunity lost without a known reason counts as: {label}")


def silence(playbook: Playbook) -> Iterator[Item]:
    """What happens when nobody answers."""
    found = playbook.silence
    labels = playbook.reason_labels
    moving = found.reassigning
    if moving.auto:
        wait = f"not in the first {counted(moving.after_go_live_days, 'day')} after go-live"
        wait += f", at most {counted(moving.times_max, 'time')}"
        yield Item("reassign", f"to somebody else where a promise says when; {wait}")
    else:
        yield Item("reassign", "never by itself")
    undecided = labels.get(found.undecided_reason, found.undecided_reason)
    yield Item("undecided", f"a reason is named within {business_time(found.reason_minutes)}; else: {undecided}")
    unreached = labels.get(found.unreached_reason, found.unreached_reason)
    veto = business_time(found.veto_minutes)
    yield Item("unreached", f"after every attempt: {unreached}; the owner may object for {veto}")
    seen = "every system shows the e-mails of colleagues" if found.emails_visible else "not every system shows e-mails"
    yield Item("emails_visible", f"{seen}: a missing contact is {'broken' if found.emails_visible else 'not known'}")


def statuses(playbook: Playbook) -> Iterator[Item]:
    """What the CRMs' statuses show of sales' work."""
    for sign, fields in playbook.signs.values.items():
        said = "; ".join(f"{plain(name)}: {', '.join(sorted(values))}" for name, values in fields.items() if values)
        yield Item(sign, said or "no status shows it")
