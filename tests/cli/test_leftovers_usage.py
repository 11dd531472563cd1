"""How `leadloop conflicts` and `leadloop errors` refuse what they cannot do: one sentence, the right code."""

from __future__ import annotations

import pytest

from connector.cli.connectors import Connectors
from tests.cli.conftest import Office


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--take", "salesforce"), "it is not said which conflicts; add --id, a person, --field, or --all"),
        (("--apart", "--all"), "takes one person and nothing else; name the person"),
        (("--id", "7"), "there is no conflict 7; leadloop conflicts acme lists them"),
        (("--cause", "both_changd"), 'did you mean "both_changed"'),
        (("--field", "phon"), 'did you mean "phone"'),
        (("nobody@nowhere.example",), "nobody has this e-mail"),
    ],
)
def test_a_wrong_question_is_told_in_one_sentence(office: Office, arguments: tuple[str, ...], told: str) -> None:
    ended = office.run("conflicts", "acme", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.sentence


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--retry", "--ignore"), "--retry and --ignore exclude each other; choose one"),
        (("nobody@nowhere.example", "--retry"), "nobody has this e-mail"),
    ],
)
def test_a_wrong_order_about_errors_is_told_in_one_sentence(
    office: Office, arguments: tuple[str, ...], told: str
) -> None:
    ended = office.run("errors", "acme", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.sentence


def test_every_refusal_that_an_adapter_makes_itself_has_a_remedy() -> None:
    remedies = Connectors().remedies()
    assert "static list" in remedies["hubspot"]["LIST_KEEPS_ITSELF"]
    assert "nurture.toml" in remedies["salesforce"]["NO_SUCH_CAMPAIGN"]


def test_nothing_to_take_is_no_failure(office: Office) -> None:
    ended = office.run("conflicts", "acme", "--take", "hubspot", "--all")
    assert (ended.code, ended.out) == (0, "acme: took hubspot in 0 conflicts\n")
