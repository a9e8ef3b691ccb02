"""The morning message by e-mail."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP as LINES
from email.utils import formatdate
from functools import partial

from carbonspace.batch.channels import Mail
from carbonspace.batch.in_time import cut_after
from carbonspace.batch.letter import Letter
from carbonspace.batch.secret import mail_password, without
from carbonspace.errors import LostError, ServiceError

_FOR_NOW = 500
"""Codes of SMTP below it say: try again later."""


def send_mail(mail: Mail, letter: Letter) -> None:
    """Send a letter to all whom it is for.

    Raises
    ------
    LostError
        The server does not answer, or asks to try again later.
    ServiceError
        It refuses the letter, the user, or somebody it is for.
    SourceError
        There is no password.
    """
    password = "" if mail.user is None else mail_password(mail)
    try:
        with _connected(mail) as server:
            if mail.user is not None:
                server.login(mail.user, password)
            refused = server.send_message(message_of(mail, letter), mail.sender, mail.to)
    except (smtplib.SMTPException, OSError) as error:
        raise _failed(mail, error, password) from None
    if refused:
        raise _refused(mail, ", ".join(refused), password)


def message_of(mail: Mail, letter: Letter) -> EmailMessage:
    """Return a letter as a message of several parts, with the JSON attached."""
    message = EmailMessage(LINES)
    message["Subject"], message["From"] = " ".join(letter.subject.split()), mail.sender
    message["To"], message["Date"] = ", ".join(mail.to), formatdate(localtime=True)
    message["Message-ID"] = f"<{letter.id}@{mail.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="base64")
    message.add_alternative(letter.html, subtype="html", cte="base64")
    message.add_attachment(letter.json.encode(), "application", "json", filename="message.json")
    return message


@contextmanager
def _connected(mail: Mail) -> Iterator[smtplib.SMTP]:
    """Open a server; without the encryption that is asked for nothing is said to it."""
    context = ssl.create_default_context(cafile=mail.ca)
    make = partial(smtplib.SMTP_SSL, context=context) if mail.security == "tls" else smtplib.SMTP
    with (
        make(mail.host, mail.port, timeout=mail.time_limit_s) as server,
        cut_after(mail.time_limit_s, lambda: server.sock),
    ):
        if mail.security == "starttls":
            server.starttls(context=context)
        yield server


def _failed(mail: Mail, error: Exception, password: str) -> ServiceError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        kind = LostError if all(code < _FOR_NOW for code in codes) else ServiceError
        return _refused(mail, ", ".join(error.recipients), password, kind)
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
        kind = LostError if error.smtp_code < _FOR_NOW else ServiceError
        return _error(mail, f"{error.smtp_code} {said}", password, kind)
    lasting = smtplib.SMTPNotSupportedError | ssl.SSLCertVerificationError
    kind = ServiceError if isinstance(error, lasting) else LostError
    return _error(mail, str(error) or type(error).__name__, password, kind)


def _refused(
    mail: Mail, whom: str, password: str, kind: type[ServiceError] = ServiceError
) -> ServiceError:
    return _error(mail, f"refused: {whom}", password, kind)


def _error(mail: Mail, said: str, password: str, kind: type[ServiceError]) -> ServiceError:
    words = without(said, [password])
    return kind(f"the message could not be sent by {mail.host}:{mail.port}: {words}",
                f"消息无法经 {mail.host}:{mail.port} 发出：“{words}”")  # fmt: skip
