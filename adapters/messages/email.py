"""E-mail over SMTP: STARTTLS or TLS to other machines, plain only to this one, one connection for a round.

A letter's key is its Message-ID, so that a copy can be told as one. What happens up to the last byte of the letter is
known; once it was sent, a lost answer leaves its fate open.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from adapters.failure import Lost, Refused
from adapters.retry import Patience, backoff_s, persist
from adapters.transport import is_loopback
from connector.clock import Clock
from connector.errors import BadConfiguration
from connector.ports.messages import Channel, ChannelSettings, Delivered, Delivery, Letter

TIMEOUT_S = 20.0
PATIENCE = Patience(attempts_max=3, deadline_s=30.0)
NOT_AN_ATOM = re.compile(r"[^A-Za-z0-9_.-]")
NO_TLS, BAD_LOGIN = 530, 535


class MailServer(Struct, frozen=True):
    """Where letters are handed in. ``tls``: at once, ``starttls``, or none (loopback only)."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = ""


def connect(settings: ChannelSettings) -> Channel:
    """A channel on the mail server whose address is the secret of ``settings``."""
    return Email(server_of(settings.secret(), settings.place), settings.sender, settings.clock)


def server_of(url: str, place: str) -> MailServer:
    """``smtp://user:password@host:587`` (STARTTLS) or ``smtps://host:465``; an error shows no part of it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise BadConfiguration("not a mail server's address", where=place, remedy="write smtp://user:password@host:587")
    plain = parts.scheme == "smtp" and is_loopback(parts.hostname)
    tls = "at once" if parts.scheme == "smtps" else ("none" if plain else "starttls")
    user, password = (unquote(part or "") for part in (parts.username, parts.password))
    return MailServer(parts.hostname, port or (465 if tls == "at once" else 587), tls, user, password)


class Email:
    """Sends letters from one sender through one server; ``trust``: whose certificates count (the machine's)."""

    def __init__(self, server: MailServer, sender: str, clock: Clock, trust: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._sender = sender
        self._clock = clock
        self._trust = trust
        self._session: smtplib.SMTP | None = None

    def send(self, letter: Letter) -> Delivered:
        """Hand the letter in; tried again only when it certainly was not taken."""
        try:
            message = self._message(letter)
        except (ValueError, IndexError, MessageError):
            return Delivered(Delivery.REFUSED, "bad_address")
        wire = message.as_bytes(policy=SMTP)

        def decide(error: BaseException, attempt: int) -> float | None:
            again = isinstance(error, Lost) and not error.sent
            return backoff_s(attempt, letter.key, cap_s=10.0) if again else None

        try:
            persist(lambda: self._hand_in(letter.address, wire), decide, self._clock, PATIENCE)
        except Refused as refused:
            return _meaning(refused.status)
        except Lost as lost:
            outcome = Delivery.UNKNOWN if lost.sent else Delivery.NOT_SENT
            return Delivered(outcome, "no_answer" if lost.sent else "unreachable", channel_down=True)
        return Delivered(Delivery.SENT)

    def close(self) -> None:
        """Say goodbye to the server."""
        session, self._session = self._session, None
        if session is not None:
            try:
                session.quit()
            except (smtplib.SMTPException, OSError):
                session.close()

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        name, sender = parseaddr(self._sender)
        message["From"] = Address(name, addr_spec=sender)
        message["To"] = Address(addr_spec=letter.address)
        message["Subject"] = " ".join(letter.subject.split())
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{NOT_AN_ATOM.sub('_', letter.key)}@{sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text, cte="quoted-printable")
        if not (letter.address + sender).isascii():
            raise ValueError("an address outside ASCII")
        return message

    def _hand_in(self, address: str, wire: bytes) -> None:
        session = self._open()
        sent = False
        try:
            _require(session.mail(parseaddr(self._sender)[1]))
            _require(session.rcpt(address))
            sent = True
            _require(session.data(wire))
        except smtplib.SMTPDataError as error:  # the server would not take any letter's text: nothing was sent
            self._give_up()
            raise Refused(error.smtp_code, {}, b"") from error
        except Refused:
            self._start_afresh()
            raise
        except (smtplib.SMTPException, OSError) as error:
            self._give_up()
            raise Lost("the mail server hung up", sent=sent) from error

    def _open(self) -> smtplib.SMTP:
        if self._session is not None and self._alive(self._session):
            return self._session
        try:
            self._session = self._connected()
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(NO_TLS, {}, b"") from error
        except smtplib.SMTPAuthenticationError as error:
            raise Refused(BAD_LOGIN, {}, b"") from error
        except (smtplib.SMTPException, OSError) as error:
            raise Lost("no connection to the mail server", sent=False) from error
        return self._session

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        ours = parseaddr(self._sender)[1].rpartition("@")[2]  # else the library asks the network for our own name
        context = self._trust or ssl.create_default_context()
        session: smtplib.SMTP
        if server.tls == "at once":
            session = smtplib.SMTP_SSL(server.host, server.port, ours, timeout=TIMEOUT_S, context=context)
        else:
            session = smtplib.SMTP(server.host, server.port, ours, timeout=TIMEOUT_S)
        try:
            if server.tls == "starttls":
                session.starttls(context=context)
            session.ehlo_or_helo_if_needed()
            if server.user:
                session.login(server.user, server.password)
        except (smtplib.SMTPException, OSError):
            session.close()
            raise
        return session

    def _alive(self, session: smtplib.SMTP) -> bool:
        try:
            return session.noop()[0] == 250
        except (smtplib.SMTPException, OSError):
            self._give_up()
            return False

    def _start_afresh(self) -> None:
        """After a refusal the next letter begins anew on the same connection."""
        if self._session is not None:
            try:
                self._session.rset()
            except (smtplib.SMTPException, OSError):
                self._give_up()

    def _give_up(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


def _require(answer: tuple[int, bytes]) -> None:
    if not 200 <= answer[0] < 300:
        raise Refused(answer[0], {}, b"")


def _meaning(status: int) -> Delivered:
    """4xx: later (a busy server, greylisting); 5xx: never. Both say that the letter was not taken."""
    code = f"smtp_{status}"
    if status in (NO_TLS, BAD_LOGIN):
        return Delivered(Delivery.NOT_SENT, code, channel_down=True)
    if 400 <= status < 500:
        return Delivered(Delivery.NOT_SENT, code, channel_down=status == 421)
    return Delivered(Delivery.REFUSED, code)
