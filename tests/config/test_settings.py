"""``config.toml``: what it means, and the one sentence for everything that can be wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.config import Settings, is_loopback, read_settings
from connector.errors import BadConfiguration, LeadloopError
from connector.model import Level

SYSTEMS = ("salesforce", "hubspot")
HUBSPOT = """
[companies.acme.hubspot]
url = "https://api.hubapi.com"
api_version = "2026-09"
auth = "token"
access_token = "env:ACME_TOKEN"
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def read(folder: Path, text: str) -> Settings:
    return read_settings(write(folder, text), SYSTEMS)


def test_an_empty_file_is_a_configuration_without_companies(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert settings.companies == {}
    assert settings.store_url == f"sqlite:///{tmp_path / 'leadloop.db'}"
    assert settings.web_listen == "127.0.0.1:8321"
    assert settings.schedule["sync"] == "every 5 minutes"


def test_the_defaults_of_a_company_write_nothing(tmp_path: Path) -> None:
    acme = read(tmp_path, HUBSPOT).company("acme")
    assert acme.level("hubspot") is Level.OBSERVE
    assert (acme.approval, acme.live_since, acme.mappings) == ("first", None, None)
    assert (acme.environment, acme.zone.key) == ("production", "UTC")
    assert list(acme.systems) == ["hubspot"]


def test_every_key_is_read(tmp_path: Path) -> None:
    text = f"""
[store]
url = "postgresql+psycopg://user@host/db"
[companies.acme]
mappings = "mappings/acme"
timezone = "Europe/Berlin"
environment = "sandbox"
level = "annotate"
live_since = 2026-12-01T01:00:00+01:00
approval = "always"
{HUBSPOT}level = "full"
daily_calls = "10%"
[schedule]
sync = "every 10 minutes"
[web]
listen = "127.0.0.1:9000"
"""
    settings = read(tmp_path, text)
    acme = settings.company("acme")
    assert settings.store_url == "postgresql+psycopg://user@host/db"
    assert acme.mappings == tmp_path / "mappings/acme"
    assert acme.live_since == datetime(2026, 12, 1, tzinfo=UTC)
    assert acme.level("hubspot") is Level.FULL, "a system's own level goes before the company's"
    assert acme.systems["hubspot"].options == {"daily_calls": "10%"}
    assert settings.schedule["sync"] == "every 10 minutes"
    assert settings.web_listen == "127.0.0.1:9000"


@pytest.mark.parametrize(
    ("url", "beside"),
    [
        ("sqlite:///a.db", "a.db"),
        ("sqlite:///data/a.db", "data/a.db"),
        ("sqlite:////var/lib/a.db", None),
        ("sqlite:///:memory:", None),
        ("postgresql+psycopg://host/db", None),
    ],
)
def test_a_relative_database_lies_beside_the_file(tmp_path: Path, url: str, beside: str | None) -> None:
    stored = read(tmp_path, f'[store]\nurl = "{url}"').store_url
    assert stored == (url if beside is None else f"sqlite:///{tmp_path / beside}")


COMPANY = "[companies.acme]\n"
BROKEN = [
    ("[store\n", "config.toml: not valid TOML: .*; correct the line"),
    ("[stor]\nurl = 'x'\n", r'config.toml: stor: unknown key; did you mean "store"'),
    ("[store]\nulr = 'x'\n", r'config.toml: \[store\] ulr: unknown key; did you mean "url"'),
    ("[store]\nurl = 7\n", r"config.toml: \[store\] url: expected text"),
    ("store = 7\n", "config.toml: store: expected a table"),
    ("[web]\nlisten = true\n", r"\[web\] listen: expected text"),
    (COMPANY + "levle = 'full'\n", r'\[companies.acme\] levle: unknown key; did you mean "level"'),
    (COMPANY + "level = 'ful'\n", r'\[companies.acme\] level: "ful" is not one of observe, .*did you mean "full"'),
    (COMPANY + "level = ['full']\n", r"\[companies.acme\] level: expected text"),
    (COMPANY + "approval = 'never ever'\n", r'approval: "never ever" is not one of first, always, never'),
    (COMPANY + "environment = 'test'\n", r'environment: "test" is not one of production, sandbox'),
    (COMPANY + "timezone = 'Berlin'\n", r'timezone: no time zone "Berlin"; write a name such as Europe/Berlin'),
    (COMPANY + "timezone = '../etc/passwd'\n", r"timezone: no time zone"),
    (COMPANY + "timezone = ''\n", r"timezone: no time zone"),
    (COMPANY + "live_since = 2026-12-01\n", r"live_since: expected a time with its offset; write 2026-12-01T00:00:00Z"),
    (COMPANY + "live_since = 2026-12-01T00:00:00\n", r"live_since: expected a time with its offset"),
    (COMPANY + "live_since = 'soon'\n", r"live_since: expected a time with its offset"),
    (COMPANY + "plan_limit_hours = 'a day'\n", r"plan_limit_hours: expected a whole number"),
    (COMPANY + "plan_limit_hours = true\n", r"plan_limit_hours: expected a whole number"),
    (COMPANY + "plan_limit_hours = 0\n", r"plan_limit_hours: must be at least 1"),
    ("[companies.acme.pipedrive]\nurl = 'https://x'\n", r"\[companies.acme\] pipedrive: unknown key"),
    ("[companies]\nacme = 'yes'\n", r"\[companies\] acme: expected a table"),
    (HUBSPOT.replace("https://", "http://"), r"\[companies.acme.hubspot\] url: plain http is accepted for a loopback"),
    (HUBSPOT.replace("https://", "ftp://"), r"url: not an address; write https://host"),
    (HUBSPOT.replace("https://api.hubapi.com", "api.hubapi.com"), r"url: not an address"),
    (HUBSPOT.replace("https://", "https://me:secret@"), r"url: not an address"),
    (HUBSPOT.replace("hubapi.com", "hubapi.com/?a=b"), r"url: not an address"),
    (HUBSPOT.replace("hubapi.com", "hubapi.com:port"), r"url: not an address"),
    (HUBSPOT.replace("https://api.hubapi.com", "https://[::1"), r"url: not an address"),
    (HUBSPOT.replace("env:ACME_TOKEN", "pat-na1-abc"), r"access_token: a literal secret is refused; write env:NAME"),
    (HUBSPOT.replace("env:ACME_TOKEN", "env:"), r"access_token: a literal secret is refused"),
    (HUBSPOT.replace('url = "https://api.hubapi.com"\n', ""), r"\[companies.acme.hubspot\] url: missing; write text"),
    (HUBSPOT.replace('auth = "token"\n', ""), r"auth: missing"),
    (HUBSPOT.replace('api_version = "2026-09"', "api_version = 67.0"), r"api_version: expected text"),
    (HUBSPOT + 'level = "all"\n', r'level: "all" is not one of observe, annotate, assign, full'),
    ("[store]\nurl = 'postgresql+psycopg://user:hunter2@host/db'\n", r"\[store\] url: a literal secret is refused"),
]


@pytest.mark.parametrize(("text", "sentence"), BROKEN, ids=[str(number) for number in range(len(BROKEN))])
def test_a_mistake_is_one_sentence_that_says_where_and_what_to_do(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadConfiguration, match=sentence) as refused:
        read(tmp_path, text)
    told = str(refused.value)
    assert told.startswith("config.toml")
    assert told.endswith(".")
    assert "\n" not in told.strip()
    assert refused.value.exit_code == 2
    assert not {"hunter2", "secret@", "pat-na1-abc"} & set(told.replace(":", " ").split())
    assert "hunter2" not in told
    assert "pat-na1" not in told


def test_a_file_that_is_not_there_or_not_text_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=r"nowhere.toml: no such file; write one .see config.example.toml. or"):
        read_settings(tmp_path / "nowhere.toml", SYSTEMS)
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadConfiguration, match="cannot be read"):
        read_settings(tmp_path / "config.toml", SYSTEMS)


def test_an_unknown_company_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match='no company "acm"; companies here: acme'):
        read(tmp_path, HUBSPOT).company("acm")
    with pytest.raises(BadConfiguration, match="companies here: none"):
        read(tmp_path, "").company("acme")


def test_a_secret_is_resolved_when_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACME_TOKEN", raising=False)
    hubspot = read(tmp_path, HUBSPOT).company("acme").systems["hubspot"]
    with pytest.raises(BadConfiguration, match="access_token: the environment variable ACME_TOKEN is not set; set it"):
        hubspot.secret("access_token")
    monkeypatch.setenv("ACME_TOKEN", "canary")
    assert hubspot.secret("access_token") == "canary"
    assert "canary" not in repr(hubspot)


def test_a_secret_in_a_file_comes_without_its_line_end(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    hubspot = read(tmp_path, HUBSPOT.replace("env:ACME_TOKEN", f"file:{secret}")).company("acme").systems["hubspot"]
    with pytest.raises(BadConfiguration, match="access_token: the secret's file cannot be read; check"):
        hubspot.secret("access_token")
    secret.write_text("canary\n", encoding="utf-8")
    assert hubspot.secret("access_token") == "canary"


def test_a_secret_nobody_named_says_what_to_write(tmp_path: Path) -> None:
    hubspot = read(tmp_path, HUBSPOT).company("acme").systems["hubspot"]
    with pytest.raises(
        BadConfiguration, match=r"\[companies.acme.hubspot\] client_secret: missing; write client_secret"
    ):
        hubspot.secret("client_secret")


def test_a_keyring_that_is_not_there_says_so(tmp_path: Path) -> None:
    hubspot = read(tmp_path, HUBSPOT.replace("env:ACME_TOKEN", "keyring:acme")).company("acme").systems["hubspot"]
    with pytest.raises(LeadloopError, match=r"access_token: .*keyring"):
        hubspot.secret("access_token")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize("url", ["http://127.0.0.1:8501", "http://localhost:8501", "http://[::1]:8501"])
def test_plain_http_is_for_this_machine(tmp_path: Path, url: str) -> None:
    assert read(tmp_path, HUBSPOT.replace("https://api.hubapi.com", url)).company("acme").systems["hubspot"].url == url
