"""Decides which pipelines and stages a new portal has; must not know any record.

Ids from contract sheet 2.12; the id of the lead pipeline is unconfirmed.
"""

from __future__ import annotations

from typing import Any

_BORN = "2019-08-06T02:41:08.204Z"
_DEALS = (
    ("appointmentscheduled", "Appointment scheduled", "0.2", False),
    ("qualifiedtobuy", "Qualified to buy", "0.4", False),
    ("presentationscheduled", "Presentation scheduled", "0.6", False),
    ("decisionmakerboughtin", "Decision maker bought in", "0.8", False),
    ("contractsent", "Contract sent", "0.9", False),
    ("closedwon", "Closed won", "1.0", True),
    ("closedlost", "Closed lost", "0.0", True),
)
_LEADS = ("new", "attempting", "connected", "qualified", "unqualified")


def _stage(stage_id: str, label: str, rank: int, metadata: dict[str, str]) -> dict[str, Any]:
    return {
        "id": stage_id,
        "label": label,
        "displayOrder": rank,
        "metadata": metadata,
        "archived": False,
        "createdAt": _BORN,
        "updatedAt": _BORN,
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
    }


def _pipeline(pipeline_id: str, label: str, stages: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": pipeline_id,
        "label": label,
        "displayOrder": 0,
        "stages": stages,
        "archived": False,
        "createdAt": _BORN,
        "updatedAt": _BORN,
    }


def default_pipelines() -> dict[str, list[dict[str, Any]]]:
    """Object type to its pipelines as the API writes them."""
    deals = [
        _stage(stage, label, rank, {"isClosed": str(closed).lower(), "probability": probability})
        for rank, (stage, label, probability, closed) in enumerate(_DEALS)
    ]
    leads = [_stage(f"{name}-stage-id", name.capitalize(), rank, {}) for rank, name in enumerate(_LEADS)]
    return {
        "deals": [_pipeline("default", "Sales Pipeline", deals)],
        "leads": [_pipeline("lead-pipeline-id", "Lead pipeline", leads)],
    }
