"""What was refused or could not be read; once more, or let be. Reads and writes the store only: no CRM is asked."""

from __future__ import annotations

from msgspec import Struct

from connector.app import App
from connector.errors import BadConfiguration
from connector.ports.companies import CompanyState
from connector.ports.rejects import KeptReject
from connector.report.error_list import ErrorList, Remedies, error_list
from connector.report.story import find
from connector.rules.toml import nearest


class Chosen(Struct, frozen=True):
    """Which rejects a person means; ``None``: whatever."""

    person: str | None = None
    cause: str | None = None
    field: str | None = None
    object: str | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing was chosen."""
        return self == Chosen()


def errors(app: App, company: str, chosen: Chosen, remedies: Remedies) -> ErrorList:
    """The rejects of a company that are meant."""
    app.prepare()
    return _listed(app, company, _meant(app, company, chosen), remedies)


def retry(app: App, company: str, chosen: Chosen, remedies: Remedies) -> ErrorList:
    """Once more: the rejects that are meant; ignored ones only when they are asked for."""
    with app.companies.lease(_state(app, company)):
        meant = [each for each in _meant(app, company, chosen) if each.state != "ignored" or not chosen.everything]
        app.rejects.retry(_state(app, company).company_id, meant)
    return _listed(app, company, meant, remedies)


def ignore(app: App, company: str, chosen: Chosen, by: str, remedies: Remedies) -> ErrorList:
    """Let the rejects be that are meant, until the value changes."""
    with app.companies.lease(_state(app, company)):
        meant = [each for each in _meant(app, company, chosen) if each.state != "ignored"]
        app.rejects.ignore(_state(app, company).company_id, meant, by, app.world.clock.now())
    return _listed(app, company, meant, remedies)


def _state(app: App, company: str) -> CompanyState:
    app.prepare()
    return app.state(company)


def _meant(app: App, company: str, chosen: Chosen) -> list[KeptReject]:
    company_id = app.state(company).company_id
    person = None if chosen.person is None else find(app.reporting, company_id, company, chosen.person)
    people = [(each.system, each.object) for each in app.loaded(company).mapping.of_kind("person")]
    rejects = app.rejects.rejects(company_id, people)
    for option, name in (("cause", "code"), ("field", "field"), ("object", "object")):
        asked, known = getattr(chosen, option), {str(getattr(each, name)) for each in rejects}
        if asked is not None and asked not in known and known:
            raise BadConfiguration("there is no such error", where=f"--{option} {asked}", remedy=nearest(asked, known))
    return [
        each
        for each in rejects
        if person in (None, each.person_id)
        and chosen.cause in (None, each.code)
        and chosen.field in (None, each.field)
        and chosen.object in (None, each.object)
    ]


def _listed(app: App, company: str, rejects: list[KeptReject], remedies: Remedies) -> ErrorList:
    people = sorted({each.person_id for each in rejects if each.person_id is not None})
    return error_list(company, rejects, remedies, app.reporting.person_keys(app.state(company).company_id, people))
