"""Floor: the hand-written statement, stored where the scores of people have changed."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

STATEMENT = (Path(__file__).parent / "evaluation.sql").read_text(encoding="utf-8")
STORE = f"""
UPDATE person SET fit_milli = v.fit_milli, engagement_milli = v.engagement_milli, readiness_milli = v.readiness_milli,
    score_milli = v.total_milli, junk_rule = v.junk_rule
FROM ({STATEMENT}) AS v
WHERE person.company = :company AND person.person_id = v.person_id
  AND (person.fit_milli, person.engagement_milli, person.readiness_milli, person.score_milli, person.junk_rule)
      IS NOT (v.fit_milli, v.engagement_milli, v.readiness_milli, v.total_milli, v.junk_rule)
"""


def rescore(file: str, as_of: int) -> int:
    database = sqlite3.connect(file)
    changed = database.execute(STORE, {"company": 1, "as_of": as_of}).rowcount
    database.commit()
    return changed


if __name__ == "__main__":
    print(rescore(sys.argv[1], int(sys.argv[2])))
