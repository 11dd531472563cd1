"""Hand-offs, reps, and what sales gives back, counted a second time from the rows, by the words of each definition."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from tests.figures.recorded import MINUTE, Recorded, Row, middle, part, working_minutes

Z = 1.959964
DAY = 24 * 60 * MINUTE
CLOSED = ("recycled", "rejected", "disqualified")
KINDS = {"timing": "recycle", "no_budget": "recycle", "no_fit": "disqualify", "wrong_owner": "reroute"}
LABELS = {
    "timing": "Not now, later",
    "no_budget": "No budget now",
    "no_fit": "Wrong company or person type",
    "wrong_owner": "Not my territory, product or language",
}
Counted = dict[str, dict[str, Any]]


def by(rows: Iterable[Row], name: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(name(row), []).append(row)
    return found


def clock_figures(rows: list[Row]) -> dict[str, Any]:
    """Of a group of assignments: how many clocks are where, and the time to the first touch."""
    states = Counter(row["clock"].get("state") for row in rows)
    waits = [
        working_minutes(row["clock"]["started_at"], row["clock"]["touched_at"])
        for row in rows
        if row["clock"].get("started_at") and row["clock"].get("touched_at")
    ]
    return {
        "handed_off": sum(row["kind"] != "reassign" for row in rows),
        **{state: states[state] for state in ("kept", "broken", "running", "unknown")},
        "kept_share": part(states["kept"], states["kept"] + states["broken"]),
        "speed_median": middle(waits),
        "speed_p90": middle(waits, 90),
    }


def ended(row: Row) -> int | None:
    """When the assignment was over: it ended, or its cycle did."""
    cycle = row["cycle"]
    closed = (
        cycle["disposition_at"] if cycle["disposition"] in CLOSED and cycle["disposition_at"] >= row["at"] else None
    )
    return min((at for at in (row["until"], cycle["closed_at"], closed) if at), default=None)


def while_held(row: Row, name: str) -> int | None:
    at = row["cycle"][name]
    return at if at and at >= row["at"] and (row["until"] is None or at <= row["until"]) else None


def accepted_at(row: Row) -> int | None:
    """When sales took it while they had it: as the cycle says, or as its history says of a later hand-off."""
    moves = [
        move["at"] for move in row["moves"] if move["disposition_to"] in ("accepted", "working", "sales_qualified")
    ]
    held = [at for at in moves if at >= row["at"] and (row["until"] is None or at <= row["until"])]
    return min((at for at in (while_held(row, "accepted_at"), *held) if at), default=None)


def accepting(rows: list[Row], now: int) -> dict[str, Any]:
    """Accepted before the time was over; or, when it was over, neither accepted nor given back."""
    kept = late = 0
    for row in rows:
        due, accepted, over = row["clock"].get("accept_due_at"), accepted_at(row), ended(row)
        if due is None:
            continue
        if accepted and accepted <= due:
            kept += 1
        elif due <= now and not (over and over <= due):
            late += 1
    return {"accept_kept": kept, "accept_broken": late, "accept_share": part(kept, kept + late)}


def system_time(rows: list[Row], activities: dict[int, list[Row]]) -> dict[str, Any]:
    """From the last signal to the assignment, and from there to the confirmation, as time passes."""
    assign, confirm = [], []
    for row in rows:
        mine = [each for each in activities.get(row["person_id"], ()) if each["occurred_at"] <= row["at"]]
        raised = [each for each in mine if each["signal"] == "hand_raise"]
        last = max((each["occurred_at"] for each in (raised or mine)), default=None)
        if last is not None:
            assign.append((row["at"] - last) // MINUTE)
        if row["confirmed_at"]:
            confirm.append((row["confirmed_at"] - row["at"]) // MINUTE)
    return {
        "assign_median": middle(assign),
        "assign_p90": middle(assign, 90),
        "confirm_median": middle(confirm),
        "confirm_p90": middle(confirm, 90),
    }


def touching(rows: list[Row]) -> dict[str, Any]:
    """Of a group of human touches: how many were asked for, made, in time, and what became of the others."""
    made = [row for row in rows if row["touched_at"]]
    kept = sum(row["touched_at"] <= row["late_at"] for row in made)
    states = Counter(row["state"] for row in rows)
    return {
        "touches_asked": len(rows) - states["ended"],
        "touches_made": len(made),
        "touches_kept": kept,
        "touches_broken": states["broken"],
        "touches_unknown": states["unknown"],
        "touches_running": states["running"] + states["waiting"],
        "touches_given": sum(bool(row["given_at"]) for row in rows),
        "touches_kept_share": part(kept, kept + states["broken"]),
    }


def handoff(of: Recorded) -> tuple[dict[str, Any], dict[str, Counted]]:
    """Figures and tables of the report."""
    moves = by(of.rows("disposition_history", "seq"), lambda row: row["cycle_id"])
    rows = [{**row, "moves": moves.get(row["cycle_id"], [])} for row in of.promised]
    given = [row for row in rows if row["kind"] != "reassign"]
    human = [row for row in of.rows("activity") if row["direction"] == "human" and row["deleted_seq"] is None]
    activities = by(human, lambda row: row["person_id"])
    pools = {member["name"]: "default" for member in of.team}
    rep = lambda row: of.names[row["owner_id"]]  # noqa: E731 - a name for what is asked four times
    promises = by(given, lambda row: row["promise"])
    all_clocks, all_system, accepted = (
        clock_figures(rows),
        system_time(given, activities),
        accepting(given, of.now_micros),
    )
    figures = {name: all_clocks[name] for name in ("handed_off", "speed_median", "speed_p90", "kept_share", "broken")}
    figures |= {"unknown": all_clocks["unknown"], "accept_share": accepted["accept_share"]}
    figures |= {name: all_system[name] for name in ("assign_median", "confirm_median")}
    tables = {
        "promises": {name: clock_figures(found) for name, found in by(rows, lambda row: row["promise"]).items()},
        "reps": {name: clock_figures(found) for name, found in by(rows, rep).items()},
        "teams": {name: clock_figures(found) for name, found in by(rows, lambda row: pools[rep(row)]).items()},
        "grades": {name: clock_figures(found) for name, found in by(rows, lambda row: row["grade"]).items()},
        "accepting": {n: {"handed_off": len(f), **accepting(f, of.now_micros)} for n, f in promises.items()},
        "system": {n: {"handed_off": len(f), **system_time(f, activities)} for n, f in promises.items()},
    }
    touches = [row for row in of.rows("track_touch") if row["due_at"] < of.now_micros]
    asked = touching(touches)
    figures |= {name: asked[name] for name in ("touches_asked", "touches_kept_share", "touches_broken")}
    tables["touches"] = {name: touching(found) for name, found in by(touches, lambda row: row["track"]).items()}
    return figures, tables


def wilson(some: int, of: int) -> tuple[float, float]:
    """Solutions of (some/of - p)^2 = Z^2 p (1 - p) / of."""
    a, b, c = 1 + Z * Z / of, -(2 * some / of + Z * Z / of), (some / of) ** 2
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return max(0.0, (-b - root) / (2 * a)), min(1.0, (-b + root) / (2 * a))


def gained(of: Recorded, row: Row) -> bool | None:
    """Whether the need was confirmed by whoever had the lead, one after the other; ``None``: they have it still."""
    until, after = row["until"], [one for one in of.promised if one["cycle_id"] == row["cycle_id"]]
    for one in after:
        if one["kind"] == "reassign" and one["at"] == until:
            until = one["until"]
    at, over = row["cycle"]["sales_qualified_at"], ended({**row, "until": until})
    if at and at >= row["at"] and (until is None or at <= until):
        return True
    return False if over or of.now_micros - row["at"] >= 30 * DAY else None


def known(some: list[Row]) -> tuple[int, int]:
    counted = [one["gained"] for one in some if one["gained"] is not None]
    return sum(counted), len(counted)


def reps(of: Recorded, group: Callable[[str | None], str]) -> tuple[dict[str, Any], dict[str, Counted]]:
    """Decided hand-offs by rep and by source."""
    found: list[Row] = []
    for row in of.given:
        qualified = while_held(row, "sales_qualified_at") is not None
        if qualified or ended(row) or of.now_micros - row["at"] >= 30 * DAY:
            told = {"kept": True, "broken": False}.get(row["clock"].get("state", ""))
            source = group(row["person"]["source_first"])
            found.append({"rep": of.names[row["owner_id"]], "source": source, "won": qualified, "told": told})
            found[-1]["gained"] = gained(of, row)
            found[-1]["kind"] = (row["grade"], source)
    kinds = by(found, lambda one: one["kind"])
    overall = {kind: sum(one["won"] for one in same) / len(same) for kind, same in kinds.items()}
    in_time, late = ([one for one in found if one["told"] is told] for told in (True, False))
    figures = {
        "decided": len(found),
        "sql_in_time": part(*known(in_time)),
        "sql_late": part(*known(late)),
    }
    tables: dict[str, Counted] = {"reps": {}, "sources": {}}
    for name, mine in by(found, lambda one: one["rep"]).items():
        won, expected = sum(one["won"] for one in mine), sum(overall[one["kind"]] for one in mine) / len(mine)
        low, high = wilson(won, len(mine))
        answers = [one["told"] for one in mine if one["told"] is not None]
        tables["reps"][name] = {
            "decided": len(mine),
            "kept_share": part(sum(answers), len(answers)),
            "sql_share": part(won, len(mine)),
            "sql_expected": round(expected, 4),
            "sql_difference": round(won / len(mine) - expected, 4),
            "difference_low": round(low - expected, 4) if len(mine) >= 10 else None,
            "difference_high": round(high - expected, 4) if len(mine) >= 10 else None,
        }
    for name, mine in by(found, lambda one: one["source"]).items():
        soon, after = (known([one for one in mine if one["told"] is told]) for told in (True, False))
        tables["sources"][name] = {
            "decided": len(mine),
            "in_time": soon[1],
            "sql_in_time": part(*soon),
            "late": after[1],
            "sql_late": part(*after),
            **beyond(known([one for one in in_time if one["source"] != name]), soon),
        }
    return figures, tables


def beyond(others: tuple[int, int], mine: tuple[int, int]) -> dict[str, float | None]:
    """Between which bounds the share lies above that of the others (Newcombe); nothing is said of fewer than ten."""
    low = high = None
    if min(others[1], mine[1]) >= 10:
        before, after = others[0] / others[1], mine[0] / mine[1]
        (low_before, high_before), (low_after, high_after) = (wilson(*each) for each in (others, mine))
        low = after - before - math.sqrt((after - low_after) ** 2 + (high_before - before) ** 2)
        high = after - before + math.sqrt((high_after - after) ** 2 + (before - low_before) ** 2)
    return {name: None if end is None else round(end, 4) for name, end in (("others_low", low), ("others_high", high))}


def recycle(of: Recorded, group: Callable[[str | None], str]) -> tuple[dict[str, Any], dict[str, Counted]]:
    """What sales gave back: rejected, or recycled by the rule because nobody was reached."""
    moves = of.rows("disposition_history", "seq")
    rows = []
    for row in of.given:
        later = [each["at"] for each in of.given if each["cycle_id"] == row["cycle_id"] and each["at"] > row["at"]]
        until = min(later, default=None)
        own = [m for m in moves if m["cycle_id"] == row["cycle_id"] and m["at"] >= row["at"]]
        own = [m for m in own if until is None or m["at"] < until]
        back = [m for m in own if m["disposition_to"] == "rejected"]
        back += [m for m in own if m["disposition_to"] == "recycled" and m["by"] == "rule"]
        settled = [m for m in own if m["disposition_to"] in ("recycled", "rerouted", "disqualified", "merged")]
        reasons = [m["reason"] for m in (*settled[:1], *back) if m["reason"]]
        rows.append({**row, "back": (reasons or ["unspecified"])[0] if back else None, "again": bool(back and later)})
    given_back = [row for row in rows if row["back"]]
    figures = {
        "hand_offs_decided": len(rows),
        "given_back": len(given_back),
        "given_back_share": part(len(given_back), len(rows)),
        "returned_later": sum(row["again"] for row in rows),
        "won_later": sum(row["cycle"]["disposition"] == "won" for row in given_back),
    }
    why = {
        LABELS[code]: {
            "reason_class": KINDS[code],
            "given_back": len(same),
            "share_of_given_back": part(len(same), len(given_back)),
            "returned_later": sum(row["again"] for row in same),
            "won_later": sum(row["cycle"]["disposition"] == "won" for row in same),
        }
        for code, same in by(given_back, lambda row: row["back"]).items()
    }
    classes = by(given_back, lambda row: KINDS[row["back"]])
    tables = {"reasons": why, "classes": {name: {"given_back": len(same)} for name, same in classes.items()}}
    tables["path"] = {name: _origin(same) for name, same in by(rows, lambda row: row["reasons"]["path"]).items()}
    tables["promise"] = {name: _origin(same) for name, same in by(rows, lambda row: row["promise"]).items()}
    sources = by(rows, lambda row: group(row["person"]["source_first"]))
    tables["source"] = {name: _origin(same) for name, same in sources.items()}
    rules = sorted({rule for row in rows for rule in row["reasons"]["rules"]})
    tables["rule"] = {rule: _origin([row for row in rows if rule in row["reasons"]["rules"]]) for rule in rules}
    return figures, tables


def _origin(rows: list[Row]) -> dict[str, Any]:
    back = [row for row in rows if row["back"]]
    low, high = wilson(len(back), len(rows))
    counted = Counter(row["back"] for row in back)
    return {
        "hand_offs_decided": len(rows),
        "given_back": len(back),
        "given_back_share": part(len(back), len(rows)),
        "given_back_low": low,
        "given_back_high": high,
        "main_reason": min(counted, key=lambda code: (-counted[code], code), default=None),
        "returned_later": sum(row["again"] for row in back),
        "won_later": sum(row["cycle"]["disposition"] == "won" for row in back),
    }
