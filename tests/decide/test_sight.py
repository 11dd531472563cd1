"""Since when a value may stand that changed while its field was out of sight."""

from __future__ import annotations

import pytest

from connector.decide.sight import earliest, unseen_after

READ, NOW = 50, 60


@pytest.mark.parametrize(
    ("before", "absent", "changed", "after"),
    [
        ({}, {"x"}, set(), {"x": (READ, None)}),
        ({"x": (20, None)}, {"x"}, set(), {"x": (20, None)}),  # still out of sight: seen last a while ago
        ({"x": (20, None)}, set(), set(), {}),  # back as it was
        ({"x": (20, None)}, set(), {"x"}, {"x": (20, NOW)}),
        ({"x": (20, 40)}, set(), set(), {"x": (20, 40)}),
        ({"x": (20, 40)}, set(), {"x"}, {}),  # changed again, in sight
        ({"x": (20, 40)}, {"x"}, set(), {"x": (READ, None)}),
        ({"x": (20, None)}, {"y"}, {"x"}, {"x": (20, NOW), "y": (READ, None)}),
    ],
)
def test_what_is_kept_after_one_more_reading(before, absent, changed, after):
    assert unseen_after(before, absent, changed, READ, NOW) == after


def test_only_the_value_that_came_back_so_is_uncertain():
    assert earliest({"x": (20, 60)}, "x", 60) == 20
    assert earliest({"x": (20, 60)}, "x", 55) == 55, "the CRM's history has told when it was set"
    assert earliest({"x": (20, None)}, "x", 10) == 10, "the value from before, still out of sight"
    assert earliest({}, "x", 60) == 60
