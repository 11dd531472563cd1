"""Authentication, scopes and rate limits on the virtual clock."""

from __future__ import annotations

import pytest

CONTACTS = "/crm/objects/2026-09/contacts"
FORM = b"grant_type=refresh_token&client_id=simulator&client_secret=simulator-secret&refresh_token=simulator-refresh"


def headers(answer):
    return {name.lower(): value for name, value in answer.response.headers}


def oauth(api, path="/oauth/2026-09/token", form=FORM):
    return api.send("POST", path, form)


def test_without_a_known_token_401(api):
    for token in ("", "nonsense"):
        api.token = token
        answer = api.get(CONTACTS)
        assert (answer.status, answer.json["category"]) == (401, "INVALID_AUTHENTICATION")
        assert answer.json["message"].startswith("Authentication credentials not found.")
    api.token = "simulator-token"
    api.settings(revoked_tokens=["simulator-token"])
    assert api.get(CONTACTS).status == 401


@pytest.mark.parametrize("path", ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token", "/oauth/2026-09/token"])
def test_a_token_lives_1800_seconds(api, path):
    document = oauth(api, path).json
    assert document["expires_in"] == 1800
    api.token = document["access_token"]
    api.advance(1799)
    assert api.get(CONTACTS).status == 200
    api.advance(1)
    assert api.get(CONTACTS).status == 401
    api.advance(75)
    answer = api.get(CONTACTS)
    assert (answer.status, answer.json["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert answer.json["message"] == "The OAuth token used to make this call expired 75 second(s) ago."
    assert answer.json["context"] == {"expire time": ["2026-11-20T10:00:00.000Z"]}


def test_only_v1_takes_secrets_in_the_address(api):
    query = dict(part.split("=") for part in FORM.decode().split("&"))
    assert api.send("POST", "/oauth/v1/token", **query).status == 200
    assert "simulator-secret" not in str(api.control("requests"))
    assert api.send("POST", "/oauth/2026-09/token", **query).status == 400


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (b"simulator-refresh", "BAD_REFRESH_TOKEN"),
        (b"simulator-secret", "BAD_CLIENT_SECRET"),
        (b"client_id=simulator", "BAD_CLIENT_ID"),
        (b"refresh_token&", "BAD_GRANT_TYPE"),
    ],
)
def test_what_the_token_endpoint_refuses(api, wrong, status):
    answer = oauth(api, form=FORM.replace(wrong, b"client_id=x" if b"id=" in wrong else b"x&"))
    assert (answer.status, answer.json["status"]) == (400, status)


def test_a_revoked_refresh_token(api):
    api.settings(refresh_token_revoked=True)
    assert oauth(api).json["error"] == "invalid_grant"


def test_secrets_of_token_requests_are_not_logged(api):
    oauth(api)
    assert "simulator-secret" not in str(api.control("requests"))
    assert "simulator-refresh" not in str(api.control("requests"))


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", CONTACTS, "crm.objects.contacts.read"),
        ("POST", f"{CONTACTS}/batch/read", "crm.objects.contacts.read"),
        ("POST", f"{CONTACTS}/batch/update", "crm.objects.contacts.write"),
        ("GET", "/crm/objects/2026-09/emails", "sales-email-read"),
        ("GET", "/crm/owners/2026-09", "crm.objects.owners.read"),
        ("POST", "/crm/properties/2026-09/contacts", "crm.schemas.contacts.write"),
    ],
)
def test_a_missing_scope_is_403_and_named(api, method, path, scope):
    api.settings(missing_scopes=[scope])
    answer = api.send(method, path, {"inputs": []} if method == "POST" else None)
    assert (answer.status, answer.json["category"]) == (403, "MISSING_SCOPES")
    assert scope in answer.json["errors"][0]["context"]["requiredGranularScopes"]
    assert "scopes" in answer.json["links"]


def test_ten_seconds_roll(api):
    api.settings(burst_limit=3)
    for _ in range(2):
        api.get(CONTACTS)
    api.advance(6)
    last = api.get(CONTACTS)
    assert headers(last)["x-hubspot-ratelimit-remaining"] == "0"
    refused = api.get(CONTACTS)
    assert refused.status == 429
    assert refused.json["policyName"] == "TEN_SECONDLY_ROLLING"
    assert refused.json["errorType"] == "RATE_LIMIT"
    assert refused.json["message"] == "You have reached your ten_secondly_rolling limit."
    assert "category" not in refused.json
    assert "retry-after" not in headers(refused)
    api.advance(4)
    assert [api.get(CONTACTS).status for _ in range(3)] == [200, 200, 429]


def test_default_limits_are_those_of_the_professional_plan(api):
    api.control("reset", {})
    statuses = [api.get(CONTACTS).status for _ in range(191)]
    assert statuses == [200] * 190 + [429]


def test_an_oauth_app_has_its_own_smaller_limit_and_no_daily_one(api):
    api.settings(burst_limit=1, daily_limit=1, oauth_burst_limit=2)
    api.token = oauth(api).json["access_token"]
    answers = [api.get(CONTACTS) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert api.search().status == 200
    assert headers(answers[0])["x-hubspot-ratelimit-max"] == "2"
    assert "x-hubspot-ratelimit-daily" not in headers(answers[0])


def test_searches_of_an_oauth_app_are_outside_its_limit_and_its_calls_outside_the_day(api):
    api.settings(oauth_burst_limit=1, daily_limit=1)
    api.token = oauth(api).json["access_token"]
    assert [api.search().status for _ in range(3)] == [200, 200, 200]
    assert [api.get(CONTACTS).status for _ in range(2)] == [200, 429]
    api.token = "simulator-token"
    assert [api.get(CONTACTS).status for _ in range(2)] == [200, 429]


def test_the_day_ends_at_midnight_of_the_portal(api):
    api.settings(daily_limit=2, time_zone="America/New_York")
    assert [api.get(CONTACTS).status for _ in range(2)] == [200, 200]
    refused = api.get(CONTACTS)
    assert (refused.status, refused.json["policyName"]) == (429, "DAILY")
    api.control("clock", {"now": "2026-11-21T04:59:59Z"})
    assert api.get(CONTACTS).status == 429
    api.control("clock", {"now": "2026-11-21T05:00:00Z"})
    answer = api.get(CONTACTS)
    assert answer.status == 200
    assert headers(answer)["x-hubspot-ratelimit-daily-remaining"] == "1"


def test_search_is_limited_per_second_and_tells_nothing(api):
    api.settings(search_limit=5)
    answers = [api.search() for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert answers[5].json["policyName"] == "SECONDLY"
    assert not any("ratelimit" in name for answer in answers for name in headers(answer))
    assert api.get(CONTACTS).status == 200
    api.advance(1)
    assert api.search().status == 200


def test_retry_after_is_a_switch(api):
    api.settings(search_limit=1, retry_after=True)
    api.search()
    assert headers(api.search())["retry-after"] == "1"


def test_every_answer_is_dated_by_the_virtual_clock(api):
    api.settings(request_takes_ms=500)
    first, second = api.get(CONTACTS), api.get(f"{CONTACTS}/99")
    assert headers(first)["date"] == "Fri, 20 Nov 2026 09:30:00 GMT"
    assert headers(second)["date"] == "Fri, 20 Nov 2026 09:30:01 GMT"
    assert second.json["correlationId"] == headers(second)["x-hubspot-correlation-id"]


def test_the_account_tells_itself_and_its_usage(api):
    details = api.get("/account-info/2026-09/details").json
    assert (details["portalId"], details["timeZone"], details["utcOffset"]) == (148800001, "America/New_York", "-05:00")
    (usage,) = api.get("/account-info/v3/api-usage/daily/private-apps").json["results"]
    assert (usage["currentUsage"], usage["usageLimit"]) == (2, 625000)
    assert usage["resetsAt"] == "2026-11-21T05:00:00.000Z"
