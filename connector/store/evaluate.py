"""Runs the evaluation statement: for one person, for the touched ones, for everybody, now or as of a day.

Decides nothing about people; it keeps statements by the digest of their definitions, and turns rows into values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Select, and_, literal_column, or_, select, update
from sqlmodel import SQLModel

from connector.ports.evaluation import Evaluation, Explanation, Graded, PointsLine
from connector.rules.definitions import Definitions, for_scores
from connector.rules.explanation import entries, evidence_lines, limit_lines, next_grade, points_lines
from connector.rules.statement import evaluation, evidence, scores
from connector.store.database import Database
from connector.store.facts import COMPANY, Form, environment
from connector.store.sql import chunks
from connector.store.tables import Person
from connector.store.verdict_rows import VerdictReader

_person = SQLModel.metadata.tables[str(Person.__tablename__)]
STATEMENTS_MAX = 32
"""Statements kept: a few forms for each of the playbooks in use; the oldest goes first."""
GRADED_AT_ONCE = 20_000
SCORES = ("fit_milli", "engagement_milli", "readiness_milli")


class Evaluations:
    """The evaluation of people on one database. Reads only, but for ``rescore``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._statements: dict[tuple[str, Form, str], Select[Any]] = {}

    def evaluate(
        self, company: int, definitions: Definitions, as_of: int, *, people: Sequence[int] | None = None
    ) -> list[Evaluation]:
        """The named people, or all, by their values now; ordered by person_id. One read."""
        return self._evaluate(company, definitions, as_of, self._form(people), people)

    def evaluate_then(
        self,
        company: int,
        definitions: Definitions,
        as_of: int,
        *,
        people: Sequence[int] | None = None,
        hidden: frozenset[str] = frozenset(),
    ) -> list[Evaluation]:
        """The named people, or all, as they were at the end of the day before ``as_of``. One read."""
        form = replace(self._form(people), then=True, hidden=hidden)
        return self._evaluate(company, definitions, as_of, form, people)

    def evaluate_in_chunks(
        self, company: int, definitions: Definitions, as_of: int, *, chunk_size: int = 5_000
    ) -> Iterator[list[Evaluation]]:
        """Everybody, ``chunk_size`` people at a time; each chunk is one read and nothing is open between them."""
        for people in self._chunks_of_all(company, chunk_size):
            yield self.evaluate(company, definitions, as_of, people=people)

    def graded(
        self, company: int, definitions: Definitions, as_of: int, wanted: Graded, *, people: Sequence[int] | None = None
    ) -> dict[int, int]:
        """Person id -> points in thousandths of those with this grade, by id; each chunk is one read."""
        statement = self._graded(definitions, wanted)
        chosen = self._chunks_of_all(company, GRADED_AT_ONCE) if people is None else chunks(sorted(people))
        found: dict[int, int] = {}
        for part in chosen:
            with self._database.read() as connection:
                rows = connection.execute(statement, self._parameters(company, as_of, part)).all()
            found |= {row.person_id: row.total_milli for row in rows}
        return found

    def explain(
        self, company: int, definitions: Definitions, as_of: int, person_id: int, *, then: bool = False
    ) -> Explanation | None:
        """One person by the same statement, with every rule's points; ``None`` when unknown. One read.

        ``then``: as they were at the end of the day before ``as_of``, instead of by their values now.
        """
        form = replace(self._form([person_id]), then=then)
        parameters = self._parameters(company, as_of, [person_id])
        with self._database.read() as connection:
            row = connection.execute(self._explained(definitions, form), parameters).one_or_none()
            if row is None:
                return None
            found = connection.execute(self._evidence(definitions, form), parameters).all()
        verdict = VerdictReader(definitions, row._fields).read(row)
        grade, distance = next_grade(definitions, verdict)
        return Explanation(
            evaluation=verdict,
            points=(*points_lines(definitions, row._mapping), *limit_lines(definitions, verdict, row._mapping)),
            evidence=evidence_lines(definitions, [each._mapping for each in found]),
            entries=entries(definitions, verdict, row._mapping),
            next_grade=grade,
            to_next_grade_milli=distance,
        )

    def points(
        self, company: int, definitions: Definitions, as_of: int, people: Sequence[int]
    ) -> dict[int, tuple[PointsLine, ...]]:
        """Person id -> what every rule gave, for these people. One read."""
        statement = self._explained(definitions, self._form(people))
        with self._database.read() as connection:
            rows = connection.execute(statement, self._parameters(company, as_of, people)).all()
        return {row._mapping["person_id"]: points_lines(definitions, row._mapping) for row in rows}

    def rescore(self, company: int, definitions: Definitions, as_of: int) -> tuple[int, ...]:
        """Write scores and junk rule of everybody for whom they changed; their ids in order. One transaction."""
        parameters = self._parameters(company, as_of, None)
        with self._database.begin(company) as connection:
            changed = connection.execute(self._rescoring(definitions), parameters).scalars().all()
        return tuple(sorted(changed))

    def _evaluate(
        self, company: int, definitions: Definitions, as_of: int, form: Form, people: Sequence[int] | None
    ) -> list[Evaluation]:
        parameters = self._parameters(company, as_of, people)
        with self._database.read() as connection:
            found = connection.execute(self._verdicts(definitions, form), parameters)
            read, rows = VerdictReader(definitions, tuple(found.keys())).read, found.all()
        return [read(row) for row in rows]

    def _form(self, people: Sequence[int] | None) -> Form:
        return Form(is_sqlite=self._database.is_sqlite, named_people=people is not None)

    def _parameters(self, company: int, as_of: int, people: Sequence[int] | None) -> dict[str, Any]:
        parameters: dict[str, Any] = {"of_company": company, "as_of": as_of}
        if people is not None:
            parameters["people"] = json.dumps(list(people)) if self._database.is_sqlite else list(people)
        return parameters

    def _verdicts(self, definitions: Definitions, form: Form) -> Select[Any]:
        key = (definitions.digest, form, "verdicts")
        if key not in self._statements:
            query = evaluation(definitions, environment(form, definitions.fields))
            self._keep(key, query.order_by(literal_column("person_id")))
        return self._statements[key]

    def _graded(self, definitions: Definitions, wanted: Graded) -> Select[Any]:
        form = self._form([])
        key = (definitions.digest, form, f"graded {wanted.grade} {wanted.stage}")
        if key not in self._statements:
            found = evaluation(definitions, environment(form, definitions.fields)).subquery()
            entered = found.c.in_scope, found.c[f"rung_{wanted.stage}"], found.c.grade_open == wanted.grade
            query = select(found.c.person_id, found.c.total_milli).where(*entered)
            self._keep(key, query.order_by(found.c.person_id))
        return self._statements[key]

    def _explained(self, definitions: Definitions, form: Form) -> Select[Any]:
        key = (definitions.digest, form, "explained")
        if key not in self._statements:
            self._keep(key, evaluation(definitions, environment(form, definitions.fields), explain=True))
        return self._statements[key]

    def _evidence(self, definitions: Definitions, form: Form) -> Select[Any]:
        key = (definitions.digest, form, "evidence")
        if key not in self._statements:
            self._keep(key, evidence(definitions, environment(form, definitions.fields)))
        return self._statements[key]

    def _keep(self, key: tuple[str, Form, str], query: Select[Any]) -> None:
        if len(self._statements) >= STATEMENTS_MAX:
            self._statements.pop(next(iter(self._statements)))
        self._statements[key] = query

    def _chunks_of_all(self, company: int, chunk_size: int) -> Iterator[list[int]]:
        after = -1
        while people := self._people_after(company, after, chunk_size):
            yield people
            after = people[-1]

    def _people_after(self, company: int, after: int, limit: int) -> list[int]:
        wanted = and_(_person.c.company == company, _person.c.merged_into.is_(None), _person.c.person_id > after)
        query = select(_person.c.person_id).where(wanted).order_by(_person.c.person_id).limit(limit)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def _rescoring(self, definitions: Definitions) -> Any:
        wanted_of = for_scores(definitions)
        verdicts = scores(wanted_of, environment(self._form(None), wanted_of.fields)).cte("verdicts")
        pairs = {_person.c[name]: verdicts.c[name] for name in (*SCORES, "junk_rule")}
        pairs[_person.c.score_milli] = verdicts.c.total_milli
        changed = or_(*(column.is_distinct_from(value) for column, value in pairs.items()))
        wanted = and_(_person.c.company == COMPANY, _person.c.person_id == verdicts.c.person_id, changed)
        return update(_person).where(wanted).values(pairs).returning(_person.c.person_id)
