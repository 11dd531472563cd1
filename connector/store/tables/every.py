"""Every table of the store. Company first in every key; append-only where a docstring says so.

All histories exist from the first migration, also where a later feature fills them (ARCHITECTURE section 4).
"""

from __future__ import annotations

from connector.store.tables.accounts import Account, Employer
from connector.store.tables.activities import Activity
from connector.store.tables.company import Company, Counter, Definition, Finding, Run, WatermarkRow
from connector.store.tables.decisions import (
    Assignment,
    Cycle,
    DispositionHistory,
    FollowUp,
    FollowUpEvent,
    Movement,
    RoutingState,
    ScoreHistory,
    StageHistory,
    TrackHistory,
    TrackTouch,
    WinModelRow,
)
from connector.store.tables.landing import Generation, Landing, Reject, SchemaSnapshot, TombstoneRow
from connector.store.tables.messages import MessageRow
from connector.store.tables.people import (
    CrmUser,
    FieldHistory,
    Link,
    LinkEvent,
    LinkRule,
    MatchKey,
    Opportunity,
    OpportunityHistory,
    OpportunityPerson,
    Person,
    PersonDirty,
    PersonFieldHistory,
)
from connector.store.tables.queues import QueueMember
from connector.store.tables.writes import (
    BaselineRow,
    Budget,
    ConflictRow,
    Hold,
    Journal,
    Moment,
    OutboxRow,
    PlanRow,
    WriteRequest,
)

__all__ = [
    "Account",
    "Activity",
    "Assignment",
    "BaselineRow",
    "Budget",
    "Company",
    "ConflictRow",
    "Counter",
    "CrmUser",
    "Cycle",
    "Definition",
    "DispositionHistory",
    "Employer",
    "FieldHistory",
    "Finding",
    "FollowUp",
    "FollowUpEvent",
    "Generation",
    "Hold",
    "Journal",
    "Landing",
    "Link",
    "LinkEvent",
    "LinkRule",
    "MatchKey",
    "MessageRow",
    "Moment",
    "Movement",
    "Opportunity",
    "OpportunityHistory",
    "OpportunityPerson",
    "OutboxRow",
    "Person",
    "PersonDirty",
    "PersonFieldHistory",
    "PlanRow",
    "QueueMember",
    "Reject",
    "RoutingState",
    "Run",
    "SchemaSnapshot",
    "ScoreHistory",
    "StageHistory",
    "TombstoneRow",
    "TrackHistory",
    "TrackTouch",
    "WatermarkRow",
    "WinModelRow",
    "WriteRequest",
]
