"""How a command ends: what it raises becomes a message on stderr and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import click

from carbonspace.errors import CarbonspaceError, InputError, MemoryWantingError
from carbonspace.memory import is_memory, raise_if_memory
from carbonspace.model.text import Text, counted
from carbonspace.options import Misused

if TYPE_CHECKING:
    from carbonspace.interrupt import Interrupt
    from carbonspace.model.finding import Finding
    from carbonspace.model.text import Lang

INTERRUPTED = 130
_USAGE = 2
_OWN_FAULT = 70
_STOPPED = Text("已中断，没有留下未写完的结果", "interrupted, nothing half-written is left")


class Refusal(NamedTuple):
    """Why a command came to nothing."""

    said: Text
    code: int
    findings: Sequence[Finding] = ()


Told = Callable[[Refusal], None]
"""Whom else a refusal is told, besides the person who reads stderr."""


def nobody_else(_: Refusal) -> None:
    """Tell nobody."""


def guarded(
    action: Callable[[], Any], lang: Lang, interrupt: Interrupt, told: Told = nobody_else
) -> int:
    """Run `action`; turn what it raises into a message on stderr and an exit code."""
    try:
        return _result(action, interrupt)
    except SystemExit as stop:
        return int(stop.code or 0)
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001  the last net: no traceback
        refusal = refusal_of(error)
        show_refusal(error, refusal, lang)
        told(refusal)
        return refusal.code


def _result(action: Callable[[], Any], interrupt: Interrupt) -> int:
    """Return the exit code of `action`; whatever an interrupt made it raise is an interrupt."""
    try:
        result = action()
    except Exception as error:
        if interrupt.asked:
            raise KeyboardInterrupt from error
        raise_if_memory(error)
        raise
    return result if isinstance(result, int) else 0


def refusal_of(error: BaseException) -> Refusal:
    """Return what an error means to whoever gave the command."""
    if is_memory(error):
        error = MemoryWantingError()
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Refusal(_STOPPED, INTERRUPTED)
    if isinstance(error, click.ClickException):
        words = error.format_message()
        return Refusal(error.said if isinstance(error, Misused) else Text(words, words), _USAGE)
    if isinstance(error, InputError):
        return Refusal(_unusable(error), error.exit_code, error.findings)
    if isinstance(error, CarbonspaceError):
        return Refusal(Text(error.zh, str(error)), error.exit_code)
    if isinstance(error, OSError):
        said = Text(f"读写失败：{error}", f"reading or writing failed: {error}")
        return Refusal(said, InputError.exit_code)
    name = f"{type(error).__name__}: {error}"
    return Refusal(_OWN.filled(name=name), _OWN_FAULT)


_OWN = Text("程序内部错误（{name}）。请附上数据报告；设置 CARBONSPACE_DEBUG=1 可看详情。",
            "an error of carbonspace itself ({name}). Please report it with the data; "
            "CARBONSPACE_DEBUG=1 shows details.")  # fmt: skip
_UNUSABLE = Text("数据不可用：", "the data cannot be used: ")


def _unusable(error: InputError) -> Text:
    errors = sum(one.severity == "error" for one in error.findings) or len(error.findings)
    number = counted(errors, "处错误", "error", "errors")
    return Text(_UNUSABLE.zh + number.zh, _UNUSABLE.en + number.en)


def show_refusal(error: BaseException, refusal: Refusal, lang: Lang) -> None:
    """Say on stderr why the command came to nothing."""
    if isinstance(error, click.ClickException):
        error.show()
    elif isinstance(error, InputError):
        from carbonspace.model.finding import findings_table
        from carbonspace.terminal import print_findings

        print_findings(findings_table(error.findings), lang, to_stderr=True)
    else:
        _say(refusal.said, lang)
        if refusal.code == _OWN_FAULT:
            _trace(error)


def _trace(error: BaseException) -> None:
    """Show the details of a fault of carbonspace itself, which are for those who mend it."""
    import os
    import traceback

    if os.environ.get("CARBONSPACE_DEBUG"):
        traceback.print_exception(error)


def _say(said: Text, lang: Lang) -> None:
    click.echo(f"carbonspace: {said.to(lang)}", err=True)


def say_interrupted(lang: Lang, told: Told = nobody_else) -> None:
    """Say that the work was stopped and that nothing of it is left."""
    _say(_STOPPED, lang)
    told(Refusal(_STOPPED, INTERRUPTED))


def leave(code: int) -> NoReturn:
    """End at once: what was interrupted may have left threads at work that nobody waits for."""
    import os

    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
