"""Who comes by a form in the simulated week: people who were quiet, new faces, and people who answer questions.

Decides who submits what, when, and by what source they came. The portal itself turns a submission into a contact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Protocol

from adapters.simulator.world import vocabulary as words
from adapters.simulator.world.cast import Json
from adapters.simulator.world.steps import Placed, Step


class Taking(Protocol):
    """The next people of a story whom nobody else has in the week."""

    def __call__(self, story: str, count: int, wanted: Callable[[Placed], bool] = ...) -> list[Placed]:
        """At most ``count`` of those who are ``wanted``."""


@dataclass(frozen=True)
class Visitors:
    """The visitors of one week. ``at``: a local time on the so-and-so-many-th working day, as time after the start."""

    people: int
    seed: int
    take: Taking
    at: Callable[[int, int, int], timedelta]

    def steps(self) -> Iterator[Step]:
        """Every submission of the week."""
        yield from self._known_people()
        yield from self._new_faces()
        yield from self._wanting_a_language()
        yield from self._answering()

    def _known_people(self) -> Iterator[Step]:
        """People who were quiet so far fill in a form; most ask for a demo."""
        forms = (words.HAND_RAISES[0], words.WEBINARS[0], words.HAND_RAISES[2])
        found = self.take("quiet", max(2, self.people // 150), lambda one: one.persona.fit in ("strong", "medium"))
        for number, one in enumerate(found):
            at = self.at(number, 11 + number % 5, 7 * number % 60)
            yield _submission(at, forms[number % 3], _email(one), number, "form submissions")

    def _new_faces(self) -> Iterator[Step]:
        """Contacts that nobody knew are created by the form they fill in."""
        forms = (words.HAND_RAISES[0], words.WEBINARS[1], words.NEWSLETTER, words.HAND_RAISES[1])
        chance = Random(f"new faces {self.seed}")
        for number in range(max(3, self.people // 120)):
            at = self.at(number + 1, 10 + number % 6, 11 * number % 60)
            new = _newcomer(number, chance)
            yield _submission(at, forms[number % 4], new.pop("email"), number, "a new contact by a form", new)

    def _wanting_a_language(self) -> Iterator[Step]:
        """Two who ask for a demo: one where a territory is served in German, one who writes in Spanish."""
        chance = Random(f"languages {self.seed}")
        wanted = (("from Germany", {"country": "Germany", "hs_language": "de"}), ("in Spanish", {"hs_language": "es"}))
        for number, (story, differs) in enumerate(wanted):
            new = {**_newcomer(100 + 2 * number, chance), **differs}
            at = self.at(1 + number, 12, 20)
            yield _submission(
                at, words.HAND_RAISES[0], new.pop("email"), number, f"a demo is asked for {story}", new
            )  # fmt: skip

    def _answering(self) -> Iterator[Step]:
        """Three answer qualifying questions in a form: who could buy soon, who never will, and who asks for a demo."""
        could = self.take("attendee", 1, lambda one: one.persona.fit == "medium")
        soon = {"leadloop_need": "specific", "leadloop_timing": "0-3", "message": "Can it hold our two brands apart?"}
        for one in could:
            yield _submission(self.at(1, 13, 5), words.PRODUCT_QUESTION, _email(one), 1, ANSWERS[0], soon)
        for one in self.take("newsletter", 1):
            never = {"leadloop_need": "never"}
            yield _submission(self.at(2, 13, 15), words.PRODUCT_QUESTION, _email(one), 2, ANSWERS[1], never)
        new = {**_newcomer(200, Random(f"answers {self.seed}")), "leadloop_need": "specific", "leadloop_timing": "3-6"}
        yield _submission(self.at(0, 13, 25), words.HAND_RAISES[0], new.pop("email"), 0, ANSWERS[2], new)


ANSWERS = ("questions answered in a form", "an answer that rules out a purchase", "a demo is asked for, with answers")
"""What the three stories with qualifying answers are called, in the order told."""


def _submission(
    at: timedelta, form: str, email: str, number: int, story: str, values: Json | None = None
) -> Step:  # fmt: skip
    source: Sequence[str] = words.LATEST_SOURCES
    body: Json = {"form": form, "email": email, "source": source[number % len(source)], "values": values or {}}
    return Step(at, "hubspot", "submit_form", body, story)


def _email(one: Placed) -> str:
    return str(one.persona.other_email or one.persona.email)


def _newcomer(number: int, chance: Random) -> Json:
    first, last = chance.choice(words.FIRST_NAMES), chance.choice(words.LAST_NAMES)
    known = {"industry": words.INDUSTRIES["strong"][0], "numemployees": "100-500"} if number % 2 == 0 else {}
    return {
        "email": f"{first}.{last}@newcomer-{number + 1}.example".lower(),
        "firstname": first,
        "lastname": last,
        "phone": f"+1 917 555 01{number % 100:02d}",
        "jobtitle": chance.choice(words.TITLES["weak" if number % 2 else "strong"]),
        "company": f"Newcomer {number + 1} Inc",
        "country": "United States",
        **known,
    }
