"""Decides the answers about owners, pipelines and the account; must not know records.

Contract sheet 2.9, 2.12, 2.3 and 2.14.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from adapters.simulator.hubspot.call import Call, Reply, page_link
from adapters.simulator.hubspot.moments import to_text
from adapters.simulator.hubspot.refusals import not_found


def list_owners(call: Call) -> Reply:
    """``GET /owners``: pages by id; ``archived=true`` answers only archived ones."""
    limit, start = call.limit(100, 500), call.after()
    email, archived = call.request.parameter("email"), call.flag("archived")
    rows = [
        owner
        for key, owner in sorted(call.portal.owners.items(), key=lambda pair: int(pair[0]))
        if owner["archived"] is archived and int(key) >= start and _has_email(owner, email)
    ]
    document: dict[str, Any] = {"results": rows[:limit]}
    if len(rows) > limit:
        document["paging"] = page_link(call, str(rows[limit]["id"]))
    return Reply(200, document)


def get_owner(call: Call) -> Reply:
    """``GET /owners/{id}?idProperty=id|userId``."""
    wanted, archived = call.parts[0], call.flag("archived")
    key = "userId" if call.request.parameter("idProperty") == "userId" else "id"
    for owner in call.portal.owners.values():
        if str(owner.get(key)) == wanted and owner["archived"] is archived:
            return Reply(200, owner)
    raise not_found()


def _has_email(owner: Mapping[str, Any], email: str | None) -> bool:
    return email is None or str(owner.get("email", "")).lower() == email.lower()


def list_pipelines(call: Call) -> Reply:
    """``GET /pipelines/{type}``."""
    return Reply(200, {"results": call.portal.pipelines.get(call.kind().name, [])})


def get_pipeline(call: Call) -> Reply:
    """``GET /pipelines/{type}/{id}``."""
    return Reply(200, _pipeline(call))


def list_stages(call: Call) -> Reply:
    """``GET /pipelines/{type}/{id}/stages``."""
    return Reply(200, {"results": _pipeline(call)["stages"]})


def _pipeline(call: Call) -> dict[str, Any]:
    for pipeline in call.portal.pipelines.get(call.kind().name, []):
        if pipeline["id"] == call.parts[1]:
            return pipeline
    raise not_found()


def account_details(call: Call) -> Reply:
    """``GET /account-info/.../details``."""
    settings = call.portal.settings
    zone = ZoneInfo(settings["time_zone"])
    offset = call.portal.clock.now().astimezone(zone).utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return Reply(
        200,
        {
            "portalId": settings["portal_id"],
            "accountType": "STANDARD",
            "timeZone": settings["time_zone"],
            "companyCurrency": "USD",
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}",
            "utcOffsetMilliseconds": minutes * 60_000,
            "uiDomain": "app-eu1.hubspot.com",
            "dataHostingLocation": "eu1",
        },
    )


def usage_document(call: Call, used: int, resets_at: str) -> Reply:
    """``GET /account-info/.../api-usage/daily/private-apps``."""
    row = {
        "name": "private-apps-api-calls-daily",
        "usageLimit": call.portal.settings["daily_limit"],
        "currentUsage": used,
        "collectedAt": to_text(call.portal.clock.now()),
        "resetsAt": resets_at,
        "fetchStatus": "SUCCESS",
    }
    return Reply(200, {"results": [row]})
