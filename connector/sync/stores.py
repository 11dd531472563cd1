"""The store as the steps see it: one bundle of ports, wired by ``app``."""

from __future__ import annotations

from msgspec import Struct

from connector.ports.accounts import AccountStore
from connector.ports.companies import CompanyStore
from connector.ports.decisions import DecisionStore
from connector.ports.evaluation import EvaluationStore
from connector.ports.findings import FindingStore
from connector.ports.landing import LandingStore
from connector.ports.merging import MergeStore
from connector.ports.messages import MessageStore
from connector.ports.native_sync import NativeSyncStore
from connector.ports.outbox import Outbox
from connector.ports.people import ResolveStore
from connector.ports.roster import RosterStore
from connector.ports.suspects import SuspectStore
from connector.rules.definitions import Definitions
from connector.sync.value import ValueSources


class Stores(Struct, frozen=True):
    """Every port the loop needs."""

    companies: CompanyStore
    findings: FindingStore
    landing: LandingStore
    resolve: ResolveStore
    accounts: AccountStore
    merge: MergeStore
    decisions: DecisionStore
    evaluations: EvaluationStore[Definitions]
    outbox: Outbox
    messages: MessageStore
    roster: RosterStore
    native_sync: NativeSyncStore
    values: ValueSources
    suspects: SuspectStore
