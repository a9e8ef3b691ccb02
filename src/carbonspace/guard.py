"""How a command ends: what it raises becomes a message on stderr and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import click

from carbonspace.errors import CarbonspaceError, InputError
from carbonspace.memory import raise_if_memory

if TYPE_CHECKING:
    from carbonspace.interrupt import Interrupt
    from carbonspace.model.text import Lang

INTERRUPTED = 130
_OWN_FAULT = 70


def guarded(action: Callable[[], Any], lang: Lang, interrupt: Interrupt) -> int:
    """Run `action`; turn what it raises into a message on stderr and an exit code."""
    try:
        return _result(action, interrupt)
    except SystemExit as stop:
        return int(stop.code or 0)
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        say_interrupted(lang)
        return INTERRUPTED
    except CarbonspaceError as error:
        _explain(error, lang)
        return error.exit_code
    except OSError as error:
        _say(f"读写失败：{error}", f"reading or writing failed: {error}", lang)
        return InputError.exit_code
    except Exception as error:  # noqa: BLE001  the last net: a planner is shown no traceback
        return _own_fault(error, lang)


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


def _own_fault(error: Exception, lang: Lang) -> int:
    """Say that carbonspace itself failed; the details are for those who mend it."""
    import os
    import traceback

    name = f"{type(error).__name__}: {error}"
    _say(f"程序内部错误（{name}）。请附上数据报告；设置 CARBONSPACE_DEBUG=1 可看详情。",
         f"an error of carbonspace itself ({name}). Please report it with the data; "
         "CARBONSPACE_DEBUG=1 shows details.", lang)  # fmt: skip
    if os.environ.get("CARBONSPACE_DEBUG"):
        traceback.print_exception(error)
    return _OWN_FAULT


def _say(zh: str, en: str, lang: Lang) -> None:
    click.echo(f"carbonspace: {zh if lang == 'zh' else en}", err=True)


def say_interrupted(lang: Lang) -> None:
    """Say that the work was stopped and that nothing of it is left."""
    _say("已中断，没有留下未写完的结果", "interrupted, nothing half-written is left", lang)


def _explain(error: CarbonspaceError, lang: Lang) -> None:
    if isinstance(error, InputError):
        from carbonspace.model.finding import findings_table
        from carbonspace.terminal import print_findings

        print_findings(findings_table(error.findings), lang, to_stderr=True)
    else:
        _say(error.zh, str(error), lang)


def leave(code: int) -> NoReturn:
    """End at once: what was interrupted may have left threads at work that nobody waits for."""
    import os

    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
