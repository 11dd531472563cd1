"""The relations that rules speak of, from the tables: as they are now, or as they were at the end of a day.

Decides how a fact is read: texts in lower case (A to Z only, which both databases do alike), moments as
microseconds, unknown as NULL. As of a day a fact is the last recorded value that was valid by then; what was not
recorded is unknown. Activities count when they had happened, and in the as-of form were known, by then.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    collate,
    func,
    null,
    select,
    type_coerce,
)
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.selectable import CTE
from sqlmodel import SQLModel

from connector.facts import ACTIVITY, ANSWERED_AT, DERIVED, PERSON, FactType, fact_type, is_own
from connector.rules.environment import Environment
from connector.store.crm_facts import PAST, derived_now, derived_then
from connector.store.tables import Activity, Person, PersonFieldHistory, StageHistory

_tables = SQLModel.metadata.tables
_person = _tables[str(Person.__tablename__)]
_activity = _tables[str(Activity.__tablename__)]
_field_history = _tables[str(PersonFieldHistory.__tablename__)]
_stage_history = _tables[str(StageHistory.__tablename__)]

COMPANY: ColumnElement[int] = bindparam("of_company", type_=BigInteger)
AS_OF: ColumnElement[int] = bindparam("as_of", type_=BigInteger)

STAGE_FACTS = ("stage", "stage_since")
"""Facts whose past is kept in ``stage_history``; every other fact's in ``person_field_history``."""


FOLDED = ("asset", "source")
"""What activities say in the words of a CRM; signals, kinds and phases are words of ours."""


class Form(Struct, frozen=True):
    """What distinguishes one statement from another: the database, whom it asks for, and of which time.

    ``hidden``: fields that are unknown of everybody then, because too little of their past is known.
    """

    is_sqlite: bool
    named_people: bool
    then: bool = False
    hidden: frozenset[str] = frozenset()


def environment(form: Form, fields: tuple[str, ...]) -> Environment:
    """The relations with just the ``fields``. Parameters: ``of_company``, ``as_of`` and, for named people, ``people``.

    ``people`` is a JSON list as text on SQLite and an array on PostgreSQL: one parameter, however many there are.
    """
    person = _people_then(form, fields) if form.then else _people_now(form, fields)
    return Environment(person=person, activity=_activities(form), as_of=AS_OF)


def named_people(form: Form) -> Select[Any]:
    """The ids in the ``people`` parameter as rows."""
    if form.is_sqlite:
        listed = func.json_each(bindparam("people", type_=String)).table_valued("value")
        return select(listed.c.value)
    return select(func.unnest(bindparam("people", type_=ARRAY(BigInteger))).column_valued("person_id"))


def _people_now(form: Form, fields: tuple[str, ...]) -> CTE:
    columns = [_now(form, name).label(name) for name in fields]
    return select(_person.c.person_id, *columns).where(*_wanted(form)).cte("person_facts")


def _wanted(form: Form) -> list[ColumnElement[bool]]:
    wanted = [_person.c.company == COMPANY, _person.c.merged_into.is_(None)]
    return [*wanted, _person.c.person_id.in_(named_people(form))] if form.named_people else wanted


def _now(form: Form, name: str) -> ColumnElement[Any]:
    if name in DERIVED:
        return derived_now(name, COMPANY)
    if is_own(name):
        return _answered(form, name)
    column = _person.c[name]
    match PERSON.columns[name]:
        case FactType.TEXT:
            return _folded(form, column)
        case FactType.INSTANT:
            return type_coerce(column, BigInteger)
        case _:
            return column


def _answered(form: Form, name: str) -> ColumnElement[Any]:
    """The answer to a company's own question, or when it was given: they stand in documents of the person."""
    question = name.removesuffix(ANSWERED_AT)
    answer = func.nullif(_person.c.extra[question].as_string(), "")
    if name == question:
        return _folded(form, answer)
    at = cast(_person.c.provenance[(question, 1)].as_string(), BigInteger)
    return case((answer.is_not(None), at), else_=cast(null(), BigInteger))


def _folded(form: Form, column: ColumnElement[Any]) -> ColumnElement[str]:
    # SQLite's lower() knows A to Z only; PostgreSQL's does the same in the "C" collation and only there.
    return func.lower(column) if form.is_sqlite else func.lower(collate(column, "C"))


def _activities(form: Form) -> CTE:
    names = ("activity_id", "person_id", *(name for name in ACTIVITY.columns if name != "occurred_at"))
    happened = type_coerce(_activity.c.occurred_at, BigInteger)
    # Of activities without a person one harmless group remains; to exclude them by IS NOT NULL would make SQLite
    # walk the index from its start instead of looking the named people up.
    wanted = [
        _activity.c.company == COMPANY,
        _activity.c.deleted_seq.is_(None),
        _activity.c.duplicate_of.is_(None),
        # A machine's click is not the person's (link scanners); kept, never counted.
        _activity.c.direction != "bot",
        happened < AS_OF,
    ]
    if form.then:
        wanted.append(type_coerce(_activity.c.known_at, BigInteger) < AS_OF)
    if form.named_people:
        wanted.append(_activity.c.person_id.in_(named_people(form)))
    folded = {name: _folded(form, _activity.c[name]).label(name) for name in FOLDED}
    columns = [folded.get(name, _activity.c[name]) for name in names]
    return select(*columns, happened.label("occurred_at")).where(*wanted).cte("activities")


def _people_then(form: Form, fields: tuple[str, ...]) -> CTE:
    past, stages = _values_then(form, fields), _stages_then(form)
    own = _person.c.person_id
    columns = [
        (stages.c[name] if name in STAGE_FACTS else past.c[name] if name in past.c else _stood(form, name)).label(name)
        for name in fields
    ]
    joined = _person.outerjoin(past, past.c.person_id == own).outerjoin(stages, stages.c.person_id == own)
    return select(own, *columns).select_from(joined).where(*_wanted(form)).cte("person_facts")


def _stood(form: Form, name: str) -> ColumnElement[Any]:
    """A fact with a history of its own, else unknown."""
    return derived_then(name, COMPANY, AS_OF) if name in PAST and name not in form.hidden else _unknown(name)


def _unknown(name: str) -> ColumnElement[Any]:
    """NULL of the fact's type: PostgreSQL takes a bare one for a text."""
    types = {FactType.TEXT: String, FactType.BOOLEAN: Boolean}
    return cast(null(), types.get(fact_type(name), BigInteger))


def _values_then(form: Form, fields: tuple[str, ...]) -> CTE:
    """The last recorded value of every field by the end of the day, one row per person."""
    recorded = [name for name in fields if name not in (*STAGE_FACTS, *PAST) and name not in form.hidden]
    valid_from = type_coerce(_field_history.c.valid_from, BigInteger)
    order = [valid_from.desc(), _field_history.c.seq.desc()]
    place = func.row_number().over(partition_by=[_field_history.c.person_id, _field_history.c.field], order_by=order)
    wanted = [_field_history.c.company == COMPANY, _field_history.c.field.in_(recorded), valid_from < AS_OF]
    if form.named_people:
        wanted.append(_field_history.c.person_id.in_(named_people(form)))
    names = ("person_id", "field", "value_text", "value_number")
    rows = select(*(_field_history.c[name] for name in names), place.label("place")).where(*wanted).cte("value_rows")
    columns = [_then(form, rows, name).label(name) for name in recorded]
    return select(rows.c.person_id, *columns).where(rows.c.place == 1).group_by(rows.c.person_id).cte("past_values")


def _then(form: Form, rows: CTE, name: str) -> ColumnElement[Any]:
    kind = fact_type(name)
    if kind is FactType.TEXT:
        return _folded(form, func.max(case((rows.c.field == name, rows.c.value_text))))
    number = func.max(case((rows.c.field == name, rows.c.value_number)))
    return type_coerce(number == 1, Boolean) if kind is FactType.BOOLEAN else number


def _stages_then(form: Form) -> CTE:
    """The last stage entered by the end of the day, and when."""
    moved_at = type_coerce(_stage_history.c.at, BigInteger)
    order = [moved_at.desc(), _stage_history.c.seq.desc()]
    place = func.row_number().over(partition_by=_stage_history.c.person_id, order_by=order)
    wanted = and_(_stage_history.c.company == COMPANY, moved_at < AS_OF)
    if form.named_people:
        wanted = and_(wanted, _stage_history.c.person_id.in_(named_people(form)))
    columns = [
        _stage_history.c.person_id,
        _stage_history.c.stage_to.label("stage"),
        moved_at.label("stage_since"),
        type_coerce(place, Integer).label("place"),
    ]
    rows = select(*columns).where(wanted).cte("stage_rows")
    return select(rows.c.person_id, rows.c.stage, rows.c.stage_since).where(rows.c.place == 1).cte("past_stages")
