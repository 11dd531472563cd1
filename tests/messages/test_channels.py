"""The channels over real sockets: what arrives, what is tried again, and what must never be."""

from __future__ import annotations

import datetime as dates
import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.messages import slack, teams
from adapters.messages.email import Email, MailServer, connect, server_of
from connector.clock import MovedClock
from connector.errors import BadConfiguration
from connector.ports.messages import ChannelSettings, Delivery, Letter
from tests.messages.receivers import Hook, Inbox, free_port

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)
LETTER = Letter("hand_off.a1.rep.acme", "A: Pat <Doe>, Acme & Co", "Hello,\n.\nÜmläut <b>\n", "ada@seller.example")


def settings(url: str, name: str = "slack", sender: str = "Leadloop <leadloop@acme.example>") -> ChannelSettings:
    return ChannelSettings("acme", name, "config.toml: [messages]", lambda: url, sender, MovedClock(NOW))


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as opened:
        yield opened


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as opened:
        yield opened


def test_an_email_arrives_as_it_was_meant(inbox: Inbox) -> None:
    channel = connect(settings(inbox.url, "email"))
    assert channel.send(LETTER).outcome is Delivery.SENT
    channel.close()
    (letter,) = inbox.letters
    assert letter["Message-ID"] == "<hand_off.a1.rep.acme@acme.example>"
    assert (letter["To"], letter["Subject"]) == ("ada@seller.example", LETTER.subject)
    assert letter["From"] == "Leadloop <leadloop@acme.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().replace("\r\n", "\n") == LETTER.text


def test_one_connection_carries_a_whole_round(inbox: Inbox) -> None:
    channel = connect(settings(inbox.url, "email"))
    inbox.refused.add("gone@seller.example")
    outcomes = [channel.send(Letter(f"k{n}", "s", "t", to)).outcome for n, to in enumerate(ADDRESSES)]
    channel.close()
    assert outcomes == [Delivery.SENT, Delivery.REFUSED, Delivery.SENT]
    assert inbox.to() == ["ada@seller.example", "ben@seller.example"]


ADDRESSES = ("ada@seller.example", "gone@seller.example", "ben@seller.example")


@pytest.mark.parametrize(
    ("answer", "outcome", "arrived"),
    [
        ("451 busy", Delivery.NOT_SENT, 0),
        ("554 never", Delivery.REFUSED, 0),
        ("hang up", Delivery.UNKNOWN, 0),
        ("hang up after", Delivery.UNKNOWN, 1),
    ],
)
def test_what_the_mail_server_says_is_what_is_known(inbox: Inbox, answer: str, outcome: Delivery, arrived: int) -> None:
    inbox.answers = [answer]
    channel = connect(settings(inbox.url, "email"))
    assert channel.send(LETTER).outcome is outcome
    channel.close()
    assert len(inbox.letters) == arrived


def test_nobody_at_the_port_is_not_sent_and_waits_on_the_given_clock() -> None:
    given = settings(f"smtp://127.0.0.1:{free_port()}", "email")
    done = connect(given).send(LETTER)
    assert (done.outcome, done.channel_down) == (Delivery.NOT_SENT, True)
    assert given.clock.now() > NOW


@pytest.mark.parametrize("address", ["", "two@signs@example", "Ünï@example.org", "a@b.example\r\nBcc: x@y.example"])
def test_an_address_that_cannot_be_one_is_refused(inbox: Inbox, address: str) -> None:
    channel = connect(settings(inbox.url, "email"))
    assert channel.send(Letter("k", "s", "t", address)).outcome is Delivery.REFUSED
    assert inbox.letters == []


def test_a_subject_stays_one_line(inbox: Inbox) -> None:
    channel = connect(settings(inbox.url, "email"))
    assert channel.send(Letter("k", "one\r\nBcc: x@y.example", "t", "ada@seller.example")).outcome is Delivery.SENT
    channel.close()
    assert inbox.letters[0]["Subject"] == "one Bcc: x@y.example"
    assert inbox.letters[0]["Bcc"] is None


def test_letters_to_another_machine_travel_encrypted_or_not_at_all(tmp_path: Path) -> None:
    server, trust = certificates(tmp_path)
    with Inbox(tls=server) as inbox:
        away = MailServer("127.0.0.1", inbox.port, "starttls")
        channel = Email(away, "leadloop@acme.example", MovedClock(NOW), trust)
        assert channel.send(LETTER).outcome is Delivery.SENT
        channel.close()
        assert inbox.encrypted == [True]
        strangers = Email(away, "leadloop@acme.example", MovedClock(NOW))
        assert strangers.send(LETTER).outcome is Delivery.NOT_SENT
    with Inbox() as plain:
        away = MailServer("127.0.0.1", plain.port, "starttls")
        done = Email(away, "leadloop@acme.example", MovedClock(NOW), trust).send(LETTER)
        assert (done.outcome, done.channel_down) == (Delivery.NOT_SENT, True)
        assert plain.letters == []


def test_a_mail_servers_address_says_how_it_is_spoken_to() -> None:
    assert server_of("smtp://127.0.0.1:25", "").tls == "none"
    assert server_of("smtp://mail.example", "") == MailServer("mail.example", 587, "starttls")
    known = MailServer("mail.example", 465, "at once", "ada@x", "p:w/d")
    assert server_of("smtps://ada%40x:p%3Aw%2Fd@mail.example", "") == known
    with pytest.raises(BadConfiguration, match="not a mail server's address") as refused:
        server_of("http://canary-password@mail.example", "place")
    assert "canary" not in str(refused.value)


def test_slack_gets_a_text_in_which_no_name_is_a_link(hook: Hook) -> None:
    channel = slack.connect(settings(hook.url))
    assert channel.send(LETTER).outcome is Delivery.SENT
    channel.close()
    (post,) = hook.posts
    assert post["path"] == "/secret-path"
    assert post["text"] == "A: Pat &lt;Doe&gt;, Acme &amp; Co\nHello,\n.\nÜmläut &lt;b&gt;\n"


def test_teams_gets_a_card_of_plain_lines(hook: Hook) -> None:
    hook.answers = [202]
    channel = teams.connect(settings(hook.url, "teams"))
    assert channel.send(LETTER).outcome is Delivery.SENT
    channel.close()
    (post,) = hook.posts
    (attachment,) = post["attachments"]
    lines = [block["inlines"][0]["text"] for block in attachment["content"]["body"]]
    assert (post["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert lines == ["A: Pat <Doe>, Acme & Co", "Hello,", ".", "Ümläut <b>"]


@pytest.mark.parametrize(
    ("answers", "outcome", "posts"),
    [
        ([429, 429, 200], Delivery.SENT, 3),
        ([503, 503, 503, 200], Delivery.NOT_SENT, 3),
        ([404], Delivery.REFUSED, 1),
        ([302], Delivery.REFUSED, 1),
        ([500], Delivery.UNKNOWN, 1),
        ([0], Delivery.UNKNOWN, 1),
    ],
)
def test_only_what_was_certainly_not_taken_is_posted_again(
    hook: Hook, answers: list[int], outcome: Delivery, posts: int
) -> None:
    hook.answers, hook.headers = answers, {"Retry-After": "7", "Location": "/elsewhere"}
    given = settings(hook.url)
    channel = slack.connect(given)
    assert channel.send(LETTER).outcome is outcome
    channel.close()
    assert len(hook.posts) == posts
    waited_s = (given.clock.now() - NOW).total_seconds()
    assert waited_s == 7 * (posts - 1)


def test_a_webhook_over_plain_http_elsewhere_is_refused() -> None:
    with pytest.raises(BadConfiguration, match="loopback"):
        slack.connect(settings("http://hooks.example/secret"))


def certificates(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for 127.0.0.1, and one that trusts just it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    builder: Any = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2020, 1, 1, tzinfo=UTC) + dates.timedelta(days=36_500))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    encoding = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*encoding))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=str(folder / "cert.pem"))
