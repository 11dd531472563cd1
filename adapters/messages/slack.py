"""Slack's incoming webhooks: a text, in which three characters must be escaped so that nobody's name becomes a link."""

from __future__ import annotations

from typing import Any

from adapters.messages.webhook import Webhook
from connector.ports.messages import Channel, ChannelSettings, Letter

ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
TEXT_MAX = 38_000
"""Slack cuts texts at 40,000 characters; escapes count."""


def connect(settings: ChannelSettings) -> Channel:
    """A channel on the webhook of ``settings``."""
    return Webhook(settings, document)


def document(letter: Letter) -> dict[str, Any]:
    """The JSON that Slack takes. Links in it are not opened for a preview."""
    text = f"{letter.subject}\n{letter.text}"[:TEXT_MAX]
    return {"text": text.translate(ESCAPES), "unfurl_links": False, "unfurl_media": False}
