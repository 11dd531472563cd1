"""The nightly comparison as a job: read the streams, hold everything against the CRMs, look at the roster again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from connector.app import App
from connector.sync.pull import pull
from connector.sync.reconcile import Compared
from connector.sync.reconcile import reconcile as compare
from connector.sync.roster import match_roster, report_strangers


class Reconciled(Struct, frozen=True):
    """What a night's comparison came to, object by object."""

    compared: tuple[Compared, ...]

    @property
    def calls(self) -> int:
        """API requests that the comparison took, without the streams."""
        return sum(each.calls for each in self.compared)

    def lines(self) -> Iterator[dict[str, Any]]:
        """One line of the log for each object: records read, differences, requests."""
        for each in self.compared:
            counted = ", ".join(f"{code} {count}" for code, count in each.counted().items() if count)
            place: dict[str, Any] = {"system": each.system, "object": each.object, "count": each.read}
            yield place | {"sentence": f"{counted or 'nothing differs'}; {each.calls} requests"}


def reconcile(app: App, company: str) -> Reconciled:
    """Compare the company with its CRMs; what differs is landed for the next sync, and each kind is a finding."""
    with app.running(company, "reconcile") as (run, outcome):
        stores = app.stores
        pull(run, stores.landing, stores.findings)
        found = Reconciled(tuple(compare(run, stores.landing, stores.findings)))
        match_roster(run, stores.roster, stores.findings)
        report_strangers(run, stores.roster, stores.findings)
        counts = {f"{each.system}.{each.object}": each.counted() | {"calls": each.calls} for each in found.compared}
        outcome |= {"status": "ok", "counts": counts}
        return found
