"""What ``[companies.<company>.messages]`` and ``messages.toml`` may say, and who hears of what because of it."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from connector.config import Settings, parse_settings
from connector.decide.messages import Standing, Verdict, addressing, judge
from connector.errors import BadConfiguration
from connector.playbook import load
from connector.rules.toml import Table
from connector.sync.post_office import addressing_of
from tests.house.tree import ROOT
from tests.messages.test_channels import NOW

INSTALLED = dict.fromkeys(("email", "slack", "teams"))


def read(lines: str) -> Settings:
    text = f"[companies.acme.messages]\n{lines}"
    return parse_settings(Table(tomllib.loads(text), "config.toml"), Path("config.toml"), ())


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ('slack_webhook = "https://hooks.example/canary"', "a literal secret is refused"),
        ('smtp_url = "env:SMTP"', "from: missing"),
        ('smtp_url = "env:SMTP"\nfrom = "nobody"', "not an e-mail address"),
        ('form = "a@b.example"', "unknown key"),
        ("[companies.acme.messages.to]\nhandoff = []", "unknown key"),
        ('[companies.acme.messages.to]\nhand_off = ["reps"]', 'did you mean "rep"'),
    ],
)
def test_a_mistake_is_one_sentence_without_the_secret(lines: str, sentence: str) -> None:
    with pytest.raises(BadConfiguration, match=sentence) as refused:
        read(lines)
    assert "canary" not in str(refused.value)
    assert "[companies.acme.messages" in str(refused.value)


def test_a_channel_of_a_kind_that_is_not_installed_is_named() -> None:
    settings = read('slak_webhook = "env:HOOK"').company("acme").messages
    messages = load(None, systems=("salesforce", "hubspot")).playbook.messages
    with pytest.raises(BadConfiguration, match=r'slak_webhook.*did you mean "slack"'):
        addressing_of(settings, messages, INSTALLED)  # type: ignore[arg-type]


def test_marketing_has_its_own_channel_where_there_is_one() -> None:
    to = {"hand_off": ["rep", "sales_channel"], "rejection": ["marketing", "marketing_channel"], "breach": []}
    both = addressing(to, ["slack", "slack_marketing"], by_email=True)
    assert both.of("hand_off") == (("rep", "email"), ("slack", "slack"))
    assert both.of("rejection") == (("marketing", "email"), ("slack_marketing", "slack_marketing"))
    shared = addressing(to, ["slack"], by_email=False)
    assert (shared.of("rejection"), shared.of("breach")) == ((("slack", "slack"),), ())


@pytest.mark.parametrize("field", ["{nmae}", "{name.first}", "{name!r}", "{due:%H}", "{"])
def test_a_template_names_only_what_there_is(tmp_path: Path, field: str) -> None:
    (tmp_path / "messages.toml").write_text(f'[breach]\nsubject = "Late: {field}"\n', encoding="utf-8")
    with pytest.raises(BadConfiguration, match=r"messages.toml: \[breach\] subject"):
        load(tmp_path, systems=("salesforce", "hubspot"))


def test_a_template_cannot_reach_into_values() -> None:
    template = load(None, systems=("salesforce", "hubspot")).playbook.messages.templates["hand_off"]
    filled = template.filled(dict.fromkeys(FIELDS, "{grade} \n<b>"))
    assert "{grade} <b>" in filled[0]
    assert "\n" not in filled[0]


FIELDS = ("grade", "name", "account", "why", "owner", "title", "score_reasons", "due", "records")


@pytest.mark.parametrize(
    ("standing", "verdict"),
    [
        (Standing("hand_off", NOW), Verdict.WAIT),
        (Standing("hand_off", NOW, confirmed_at=NOW), Verdict.SEND),
        (Standing("hand_off", NOW, confirmed_at=NOW, until=NOW), Verdict.ENDED),
        (Standing("hand_off", NOW, told_only=True), Verdict.SEND),
        (Standing("reminder", NOW, clock_state="running"), Verdict.SEND),
        (Standing("reminder", NOW, clock_state="running", touched_at=NOW), Verdict.ENDED),
        (Standing("breach", NOW, clock_state="kept"), Verdict.ENDED),
        (Standing("rejection", NOW), Verdict.SEND),
    ],
)
def test_a_message_goes_only_while_it_is_true(standing: Standing, verdict: Verdict) -> None:
    messages = load(None, systems=("salesforce", "hubspot")).playbook.messages
    assert judge(standing, NOW, messages.age_max) is verdict


def test_every_declared_channel_can_be_opened() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = project["project"]["entry-points"]["leadloop.channels"]
    assert declared.keys() == INSTALLED.keys()
    for place in declared.values():
        module, _, name = place.partition(":")
        assert callable(getattr(import_module(module), name))
