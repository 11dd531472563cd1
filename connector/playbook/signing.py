"""Writing the agreement of both teams into a company's ``stages.toml``; everything else in it stays as it is."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import tomlkit
from msgspec import Struct
from tomlkit.items import Table

from connector.errors import BadConfiguration
from connector.playbook.agreement import REVIEW_DAYS, agreed_digest
from connector.playbook.loading import load

FILE = "stages.toml"


class Signature(Struct, frozen=True):
    """Who agreed for which team, on which day, and after how many days both look at it again."""

    marketing: str
    sales: str
    agreed_on: date
    review_days: int = REVIEW_DAYS
    notes: str | None = None


def sign(folder: Path, signature: Signature, *, systems: tuple[str, ...]) -> str:
    """Write the agreement to the definitions as they are now; gives their digest. The playbook must load."""
    if not signature.marketing.strip() or not signature.sales.strip():
        raise BadConfiguration("an agreement needs a name for each team", remedy="write --marketing NAME --sales NAME")
    digest = agreed_digest(load(folder, systems=systems).playbook.body)
    path = folder / FILE
    document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    if not isinstance(document.get("agreement"), Table):
        document["agreement"] = tomlkit.table()
    table = document["agreement"]
    assert isinstance(table, Table)
    values: dict[str, object] = {
        "marketing": signature.marketing.strip(),
        "sales": signature.sales.strip(),
        "agreed_on": signature.agreed_on,
        "review_by": signature.agreed_on + timedelta(days=signature.review_days),
        "digest": digest,
    }
    if signature.notes is not None:
        values["notes"] = signature.notes
    for key, value in values.items():
        table[key] = value
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
    return digest
