"""The invariants of the store, each as one statement that both databases understand.

A statement returns one row per breach with one text column, ``example``: an id, never a person's value. JSON is read
by the operators that SQLite (3.38) took over from PostgreSQL; where the two differ a statement holds ``{each_change}``
(an outbox row's changes as rows ``change(key, value)``), ``{json_null}``, or ``{settled}`` and ``{written}`` (the wire
value of a pair and of the journal).
"""

from __future__ import annotations

from msgspec import Struct

# A JSON column of SQLite has numeric affinity: 40.0 comes back as 40, so numbers are compared as numbers.
SQLITE_VALUES = {
    "settled": "coalesce((b.fields -> w.field) ->> 1, 'null')",
    "written": "coalesce(w.\"after\" ->> '$', 'null')",
}
PIECES = {
    "sqlite": {"each_change": "json_each(o.changes) AS change", "json_null": "'null'", **SQLITE_VALUES},
    "postgresql": {
        "each_change": "jsonb_each(o.changes) AS change(key, value)",
        "json_null": "CAST('null' AS JSONB)",
        "settled": "((b.fields -> w.field) -> 1)",
        "written": "coalesce(w.\"after\", CAST('null' AS JSONB))",
    },
}

INTEGRITY = {
    "sqlite": "SELECT integrity_check AS example FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    "postgresql": """
        SELECT 'index ' || c.relname AS example FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE NOT i.indisvalid""",
}


class Invariant(Struct, frozen=True):
    """``sentence`` is what must hold; ``statement`` finds where it does not (parameter ``company``)."""

    name: str
    sentence: str
    statement: str


def _with_person(name: str, table: str, example: str) -> Invariant:
    statement = f"""
        SELECT {example} AS example FROM {table} AS r
        LEFT JOIN person AS p ON p.company = r.company AND p.person_id = r.person_id
        WHERE r.company = :company AND r.person_id IS NOT NULL AND p.person_id IS NULL"""
    return Invariant(name, f"every row of {table} belongs to a person who exists", statement)


PERSON_ID = "'person ' || CAST(r.person_id AS TEXT)"

REFERENCES = (
    _with_person("dirty_without_person", "person_dirty", PERSON_ID),
    _with_person("link_without_person", "link", "'link ' || CAST(r.link_id AS TEXT)"),
    _with_person("outbox_without_person", "outbox", "'action ' || r.action_id"),
    _with_person("cycle_without_person", "cycle", "'cycle ' || CAST(r.cycle_id AS TEXT)"),
    _with_person("assignment_without_person", "assignment", "'assignment ' || CAST(r.assignment_id AS TEXT)"),
    _with_person("activity_without_person", "activity", "'activity ' || CAST(r.activity_id AS TEXT)"),
)

IDENTITY = (
    Invariant(
        "not_one_primary_link",
        "of a person's active links in a system and family exactly one is primary",
        """
        SELECT 'person ' || CAST(l.person_id AS TEXT) || ' ' || l.system || ' ' || l.family AS example
        FROM link AS l WHERE l.company = :company AND l.state = 'active'
        GROUP BY l.person_id, l.system, l.family HAVING sum(CASE WHEN l.is_primary THEN 1 ELSE 0 END) <> 1""",
    ),
    Invariant(
        "merged_person_with_links",
        "a person who was merged away keeps no active link",
        """
        SELECT 'link ' || CAST(l.link_id AS TEXT) AS example FROM link AS l
        JOIN person AS p ON p.company = l.company AND p.person_id = l.person_id
        WHERE l.company = :company AND l.state = 'active' AND p.merged_into IS NOT NULL""",
    ),
    Invariant(
        # A converted or merged record keeps its keys: they still lead to the person.
        "match_key_of_dead_link",
        "a record that was deleted or forgotten cannot be matched",
        """
        SELECT 'link ' || CAST(k.link_id AS TEXT) AS example FROM match_key AS k
        LEFT JOIN link AS l ON l.company = k.company AND l.link_id = k.link_id
        WHERE k.company = :company AND (l.link_id IS NULL OR l.state IN ('deleted', 'forgotten'))""",
    ),
)

PROGRESS = (
    Invariant(
        "unresolved_behind_cursor",
        "every landed record of a person behind the resolve cursor has a link",
        """
        SELECT l.system || ' ' || l.object || ' ' || l.record_id AS example FROM landing AS l
        JOIN watermark AS w ON w.company = l.company AND w.system = l.system AND w.stream = 'resolve:' || l.object
        LEFT JOIN link AS k
          ON k.company = l.company AND k.system = l.system AND k.object = l.object AND k.record_id = l.record_id
        LEFT JOIN reject AS r
          ON r.company = l.company AND r.system = l.system AND r.object = l.object AND r.record_id = l.record_id
          AND r.field = '*'
        WHERE l.company = :company AND l.deleted_at IS NULL AND k.link_id IS NULL AND r.record_id IS NULL
          AND l.seq <= CAST(w.token ->> 'seq' AS BIGINT)
          AND EXISTS (SELECT 1 FROM link AS o
                      WHERE o.company = l.company AND o.system = l.system AND o.object = l.object)""",
    ),
    Invariant(
        "sequence_ahead_of_counter",
        "no row stands at a position of the known-time order that was not given out yet",
        """
        SELECT tops.name AS example FROM (
          SELECT 'landing' AS name, max(seq) AS top FROM landing WHERE company = :company
          UNION ALL SELECT 'link_event', max(seq) FROM link_event WHERE company = :company
          UNION ALL SELECT 'field_history', max(seq) FROM field_history WHERE company = :company
          UNION ALL SELECT 'person_field_history', max(seq) FROM person_field_history WHERE company = :company
          UNION ALL SELECT 'stage_history', max(seq) FROM stage_history WHERE company = :company
          UNION ALL SELECT 'disposition_history', max(seq) FROM disposition_history WHERE company = :company
          UNION ALL SELECT 'score_history', max(seq) FROM score_history WHERE company = :company
          UNION ALL SELECT 'journal', max(seq) FROM journal WHERE company = :company
          UNION ALL SELECT 'cursor ' || system || ' ' || stream, CAST(token ->> 'seq' AS BIGINT)
            FROM watermark WHERE company = :company AND stream LIKE 'resolve:%'
        ) AS tops
        WHERE tops.top > coalesce((SELECT value FROM counter WHERE company = :company AND name = 'seq'), 0)""",
    ),
)

DECISIONS = (
    Invariant(
        "two_open_cycles",
        "a person has at most one open cycle per motion",
        """
        SELECT 'person ' || CAST(c.person_id AS TEXT) || ' ' || c.motion AS example FROM cycle AS c
        WHERE c.company = :company AND c.closed_at IS NULL GROUP BY c.person_id, c.motion HAVING count(*) > 1""",
    ),
    Invariant(
        "qualified_without_owner_or_step",
        "every open cycle at qualified lead or higher has somebody who answers for it and a next step",
        """
        SELECT 'person ' || CAST(p.person_id AS TEXT) AS example FROM cycle AS c
        JOIN person AS p ON p.company = c.company AND p.person_id = c.person_id
        JOIN company AS t ON t.id = c.company
        WHERE c.company = :company AND c.closed_at IS NULL AND p.merged_into IS NULL
          AND p.stage IN ('qualified_lead', 'prospect', 'customer') AND p.junk_rule IS NULL
          AND coalesce(p.track, '') <> 'no_contact' AND NOT coalesce(p.processing_restricted, FALSE)
          AND (NOT c.reconstructed OR c.handed_off_at >= t.live_since)
          AND EXISTS (SELECT 1 FROM link AS l
                      WHERE l.company = p.company AND l.person_id = p.person_id AND l.state = 'active')
          AND ((p.owner_id IS NULL AND coalesce(p.accountable, 'nobody') IN ('', 'nobody', 'sales'))
               OR coalesce(p.next_step, '') = '')""",
    ),
    Invariant(
        "grade_without_open_lead",
        "only open qualified leads have a grade",
        """
        SELECT 'person ' || CAST(p.person_id AS TEXT) AS example FROM person AS p
        WHERE p.company = :company AND p.merged_into IS NULL AND p.grade IS NOT NULL
          AND (p.stage <> 'qualified_lead' OR NOT EXISTS (
            SELECT 1 FROM cycle AS c
            WHERE c.company = p.company AND c.person_id = p.person_id AND c.closed_at IS NULL))""",
    ),
    Invariant(
        "stage_not_last_move",
        "a person's stage is where the last recorded move led",
        """
        SELECT 'person ' || CAST(p.person_id AS TEXT) AS example FROM person AS p
        LEFT JOIN (
          SELECT person_id, stage_to, row_number() OVER (PARTITION BY person_id ORDER BY seq DESC) AS place
          FROM stage_history WHERE company = :company
        ) AS s ON s.person_id = p.person_id AND s.place = 1
        WHERE p.company = :company AND p.merged_into IS NULL AND p.stage <> coalesce(s.stage_to, 'name')""",
    ),
    Invariant(
        "published_score_not_recorded",
        "the published score and grade are those of the last recorded score",
        """
        SELECT 'person ' || CAST(p.person_id AS TEXT) AS example FROM person AS p
        LEFT JOIN (
          SELECT person_id, grade, score_milli,
                 row_number() OVER (PARTITION BY person_id ORDER BY seq DESC) AS place
          FROM score_history WHERE company = :company
        ) AS s ON s.person_id = p.person_id AND s.place = 1
        WHERE p.company = :company AND p.merged_into IS NULL AND p.published_score IS NOT NULL
          AND (s.person_id IS NULL OR coalesce(p.grade, '') <> coalesce(s.grade, '')
               OR abs(p.published_score * 1000 - s.score_milli) > 1000)""",
    ),
)

WRITES = (
    Invariant(
        "in_flight_without_run",
        "no write is in flight while nothing runs (a run that was stopped leaves its unknowns to the next one)",
        """
        SELECT 'action ' || o.action_id AS example FROM outbox AS o
        WHERE o.company = :company AND o.state IN ('sending', 'unknown')
          AND NOT EXISTS (SELECT 1 FROM run AS r WHERE r.company = o.company AND r.status = 'running')
          AND coalesce((SELECT r.status FROM run AS r WHERE r.company = o.company
                        ORDER BY r.run_id DESC LIMIT 1), '') <> 'stopped'""",
    ),
    Invariant(
        "confirmed_without_journal",
        "every field of a confirmed write stands in the journal",
        """
        SELECT 'action ' || lost.action_id || ' ' || lost.field AS example FROM (
          SELECT o.action_id AS action_id, change.key AS field FROM outbox AS o CROSS JOIN {each_change}
          WHERE o.company = :company AND o.state = 'confirmed'
          EXCEPT SELECT j.action_id, j.field FROM journal AS j WHERE j.company = :company
        ) AS lost""",
    ),
    Invariant(
        "confirmed_without_baseline",
        "every field of a confirmed write has a settled pair",
        """
        SELECT 'action ' || o.action_id || ' ' || change.key AS example
        FROM outbox AS o CROSS JOIN {each_change}
        JOIN link AS l ON l.company = o.company AND l.link_id = o.link_id AND l.state = 'active'
        LEFT JOIN baseline AS b ON b.company = o.company AND b.link_id = o.link_id
        WHERE o.company = :company AND o.state = 'confirmed' AND o.kind <> 'task'
          AND (b.link_id IS NULL OR (b.fields -> change.key) IS NULL)""",
    ),
    Invariant(
        "baseline_not_as_written",
        "a settled pair that nothing has moved since our last write holds what was wanted and what was read back",
        """
        SELECT 'link ' || CAST(w.link_id AS TEXT) || ' ' || w.field AS example FROM (
          SELECT link_id, field, action_id, seq, "after",
                 row_number() OVER (PARTITION BY link_id, field ORDER BY seq DESC) AS place
          FROM journal WHERE company = :company AND link_id IS NOT NULL
        ) AS w
        JOIN baseline AS b ON b.company = :company AND b.link_id = w.link_id
        LEFT JOIN outbox AS o ON o.company = :company AND o.action_id = w.action_id
        WHERE w.place = 1 AND CAST((b.fields -> w.field) ->> 2 AS BIGINT) < w.seq
          AND ({settled} <> {written}
               OR ((b.fields -> w.field) -> 0) <> ((o.changes -> w.field) -> 'ours'))""",
    ),
    Invariant(
        "baseline_without_link",
        "settled pairs belong to links that exist and were not forgotten",
        """
        SELECT 'link ' || CAST(b.link_id AS TEXT) AS example FROM baseline AS b
        LEFT JOIN link AS l ON l.company = b.company AND l.link_id = b.link_id
        WHERE b.company = :company AND (l.link_id IS NULL OR l.state = 'forgotten')""",
    ),
    Invariant(
        "journal_without_outbox",
        "everything in the journal was planned in the outbox",
        """
        SELECT 'action ' || j.action_id AS example FROM journal AS j
        LEFT JOIN outbox AS o ON o.company = j.company AND o.action_id = j.action_id
        WHERE j.company = :company AND o.action_id IS NULL""",
    ),
    Invariant(
        "written_twice",
        "an action changes a field once",
        """
        SELECT 'action ' || j.action_id || ' ' || j.field AS example FROM journal AS j
        WHERE j.company = :company GROUP BY j.action_id, j.field HAVING count(*) > 1""",
    ),
    Invariant(
        "two_open_plans",
        "at most one plan is open",
        """
        SELECT 'company ' || CAST(q.company AS TEXT) AS example FROM plan AS q
        WHERE q.company = :company AND q.state = 'open' GROUP BY q.company HAVING count(*) > 1""",
    ),
)

INVARIANTS = (*REFERENCES, *IDENTITY, *PROGRESS, *DECISIONS, *WRITES)


def statements(dialect: str) -> tuple[Invariant, ...]:
    """Every invariant in the words of ``sqlite`` or ``postgresql``, the database's own integrity first."""
    own = Invariant("integrity", "the database file and its indexes are sound", INTEGRITY[dialect])
    pieces = PIECES[dialect]
    return (own, *(Invariant(one.name, one.sentence, _fill(one.statement, pieces)) for one in INVARIANTS))


def _fill(statement: str, pieces: dict[str, str]) -> str:
    for name, piece in pieces.items():
        statement = statement.replace("{" + name + "}", piece)
    return statement
