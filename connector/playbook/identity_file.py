"""``identity.toml``: who is who, and what a domain or a title tells. Decides what the file may say.

The part on the CRMs' own integration is read by ``connector.playbook.native_sync_file``: it needs the mapping.
"""

from __future__ import annotations

from msgspec import Struct

from connector.decide.account_structure import role_word
from connector.decide.candidates import IdentitySettings
from connector.decide.derive import Lists, Phrases
from connector.decide.employers import NameRules
from connector.playbook.native_sync_file import NATIVE_SYNC_KEYS
from connector.playbook.playbook import AccountSettings
from connector.rules.toml import Table, nearest


class Identity(Struct, frozen=True):
    """Everything of the file. ``own_domains``: people with such an address are out of scope."""

    settings: IdentitySettings
    lists: Lists
    own_domains: frozenset[str]
    accounts: AccountSettings


def parse(table: Table) -> Identity:
    """The typed file; ``BadConfiguration`` names the table and key of a mistake."""
    domains = table.table("domains", required=True)
    own = _domains(domains, "own")
    for key in NATIVE_SYNC_KEYS:
        table.has(key)
    settings = _settings(table.table("people", required=True))
    lists = _lists(table, domains)
    private = own | lists.free_mail | lists.disposable | _domains(domains, "shared")
    accounts = _accounts(table.table("accounts", required=True), private)
    domains.finish()
    table.finish()
    return Identity(settings, lists, own, accounts)


def _settings(table: Table) -> IdentitySettings:
    settings = IdentitySettings(
        role_local_parts=_words(table, "role_mailboxes"),
        records_per_email_max=table.integer("records_per_email_max"),
        placeholder_names=_words(table, "placeholder_names") | {""},
    )
    if settings.records_per_email_max < 1:
        raise table.error("records_per_email_max", "expected 1 or more")
    table.finish()
    return settings


def _accounts(table: Table, private_domains: frozenset[str]) -> AccountSettings:
    forms = frozenset(form.replace(".", "") for form in _words(table, "legal_forms"))
    for form in sorted(forms):
        if not form.isalnum():
            raise table.error("legal_forms", f'"{form}" is not one word', 'write each word of it, as in "co", "kg"')
    settings = AccountSettings(
        names=NameRules(forms, _words(table, "nobody")),
        private_domains=private_domains,
        renewal_kinds=_words(table, "renewals"),
        fallback=table.flag("fallback"),
        decision_roles=frozenset(role_word(role) for role in table.texts("decision_roles")),
    )
    table.finish()
    return settings


def _lists(table: Table, domains: Table) -> Lists:
    competitors = table.table("competitors", required=True)
    gibberish = table.table("gibberish", required=True)
    lists = Lists(
        free_mail=_domains(domains, "free_mail"),
        disposable=_domains(domains, "disposable"),
        competitor_domains=_domains(competitors, "domains"),
        competitor_names=_words(competitors, "names"),
        seniority=_phrases(table, "seniority"),
        job_function=_phrases(table, "job_function"),
        persona_excluded=_phrases(table, "persona_excluded"),
        test_words=_words(gibberish, "test_words"),
        keyboard_runs=tuple(sorted(_words(gibberish, "keyboard_runs"))),
        placeholders=_words(gibberish, "placeholders"),
    )
    competitors.finish()
    gibberish.finish()
    return lists


def _phrases(table: Table, key: str) -> Phrases:
    """Rows in the order that the file states: tables have none that a digest could see."""
    inner = table.table(key, required=True)
    order = inner.texts("order")
    phrases = inner.table("phrases", required=True)
    rows = tuple((code, _phrase_list(phrases, code)) for code in order)
    for code in phrases.values:
        if code not in order:
            raise inner.error("order", f'"{code}" has phrases and no place in the order', f'add "{code}"')
    inner.finish()
    return rows


def _phrase_list(table: Table, code: str) -> tuple[str, ...]:
    if not table.has(code):
        raise table.error(code, "is in the order and has no phrases", nearest(code, table.values))
    return table.texts(code)


def _words(table: Table, key: str) -> frozenset[str]:
    return frozenset(word.strip().casefold() for word in table.texts(key))


def _domains(table: Table, key: str) -> frozenset[str]:
    words = _words(table, key)
    for word in sorted(words):
        if "." not in word or "@" in word or "/" in word:
            raise table.error(key, f'"{word}" is not a domain', "write only the part behind the @, as in example.com")
    return words
