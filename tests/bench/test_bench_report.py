"""A part that is measured again takes the place of what was known of it, and the report is made of all."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from bench.__main__ import PARTS, _parts
from bench.parts import Part, keep, kept
from bench.report import markdown, results, table


def test_parts_are_measured_apart_and_told_together(tmp_path: Path) -> None:
    file = tmp_path / "measured.json"
    keep("pull", Part({"pull_hubspot_rest": 2.5}, [("pull_hubspot_rest", "2.5x", "3x", "2x")], "once"), file)
    keep("idle", Part({"idle_sync_calls": 30}, text="quiet"), file)
    keep("pull", Part({"pull_hubspot_rest": 1.9}, [("pull_hubspot_rest", "1.9x", "3x", "2x")], "again"), file)
    parts = kept(file)
    assert orjson.loads(results(parts)) == {"pull_hubspot_rest": 1.9, "idle_sync_calls": 30}
    report = markdown(parts)
    assert "again" in report
    assert "quiet" in report
    assert "once" not in report
    assert "1.9x" in table(parts)


def test_what_remains_is_said() -> None:
    told = markdown({"pull": Part({}, remains=["`pull` is at 4x, to 2x."])})
    assert "- `pull` is at 4x, to 2x." in told
    assert "every goal is met" in markdown({"pull": Part({})})


def test_a_part_is_named_or_refused() -> None:
    assert _parts("push,pull") == ["pull", "push"]
    with pytest.raises(Exception, match="no part is called pul; there are pull"):
        _parts("pul")
    assert "memory" in PARTS
