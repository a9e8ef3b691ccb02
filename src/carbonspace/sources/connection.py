"""Connections to a database: one moment of it, looked at read-only, and no password told.

Passwords stay with libpq (`~/.pgpass`, PGPASSWORD, `pg_service.conf`): none is kept or shown here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from carbonspace.errors import LostError, ServiceError, SourceError
from carbonspace.model.text import Text
from carbonspace.sources.dsn import without_password
from carbonspace.sources.silence import answers_within, watch

if TYPE_CHECKING:
    from psycopg import Connection, Error

    from carbonspace.sources.timed import Timed

_CONNECTION: Mapping[str, str] = {
    "connect_timeout": "10", "application_name": "carbonspace", "keepalives_idle": "30",
    "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "60000",
}  # fmt: skip
_LOST = ("08", "40001", "40P01", "53300", "55P03", "57")
"""How the codes begin of errors that may be gone another time: PostgreSQL, appendix A."""
_UNASKED = "fe_sendauth: "
"""So begins what libpq says where it has no password that the server asks for."""
_ANSWERED = re.compile(rf"failed: (?:\S+:  |{_UNASKED})")
"""A connection that the server itself refuses: its severity, in any language, and two spaces."""
_FOR_NOW = ("starting up", "shutting down", "recovery", "not yet accepting", "too many", "reserved",
            "启动", "关闭", "恢复", "太多", "过多", "保留")  # fmt: skip
CONNECTIONS = 4
"""So many connections read at the same time where nothing else is said."""

T = TypeVar("T")
Job = TypeVar("Job")


@contextmanager
def opened(source: str) -> Iterator[Connection[Any]]:
    """Open a database; what it says on the way comes as an error without its password.

    Raises
    ------
    LostError
        It does not answer, or the connection was lost.
    ServiceError
        It fails on the way.
    SourceError
        psycopg is not installed, or the connection cannot be understood.
    """
    connection = _connection(source)
    with _told(source, connection), connection:
        yield connection


def _connection(source: str) -> Timed:
    """Return a connection to a database; whoever gets it closes it."""
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise SourceError(
            "PostGIS needs psycopg: pip install 'carbonspace[postgis]'",
            "读取 PostGIS 需要 psycopg：pip install 'carbonspace[postgis]'",
        ) from error
    try:
        given = conninfo_to_dict(source)
    except psycopg.Error:  # its words may repeat a password
        raise SourceError(
            "the connection to the database cannot be understood", "无法理解数据库连接的写法"
        ) from None
    with _told(source, None):
        return _connect({**_CONNECTION, **given})


@contextmanager
def _told(source: str, connection: Timed | None) -> Iterator[None]:
    """Have errors of a database told without its password."""
    from psycopg import Error

    try:
        yield
    except Error as error:
        raise _failed(source, error, connection) from None


def _connect(given: Mapping[str, Any]) -> Timed:
    from carbonspace.sources.timed import Timed, have_timed

    connection = Timed.connect(**given)
    try:
        have_timed(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _failed(source: str, error: Error, connection: Timed | None) -> ServiceError:
    """Return what an error of a database means: whether another try may help."""
    said, shown = " ".join(str(error).split()), without_password(source)
    if connection is not None and connection.was_cut:
        return LostError(
            f"{shown}: the server gives no answer; the connection was cut (answer_limit)",
            f"{shown}：服务器没有应答，连接已切断（answer_limit）",
        )
    kind = LostError if _is_loss(error, connection) else ServiceError
    more = _NO_PASSWORD if _UNASKED in said else Text("", "")
    return kind(f"{shown}: {said or 'the connection was lost'}{more.en}",
                f"{shown}：{f'“{said}”' if said else '连接中断'}{more.zh}")  # fmt: skip


_NO_PASSWORD = Text(
    "。请在 ~/.pgpass（权限 600）或 PGPASSWORD 中给出密码。",
    ". Give the password in ~/.pgpass (mode 600) or PGPASSWORD.",
)


def _is_loss(error: Error, connection: Timed | None) -> bool:
    from psycopg import InterfaceError, OperationalError

    if error.sqlstate:
        return error.sqlstate.startswith(_LOST)
    if connection is not None:
        return isinstance(error, OperationalError | InterfaceError)
    said = str(error)
    return not _ANSWERED.search(said) or any(words in said for words in _FOR_NOW)


@contextmanager
def connected(source: str) -> Iterator[Connection[Any]]:
    """Open a database for one consistent, read-only look; within `one_picture` always the same.

    Raises
    ------
    ServiceError, SourceError
        As `opened`.
    """
    if (picture := _PICTURE.get()) is not None:
        with _lent(source, picture) as connection:
            yield connection
        return
    with opened(source) as connection:
        _look_only(connection)
        yield connection


@contextmanager
def one_picture(connections: int = CONNECTIONS) -> Iterator[None]:
    """Have all that is read of a database within this be of one moment, its first look.

    A transaction is kept open that does nothing but hold that moment, so that a query that fails
    spoils no other. Databases are told apart by their address: each has a moment of its own.
    Within another picture it is that one. `connections` is how many read at the same time.
    """
    if _PICTURE.get() is not None:
        yield
        return
    with ExitStack() as held, _looking_at(_Picture(held, connections)):
        yield


class Moment(NamedTuple):
    """A moment of databases that another process holds, as it travels.

    Attributes
    ----------
    snapshots
        Of each database as a plan names it, without its password, what its server calls the moment.
    answer_s
        So many seconds an answer is awaited there; None: for ever.
    """

    snapshots: tuple[tuple[str, str], ...] = ()
    answer_s: float | None = None


NOW = Moment()
"""Whenever it is looked."""


def moment_held() -> Moment:
    """Return what another process needs to see what is seen here, within `one_picture`."""
    picture, watching = _PICTURE.get(), watch()
    held = () if picture is None else tuple(sorted(picture.handed.items()))
    return Moment(held, None if watching is None else watching.limit_s)


@contextmanager
def at_moment(moment: Moment) -> Iterator[None]:
    """Have databases be looked at as of a moment that another process holds.

    Who holds a moment already, as that process itself, stays with it.
    """
    if _PICTURE.get() is not None or not moment.snapshots:
        yield
        return
    with ExitStack() as held:
        if moment.answer_s is not None:
            held.enter_context(answers_within(moment.answer_s))
        handed = dict(moment.snapshots)
        held.enter_context(_looking_at(_Picture(held, 1, handed, is_of_another=True)))
        yield


@contextmanager
def _looking_at(picture: _Picture) -> Iterator[None]:
    before = _PICTURE.set(picture)
    try:
        yield
    finally:
        _PICTURE.reset(before)


def side_by_side(action: Callable[[Job], T], jobs: Sequence[Job]) -> list[T]:
    """Return what an action gives for each job, on as many connections as the picture allows."""
    picture = _PICTURE.get()
    most = min(picture.connections if picture else 1, len(jobs))
    if most < 2:
        return [action(job) for job in jobs]
    with ThreadPoolExecutor(most) as pool:
        waiting = [pool.submit(copy_context().run, action, job) for job in jobs]
        try:
            return [one.result() for one in waiting]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def asked_once(connection: Connection[Any], question: str, ask: Callable[[], T]) -> T:
    """Return the answer to a question; within a picture it is asked of a database once."""
    picture, key = _PICTURE.get(), (_address(connection), question)
    if picture is None:
        return ask()
    if key not in picture.answers:
        picture.answers[key] = ask()
    answer: T = picture.answers[key]
    return answer


def is_asked_once() -> bool:
    """Tell whether answers to `asked_once` outlast the job at hand.

    What is read at the moment of another process is asked anew by each job.
    """
    picture = _PICTURE.get()
    return picture is not None and not picture.is_of_another


@dataclass(frozen=True)
class _Picture:
    """The moments that are held: their snapshots by the address of the database.

    `handed` are those by the name that a plan gives the database: it is the same in other
    processes, who may reach it by another address. A picture that `is_of_another` process has no
    others. `idle` are connections that see the moments and that nobody uses just now, by what they
    were opened by.
    """

    held: ExitStack
    connections: int
    handed: dict[str, str] = field(default_factory=dict)
    snapshots: dict[tuple[object, ...], str] = field(default_factory=dict)
    idle: dict[str, list[Timed]] = field(default_factory=dict)
    answers: dict[tuple[object, ...], Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_of_another: bool = False


_PICTURE: ContextVar[_Picture | None] = ContextVar("picture", default=None)


def _address(connection: Connection[Any]) -> tuple[object, ...]:
    info = connection.info
    return (info.hostaddr or info.host, info.port, info.dbname)


def _look_only(connection: Connection[Any]) -> None:
    from psycopg import IsolationLevel

    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True


@contextmanager
def _lent(source: str, picture: _Picture) -> Iterator[Connection[Any]]:
    """Have a connection that sees the moment of a picture: one that nobody uses, or another.

    One that an error went through is closed at once, all others with the picture.
    """
    with picture.lock:
        idle = picture.idle.setdefault(source, [])
        connection = idle.pop() if idle else None
    connection = connection or _joined(source, picture)
    with _told(source, connection):
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
    with picture.lock:
        idle.append(connection)


def _joined(source: str, picture: _Picture) -> Timed:
    """Return another connection that sees the moment of a picture, however long it may wait."""
    connection = _connection(source)
    with picture.lock:
        picture.held.callback(connection.close)
    with _told(source, connection):
        _look_only(connection)
        _join(connection, source, picture)
        connection.execute("SET idle_in_transaction_session_timeout = 0")
    return connection


def _join(connection: Connection[Any], source: str, picture: _Picture) -> None:
    """Have a connection see what the first one to its database saw."""
    from psycopg import DataError, NotSupportedError
    from psycopg.errors import UndefinedObject
    from psycopg.sql import SQL, Literal

    snapshot = _snapshot(connection, source, picture)
    try:
        connection.execute(SQL("SET TRANSACTION SNAPSHOT {}").format(Literal(snapshot)))
    except (DataError, UndefinedObject, NotSupportedError):  # it went with whoever held it
        shown = without_password(source)
        raise LostError(
            f"{shown}: the session that held the moment of the data was lost, or this machine "
            "reaches another server by that name",
            f"{shown}：保持数据时刻的会话已中断，或本机以此名称连到了另一台服务器",
        ) from None


def _snapshot(connection: Connection[Any], source: str, picture: _Picture) -> str:
    """Return what the server calls the moment of a picture; the first one to ask has it held."""
    address, name = _address(connection), without_password(source)
    if picture.is_of_another:
        return picture.handed.get(name, "")
    with picture.lock:
        if address not in picture.snapshots:
            keeper = picture.held.enter_context(opened(source))
            _look_only(keeper)
            keeper.execute("SET idle_in_transaction_session_timeout = 0")
            found = keeper.execute("SELECT pg_export_snapshot()").fetchall()
            picture.snapshots[address] = str(found[0][0])
        picture.handed[name] = picture.snapshots[address]
        return picture.snapshots[address]
