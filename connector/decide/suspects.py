"""Who is suspected to be a bot: too many submissions of forms, or one text from many addresses (PLAYBOOK 3, rule 11).

Pure: from submissions to people. Where they come from, and what becomes of such people, is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from connector.ports.suspects import Held, Submitted
from connector.rules.stages import Suspicion


def suspects(submissions: Iterable[Submitted], limits: Suspicion) -> list[Held]:
    """Everybody who is suspected, by person, each with what shows it last."""
    known = sorted(submissions, key=lambda each: (each.at, each.person_id, each.form_key))
    found: dict[int, Held] = {}
    for each in (*_too_many(known, limits), *_same_text(known, limits)):
        before = found.get(each.person_id)
        if before is None or before.at < each.at:
            found[each.person_id] = each
    return [found[person] for person in sorted(found)]


def _too_many(known: list[Submitted], limits: Suspicion) -> Iterator[Held]:
    over, within = limits.submissions_over, timedelta(minutes=limits.within_minutes)
    times: dict[int, list[datetime]] = {}
    for each in known:
        times.setdefault(each.person_id, []).append(each.at)
    for person, moments in times.items():
        ends = [last for first, last in zip(moments, moments[over:], strict=False) if over and last - first < within]
        if ends:
            why = f"more than {over} form submissions in {limits.within_minutes} minutes"
            yield Held(person, ends[-1], why)


def _same_text(known: list[Submitted], limits: Suspicion) -> Iterator[Held]:
    """Whoever sent a text that so many people of one domain sent within the window that ends with one of them."""
    texts: dict[str, list[Submitted]] = {}
    for each in known:
        if each.form_key:
            texts.setdefault(each.form_key, []).append(each)
    for sent in texts.values() if limits.same_text_addresses else ():
        start = 0
        for end, last in enumerate(sent):
            while last.at - sent[start].at >= timedelta(minutes=limits.within_minutes):
                start += 1
            together = {each.person_id for each in sent[start : end + 1]}
            if len(together) >= limits.same_text_addresses:
                why = f"the same text from {limits.same_text_addresses} or more addresses of one domain"
                yield from (Held(person, last.at, why) for person in sorted(together))
