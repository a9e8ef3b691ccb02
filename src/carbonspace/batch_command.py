"""`carbonspace batch`: the cities of a city.toml, night after night."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from carbonspace.cluster_options import WORKERS, told_aside
from carbonspace.documents import print_document
from carbonspace.errors import UnknownNameError
from carbonspace.guard import refusal_of, show_refusal
from carbonspace.interrupt import Interrupt, of_command
from carbonspace.model.progress import Step
from carbonspace.model.text import Text
from carbonspace.options import LANG, MANNER, PROGRESS, Misused, progress_in, system_language

if TYPE_CHECKING:
    from carbonspace.batch import City, CityFile, Night, Undelivered
    from carbonspace.batch.computing import Workers
    from carbonspace.batch.log import Faults
    from carbonspace.batch.metrics import Facts
    from carbonspace.cluster_options import OnCluster
    from carbonspace.model.text import Lang
    from carbonspace.options import Manner

_NIGHTS = 14
_UNTOLD = 1
"""The exit code where all was kept but could not be told: a message, the log, the metrics."""
_MISSED = 6
"""The exit code where rows changed and what should tell of changes did not."""
_PRIVATE = 0o027
"""What others may not do with files that are written: nothing, and the group may read."""


@click.command()
@click.argument("cities", metavar="CITY.TOML", type=click.Path(path_type=Path))
@click.option("--city", "names", multiple=True, help="只处理该城市 · this city only (repeatable)")
@click.option("--full", is_flag=True, help="未变化也重新计算 · compute even where nothing changed")
@click.option("--send", is_flag=True, help="只发送未送达的消息 · only send what is not yet sent")
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False),
              help="日志文件（JSON 行） · append events to a file, as lines of JSON")  # fmt: skip
@click.option("--verify-changes", "check", is_flag=True,
              help="核对变更识别方式 · hold what tells of changes against all rows")  # fmt: skip
@click.option("--verify", type=click.IntRange(min=0), default=0, metavar="N",
              help="随机重算 N 个单元并核对 · hold N units against measuring")  # fmt: skip
@click.option("--triggers", is_flag=True,
              help="打印记录变更的 SQL · print the SQL that has changes logged")  # fmt: skip
@click.option("--status", is_flag=True, help="显示最近几次夜间计算 · show the last nights")
@click.option("--history", nargs=2, metavar="UNIT INDICATOR",
              help="显示某单元某指标的历史 · show how an indicator of a unit went")  # fmt: skip
@WORKERS
@PROGRESS
@LANG
@MANNER
def batch(
    cities: Path, names: tuple[str, ...], full: bool, send: bool, log: Path | None, check: bool,
    verify: int, triggers: bool, status: bool, history: tuple[str, str] | None, progress: str,
    lang: Lang | None, manner: Manner, on_cluster: OnCluster | None,
) -> None:  # fmt: skip
    """夜间批量计算：什么变了、哪些结论变了 · Compute cities nightly, and keep their history."""
    from carbonspace.batch import read_city_file

    if sum((full, send, check, triggers, status, history is not None)) > 1:
        raise Misused(_TOO_MUCH)
    file = read_city_file(cities)
    file = replace(file, cities=_chosen(file.cities, names), log=log or file.log)
    language = lang or system_language()
    if triggers:
        _show_triggers(file.cities, manner)
    elif status:
        _show_status(file.cities, language, manner)
    elif history is not None:
        _show_history(file.cities, *history, language, manner)
    else:
        if on_cluster is not None and all(one.tile_features is None for one in file.cities):
            raise Misused(_NO_TILES)
        wanted = _Wanted(full, check, verify, on_cluster)
        work = _send if send else partial(_night, wanted, progress_in(manner, progress))
        sys.exit(_each(file, work, lang, manner))


_TOO_MUCH = Text(
    "--full、--send、--verify-changes、--triggers、--status、--history 只能给出一个",
    "give one of --full, --send, --verify-changes, --triggers, --status and --history only",
)
_NO_TILES = Text(
    "--cluster 按分块计算，而所选城市在 city.toml 中都没有 tile_features：请写明，如 50_000",
    "--cluster computes by tiles, and none of these cities has tile_features in city.toml: give "
    "it there, 50_000 for instance",
)


class _Wanted(NamedTuple):
    """What is wanted of nights: to compute in any case, to hold what tells of changes to rows.

    `verify` is of how many units what was taken over is held against measuring.
    """

    full: bool
    check: bool
    verify: int
    on_cluster: OnCluster | None

    def workers(self, lang: Lang) -> Workers:
        """Return who computes the tiles of a city."""
        from carbonspace.batch.computing import alone

        if (on_cluster := self.on_cluster) is None:
            return alone
        return lambda plan, folder: on_cluster.executor(plan, folder, told_aside(lang))


def _chosen(cities: Sequence[City], names: Sequence[str]) -> list[City]:
    known = {one.name: one for one in cities}
    if unknown := [name for name in names if name not in known]:
        asked, there = ", ".join(unknown), ", ".join(known)
        raise UnknownNameError(f"city.toml has no city {asked}; it has {there}",
                               f"city.toml 中没有城市 {asked}；有：{there}")  # fmt: skip
    return [known[name] for name in names] or [*cities]


class _Ended(NamedTuple):
    """What came of a city: for programs, as figures, and why it came to nothing."""

    code: int
    said: Mapping[str, Any]
    facts: Facts | None = None


def _each(
    file: CityFile, work: Callable[[City, Lang, Interrupt, Manner], _Ended], lang: Lang | None,
    manner: Manner,
) -> int:  # fmt: skip
    """Work on one city after the other; what fails of one is told and the others go on."""
    from carbonspace.batch.log import logged

    ended, interrupt = list[_Ended](), of_command()
    with _ended_by_signal(interrupt), _private(), logged(file.log) as faults:
        for city in file.cities:
            language = lang or city.lang or system_language()
            ended.append(work(city, language, interrupt, manner))
        _write_metrics(file, [one.facts for one in ended if one.facts], faults)
    if faults.said:
        click.echo(f"carbonspace: {faults.said}", err=True)
    code = max([_UNTOLD if faults.said else 0, *(one.code for one in ended)])
    if manner == "json":
        told = [{"city": city.name, "exit_code": one.code, **one.said}
                for city, one in zip(file.cities, ended, strict=True)]  # fmt: skip
        print_document("batch", {"cities": told}, code)
    return code


def _night(
    wanted: _Wanted, progress: str, city: City, lang: Lang, interrupt: Interrupt, manner: Manner
) -> _Ended:
    """Return what came of a city, or why nothing did; either is told."""
    from carbonspace.batch import night
    from carbonspace.batch.metrics import facts_of
    from carbonspace.terminal import shown_progress

    try:
        with shown_progress(progress, city.name, lang) as teller:
            found = night(city, full=wanted.full, check=wanted.check, verify=wanted.verify,
                          progress=interrupt.checking(teller),
                          workers=wanted.workers(lang))  # fmt: skip
            teller(Step(Text("完成", "Done"), 1.0, 1.0))
    except Exception as error:  # noqa: BLE001  the other cities go on
        interrupt.check()
        return _failed(city, error, lang)
    said, untold = _tell(found, lang, manner)
    interrupt.check()
    code = _MISSED if found.message.get("missed") else _UNTOLD if untold else 0
    return _Ended(code, {**said, "undelivered": untold}, facts_of(city, found, code))


def _failed(city: City, error: Exception, lang: Lang) -> _Ended:
    """Tell why nothing came of a city: here, and where its messages go."""
    from carbonspace.batch import tell_failure
    from carbonspace.batch.metrics import facts_of

    refusal = refusal_of(error)
    click.echo(f"{city.name}:", err=True)
    show_refusal(error, refusal, lang)
    details = "".join(f"\n{one.line()}" for one in refusal.findings if one.severity == "error")
    why = Text(refusal.said.zh + details, refusal.said.en + details)
    untold = _undelivered(tell_failure(city, why, lang), lang)
    return _Ended(refusal.code, {"error": refusal.said._asdict(), "undelivered": untold},
                  facts_of(city, None, refusal.code))  # fmt: skip


def _tell(found: Night, lang: Lang, manner: Manner) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Tell what came of a night to people, in files and where messages are sent.

    Returns what a program is told, and what could not be told: the results are kept all the same.
    """
    from carbonspace.batch.wording import text_of

    if manner == "people" and (found.message["changes"] or not found.city.only_changes):
        click.echo(text_of(found.message, lang))
    files, untold = _written(found.city, lang, found.message)
    try:
        folder = found.write()
    except Exception as error:  # noqa: BLE001  the results are kept all the same
        folder = None
        untold += _not_told(found.city, error, lang, run=found.run, channel="output")
    untold += _sent(found.city, lang)
    return {"output": folder and str(folder), "run": found.run,
            "status": found.status, "message": found.message,
            "files": [str(one) for one in files]}, untold  # fmt: skip


def _written(
    city: City, lang: Lang, tonight: Mapping[str, Any] | None = None
) -> tuple[list[Path], list[dict[str, Any]]]:
    """Write messages into files; return those, and what could not be."""
    from carbonspace.batch import write_files

    try:
        return write_files(city, lang, tonight), []
    except Exception as error:  # noqa: BLE001  the results are kept, and other ways are left
        return [], _not_told(city, error, lang, channel="files")


def _send(city: City, lang: Lang, interrupt: Interrupt, _: Manner) -> _Ended:
    """Send and write what is pending of a city, and compute nothing."""
    untold = [*_written(city, lang)[1], *_sent(city, lang)]
    interrupt.check()
    return _Ended(_UNTOLD if untold else 0, {"undelivered": untold})


def _sent(city: City, lang: Lang) -> list[dict[str, Any]]:
    from carbonspace.batch import deliver

    try:
        return _undelivered(deliver(city, lang), lang)
    except Exception as error:  # noqa: BLE001  the results are kept; it is sent another time
        return _not_told(city, error, lang)


def _undelivered(found: Sequence[Undelivered], lang: Lang) -> list[dict[str, Any]]:
    """Say on stderr what could not be sent, and return it as plain values."""
    for one in found:
        click.echo(f"carbonspace: {one.error.to(lang)}", err=True)
    return [{"run": one.run, "channel": one.channel.key,
             "error": refusal_of(one.error).said._asdict()} for one in found]  # fmt: skip


def _not_told(city: City, error: Exception, lang: Lang, **facts: Any) -> list[dict[str, Any]]:
    from carbonspace.batch.log import tell

    refusal = refusal_of(error)
    tell("undelivered", city=city.name, error=refusal.said.en, **facts)
    show_refusal(error, refusal, lang)
    return [{**facts, "error": refusal.said._asdict()}]


def _write_metrics(file: CityFile, found: Sequence[Facts], faults: Faults) -> None:
    from carbonspace.batch.metrics import write_metrics

    if file.metrics is None or not found:
        return
    try:
        write_metrics(file.metrics, found, file.names)
    except OSError as error:
        faults.said = faults.said or str(error)


def _show_triggers(cities: Sequence[City], manner: Manner) -> None:
    from carbonspace.batch import sql_of_changes

    found = {city.name: sql for city in cities if (sql := sql_of_changes(city))}
    if not found:
        raise UnknownNameError(
            'no layer of a database has changes = "triggers" in city.toml',
            'city.toml 中没有数据库图层写明 changes = "triggers"',
        )
    if manner == "json":
        print_document("batch", {"triggers": found})
    elif manner == "people":
        texts = [text for by_source in found.values() for text in by_source.values()]
        click.echo("\n".join(dict.fromkeys(texts)))


def _show_status(cities: Sequence[City], lang: Lang, manner: Manner) -> None:
    from carbonspace.batch import pending, store_of
    from carbonspace.outputs.plainjson import plain
    from carbonspace.terminal import print_nights

    found, waiting = {}, {}
    for city in cities:
        with store_of(city, look=True) as store:
            is_there = store.sql.exists()
            runs = store.runs(city.name, _NIGHTS) if is_there else []
            found[city.name] = [{**one._asdict(), "summary": store.message(one.id)} for one in runs]
            waiting[city.name] = {one.key: len(pending(store, city, one.key)) if is_there else 0
                                  for one in city.channels}  # fmt: skip
    if manner == "json":
        print_document("batch", {"status": plain(found), "undelivered": waiting})
    elif manner == "people":
        for name, nights in found.items():
            print_nights(name, nights, lang, waiting[name])


def _show_history(
    cities: Sequence[City], unit: str, indicator: str, lang: Lang, manner: Manner
) -> None:
    from carbonspace.batch import series_of, store_of
    from carbonspace.batch.history import sparkline
    from carbonspace.outputs.plainjson import plain
    from carbonspace.terminal import print_history

    found = {}
    for city in cities:
        with store_of(city, look=True) as store:
            if store.sql.exists():
                found[city.name] = series_of(store, city.name, unit, indicator)
    if not any(found.values()):
        raise UnknownNameError(
            f"nothing is kept of {indicator} of {unit}. --status shows which nights there were.",
            f"没有 {unit} 的 {indicator} 的历史。--status 可查看有哪些夜间计算。",
        )
    if manner == "json":
        print_document("batch", {"history": plain(found)})
    elif manner == "people":
        for name, series in found.items():
            print_history(name, [(one, sparkline(one.nightly)) for one in series], lang)


@contextmanager
def _ended_by_signal(interrupt: Interrupt) -> Iterator[None]:
    """Have the end that a service manager asks for be like Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _private() -> Iterator[None]:
    before = os.umask(_PRIVATE)
    try:
        yield
    finally:
        os.umask(before)
