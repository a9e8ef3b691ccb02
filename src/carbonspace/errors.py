"""Errors a caller can act on. Each says what was found, what was expected and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carbonspace.model.finding import Finding


class CarbonspaceError(Exception):
    """Anything carbonspace refuses to do; `exit_code` is what the command line returns."""

    exit_code = 3

    def __str__(self) -> str:
        return " ".join(str(part) for part in self.args)


class InputError(CarbonspaceError, ValueError):
    """The data cannot be used. `findings` holds every fault at once."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(finding.line() for finding in self.findings))


class MissingLayerError(CarbonspaceError, KeyError):
    """A layer that an indicator needs under these parameters is not there."""

    def __init__(self, layer: str) -> None:
        self.layer = layer
        super().__init__(f"layer {layer} is missing. Give it as [layers.{layer}] in plan.toml.")


class MissingColumnError(CarbonspaceError, KeyError):
    """A layer lacks a column that the indicator needs, or the column is empty."""

    def __init__(self, layer: str, *columns: str) -> None:
        self.layer = layer
        self.columns = columns
        names = " or ".join(repr(column) for column in columns)
        super().__init__(
            f"{layer}: column {names} is missing or empty. Map it under [layers.{layer}.fields], "
            f"or give it one value under [layers.{layer}.constants]."
        )


class CrsError(CarbonspaceError, ValueError):
    """A coordinate reference system is missing, geographic, or not that of the other layers."""


class UnknownNameError(CarbonspaceError, LookupError):
    """No indicator, profile, parameter or sample has this name."""

    exit_code = 2


class SourceError(CarbonspaceError, OSError):
    """A file is missing, unreadable, or does not hold what `plan.toml` says."""


class ServiceError(CarbonspaceError, RuntimeError):
    """A service outside carbonspace failed."""

    exit_code = 4
