"""The declaration of an indicator: facts beside a plain function.

The function's positional arguments are canonical layers, or windows of rasters by their kind (a
default of None makes one optional), or the `weather`, which is always optional; its keyword-only
arguments are parameters, or groups of them, but for `shared`.
The decorator attaches the facts and returns the function unchanged.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Annotated, Any, TypeVar, get_type_hints

from carbonspace.model.kinds import Choice, Kind, Listed, Number, kind_of
from carbonspace.model.landuse import CODES
from carbonspace.model.layers import RASTER_KINDS, ROAD_CLASSES, TRANSIT_MODES
from carbonspace.model.levels import Level
from carbonspace.model.maps import Seeking
from carbonspace.model.measure import Aggregate, Measure
from carbonspace.model.parameters import PARAMETERS
from carbonspace.model.rasters import LAND_COVERS
from carbonspace.model.text import Text
from carbonspace.model.weather import WEATHER


@dataclass(frozen=True)
class Unit:
    """The unit of a parameter, carried in its annotation."""

    symbol: str


Metres = Annotated[float, Unit("m"), Number(low=0, unit="m")]
SquareMetres = Annotated[float, Unit("m²"), Number(low=0, unit="m²")]
Percent = Annotated[float, Unit("%"), Number(low=0, high=100, unit="%")]
Minutes = Annotated[float, Unit("min"), Number(low=0, unit="min")]
Fraction = Annotated[float, Unit(""), Number(low=0, high=1)]
Ratio = Annotated[float, Unit(""), Number(low=0)]
Count = Annotated[int, Unit(""), Number(low=1, whole=True)]
Codes = Annotated[tuple[str, ...], Unit("code"), Listed()]
"""Coded values of any kind."""

LAND_CODE = Choice(tuple(CODES), Text("2023 年用地用海分类代码", "a land-use code of 2023"))
LandCodes = Annotated[tuple[str, ...], Unit("code"), Listed(LAND_CODE)]
"""Land-use codes, matched by prefix."""
AnyLandCodes = Annotated[tuple[str, ...], Unit("code"), Listed(LAND_CODE, least=0)]
"""Land-use codes, matched by prefix; none: of all."""
LandClasses = Annotated[tuple[str, ...], Unit("code"), Listed(LAND_CODE, least=2)]
"""Land uses to be told apart, matched by prefix."""
RoadClasses = Annotated[tuple[str, ...], Unit("code"), Listed(Choice(tuple(ROAD_CLASSES)))]
LandCovers = Annotated[tuple[str, ...], Unit("code"), Listed(Choice(tuple(LAND_COVERS)))]
TransitModes = Annotated[tuple[str, ...], Unit("code"), Listed(Choice(tuple(TRANSIT_MODES)))]


@dataclass(frozen=True)
class Group:
    """Parameters that several indicators take together, as one keyword: the fields of a subclass.

    In a plan each of them is a parameter like any other.
    """


_SHARED = "shared"
"""The keyword of every indicator that is no parameter: see `carbonspace.model.shared`."""

Layers = Mapping[str, Any]
"""The layers of a plan by name, and what is known of its rasters by `rasters.<kind>`."""
Reach = float | str | Callable[[Mapping[str, Any], Layers], float]
Naming = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Settings to those of the grouped parameters, with their values, that a figure is named with."""


@dataclass(frozen=True)
class Parameter:
    """One keyword of an indicator."""

    name: str
    default: Any
    unit: str
    title: Text
    kind: Kind

    def shown(self, value: Any) -> str:
        """Return a value as people write it: `500 m`, `bus, metro`."""
        if isinstance(value, list | tuple):
            return ", ".join(self.shown(one) for one in value)
        if isinstance(value, str | bool):
            return str(value)
        return f"{value:g} {self.unit}".strip()


@dataclass(frozen=True)
class Indicator:
    """The facts of one indicator, and the function that computes it.

    `reach` is how far outside a unit a feature can still change the unit's value: metres, the
    name of the parameter that holds them, or a function of the parameters and of the layers of the
    plan (NaN where it hangs on layers and there are none). It counts from the unit and from what
    straddles its boundary of the layers in `whole`: what lies on such a feature counts to the unit
    even outside of it. It is looked that far in the layers `far`, by default in all; of the others
    counts what meets the unit or such a feature. In rasters it is looked as far, or as
    `raster_reach` says. `decimals` is how many digits people see. `verified` is False where a
    default rests on memory or on our own choice and is shown as unverified. `naming` speaks for
    the groups of parameters in `told`. `goals` says what it walks to, for maps. `looks` tells under
    which settings it looks at rasters at all, by default always. A variant names the indicator it
    is a variant of, and what it fixes.
    """

    key: str
    title: Text
    unit: str
    theme: str
    aggregate: Aggregate
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
    whole: tuple[str, ...] = ()
    far: tuple[str, ...] = ()
    variant_of: str = ""
    rasters: tuple[str, ...] = ()
    optional_rasters: tuple[str, ...] = ()
    naming: Naming | None = None
    sees_weather: bool = False
    raster_reach: Reach | None = None
    goals: Seeking | None = None
    looks: Callable[[Mapping[str, Any]], bool] | None = None

    @property
    def used(self) -> tuple[str, ...]:
        """The layers the function takes, needed ones first."""
        return (*self.layers, *self.optional_layers)

    @property
    def is_reported(self) -> bool:
        """True where the figure is not computed but reported by the city, so none rolls up."""
        return self.aggregate == "none"

    @property
    def seen_rasters(self) -> tuple[str, ...]:
        """The kinds of rasters the function takes, needed ones first."""
        return (*self.rasters, *self.optional_rasters)

    def rasters_under(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the kinds of rasters the function looks at under these settings."""
        return self.seen_rasters if self.looks is None or self.looks(settings) else ()

    @property
    def shares(self) -> bool:
        """True where the function takes `shared`: steps it has in common with others."""
        return _SHARED in inspect.signature(self.function).parameters

    @property
    def open_parameters(self) -> tuple[Parameter, ...]:
        """The parameters that can be given: those that no variant fixes."""
        return tuple(p for p in self.parameters if p.name not in self.fixed)

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every parameter's value: what is given, else what is fixed or the default.

        `given` has no faults (see `carbonspace.model.faults`).
        """
        read = {p.name: p.kind.read(given[p.name]) for p in self.parameters if p.name in given}
        return {**{p.name: p.default for p in self.parameters}, **read}

    def told(self, settings: Mapping[str, Any]) -> list[tuple[Parameter, Any]]:
        """Return the parameters a figure has to be named with, and their values.

        Those are the ones that `naming` says, and of the others the open ones that are not at
        their default.
        """
        groups = _groups(self.function).values() if self.naming else ()
        grouped = {one.name for group in groups for one in fields(group)}
        said = self.naming(settings) if self.naming else {}
        said = {**said, **{p.name: settings[p.name] for p in self.open_parameters
                           if p.name not in grouped and settings[p.name] != p.default}}  # fmt: skip
        return [(p, said[p.name]) for p in self.parameters if p.name in said]

    def arguments(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the keywords of the function for these settings, with groups put together."""
        groups = _groups(self.function)
        parts = {key: {f.name: settings[f.name] for f in fields(one)}
                 for key, one in groups.items()}  # fmt: skip
        inner = {name for one in parts.values() for name in one}
        alone = {name: value for name, value in settings.items() if name not in inner}
        return {**alone, **{key: type(groups[key])(**one) for key, one in parts.items()}}

    def reach_m(self, settings: Mapping[str, Any], layers: Layers | None = None) -> float:
        """Return the reach in metres under these settings, in a plan with these layers."""
        return _metres(self.reach, settings, layers)

    def raster_reach_m(self, settings: Mapping[str, Any], layers: Layers | None = None) -> float:
        """Return how far around a unit its rasters matter, metres."""
        own = self.reach if self.raster_reach is None else self.raster_reach
        return _metres(own, settings, layers) if self.rasters_under(settings) else 0.0


def _metres(reach: Reach, settings: Mapping[str, Any], layers: Layers | None) -> float:
    if callable(reach):
        return float(reach(settings, layers or {}))
    return float(settings[reach]) if isinstance(reach, str) else float(reach)


F = TypeVar("F", bound=Callable[..., Measure])


def indicator(
    *,
    title: Text,
    unit: str,
    theme: str,
    aggregate: Aggregate,
    source: str,
    definition: Text,
    reach: Reach = 0.0,
    levels: tuple[Level, ...] = ("unit", "city"),
    decimals: int = 2,
    verified: bool = True,
    whole: tuple[str, ...] = (),
    far: tuple[str, ...] = (),
    naming: Naming | None = None,
    raster_reach: Reach | None = None,
    goals: Seeking | None = None,
    looks: Callable[[Mapping[str, Any]], bool] | None = None,
) -> Callable[[F], F]:
    """Declare the decorated function an indicator and return it unchanged."""

    def declare(function: F) -> F:
        layers, rasters, parameters = _signature(function)
        declaration = Indicator(
            function.__name__, title, unit, theme, aggregate, reach, source, definition,
            function, *layers, parameters, levels, decimals, verified,
            whole=whole, far=far, rasters=rasters[0], optional_rasters=rasters[1], naming=naming,
            sees_weather=WEATHER in inspect.signature(function).parameters,
            raster_reach=raster_reach, goals=goals, looks=looks,
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
        function=partial(function, **_keywords(function, fixed)), parameters=parameters,
        fixed=dict(fixed),
        variant_of=base.key, **(facts or {}),
    )  # fmt: skip


def _keywords(function: Callable[..., Measure], fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is fixed as keywords of the function, within its groups where it has them."""
    groups = _groups(function)
    inner = {key: {f.name: fixed[f.name] for f in fields(one) if f.name in fixed}
             for key, one in groups.items()}  # fmt: skip
    grouped = {name for part in inner.values() for name in part}
    own = {name: value for name, value in fixed.items() if name not in grouped}
    return own | {key: replace(groups[key], **part) for key, part in inner.items() if part}


def declaration_of(function: Callable[..., Measure]) -> Indicator:
    """Return the declaration attached to an indicator function."""
    return function.indicator  # type: ignore[attr-defined, no-any-return]


Names = tuple[str, ...]


def _signature(
    function: Callable[..., Measure],
) -> tuple[tuple[Names, Names], tuple[Names, Names], tuple[Parameter, ...]]:
    """Read layers and rasters, needed and optional ones, and parameters off the signature."""
    hints = get_type_hints(function, include_extras=True)
    arguments = inspect.signature(function).parameters.values()
    given = [a for a in arguments if a.kind is a.POSITIONAL_OR_KEYWORD]
    rasters = [a for a in given if a.name in RASTER_KINDS]
    keywords = [a for a in arguments if a.kind is a.KEYWORD_ONLY and a.name != _SHARED]
    return (
        _needed([a for a in given if a not in rasters and a.name != WEATHER]),
        _needed(rasters),
        tuple(one for a in keywords for one in _parameters(a.name, a.default, hints[a.name])),
    )


def _groups(function: Callable[..., Measure]) -> dict[str, Group]:
    """Return the keywords of a function that are groups, with their defaults."""
    arguments = inspect.signature(function).parameters
    return {key: a.default for key, a in arguments.items() if isinstance(a.default, Group)}


def _needed(arguments: Iterable[inspect.Parameter]) -> tuple[Names, Names]:
    """Return the names of arguments that are needed, and of those that are not."""
    given = [*arguments]
    return (
        tuple(a.name for a in given if a.default is a.empty),
        tuple(a.name for a in given if a.default is not a.empty),
    )


def _parameters(name: str, default: Any, hint: Any) -> Iterable[Parameter]:
    """Yield the parameter a keyword is, or those it groups."""
    if isinstance(default, Group):
        hints = get_type_hints(type(default), include_extras=True)
        for one in fields(default):
            yield from _parameters(one.name, getattr(default, one.name), hints[one.name])
        return
    units = [m.symbol for m in getattr(hint, "__metadata__", ()) if isinstance(m, Unit)]
    unit = units[0] if units else ""
    yield Parameter(name, default, unit, PARAMETERS[name], kind_of(hint, default))
