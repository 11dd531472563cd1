"""From the configuration to channels and colleagues: what a round of sending needs, opened when it is needed."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from connector.config import MessageSettings
from connector.decide.messages import EMAIL, Addressing, addressing
from connector.errors import BadConfiguration
from connector.playbook.playbook import Messages
from connector.ports.messages import Channel, ChannelSettings, OpenChannel
from connector.rules.toml import nearest
from connector.sync.messages import Told, tell
from connector.sync.run import Run
from connector.sync.stores import Stores
from connector.sync.wording import Colleagues, colleagues_of


def addressing_of(settings: MessageSettings, messages: Messages, installed: Mapping[str, OpenChannel]) -> Addressing:
    """Who hears of what; ``BadConfiguration`` for a channel of which no kind is installed."""
    for name in settings.channels:
        if kind_of(name) not in installed:
            key = "smtp_url" if name == EMAIL else f"{name}_webhook"
            raise BadConfiguration(
                f'no channel of the kind "{kind_of(name)}" is installed',
                where=f"{settings.place} {key}",
                remedy=nearest(kind_of(name), installed) or "install leadloop again",
            )
    to = {event: settings.to.get(event, template.to) for event, template in messages.templates.items()}
    hooks = sorted(name for name in settings.channels if name != EMAIL)
    return addressing(to, hooks, by_email=EMAIL in settings.channels)


def kind_of(channel: str) -> str:
    """``slack`` of ``slack_marketing``: what a channel is, without what it is for."""
    return channel.partition("_")[0]


def post(run: Run, stores: Stores, settings: MessageSettings, installed: Mapping[str, OpenChannel]) -> Told:
    """Send what may be sent now."""
    office = PostOffice(run, stores, settings, installed)
    return tell(run, stores.messages, stores.findings, office.open, office.colleagues)


class PostOffice(Struct, frozen=True):
    """The channels and colleagues of one company."""

    run: Run
    stores: Stores
    settings: MessageSettings
    installed: Mapping[str, OpenChannel]

    def open(self, name: str) -> Channel:
        """A channel by its name."""
        settings = ChannelSettings(
            company=self.run.company,
            name=name,
            place=f"{self.settings.place} {name}",
            secret=lambda: self.settings.secret(name),
            sender=self.settings.sender,
            clock=self.run.clock,
        )
        return self.installed[kind_of(name)](settings)

    def colleagues(self) -> Colleagues:
        """The CRMs' users and the roster."""
        users = {user.user_id: user for user in self.stores.decisions.users(self.run.company_id)}
        return colleagues_of(self.run.playbook, users, self.settings.marketing)
