"""Users of two systems as colleagues, against the roster."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from connector.decide.roster import Listed, Work, colleagues, plain_email, split_members, strangers, without_user
from connector.ports.roster import Seat

BOTH = ("blue", "green")
ADA = Seat("blue", "b1", 1, "ada@acme.example", "Ada Sell")
ADA_GREEN = Seat("green", "g1", 1, "ada@acme.example", "Ada Sell")


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Ada@Acme.example", "ada@acme.example"),
        (" ada@acme.example.invalid ", "ada@acme.example"),
        ("ada=acme.example@example.com", "ada@acme.example"),
        ("ada=acme.example@example.com.invalid", "ada@acme.example"),
        ("a=b@acme.example", "a=b@acme.example"),
        ("a=b@example.com", "a=b@example.com"),
        ("", None),
        (None, None),
    ],
)
def test_what_a_sandbox_makes_of_an_address_is_undone(written: str | None, plain: str | None) -> None:
    assert plain_email(written) == plain


def test_one_colleague_over_both_systems_and_the_roster() -> None:
    (ada,) = colleagues([ADA, ADA_GREEN], [Listed("Ada S.", {"green": "g1"})], BOTH, {1: Work(leads=3)})
    assert (ada.name, ada.member, dict(ada.ids), ada.missing) == (
        "Ada Sell",
        "Ada S.",
        {"blue": "b1", "green": "g1"},
        (),
    )


def test_the_address_matches_where_no_id_does() -> None:
    (ada,) = colleagues([ADA], [Listed("Ada S.", {"green": "g9"}, "ADA@acme.example")], BOTH, {})
    assert (ada.member, ada.missing) == ("Ada S.", ("green",))


def test_who_came_back_is_the_active_user_and_two_active_ones_are_told() -> None:
    left = Seat("blue", "b0", 1, "ada@acme.example", "Ada Sell", active=False)
    (ada,) = colleagues([ADA, left], [], BOTH, {})
    assert (ada.ids["blue"], ada.inactive, ada.duplicated) == ("b1", (), ())
    twin = Seat("blue", "b2", 9, "ada@acme.example.invalid", "Ada Sell")
    assert [each.duplicated for each in colleagues([ADA, ADA_GREEN, twin], [], BOTH, {})] == [("blue",), ("blue",)]
    assert [each.duplicated for each in colleagues([ADA, replace(twin, active=False)], [], BOTH, {})] == [(), ()]


def test_roles_are_guessed_from_what_somebody_does() -> None:
    seats = [
        Seat("blue", "b1", 1, name="Ada", manager_owner_id="b4"),
        Seat("blue", "b2", 2, name="Ben"),
        Seat("blue", "b3", 3, name="Cat"),
        Seat("blue", "b4", 4, name="Max"),
        Seat("blue", "q1", 5, name="Queue", is_person=False),
    ]
    found = colleagues(seats, [], BOTH, {1: Work(leads=2), 2: Work(leads=1, opportunities=1)})
    assert {each.name: each.role for each in found} == {"Ada": "sdr", "Ben": "ae", "Cat": None, "Max": "manager"}
    assert [each.manager for each in found if each.name == "Ada"] == ["Max"]


def test_a_member_with_two_addresses_is_one_person() -> None:
    other = Seat("green", "g1", 7, "ada.sell@acme.example", "Ada Sell")
    assert split_members([ADA, other], [Listed("Ada", {"blue": "b1", "green": "g1"})]) == [(1, 7)]
    assert split_members([ADA, ADA_GREEN], [Listed("Ada", {"blue": "b1", "green": "g1"})]) == []


def test_members_without_an_active_user_are_told_by_system() -> None:
    gone = Seat("green", "g1", 1, active=False)
    listed = [Listed("Ada", {"blue": "b1", "green": "g1"}), Listed("Ben", {"blue": "b2"})]
    assert without_user([ADA, gone], listed, BOTH) == [("Ada", "green"), ("Ben", "blue"), ("Ben", "green")]


def test_strangers_are_active_people_with_open_leads_outside_the_roster() -> None:
    seats = [
        ADA,
        ADA_GREEN,
        Seat("blue", "b2", 2),
        Seat("blue", "b3", 3, active=False),
        Seat("blue", "q1", 4, is_person=False),
    ]
    leads = {("blue", "b1"): 1, ("green", "g1"): 1, ("blue", "b2"): 5, ("blue", "b3"): 1, ("blue", "q1"): 9}
    assert strangers(seats, [Listed("Ada", {"blue": "b1"})], leads) == {("blue", "b2"): 5}
