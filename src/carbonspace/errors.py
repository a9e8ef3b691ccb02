"""Errors a caller can act on. Each says what was found, what was expected and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carbonspace.model.finding import Finding


class CarbonspaceError(Exception):
    """Anything carbonspace refuses to do; `exit_code` is what the command line returns.

    The message is given in English and in Chinese; as a string it is English.
    """

    exit_code = 3

    def __init__(self, en: str, zh: str = "") -> None:
        self.zh = zh or en
        super().__init__(en)

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how another process has it back: as it is, not made anew from its message."""
        return _as_it_was, (type(self), self.args), self.__dict__

    def to(self, lang: str) -> str:
        """Return the message in `lang`, zh or en."""
        return self.zh if lang == "zh" else str(self)


def _as_it_was(kind: type[CarbonspaceError], args: tuple[Any, ...]) -> CarbonspaceError:
    error = kind.__new__(kind, *args)
    error.args = args
    return error


class InputError(CarbonspaceError, ValueError):
    """The data cannot be used. `findings` holds every fault at once, and what else was noticed.

    The message lists the errors.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        errors = [one for one in self.findings if one.severity == "error"]
        super().__init__("\n".join(one.line() for one in errors or self.findings))


class MissingLayerError(CarbonspaceError, KeyError):
    """A layer that an indicator needs under these parameters is not there."""

    def __init__(self, layer: str) -> None:
        self.layer = layer
        is_table = layer.startswith("rasters.") or layer == "weather"
        table = layer if is_table else f"layers.{layer}"
        super().__init__(
            f"layer {layer} is missing. Give it as [{table}] in plan.toml.",
            f"缺少图层 {layer}。请在 plan.toml 中给出 [{table}]。",
        )


class MissingColumnError(CarbonspaceError, KeyError):
    """A layer lacks a column that the indicator needs, or the column is empty."""

    def __init__(self, layer: str, *columns: str) -> None:
        self.layer = layer
        self.columns = columns
        names = " or ".join(repr(column) for column in columns)
        super().__init__(
            f"{layer}: column {names} is missing or empty. Map it under [layers.{layer}.fields], "
            f"or give it one value under [layers.{layer}.constants].",
            f"{layer} 缺少字段 {'、'.join(columns)} 或其值全空。"
            f"请在 [layers.{layer}.fields] 中映射，或在 [layers.{layer}.constants] 中给出。",
        )


class NoSunError(CarbonspaceError, ValueError):
    """The sun does not rise at a place on a day, or not enough to cast shadows that end."""


class UnstatedError(CarbonspaceError, ValueError):
    """A parameter without which there is no figure, and that has no default, was not stated."""


class CrsError(CarbonspaceError, ValueError):
    """A coordinate reference system is missing, geographic, or not that of the other layers."""


class ComparisonError(CarbonspaceError, ValueError):
    """Plans or results cannot be held against each other."""


class UnknownNameError(CarbonspaceError, LookupError):
    """No indicator, profile, parameter or sample has this name."""

    exit_code = 2


class BeyondError(CarbonspaceError, LookupError):
    """Some units of a plan ask for what is known of the whole plan alone."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"what lies beyond a tile is not known: {what}. Evaluate the plan in one process.",
            f"图块之外的内容未知：{what}。请在单个进程中评估该规划。",
        )


class SourceError(CarbonspaceError, OSError):
    """A file is missing, unreadable, or does not hold what `plan.toml` says."""


class MemoryWantingError(CarbonspaceError):
    """The memory does not suffice for what was asked."""

    def __init__(self) -> None:
        super().__init__(
            "the memory does not suffice; nothing was written. Close other programs, compute some "
            "units at a time with --unit, select features with where, or use a machine with more "
            "memory.",
            "内存不足，没有写出结果。请关闭其他程序，用 --unit 分批计算单元，用 where 筛选要素，"
            "或换一台内存更大的机器。",
        )


class ServiceError(CarbonspaceError, RuntimeError):
    """A service outside carbonspace failed."""

    exit_code = 4


class LostError(ServiceError):
    """A connection was lost or a server gives no answer: trying again may help."""


class BusyError(ServiceError):
    """Somebody else is at work on the same, and holds its lock."""


class LimitError(CarbonspaceError):
    """A limit of time or memory was reached that was set for the work."""

    exit_code = 5


class DifferenceError(CarbonspaceError, ArithmeticError):
    """Two ways to the same figure came to different ones."""

    exit_code = 7
