"""A human touch that the account's owner should make: theirs while they are with us, else marketing's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loop.two_systems import ADA, GUID, MAX, SECRETS, Loop

NURTURE = """
[tracks.welcome]
accountable = "account_owner"

[tracks.welcome.human_touch]
text = "call and say welcome"
first_business_days = 1
"""
ROUTING = '[fallback]\nmember = "Max Lead"\n[marketing]\nowner = "Max Lead"\n'
EMAIL = "mara@northwind.example"


@pytest.mark.parametrize(("still_here", "asked"), [(True, ADA), (False, MAX)])
def test_the_accounts_owner_is_asked_unless_they_have_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, still_here: bool, asked: str
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    loop = Loop(tmp_path, {"nurture.toml": NURTURE, "routing.toml": ROUTING})
    loop.control("hubspot", "seed", {"forms": [{"id": GUID, "name": "Newsletter sign-up"}]})
    account = {"Name": "Northwind", "Website": "https://northwind.example", "OwnerId": ADA}
    row = {"FirstName": "Mara", "LastName": "Oduya", "Company": "Northwind", "Email": EMAIL}
    loop.control("salesforce", "seed", {"records": {"Account": [account], "Lead": [row]}})
    if not still_here:
        gone = {"object": "User", "id": ADA, "fields": {"IsActive": False}, "by": MAX}
        loop.control("salesforce", "edit", gone)
    loop.contact(EMAIL, numemployees="1-5", jobtitle="Analyst")
    loop.control("hubspot", "submit_form", {"form": GUID, "email": EMAIL})
    loop.sync()
    loop.sync()
    assert {task["OwnerId"] for task in loop.records("Task").values()} == {asked}
    loop.app.close()
