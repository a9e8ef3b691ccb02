"""Messages that are to be sent: which are pending, and what became of each.

A message is kept with its night, so that none is lost where sending fails: what is pending follows
from the nights that went well and what was sent of them. It is sent again with the next night, or
by `carbonspace batch --send`; oldest first, so that messages come in their order. One that was sent
but could not be recorded so comes twice, under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from carbonspace.batch.channels import Channel, Mail
from carbonspace.batch.cityfile import City
from carbonspace.batch.letter import Letter, letter_of
from carbonspace.batch.log import tell
from carbonspace.batch.mail import send_mail
from carbonspace.batch.message import failure_of
from carbonspace.batch.owing import FILES, pending, record
from carbonspace.batch.retry import Tries, persistently
from carbonspace.batch.store import Store
from carbonspace.batch.stores import store_of
from carbonspace.batch.webhook import send_to_webhook
from carbonspace.batch.wording import write_message
from carbonspace.errors import CarbonspaceError, ServiceError
from carbonspace.model.text import Lang, Text
from carbonspace.sources.silence import answers_within

_TRIES = Tries(3, 120.0)


class Undelivered(NamedTuple):
    """A message that could not be sent."""

    run: int | None
    channel: Channel
    error: CarbonspaceError


def deliver(city: City, lang: Lang) -> list[Undelivered]:
    """Send what is pending of a city, and return what could not be sent.

    Where somebody else is sending at this moment nothing is done.

    Raises
    ------
    ServiceError, SourceError
        The history cannot be opened.
    """
    if not city.channels:
        return []
    with answers_within(city.answer_s), store_of(city) as store:
        store.sql.migrated()
        with store.sql.alone(f"{city.name} · delivery") as is_ours:
            return [*_delivered(store, city, lang)] if is_ours else []


def write_files(
    city: City, lang: Lang, tonight: Mapping[str, Any] | None = None
) -> list[Path]:  # fmt: skip
    """Write the messages that are still to be written into the folder of a city, and return them.

    There is one file of each form, that of the last message; those before it, of nights that were
    ended before they could write them, have their run in the name. `tonight` is that of tonight.

    Raises
    ------
    SourceError, OSError
        The history cannot be opened, or the folder not be written.
    """
    if city.folder is None or not city.message:
        return []
    with answers_within(city.answer_s), store_of(city) as store:
        store.sql.migrated()
        written, owed = list[Path](), pending(store, city, FILES)
        for run in owed:
            is_tonight = tonight is not None and tonight["run"] == run
            message = tonight if is_tonight else store.message(run)
            written += write_message(
                message or {}, city, lang, "" if run == owed[-1] else f"-{run}"
            )
            record(store, city, run, FILES)
    return written


def tell_failure(city: City, why: Text, lang: Lang) -> list[Undelivered]:
    """Send that a night failed; this is kept nowhere, for the history may be what failed."""
    message = failure_of(city, why, datetime.now(UTC))
    return [*_all_sent(city, message, None, city.channels, lang)]


def _delivered(store: Store, city: City, lang: Lang) -> Iterator[Undelivered]:
    for channel in city.channels:
        for run in pending(store, city, channel.key):
            message = store.message(run)
            if message is None:
                continue
            failed = [*_all_sent(city, message, run, [channel], lang)]
            record(store, city, run, channel.key, str(failed[0].error) if failed else None)
            if failed:
                yield from failed
                break  # those after it would only come before it


def _all_sent(
    city: City, message: dict[str, Any], run: int | None, channels: Sequence[Channel], lang: Lang
) -> Iterator[Undelivered]:
    letter = letter_of(message, lang)
    for channel in channels:
        facts = {"city": city.name, "run": run, "channel": channel.key, "to": channel.shown}
        try:
            persistently(_sender(channel, letter), _TRIES, _nobody)
        except CarbonspaceError as error:
            tell("undelivered", **facts, error=str(error))
            yield Undelivered(run, channel, error)
        else:
            tell("delivered", **facts)


def _sender(channel: Channel, letter: Letter) -> Callable[[], None]:
    if isinstance(channel, Mail):
        return lambda: send_mail(channel, letter)
    return lambda: send_to_webhook(channel, letter)


def _nobody(_: ServiceError, __: int, ___: float) -> None:
    """Tell nobody of a try that is made up for."""
