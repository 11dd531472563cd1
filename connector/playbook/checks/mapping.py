"""What ``fields.toml`` gives the playbook: signals, and the forms that count as a hand-raise (PLAYBOOK 1.2)."""

from __future__ import annotations

from collections.abc import Iterator

from connector.playbook.checks.findings import File, Finding
from connector.playbook.loading import Loaded
from connector.rules.definitions import HAND_RAISE
from connector.rules.mapping import Mapping


def signals_given(mapping: Mapping) -> frozenset[str]:
    """The signals that some object of the mapping can show."""
    return frozenset(meaning for meaning, _subject in _meanings(mapping))


def check_mapping(loaded: Loaded, file: File, *, company: bool) -> Iterator[Finding]:
    """Hand-raise forms that nobody listed: without them nobody is ever handed off at once."""
    listed = sorted({subject for signal, subject in _meanings(loaded.mapping) if signal == HAND_RAISE and subject})
    if not any(signal == HAND_RAISE for signal, _subject in _meanings(loaded.mapping)):
        yield file.error("", "meanings", "no form is listed as a hand-raise: list your demo and contact forms")
    elif company and file.label.startswith("default/"):
        said = f"only the default's forms count as a hand-raise ({', '.join(listed)}): list your own"
        yield file.warning("", "meanings", said)


def _meanings(mapping: Mapping) -> Iterator[tuple[str, str]]:
    """Every signal with the form, status or list that means it; the subject is empty where the object itself does."""
    for _, entry in sorted(mapping.objects.items()):
        for rule in entry.signals:
            if rule.meaning is not None:
                yield rule.meaning.signal, ""
            for subject, meaning in rule.meanings.items():
                yield meaning.signal, subject
