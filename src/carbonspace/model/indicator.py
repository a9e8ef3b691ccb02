"""The declaration of an indicator: facts beside a plain function.

The function's positional arguments are canonical layers (a default of None makes one optional),
its keyword-only arguments are parameters. The decorator attaches the facts and returns the
function unchanged.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

from carbonspace.errors import UnknownNameError
from carbonspace.model.measure import Measure
from carbonspace.model.parameters import PARAMETERS
from carbonspace.model.rule import Level
from carbonspace.model.text import Text


@dataclass(frozen=True)
class Unit:
    """The unit of a parameter, carried in its annotation."""

    symbol: str


Metres = Annotated[float, Unit("m")]
SquareMetres = Annotated[float, Unit("m²")]
Percent = Annotated[float, Unit("%")]
Count = Annotated[int, Unit("")]
Codes = Annotated[tuple[str, ...], Unit("code")]
"""Land-use codes, matched by prefix, or other coded values."""


Reach = float | str | Callable[[Mapping[str, Any]], float]


@dataclass(frozen=True)
class Parameter:
    """One keyword of an indicator."""

    name: str
    default: Any
    unit: str
    title: Text


@dataclass(frozen=True)
class Indicator:
    """The facts of one indicator, and the function that computes it.

    `reach` is how far outside a unit a feature can still change the unit's value: metres, the
    name of the parameter that holds them, or a function of the parameters. `decimals` is how
    many digits people see. `verified` is False where a default rests on memory and is shown as
    unverified.
    """

    key: str
    title: Text
    unit: str
    theme: str
    aggregate: Literal["ratio", "sum"]
    reach: Reach
    source: str
    definition: Text
    function: Callable[..., Measure]
    layers: tuple[str, ...]
    optional_layers: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    levels: tuple[Level, ...] = ("unit", "city")
    decimals: int = 2
    verified: bool = True
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every parameter's value: the defaults, then what a variant fixes, then `given`.

        Raises
        ------
        UnknownNameError
            If `given` names a parameter the indicator does not have.
        """
        known = {p.name: p.default for p in self.parameters}
        if unknown := sorted(set(given) - set(known)):
            raise UnknownNameError(
                f"indicator {self.key} has no parameter {', '.join(unknown)}; "
                f"it has: {', '.join(known)}"
            )
        return {**known, **given}

    def reach_m(self, settings: Mapping[str, Any]) -> float:
        """Return the reach in metres under these settings."""
        if callable(self.reach):
            return float(self.reach(settings))
        return float(settings[self.reach]) if isinstance(self.reach, str) else float(self.reach)


F = TypeVar("F", bound=Callable[..., Measure])


def indicator(
    *,
    title: Text,
    unit: str,
    theme: str,
    aggregate: Literal["ratio", "sum"],
    source: str,
    definition: Text,
    reach: Reach = 0.0,
    levels: tuple[Level, ...] = ("unit", "city"),
    decimals: int = 2,
    verified: bool = True,
) -> Callable[[F], F]:
    """Declare the decorated function an indicator and return it unchanged."""

    def declare(function: F) -> F:
        needed, optional, parameters = _signature(function)
        declaration = Indicator(
            function.__name__, title, unit, theme, aggregate, reach, source, definition,
            function, needed, optional, parameters, levels, decimals, verified,
        )  # fmt: skip
        function.indicator = declaration  # type: ignore[attr-defined]
        return function

    return declare


def variant(function: Callable[..., Measure], key: str, title: Text, *,
            definition: Text | None = None, facts: Mapping[str, Any] | None = None,
            **fixed: Any) -> Indicator:  # fmt: skip
    """Return `function`'s indicator under another name, with some parameters set.

    `facts` overrides facts of the declaration (`unit`, `source`, `levels` …).
    """
    base = declaration_of(function)
    parameters = tuple(
        replace(p, default=fixed[p.name]) if p.name in fixed else p for p in base.parameters
    )
    return replace(
        base, key=key, title=title, definition=definition or base.definition,
        function=partial(function, **fixed), parameters=parameters, fixed=dict(fixed),
        **(facts or {}),
    )  # fmt: skip


def declaration_of(function: Callable[..., Measure]) -> Indicator:
    """Return the declaration attached to an indicator function."""
    return function.indicator  # type: ignore[attr-defined, no-any-return]


def _signature(
    function: Callable[..., Measure],
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Parameter, ...]]:
    """Read layers and parameters off the signature."""
    hints = get_type_hints(function, include_extras=True)
    arguments = inspect.signature(function).parameters.values()
    layers = [a for a in arguments if a.kind is a.POSITIONAL_OR_KEYWORD]
    needed = tuple(a.name for a in layers if a.default is a.empty)
    optional = tuple(a.name for a in layers if a.default is not a.empty)
    keywords = [a for a in arguments if a.kind is a.KEYWORD_ONLY]
    return needed, optional, tuple(_parameter(a, hints[a.name]) for a in keywords)


def _parameter(argument: inspect.Parameter, hint: Any) -> Parameter:
    units = [m.symbol for m in getattr(hint, "__metadata__", ()) if isinstance(m, Unit)]
    return Parameter(
        argument.name, argument.default, units[0] if units else "", PARAMETERS[argument.name]
    )
