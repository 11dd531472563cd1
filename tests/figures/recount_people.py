"""Sources, coverage, leaks, cohorts and the week, counted a second time from rows and dumps."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.figures.recorded import LADDER, MINUTE, NEW_YORK, Recorded, Row, micros, middle, part, working_minutes
from tests.figures.recount_sales import Counted, by, clock_figures

GROUPS = {
    **{word: word for word in ("organic_search", "paid_search", "paid_social", "organic_social", "email", "referral")},
    **{
        word: word
        for word in ("partner", "event", "webinar", "direct", "purchased_list", "database", "other", "unknown")
    },
    **{"web": "direct", "phone_inquiry": "direct", "partner_referral": "partner"},
}
WITH_SALES = ("assigned", "accepted", "working", "sales_qualified", "opportunity")
BUSINESS_DAY = 8 * 60


def group(source: str | None) -> str:
    """The closed list; ``unknown`` for no source, ``other`` for a word nobody listed."""
    return GROUPS.get(source, "other") if source else "unknown"


def came(of: Recorded) -> dict[int, int]:
    """When each living person's first record was made, as the systems say: also that of a Lead that was converted."""
    found: dict[int, int] = {}
    for link in of.links:
        record = of.record(link, converted=True)
        if record is not None and link["person_id"] in of.living:
            text = record.get("CreatedDate") or record["createdate"]
            at = micros(datetime.fromisoformat(text.replace("+0000", "+00:00")).replace(microsecond=0))
            found[link["person_id"]] = min(at, found.get(link["person_id"], at))
    return found


def won_deals(of: Recorded) -> dict[str, list[dict[str, Any]]]:
    """Won business of each system by its dump: amount, closing day, and the people on it, the first contact first."""
    dump, other = of.dumps["salesforce"]["records"], of.dumps["hubspot"]
    person = {(link["object"], link["record_id"]): link["person_id"] for link in of.links}
    roles = sorted(dump["OpportunityContactRole"].values(), key=lambda role: (not role["IsPrimary"], role["Id"]))
    deals = [
        {
            "amount": round(deal["Amount"] or 0),
            "day": date.fromisoformat(deal["CloseDate"]),
            "people": [person["Contact", role["ContactId"]] for role in roles if role["OpportunityId"] == key],
        }
        for key, deal in dump["Opportunity"].items()
        if deal["IsWon"] and not deal["IsDeleted"]
    ]
    pairs = [sorted((tuple(each["from"]), tuple(each["to"]))) for each in other["associations"]]
    named = {deal: contact for contact, deal in pairs if (contact[0], deal[0]) == ("contacts", "deals")}
    others = [
        {
            "amount": round(float(deal["amount"] or 0)),
            "day": datetime.fromisoformat(deal["closedate"]).astimezone(NEW_YORK).date(),
            "people": [person[named["deals", key]]] if ("deals", key) in named else [],
        }
        for key, deal in other["records"]["deals"].items()
        if deal.get("hs_is_closed_won") == "true"
    ]
    return {"salesforce": deals, "hubspot": others}


def revenue_of_people(of: Recorded) -> dict[int, int]:
    """Each won deal for its first contact; where both systems hold somebody's deals, the larger sum."""
    found: dict[int, int] = {}
    for deals in won_deals(of).values():
        sums: dict[int, int] = {}
        for deal in deals:
            for person in deal["people"][:1]:
                sums[person] = sums.get(person, 0) + deal["amount"]
        found |= {person: max(amount, found.get(person, 0)) for person, amount in sums.items()}
    return found


def sources(of: Recorded) -> tuple[dict[str, Any], dict[str, Counted]]:
    """By first source, over everything stored; and what the sources cost."""
    cycles = by(of.cycles, lambda row: row["person_id"])
    revenue = revenue_of_people(of)
    spent: dict[str, int] = {}
    for costs in of.sources["costs"].values():
        for source, amount in costs.items():
            spent[source] = spent.get(source, 0) + amount
    people = by((of.people[person] for person in sorted(of.living)), lambda row: group(row["source_first"]))
    brought: Counted = {}
    cost: Counted = {}
    for source in sorted({*people, *spent}):
        mine = people.get(source, [])
        flags = {name: _people(mine, cycles, name) for name in ("qualified_at", "handed_off_at", "sales_qualified_at")}
        won = sum(any(c["disposition"] == "won" for c in cycles.get(row["person_id"], ())) for row in mine)
        money = sum(revenue.get(row["person_id"], 0) for row in mine)
        brought[source] = {
            "came": len(mine),
            "junk_share": part(sum(row["junk_rule"] is not None for row in mine), len(mine)),
            "qualified": flags["qualified_at"],
            "qualified_share": part(flags["qualified_at"], len(mine)),
            "handed_off_people": flags["handed_off_at"],
            "sql": flags["sales_qualified_at"],
            "won": won,
            "revenue": money,
        }
        if source in spent:
            counts = {
                "cost_per_person": len(mine),
                "cost_per_qualified": flags["qualified_at"],
                "cost_per_customer": won,
            }
            per = {name: round(spent[source] / n) if n else None for name, n in counts.items()}
            cost[source] = {"spent": spent[source], "return": round(money / spent[source], 2), **per}
    figures: dict[str, Any] = {
        name: sum(row[name] for row in brought.values()) for name in ("came", "qualified", "won", "revenue")
    }
    junk = sum(of.people[person]["junk_rule"] is not None for person in of.living)
    return figures | {"junk_share": part(junk, len(of.living))}, {"first": brought, "costs": cost}


def spent_in(of: Recorded, first: date, last: date) -> dict[str, int]:
    """What each source cost from the first to the last day, a month shared out by its days."""
    found: dict[str, float] = {}
    for month, costs in of.sources["costs"].items():
        year, number = (int(text) for text in month.split("-"))
        days = [date(year, number, day) for day in range(1, monthrange(year, number)[1] + 1)]
        share = sum(first <= day <= last for day in days) / len(days)
        for source, amount in costs.items():
            if share:
                found[source] = found.get(source, 0.0) + amount * share
    return {source: round(amount) for source, amount in found.items()}


FACTS = """email has_phone first_name last_name title seniority job_function account_name account_id employees industry
country source_first q_need q_budget q_authority q_timing"""


def coverage(of: Recorded) -> tuple[dict[str, Any], dict[str, Counted]]:
    """What is settled of open leads, and which fields are filled of the people in scope."""
    scope = [of.people[person] for person in sorted(of.living)]
    scope = [row for row in scope if row["junk_rule"] is None and not row["processing_restricted"]]
    open_leads = [row for row in scope if row["stage"] in LADDER[1:5]]
    qualified = [row for row in open_leads if row["stage"] == "qualified_lead"]
    here = {row["user_id"] for row in of.rows("crm_user") if row["active"] and row["kind"] != "queue"}
    team = [row for row in open_leads if row["accountable"] not in (None, "", "nobody", "sales")]
    below = [row["person_id"] for row in team if row["stage"] in LADDER[1:3]]
    owned = [row for row in open_leads if row["owner_id"] in here or row["person_id"] in below]
    settled = {"grade (of qualified leads)": ([row for row in qualified if row["grade"]], qualified)}
    settled |= {"responsible": (owned, open_leads)}
    settled |= {n: ([row for row in open_leads if row[c]], open_leads) for n, c in (("track", "track"),)}
    settled |= {"next step": ([row for row in open_leads if row["next_step"]], open_leads)}
    states = [row["clock"].get("state") for row in of.promised]
    decided = sum(state in ("kept", "broken", "unknown") for state in states)
    filled = {}
    for name in FACTS.split():
        some = sum(bool(row[name]) for row in scope)
        filled[name] = {"has": some, "has_share": part(some, len(scope))}
    figures: dict[str, Any] = {"in_scope": len(scope), "open_scope": len(open_leads)}
    figures |= {"visible_share": part(decided - states.count("unknown"), decided)}
    shares = {n: {"has": len(some), "has_share": part(len(some), len(of_))} for n, (some, of_) in settled.items()}
    noticed = [row for row in of.rows("finding") if row["settled_at"] is None]
    found = {row["name"]: {"finding_count": row["count"], "remedy": row["remedy"]} for row in noticed}
    return figures, {"settled": shares, "filled": filled, "findings": found}


def leaks(of: Recorded) -> dict[str, tuple[str, ...]]:
    """Person key -> what is missing, by the words of PLAYBOOK 10, for every open cycle in scope."""
    users = of.rows("crm_user")
    active = {row["user_id"] for row in users if row["active"] and row["kind"] != "queue"}
    queues = {row["user_id"] for row in users if row["kind"] == "queue"}
    held = {row["person_id"]: row for row in of.rows("assignment", "at") if row["until"] is None}
    found = {}
    for cycle in of.cycles:
        person = of.people.get(cycle["person_id"])
        if cycle["closed_at"] or person is None or person["stage"] == "name" or person["track"] == "no_contact":
            continue
        if person["person_id"] not in of.living or person["processing_restricted"]:
            continue
        codes = tuple(_codes(of, person, cycle, held.get(person["person_id"]), (active, queues)))
        if codes:
            found[person["person_key"]] = codes
    return found


def _codes(of: Recorded, person: Row, cycle: Row, held: Row | None, users: tuple[set[int], set[int]]) -> list[str]:
    (active, queues), now, codes = users, of.now_micros, []
    sales = cycle["disposition"] in WITH_SALES
    owner, team = person["owner_id"], person["accountable"] not in (None, "", "nobody") and not sales
    answers = owner in active or (team and person["stage"] in ("suspect", "lead"))
    if owner in queues and not (team and owner is None):
        since = held["at"] if held else person["stage_since"]
        answers = since is not None and working_minutes(since, now) <= 4 * 60
    if not answers:
        codes.append("no_owner")
    if person["track"] is None and not sales:
        codes.append("no_track")
    if not person["next_step"]:
        codes.append("no_next_step")
    if person["next_step_due"] and working_minutes(person["next_step_due"], now) > 2 * BUSINESS_DAY:
        codes.append("overdue")
    clocked = held is None or held["promise"] is None or held["assignment_id"] in of.clocks
    if cycle["handed_off_at"] and sales and not clocked:
        codes.append("no_clock")
    if cycle["disposition"] == "rejected" and working_minutes(cycle["disposition_at"], now) > BUSINESS_DAY:
        codes.append("undecided_rejection")
    until = cycle["recycle_until"] or person["recycle_until"]
    if cycle["disposition"] == "recycled" and until and working_minutes(until, now) > BUSINESS_DAY:
        codes.append("recycle_not_evaluated")
    return codes


def week(of: Recorded, first: date) -> dict[str, Any]:
    """The key figures of seven days from a Monday of the company's calendar."""
    start, end = (micros(datetime.combine(day, datetime.min.time(), NEW_YORK)) for day in (first, first + WEEK))
    inside = lambda at: at is not None and start <= at < end  # noqa: E731 - asked of every row
    clocks = clock_figures([row for row in of.promised if inside(row["at"])])
    of_each = [[deal for deal in deals if first <= deal["day"] < first + WEEK] for deals in won_deals(of).values()]
    deals = max(of_each, key=len)
    moves = of.rows("disposition_history")
    return {
        "came": sum(inside(at) for at in came(of).values()),
        "mql": sum(inside(cycle["qualified_at"]) for cycle in of.cycles),
        "handed_off": clocks["handed_off"],
        "sal": sum(inside(cycle["accepted_at"]) for cycle in of.cycles),
        "sql_moments": sum(inside(cycle["sales_qualified_at"]) for cycle in of.cycles),
        "recycled": sum(inside(move["at"]) and move["disposition_to"] == "recycled" for move in moves),
        **{name: clocks[name] for name in ("kept_share", "broken", "speed_median")},
        "deals": len(deals),
        "deals_revenue": sum(deal["amount"] for deal in deals),
    }


WEEK = timedelta(days=7)


def cohorts(of: Recorded) -> Counted:
    """People by the month of their first move up the ladder: how many came how far since."""
    found: Counted = {}
    cycles = by(of.cycles, lambda row: row["person_id"])
    for person, moves in by(of.rows("stage_history", "at, seq"), lambda row: row["person_id"]).items():
        up = [move for move in moves if move["stage_to"] != "name"]
        mine = cycles.get(person, [])
        if (
            not up
            or person not in of.people
            or any(cycle["origin"] == "sales" and cycle["number"] == 1 for cycle in mine)
        ):
            continue
        month = f"{datetime.fromtimestamp(up[0]['at'] / 1e6, NEW_YORK):%Y-%m}"
        row = found.setdefault(month, dict.fromkeys(COHORT, 0))
        highest = max(LADDER.index(move["stage_to"]) for move in up)
        row["entered"] += 1
        for stage in ("lead", "qualified_lead", "prospect", "customer"):
            row[f"cohort_reached_{stage}"] += highest >= LADDER.index(stage)
        for moment in ("handed_off", "accepted", "sales_qualified"):
            row[f"cohort_reached_{moment}"] += any(cycle[f"{moment}_at"] for cycle in mine)
    return found


COHORT = (
    "entered",
    *(f"cohort_reached_{step}" for step in ("lead", "qualified_lead", "handed_off", "accepted", "sales_qualified")),
    *(f"cohort_reached_{step}" for step in ("prospect", "customer")),
)


def stays(of: Recorded) -> Counted:
    """How long people stayed in a stage that they left, and who is there now."""
    hours: dict[str, list[int]] = {}
    for moves in by(of.rows("stage_history", "at, seq"), lambda row: row["person_id"]).values():
        for here, then in pairwise(moves):
            hours.setdefault(here["stage_to"], []).append((then["at"] - here["at"]) // (60 * MINUTE))
    alive = (of.people[person] for person in of.living)
    now = by((row for row in alive if row["junk_rule"] is None), lambda row: row["stage"])
    days = {stage: [middle(found, n) for n in (50, 90)] for stage, found in hours.items()}
    return {
        stage: {
            "stays": len(hours.get(stage, ())),
            "stay_median": _days(days.get(stage, [None, None])[0]),
            "stay_p90": _days(days.get(stage, [None, None])[1]),
            "staying": len(now.get(stage, ())),
        }
        for stage in LADDER
        if stage in hours or stage in now
    }


def _days(hours: int | None) -> float | None:
    return None if hours is None else round(hours / 24, 2)


def _people(rows: list[Row], cycles: dict[int, list[Row]], moment: str) -> int:
    return sum(any(cycle[moment] for cycle in cycles.get(row["person_id"], ())) for row in rows)
