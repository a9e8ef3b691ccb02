"""How far homes are on foot: from every place of a kind at once, along streets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, NamedTuple, get_args

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingLayerError
from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    known,
    longest,
    of_classes,
    one_of,
)
from carbonspace.indicators._slopes import longest_off_ground, on_slopes
from carbonspace.indicators._streets import (
    Network,
    Town,
    fronts_of,
    lots_of,
    network_reach,
    town_of,
)
from carbonspace.kernels.frontage import Fronts
from carbonspace.kernels.lots import Lots
from carbonspace.kernels.overlay import only
from carbonspace.kernels.reach import Reach, divided, reach
from carbonspace.kernels.streets import Streets
from carbonspace.model.grid import Grid
from carbonspace.model.indicator import Layers, Percent, Unit
from carbonspace.model.kinds import Choice, Number, Rows
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

WALKERS: dict[str, Text] = {
    "all": Text("所有人", "Everybody"),
    "adult": Text("成年人", "Adults"),
    "child": Text("儿童", "Children"),
    "elderly": Text("老年人", "Elderly people"),
}
Walker = Literal["all", "adult", "child", "elderly"]
_SPEEDS = Rows(
    (Choice(tuple(WALKERS)), Number(low=10, high=200, unit="m/min")),
    Text("步行者, 步速", "who walks, speed"),
    key=1,
)
Speeds = Annotated[tuple[tuple[str, float], ...], Unit("m/min"), _SPEEDS]
SPEEDS: Speeds = (("all", 60.0), ("adult", 72.0), ("child", 60.0), ("elderly", 48.0))
"""Metres a minute. 1.0 to 1.2 m/s (60 to 72 m/min) is the usual range for 步行可达, of which the
slower end gives the 300, 600 and 900 m of 5, 10 and 15 minutes; that of the elderly is our own
choice. Not verified."""

Minutes = Annotated[float, Unit("min"), Number(low=1, high=120, unit="min")]
Slope = Literal["none", "tobler"]
"""Whether slopes slow people down, and by whose finding."""
Step = Annotated[float, Unit("m"), Number(low=1, high=1000, unit="m")]


@dataclass(frozen=True)
class Walk(Network):
    """How people walk: the network of streets, who walks and how fast.

    Attributes
    ----------
    walker
        Who walks.
    walk_speeds
        Rows of who walks and metres a minute.
    slope
        "none": slopes slow nobody down; "tobler": metres along a street count for as many on the
        level as take the same time, the mean of there and back, by the terrain (`dem`).
    slope_step
        Heights are taken so many metres apart along a street, or closer.
    slope_cap
        What is steeper counts as this steep, percent. Ours, not verified: hardly any street is.
    """

    walker: Walker = "all"
    walk_speeds: Speeds = SPEEDS
    slope: Slope = "none"
    slope_step: Step = 20.0
    slope_cap: Percent = 60.0

    @property
    def speed(self) -> float:
        """Metres a minute."""
        return dict((*SPEEDS, *self.walk_speeds))[self.walker]

    @property
    def slopes(self) -> bool:
        """True where slopes slow people down."""
        return one_of("slope", self.slope, get_args(Slope)) != "none"


AS_USUAL = Walk()


def walk_from(settings: Mapping[str, Any]) -> Walk:
    """Return the walk among the parameters of an indicator."""
    return Walk(**{one.name: settings[one.name] for one in fields(Walk)})


def looks_at_slopes(settings: Mapping[str, Any]) -> bool:
    """Tell whether the terrain matters under the parameters of an indicator."""
    return bool(settings["slope"] != "none")


def walk_reach(goals: str) -> Callable[[Mapping[str, Any], Layers], float]:
    """Return what tells how far from a unit streets and `goals` (a layer) matter, metres.

    What lies at the far end of a goal, a street or an entrance, tells where it is entered; and the
    far end of a bridge, how steep it is.
    """

    def metres(settings: Mapping[str, Any], layers: Layers) -> float:
        walk = walk_from(settings)
        far = settings["radius"] if "radius" in settings else settings["minutes"] * walk.speed
        over = walk.slope_step + longest_off_ground(layers.get("roads")) if walk.slopes else 0.0
        return network_reach(walk, far) + longest(layers.get(goals)) + DOOR_REACH + over

    return metres


class Walked(NamedTuple):
    """How places of one kind are reached from others.

    What is told is told of the places that are asked for (bool[n]); of others it is NaN, infinite.
    `town` has the streets as drawn, not yet cut where goals are.
    """

    found: Reach
    lots: Lots
    town: Town

    def share(self, asked: NDArray[np.bool_]) -> Floats:
        """Return which part (0..1) of their front is within the walk; NaN without a street near."""
        return self.lots.shares([self.found], asked)

    def metres(self, asked: NDArray[np.bool_]) -> Floats:
        """Return the way from their nearest point, metres; infinite beyond the walk."""
        return self.lots.nearest(self.found, asked) / 1000


class Goals(NamedTuple):
    """Where goals lie on streets, and the streets with nodes there; `goal` is whose each door is.

    A goal is its own door where it has none.
    """

    streets: Streets
    fronts: Fronts
    goal: NDArray[np.intp]


def walked(
    units: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    goals: gpd.GeoDataFrame,
    chosen: NDArray[np.bool_],
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None,
    dem: Grid | None,
    walk: Walk,
    shared: Shared | None,
    *,
    metres: float,
    into: str = "",
    alike: tuple[object, ...] = (),
) -> Walked:
    """Return how places are reached from the chosen goals along streets.

    Goals that are areas are entered all along their edge, or at those `entrances` that lead `into`
    what they are where they have any. `alike` tells what was chosen, for what is made once.

    Raises
    ------
    MissingLayerError
        If slopes slow people down and there is no terrain.
    """
    shared = shared or Shared()
    layers = (units, places, goals, roads, entrances, dem)

    def make() -> Walked:
        town = walkers_town(units, roads, entrances, dem, walk, shared)
        all_goals = goals_on_streets(units, goals, roads, entrances, dem, walk, shared, into)
        lots = lots_on_streets(units, places, roads, entrances, walk, shared)
        return Walked(reach_from(town, all_goals, chosen, metres), lots, town)

    return shared.once("walked", layers, make, walk, metres, into, *alike)


def reach_from(town: Town, goals: Goals, chosen: NDArray[np.bool_], metres: float) -> Reach:
    """Return what is within so many metres of the chosen goals."""
    sources = goals.fronts.take(chosen[goals.goal[goals.fronts.place]])
    return reach(goals.streets, town.ways, sources, round(1000 * metres))


def goals_on_streets(
    units: gpd.GeoDataFrame,
    goals: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None,
    dem: Grid | None,
    walk: Walk,
    shared: Shared,
    into: str,
) -> Goals:
    """Return where all goals lie on streets, of which some may be chosen."""

    def make() -> Goals:
        town = walkers_town(units, roads, entrances, dem, walk, shared)
        shapes, goal = _doors(units, goals, entrances, into, shared)
        found = fronts_of(town, shapes, walk)
        line, at = (np.concatenate(pair) for pair in ((found.line,) * 2, (found.low, found.high)))
        return Goals(divided(town.streets, line, at), found, goal)

    layers = (units, goals, roads, entrances, dem)
    return shared.once("goals on streets", layers, make, walk, into)


def walkers_town(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None,
    dem: Grid | None,
    walk: Walk,
    shared: Shared,
) -> Town:
    """Return the streets that are open on foot, on their slopes where these slow people down."""
    town = town_of(units, roads, entrances, walk, shared)
    if not walk.slopes:
        return town
    if dem is None:
        raise MissingLayerError("rasters.dem")
    return shared.once(
        "streets on slopes", (units, roads, entrances, dem),
        lambda: on_slopes(town, dem, step=walk.slope_step, cap=walk.slope_cap),
        walk.snap, walk.compounds, walk.slope_step, walk.slope_cap,
    )  # fmt: skip


def lots_on_streets(
    units: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None,
    walk: Network,
    shared: Shared | None,
) -> Lots:
    """Return places, to be asked where they lie on the streets that are open on foot."""
    shared = shared or Shared()
    town: Town = town_of(units, roads, entrances, walk, shared)
    return shared.once(
        "lots", (units, places, roads, entrances),
        lambda: lots_of(town, arrays(units, places)[1], walk),
        walk.snap, walk.compounds, walk.beside, walk.street_far,
    )  # fmt: skip


def _doors(
    units: gpd.GeoDataFrame,
    goals: gpd.GeoDataFrame,
    entrances: gpd.GeoDataFrame | None,
    into: str,
    shared: Shared,
) -> tuple[Geometries, NDArray[np.intp]]:
    """Return what is walked to, and whose it is: goals, or their entrances where they have any."""
    _, shapes = arrays(units, goals)
    every = np.arange(len(shapes))
    if entrances is None or not into:
        return shapes, every
    everywhere = shared.whole("entrances", entrances)
    leads = of_classes(known(everywhere, "entrances", "entrance_to"), (into,))
    doors = shapely.get_parts(everywhere.geometry.to_numpy()[leads])
    entered = only(shapes, _has_doors(goals, into))
    door, goal = shapely.STRtree(entered).query_nearest(doors, max_distance=DOOR_REACH)
    open_ = every[~np.isin(every, goal)]
    return np.concatenate((shapes[open_], doors[door])), np.concatenate((open_, goal))


def _has_doors(goals: gpd.GeoDataFrame, into: str) -> NDArray[np.bool_]:
    """Tell which goals an entrance can lead into: of stops those that are stations."""
    if into != "station" or "mode" not in goals:
        return np.ones(len(goals), dtype=bool)
    return of_classes(goals["mode"], ("rail", "metro"))


DOOR_REACH = 30.0
"""Metres from a park or station within which an entrance belongs to it, if it is the nearest."""
