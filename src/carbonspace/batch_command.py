"""`carbonspace batch`: the cities of a city.toml, night after night."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonspace.documents import print_document
from carbonspace.errors import UnknownNameError
from carbonspace.guard import Refusal, refusal_of, show_refusal
from carbonspace.interrupt import Interrupt, of_command
from carbonspace.model.progress import Step
from carbonspace.model.text import Text
from carbonspace.options import LANG, MANNER, PROGRESS, Misused, progress_in, system_language

if TYPE_CHECKING:
    from carbonspace.batch import City, Night
    from carbonspace.model.text import Lang
    from carbonspace.options import Manner

_NIGHTS = 14
_PRIVATE = 0o027
"""What others may not do with files that are written: nothing, and the group may read."""


@click.command()
@click.argument("cities", metavar="CITY.TOML", type=click.Path(path_type=Path))
@click.option("--city", "names", multiple=True, help="只处理该城市 · this city only (repeatable)")
@click.option("--full", is_flag=True, help="未变化也重新计算 · compute even where nothing changed")
@click.option("--status", is_flag=True, help="显示最近几次夜间计算 · show the last nights")
@click.option("--history", nargs=2, metavar="UNIT INDICATOR",
              help="显示某单元某指标的历史 · show how an indicator of a unit went")  # fmt: skip
@PROGRESS
@LANG
@MANNER
def batch(
    cities: Path, names: tuple[str, ...], full: bool, status: bool,
    history: tuple[str, str] | None, progress: str, lang: Lang | None, manner: Manner,
) -> None:  # fmt: skip
    """夜间批量计算：什么变了、哪些结论变了 · Compute cities nightly, and keep their history."""
    from carbonspace.batch import read_cities

    if sum((full, status, history is not None)) > 1:
        raise Misused(_TOO_MUCH)
    chosen = _chosen(read_cities(cities), names)
    language = lang or system_language()
    if status:
        _show_status(chosen, language, manner)
    elif history is not None:
        _show_history(chosen, *history, language, manner)
    else:
        sys.exit(_nights(chosen, full, progress_in(manner, progress), lang, manner))


_TOO_MUCH = Text("--full、--status、--history 只能给出一个",
                 "give one of --full, --status and --history only")  # fmt: skip


def _chosen(cities: Sequence[City], names: Sequence[str]) -> list[City]:
    known = {one.name: one for one in cities}
    if unknown := [name for name in names if name not in known]:
        asked, there = ", ".join(unknown), ", ".join(known)
        raise UnknownNameError(f"city.toml has no city {asked}; it has {there}",
                               f"city.toml 中没有城市 {asked}；有：{there}")  # fmt: skip
    return [known[name] for name in names] or [*cities]


def _nights(
    cities: Sequence[City], full: bool, progress: str, lang: Lang | None, manner: Manner
) -> int:
    """Compute one city after the other; what fails of one is told and the others go on."""
    told, codes, interrupt = list[dict[str, Any]](), [0], of_command()
    with _ended_by_signal(interrupt), _private():
        for city in cities:
            language = lang or city.lang or system_language()
            found = _night(city, full, progress, language, interrupt, manner)
            codes.append(found.code if isinstance(found, Refusal) else 0)
            facts = {"error": found.said._asdict()} if isinstance(found, Refusal) else found
            told.append({"city": city.name, "exit_code": codes[-1], **facts})
    if manner == "json":
        print_document("batch", {"cities": told}, max(codes))
    return max(codes)


def _night(
    city: City, full: bool, progress: str, lang: Lang, interrupt: Interrupt, manner: Manner
) -> dict[str, Any] | Refusal:
    """Return what came of a city, or why nothing did; either is told."""
    from carbonspace.batch import night
    from carbonspace.terminal import shown_progress

    try:
        with shown_progress(progress, city.name, lang) as teller:
            found = night(city, full=full, progress=interrupt.checking(teller))
            teller(Step(Text("完成", "Done"), 1.0, 1.0))
        return _tell(found, lang, manner)
    except Exception as error:  # noqa: BLE001  the other cities go on
        interrupt.check()
        refusal = refusal_of(error)
        click.echo(f"{city.name}:", err=True)
        show_refusal(error, refusal, lang)
        return refusal


def _tell(found: Night, lang: Lang, manner: Manner) -> dict[str, Any]:
    """Tell people what came of a night, write its messages, and return what a program is told."""
    from carbonspace.batch.wording import text_of, write_message

    if manner == "people" and (found.message["changes"] or not found.city.only_changes):
        click.echo(text_of(found.message, lang))
    files = write_message(found.message, found.city, lang)
    return {"run": found.run, "status": found.status, "message": found.message,
            "files": [str(one) for one in files]}  # fmt: skip


def _show_status(cities: Sequence[City], lang: Lang, manner: Manner) -> None:
    from carbonspace.batch import store_of
    from carbonspace.outputs.plainjson import plain
    from carbonspace.terminal import print_nights

    found = {}
    for city in cities:
        with store_of(city, look=True) as store:
            runs = store.runs(city.name, _NIGHTS) if store.sql.exists() else []
            found[city.name] = [{**one._asdict(), "summary": store.message(one.id)} for one in runs]
    if manner == "json":
        print_document("batch", {"status": plain(found)})
    elif manner == "people":
        for name, nights in found.items():
            print_nights(name, nights, lang)


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
