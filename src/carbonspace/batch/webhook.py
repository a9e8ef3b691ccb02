"""The morning message to a webhook: by POST, to what is configured and to nothing else.

No redirect is followed, no proxy of the environment is used.
"""

from __future__ import annotations

import http.client
import ssl
from contextlib import closing
from urllib.parse import urlsplit

from carbonspace.batch.channels import Webhook, url_fault
from carbonspace.batch.in_time import cut_after
from carbonspace.batch.letter import Letter
from carbonspace.batch.secret import from_environment, without
from carbonspace.errors import LostError, ServiceError, SourceError
from carbonspace.version import __version__

_GOOD = range(200, 300)
_FOR_NOW = (408, 425, 429, *range(500, 600))
_READ = 300


def send_to_webhook(hook: Webhook, letter: Letter) -> None:
    """Send a letter as JSON.

    Raises
    ------
    LostError
        There is no answer in time, or one that asks to try again.
    ServiceError
        It is refused, or the answer is a redirect.
    SourceError
        The environment lacks a secret.
    """
    url = from_environment(hook.url_from) if hook.url_from else hook.url or ""
    if fault := url_fault(url, hook.insecure):
        raise SourceError(f"the address of the webhook cannot be used: it should be {fault.en}",
                          f"webhook 的网址不可用，应为{fault.zh}")  # fmt: skip
    headers = {name: from_environment(variable) for name, variable in hook.headers.items()}
    secrets = [url, _path(url), *headers.values()]
    try:
        status, said = _posted(hook, url, headers, letter)
    except ssl.SSLCertVerificationError as error:
        raise _error(hook, error.verify_message, secrets, ServiceError) from None
    except (http.client.HTTPException, OSError) as error:
        raise _error(hook, str(error) or type(error).__name__, secrets, LostError) from None
    if status not in _GOOD:
        kind = LostError if status in _FOR_NOW else ServiceError
        raise _error(hook, f"{status} {said}".strip(), secrets, kind)


def _posted(hook: Webhook, url: str, headers: dict[str, str], letter: Letter) -> tuple[int, str]:
    """Return what a server answers: its code, and the beginning of its words."""
    usual = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": letter.id,
             "User-Agent": f"carbonspace/{__version__}"}  # fmt: skip
    with (
        closing(_connection(hook, url)) as connection,
        cut_after(hook.time_limit_s, lambda: connection.sock),
    ):
        connection.request("POST", _path(url), letter.json.encode(), {**usual, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read(_READ).decode("utf-8", "replace")


def _connection(hook: Webhook, url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    assert parts.hostname is not None
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=hook.time_limit_s)
    context = ssl.create_default_context(cafile=hook.ca)
    return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=hook.time_limit_s,
                                       context=context)  # fmt: skip


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _error(
    hook: Webhook, said: str, secrets: list[str], kind: type[ServiceError]
) -> ServiceError:  # fmt: skip
    words = without(said, [one for one in secrets if one != "/"])
    return kind(f"the message could not be sent to the webhook {hook.shown}: {words}",
                f"消息无法发送到 webhook {hook.shown}：“{words}”")  # fmt: skip
