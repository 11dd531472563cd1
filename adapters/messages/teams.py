"""Microsoft Teams' webhooks (the Workflows app): an adaptive card of plain text runs, in which nothing is markup."""

from __future__ import annotations

from typing import Any

from adapters.messages.webhook import Webhook
from connector.ports.messages import Channel, ChannelSettings, Letter

CARD = "application/vnd.microsoft.card.adaptive"
CARD_VERSION = "1.4"
TEXT_MAX = 20_000
"""A card must stay below 28 kB."""


def connect(settings: ChannelSettings) -> Channel:
    """A channel on the webhook of ``settings``."""
    return Webhook(settings, document)


def document(letter: Letter) -> dict[str, Any]:
    """The JSON that the workflow takes: one message with one card."""
    lines = [line for line in letter.text[:TEXT_MAX].splitlines() if line.strip()]
    card = {
        "type": "AdaptiveCard",
        "version": CARD_VERSION,
        "body": [_line(letter.subject, weight="Bolder"), *(_line(line) for line in lines)],
    }
    return {"type": "message", "attachments": [{"contentType": CARD, "contentUrl": None, "content": card}]}


def _line(text: str, **style: str) -> dict[str, Any]:
    # A text block would read markdown in people's names; a text run shows what is there.
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}
