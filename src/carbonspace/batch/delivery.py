"""Messages that are to be sent: which are pending, and what became of each.

A message is kept with its night, so that none is lost where sending fails: what is pending follows
from the nights that went well and what was sent of them. It is sent again with the next night, or
by `carbonspace batch --send`; oldest first, so that messages come in their order. One that was sent
but could not be recorded so comes twice, under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from carbonspace.batch.channels import Channel, Mail
from carbonspace.batch.cityfile import City
from carbonspace.batch.letter import Letter, letter_of
from carbonspace.batch.log import tell
from carbonspace.batch.mail import send_mail
from carbonspace.batch.message import failure_of
from carbonspace.batch.retry import Tries, persistently
from carbonspace.batch.store import GOOD, Store
from carbonspace.batch.stores import store_of
from carbonspace.batch.webhook import send_to_webhook
from carbonspace.errors import CarbonspaceError, ServiceError
from carbonspace.model.text import Lang, Text
from carbonspace.sources.silence import answers_within

_TRIES = Tries(3, 120.0)
_SENT = "SELECT run, sent FROM {schema}.delivery WHERE city = %s AND channel = %s"


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


def pending(store: Store, city: City, channel: Channel) -> list[int]:
    """Return the nights whose message is still to be sent, the oldest first.

    They begin with the first night that was told by the channel, else with the last one.
    """
    if not store.sql.exists("delivery"):  # a history of before, at which one only looks
        return []
    rows = store.sql.ask(_SENT, [city.name, channel.key])
    known = {int(run): sent for run, sent in rows}
    good = sorted(one.id for one in store.runs(city.name) if one.status in GOOD)
    first = min(known) if known else (good[-1] if good else 0)
    waiting = [run for run in good if run >= first and known.get(run) is None]
    if not city.only_changes:
        return waiting
    return [run for run in waiting if (store.message(run) or {}).get("changes")]


def tell_failure(city: City, why: Text, lang: Lang) -> list[Undelivered]:
    """Send that a night failed; this is kept nowhere, for the history may be what failed."""
    message = failure_of(city, why, datetime.now(UTC))
    return [*_all_sent(city, message, None, city.channels, lang)]


def _delivered(store: Store, city: City, lang: Lang) -> Iterator[Undelivered]:
    for channel in city.channels:
        for run in pending(store, city, channel):
            message = store.message(run)
            if message is None:
                continue
            failed = [*_all_sent(city, message, run, [channel], lang)]
            _record(store, city, run, channel, failed)
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


def _record(
    store: Store, city: City, run: int, channel: Channel, failed: Sequence[Undelivered]
) -> None:
    error = str(failed[0].error) if failed else None
    sent = None if failed else datetime.now(UTC)
    with store.sql.transaction():
        key = [run, city.name, channel.key]
        before = store.sql.ask("DELETE FROM {schema}.delivery WHERE run = %s AND city = %s AND "
                               "channel = %s RETURNING tries", key)  # fmt: skip
        tries = 1 + sum(int(row[0]) for row in before)
        store.sql.put("delivery", ("run", "city", "channel", "tries", "sent", "error"),
                      [(*key, tries, sent, error)])  # fmt: skip
