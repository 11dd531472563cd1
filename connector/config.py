"""``config.toml``: every key typed and checked, secrets named but resolved only when they are used.

A literal secret, plain http to a host that is not this machine, and an unknown key are refused with the file, the
table and the key. Nothing here opens a connection.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct, field

from connector.decide.messages import AUDIENCES, EMAIL, EVENTS
from connector.errors import BadConfiguration
from connector.model import Level
from connector.rules.toml import Table, load

SECRET_KEYS = ("client_secret", "access_token", "refresh_token", "private_key", "password")
REFERENCE_KEYS = ("client_id", *SECRET_KEYS)
WEBHOOK = "_webhook"
SCHEMES = ("env:", "file:", "keyring:")
DEFAULT_SCHEDULE = {
    "sync": "every 5 minutes",
    "hot": "every 60 seconds",
    "reconcile": "0 3 * * *",
    "shadow": "0 4 * * *",
    "weekly": "0 7,17 * * mon",
}


class SystemSettings(Struct, frozen=True):
    """One ``[companies.<company>.<system>]`` table. ``options`` are the keys only its adapter understands."""

    system: str
    url: str
    api_version: str
    auth: str
    level: Level
    references: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""

    def secret(self, key: str) -> str:
        """The secret (or client id) behind a key, resolved now; ``BadConfiguration`` when it is not set."""
        if key not in self.references:
            raise BadConfiguration("missing", where=f"{self.place} {key}", remedy=f'write {key} = "env:NAME"')
        return resolve(self.references[key], f"{self.place} {key}")

    def keep(self, key: str, value: str) -> bool:
        """Write a replaced secret back to where it came from; ``False`` where that is not possible."""
        return keep(self.references.get(key, ""), value)


class MessageSettings(Struct, frozen=True):
    """One ``[companies.<company>.messages]`` table: channel -> reference to its secret address, and who hears of what.

    ``to``: event -> audiences, where it differs from the playbook. ``marketing``: the team's e-mail address.
    """

    channels: Mapping[str, str] = field(default_factory=dict)
    sender: str = ""
    marketing: str = ""
    to: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    place: str = ""

    def secret(self, channel: str) -> str:
        """The address behind a channel, resolved now; ``BadConfiguration`` when it is not set."""
        return resolve(self.channels[channel], f"{self.place} {channel}")


class CompanySettings(Struct, frozen=True):
    """One ``[companies.<company>]`` table. ``shadow``: the folder of a second playbook that is only compared."""

    name: str
    mappings: Path | None
    zone: ZoneInfo
    environment: str
    live_since: datetime | None
    approval: str
    systems: Mapping[str, SystemSettings]
    plan_limit_hours: int = 24
    messages: MessageSettings = field(default_factory=MessageSettings)
    shadow: Path | None = None

    def level(self, system: str) -> Level:
        """What may be written to a system."""
        return self.systems[system].level


class Settings(Struct, frozen=True):
    """The whole file."""

    file: Path
    store_url: str
    companies: Mapping[str, CompanySettings]
    schedule: Mapping[str, str]
    web_listen: str

    def company(self, name: str) -> CompanySettings:
        """A company by name."""
        if name not in self.companies:
            known = ", ".join(sorted(self.companies)) or "none"
            raise BadConfiguration(f'no company "{name}"', where=self.file.name, remedy=f"companies here: {known}")
        return self.companies[name]


def read_settings(path: Path, systems: tuple[str, ...]) -> Settings:
    """The typed settings of a file; ``systems`` are the names of the installed adapters."""
    if not path.exists():
        raise BadConfiguration(
            "no such file",
            where=str(path),
            remedy="write one (see config.example.toml) or name it with --config",
        )
    return parse_settings(Table(load(path), path.name), path, systems)


def parse_settings(table: Table, path: Path, systems: tuple[str, ...]) -> Settings:
    """The typed settings of a document."""
    store = table.table("store")
    url = _store_url(store)
    store.finish()
    web = table.table("web")
    listen = web.text("listen", "127.0.0.1:8321")
    web.finish()
    schedule = table.table("schedule")
    jobs = {**DEFAULT_SCHEDULE, **{key: schedule.text(key) for key in schedule.values}}
    companies = {name: _company(name, entry, path, systems) for name, entry in table.table("companies").each()}
    table.finish()
    return Settings(path, _beside(url, path), companies, jobs, listen)


def resolve(reference: str, place: str) -> str:
    """The secret behind ``env:NAME``, ``file:PATH`` or ``keyring:NAME``."""
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        value = os.environ.get(name, "")
        if not value:
            raise BadConfiguration(
                f"the environment variable {name} is not set", where=place, remedy="set it and run again"
            )
        return value
    if scheme == "file":
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadConfiguration("the secret's file cannot be read", where=place, remedy=f"check {name}") from error
    return _from_keyring(name, place)


def keep(reference: str, value: str) -> bool:
    """Replace the secret behind ``file:PATH``, all or nothing and for the owner's eyes. An environment variable is
    the operator's, and so is the keyring: they are not written.
    """
    scheme, _, name = reference.partition(":")
    if scheme != "file":
        return False
    path = Path(name)
    try:
        handle, written = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(value + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(written).replace(path)
    except OSError:
        return False
    return True


def _from_keyring(name: str, place: str) -> str:
    try:
        import keyring  # type: ignore[import-not-found,unused-ignore]  # an optional extra
        from keyring.errors import KeyringError
    except ImportError as error:
        raise BadConfiguration("keyring is not installed", where=place, remedy="use env:NAME or file:PATH") from error
    try:
        value = keyring.get_password("leadloop", name)
    except KeyringError as error:
        raise BadConfiguration(
            "this machine's keyring cannot be asked", where=place, remedy="use env:NAME or file:PATH"
        ) from error
    if not value:
        raise BadConfiguration(
            f"the keyring has no entry {name}", where=place, remedy="store it under service leadloop"
        )
    return str(value)


def _company(name: str, table: Table, path: Path, systems: tuple[str, ...]) -> CompanySettings:
    level = Level(table.text("level", "observe", among=list(Level)))
    mappings, shadow = table.text("mappings", ""), table.text("shadow", "")
    result = CompanySettings(
        name=name,
        mappings=path.parent / mappings if mappings else None,
        zone=_zone(table),
        environment=table.text("environment", "production", among=("production", "sandbox")),
        live_since=_moment(table, "live_since"),
        approval=table.text("approval", "first", among=("first", "always", "never")),
        systems={key: _system(key, table.table(key), level) for key in systems if table.has(key)},
        plan_limit_hours=_at_least_one(table, "plan_limit_hours", 24),
        messages=_messages(table.table("messages")),
        shadow=path.parent / shadow if shadow else None,
    )
    table.finish()
    return result


def _messages(table: Table) -> MessageSettings:
    hooks = [key for key in table.values if key.endswith(WEBHOOK)]
    channels = {key.removesuffix(WEBHOOK): _reference(table, key) for key in hooks}
    sender, marketing = (_mailbox(table, key) for key in ("from", "marketing"))
    if table.has("smtp_url"):
        channels[EMAIL] = _reference(table, "smtp_url")
        if not sender:
            raise table.error("from", "missing", "write the address that e-mails come from")
    to = table.table("to")
    audiences = {event: to.texts(event, among=AUDIENCES) for event in EVENTS if to.has(event)}
    to.finish()
    table.finish()
    return MessageSettings(channels, sender, marketing, audiences, table.place())


def _mailbox(table: Table, key: str) -> str:
    text = table.text(key, "")
    if text and "@" not in parseaddr(text)[1]:
        raise table.error(key, "not an e-mail address", "write leadloop@example.com")
    return text


def _at_least_one(table: Table, key: str, default: int) -> int:
    value = table.integer(key, default)
    if value < 1:
        raise table.error(key, "must be at least 1")
    return value


def _system(name: str, table: Table, level: Level) -> SystemSettings:
    url = table.text("url")
    _require_safe(table, url)
    references = {key: _reference(table, key) for key in REFERENCE_KEYS if table.has(key)}
    known = ("url", "api_version", "auth", "level", *REFERENCE_KEYS)
    return SystemSettings(
        system=name,
        url=url.rstrip("/"),
        api_version=table.text("api_version"),
        auth=table.text("auth"),
        level=Level(table.text("level", str(level), among=list(Level))),
        references=references,
        options={key: value for key, value in table.values.items() if key not in known},
        place=table.place(),
    )


def _store_url(table: Table) -> str:
    url = table.text("url", "sqlite:///leadloop.db")
    if not url.startswith("sqlite") and ":" in url.partition("://")[2].rpartition("@")[0]:
        raise table.error("url", "a literal secret is refused", "leave the password to PGPASSWORD or a passfile")
    return url


def _reference(table: Table, key: str) -> str:
    value = table.text(key)
    if value.startswith(SCHEMES) and value.partition(":")[2]:
        return value
    raise table.error(key, "a literal secret is refused", "write env:NAME, file:PATH or keyring:NAME instead")


def _require_safe(table: Table, url: str) -> None:
    scheme, host = _address(url)
    if scheme not in ("http", "https") or not host:
        raise table.error("url", "not an address", "write https://host")
    if scheme == "http" and not is_loopback(host):
        raise table.error("url", "plain http is accepted for a loopback address only", "write https://")


def _address(url: str) -> tuple[str, str]:
    """Scheme and host; empty for anything but an address that holds no more than these, a port and a path."""
    try:
        parts = urlsplit(url)
        is_plain = not (parts.username or parts.query or parts.fragment) and parts.port != 0
    except ValueError:
        return "", ""
    return (parts.scheme, parts.hostname or "") if is_plain else ("", "")


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine's loopback."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _zone(table: Table) -> ZoneInfo:
    name = table.text("timezone", "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise table.error("timezone", f'no time zone "{name}"', "write a name such as Europe/Berlin") from error


def _moment(table: Table, key: str) -> datetime | None:
    value = table.raw(key)
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise table.error(key, "expected a time with its offset", "write 2026-12-01T00:00:00Z")
    return value


def _beside(url: str, path: Path) -> str:
    """A relative SQLite file lies beside the configuration, wherever the command is run from."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url.startswith("sqlite:////") or ":memory:" in url:
        return url
    return prefix + str((path.parent / url.removeprefix(prefix)).absolute())
