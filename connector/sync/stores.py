"""The store as the steps see it: one bundle of ports, wired by ``app``."""

from __future__ import annotations

from dataclasses import dataclass

from connector.ports.companies import CompanyStore
from connector.ports.decisions import DecisionStore
from connector.ports.evaluation import EvaluationStore
from connector.ports.findings import FindingStore
from connector.ports.landing import LandingStore
from connector.ports.merging import MergeStore
from connector.ports.outbox import Outbox
from connector.ports.people import ResolveStore
from connector.rules.definitions import Definitions


@dataclass(frozen=True)
class Stores:
    """Every port the loop needs."""

    companies: CompanyStore
    findings: FindingStore
    landing: LandingStore
    resolve: ResolveStore
    merge: MergeStore
    decisions: DecisionStore
    evaluations: EvaluationStore[Definitions]
    outbox: Outbox
