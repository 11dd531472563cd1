"""Decides the answers about teams, lists, forms, e-mail events and subscriptions; must not know how they come about.

Contract sheet 2.9 and 2.14; what it does not give is unconfirmed, see the README.
"""

from __future__ import annotations

from typing import Any

from adapters.simulator.hubspot.call import Call, Reply, page_link
from adapters.simulator.hubspot.marketing import ContactList, Form
from adapters.simulator.hubspot.refusals import not_found, validation

_LISTS_MAX = 500
_MEMBERS_MAX = 250  # unconfirmed
_SUBMISSIONS_MAX = 50
_FORMS_MAX = 500
_EVENTS_MAX = 1_000
_STATUSES_MAX = 100


def list_teams(call: Call) -> Reply:
    """``GET /settings/v3/users/teams``: all of them, no paging."""
    teams = call.portal.marketing.teams
    return Reply(200, {"results": [teams[key] for key in sorted(teams, key=int)]})


def search_lists(call: Call) -> Reply:
    """``POST /lists/search``: by name, offset paging; ``additionalProperties`` tell of the members."""
    body = call.body()
    count, offset = int(body.get("count", 20)), int(body.get("offset", 0))
    if not 0 < count <= _LISTS_MAX:
        raise validation(f"Invalid count {count}: it must be between 1 and {_LISTS_MAX}")
    words = str(body.get("query") or "").lower()
    lists = call.portal.marketing.lists
    found = [lists[key] for key in sorted(lists, key=int) if words in lists[key].name.lower()]
    page = found[offset : offset + count]
    behind = offset + len(page)
    document = {"total": len(found), "offset": behind, "hasMore": behind < len(found)}
    return Reply(200, {**document, "lists": [each.document() for each in page]})


def get_list(call: Call) -> Reply:
    """``GET /lists/{id}``."""
    return Reply(200, {"list": _list(call).document()})


def members_by_id(call: Call) -> Reply:
    """``GET /lists/{id}/memberships``: sorted by record id."""
    members = sorted(_list(call).members.items(), key=lambda pair: int(pair[0]))
    return _members(call, members)


def members_by_time(call: Call) -> Reply:
    """``GET /lists/{id}/memberships/join-order``: who joined first comes first."""
    members = sorted(_list(call).members.items(), key=lambda pair: (pair[1], int(pair[0])))
    return _members(call, members)


def _members(call: Call, members: list[tuple[str, str]]) -> Reply:
    limit, start = call.limit(100, _MEMBERS_MAX), call.after()
    rows = [{"recordId": key, "membershipTimestamp": at} for key, at in members[start : start + limit]]
    document: dict[str, Any] = {"total": len(members), "results": rows}
    if start + limit < len(members):
        document["paging"] = page_link(call, str(start + limit))
    return Reply(200, document)


def _list(call: Call) -> ContactList:
    found = call.portal.marketing.lists.get(call.parts[0])
    if found is None:
        raise not_found()
    return found


def list_forms(call: Call) -> Reply:
    """``GET /marketing/v3/forms``."""
    limit, start, archived = call.limit(50, _FORMS_MAX), call.after(), call.flag("archived")
    forms = call.portal.marketing.forms
    found = [forms[key] for key in sorted(forms) if forms[key].archived is archived]
    document: dict[str, Any] = {"results": [form.document() for form in found[start : start + limit]]}
    if start + limit < len(found):
        document["paging"] = page_link(call, str(start + limit))
    return Reply(200, document)


def list_submissions(call: Call) -> Reply:
    """``GET /form-integrations/v1/submissions/forms/{guid}``: newest first, no contact id."""
    form = _form(call)
    limit, start = call.limit(20, _SUBMISSIONS_MAX), call.after()
    rows = form.submissions[::-1]
    document: dict[str, Any] = {"results": rows[start : start + limit]}
    if start + limit < len(rows):
        document["paging"] = page_link(call, str(start + limit))
    return Reply(200, document)


def _form(call: Call) -> Form:
    found = call.portal.marketing.forms.get(call.parts[2])
    if found is None:
        raise not_found()
    return found


def list_events(call: Call) -> Reply:
    """``GET /email/public/v1/events``: by type, recipient and time, oldest first (order unconfirmed)."""
    asked = dict(call.request.parameters())
    start, end = int(asked.get("startTimestamp", 0)), int(asked.get("endTimestamp", 2**53))
    rows = [
        event
        for event in sorted(call.portal.marketing.events, key=lambda event: (event["created"], event["id"]))
        if start <= event["created"] <= end
        and asked.get("eventType", event["type"]) == event["type"]
        and asked.get("recipient", event["recipient"]) == event["recipient"]
    ]
    limit, offset = call.limit(100, _EVENTS_MAX), _offset(asked.get("offset", ""))
    behind = offset + limit
    return Reply(200, {"hasMore": behind < len(rows), "offset": f"o{behind}", "events": rows[offset:behind]})


def _offset(text: str) -> int:
    if text and not text.removeprefix("o").isdigit():
        raise validation(f"Invalid offset {text}")
    return int(text.removeprefix("o") or 0)


def list_subscription_types(call: Call) -> Reply:
    """``GET /communication-preferences/v4/definitions``."""
    known = call.portal.marketing.subscriptions
    return Reply(200, {"status": "COMPLETE", "results": [known[key] for key in sorted(known, key=int)]})


def read_statuses(call: Call) -> Reply:
    """``POST /communication-preferences/v4/statuses/batch/read?channel=EMAIL``: an address never asked has none."""
    inputs = call.body().get("inputs")
    if not isinstance(inputs, list) or not 0 < len(inputs) <= _STATUSES_MAX:
        raise validation(f"inputs must hold 1 to {_STATUSES_MAX} addresses")
    known = call.portal.marketing.statuses
    rows = [{"subscriberIdString": each, "statuses": _rows(known.get(str(each).lower(), {}))} for each in inputs]
    return Reply(200, {"status": "COMPLETE", "results": call.portal.shuffled(rows)})


def _rows(statuses: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [statuses[key] for key in sorted(statuses, key=int)]
