"""``routing.toml`` and the roster's routing keys: what they say, and what is wrong with a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import BadConfiguration
from connector.playbook import load
from tests.playbook.folder import SYSTEMS, write

TEAM = """
[[members]]
name = "Ada"
role = "ae"
salesforce_user_id = "1"
pools = ["dach", "default"]
skills = ["German"]
paired_sdr = "Bea"

[[members]]
name = "Bea"
role = "sdr"
salesforce_user_id = "2"
salesforce_only = true

[[members]]
name = "Max"
role = "manager"
salesforce_user_id = "3"
"""
FALLBACK = '[fallback]\nmember = "Max"\n'
DACH = """
[[territories]]
name = "dach"
when = { all = [{ field = "country", in = ["Germany"] }, { field = "employees", at_least = 50 }] }
pool = "dach"
requires_skills = ["german"]
"""


def routing_of(tmp_path: Path, text: str, team: str = TEAM):
    return load(write(tmp_path, team=team, routing=FALLBACK + text), systems=SYSTEMS).playbook


def test_everything_is_read(tmp_path: Path) -> None:
    text = """
[marketing]
owner = "Max"
[marketing.by_track]
qualified_b = "Bea"
[pools.dach]
daily_max = 3
fallback = "Ada"
[skills]
otherwise = "fallback"
[skills.language]
de = "german"
[skills.product]
Platform = "german"
"""
    playbook = routing_of(tmp_path, text + DACH)
    routing = playbook.routing
    (territory,) = routing.territories
    assert (territory.name, territory.pool, territory.requires_skills) == ("dach", "dach", frozenset({"german"}))
    assert (routing.pools["dach"].daily_max, routing.pools["dach"].open_unaccepted_max) == (3, None)
    assert [routing.marketing_owner_of(track) for track in ("qualified_b", "qualified_c", None)] == [
        "Bea",
        "Max",
        "Max",
    ]
    assert routing.skills_must
    ada, bea = playbook.team[0], playbook.team[1]
    assert (ada.pools, ada.skills, ada.paired_sdr) == (("dach", "default"), frozenset({"german"}), "Bea")
    assert (bea.pools, bea.only_in) == (("default",), "salesforce")


@pytest.mark.parametrize(
    ("language", "product", "expected"),
    [
        ("de", None, {"german"}),
        ("de-CH", None, {"german"}),
        ("DE_at", None, {"german"}),
        ("fr", None, set()),
        (None, "platform", {"german"}),
        (None, "other; Platform", {"german"}),
        (None, None, set()),
    ],
)
def test_what_a_language_and_a_product_ask_for(tmp_path: Path, language, product, expected) -> None:
    text = '[skills.language]\nde = "german"\n[skills.product]\nplatform = "german"\n'
    assert routing_of(tmp_path, text).routing.skills_for(language, product) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            DACH.replace('pool = "dach"', 'pool = "dahc"'),
            'acme/routing.toml: [territories[1]] pool: no member of team.toml is in the pool "dahc"; '
            'did you mean "dach".',
        ),
        (
            DACH.replace('["german"]', '["germann"]'),
            'acme/routing.toml: [territories[1]] requires_skills: no member of team.toml has the skill "germann"; '
            'did you mean "german".',
        ),
        (
            DACH.replace('"country"', '"contry"'),
            'acme/routing.toml: [territories[1].when.all[1]] field: "contry" is not a fact of a person; '
            'did you mean "country".',
        ),
        (
            '[[territories]]\nname = "x"\npool = "dach"\nwhen = { happened = "hand_raise" }\n',
            "acme/routing.toml: [territories[1]] when: a territory is told by facts of the person alone; "
            'write { field = "country", ... }.',
        ),
        (DACH + DACH, 'acme/routing.toml: [territories[2]] name: another territory is called "dach".'),
        (
            '[marketing.by_track]\nqualified_be = "Bea"\n',
            "acme/routing.toml: [marketing.by_track] qualified_be: is no track of nurture.toml; "
            'did you mean "qualified_b".',
        ),
        (
            '[pools.dach]\nfallback = "Adda"\n',
            'acme/routing.toml: [pools.dach] fallback: "Adda" is not in team.toml; did you mean "Ada".',
        ),
        ("[pools.dach]\ndaily_max = 0\n", "acme/routing.toml: [pools.dach] daily_max: expected 1 or more."),
        (
            "[pools.dach]\ndaly_max = 2\n",
            'acme/routing.toml: [pools.dach] daly_max: unknown key; did you mean "daily_max".',
        ),
        (
            '[skills]\notherwise = "anybody"\n',
            'acme/routing.toml: [skills] otherwise: "anybody" is not one of anyone, fallback; did you mean "anyone".',
        ),
    ],
)
def test_a_mistake_names_file_table_and_key(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        routing_of(tmp_path, text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            'paired_sdr = "Bea"',
            'paired_sdr = "Max"',
            "acme/team.toml: [members[1]] paired_sdr: Max is manager in team.toml; name a member with role sdr.",
        ),
        (
            'pools = ["dach", "default"]',
            'pools = ["dach"]\npool = "default"',
            'acme/team.toml: [members[1]] pool: stands beside "pools"; write one of the two.',
        ),
        ('pools = ["dach", "default"]', "pools = []", "acme/team.toml: [members[1]] pools: the list is empty."),
    ],
)
def test_a_mistake_in_the_roster_too(tmp_path: Path, before: str, after: str, sentence: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        routing_of(tmp_path, "", TEAM.replace(before, after))
    assert str(caught.value) == sentence
