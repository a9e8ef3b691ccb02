"""What a night is asked: a plan and the questions about it, and how both are after another day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from tests.indicators.test_reach import STATED
from tests.past.cities import rasters
from tests.past.wild import EVERYDAY, RARE, Draw, Edit
from tests.weather import even

from carbonspace import Assessment, evaluate
from carbonspace.catalogue import indicators
from carbonspace.model.exemption import Exemption
from carbonspace.model.faults import parameter_faults
from carbonspace.model.kinds import Choice, Flag, Kind, Listed, Number
from carbonspace.model.layers import LAYERS
from carbonspace.model.plan import Plan
from carbonspace.model.policy import FAULTS
from carbonspace.model.text import Text
from carbonspace.past.memory import Memory
from carbonspace.profiles import profile_keys

_TOLERANCES = (0.0, 0.0, 1.0, 5.0, 20.0)


@dataclass(frozen=True)
class Scene:
    """A plan, and what is asked about it."""

    plan: Plan
    indicators: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    units: tuple[str, ...] | None = None
    on: date | None = None

    @property
    def used(self) -> set[str]:
        """The layers that its indicators look at."""
        return {layer for key in self.indicators for layer in indicators()[key].used}

    def evaluated(self, memory: Memory | None = None) -> Assessment:
        """Return what comes of it."""
        return evaluate(self.plan, self.indicators, self.profiles, self.units, memory=memory,
                        parameters=self.parameters, on=self.on, workers=1)  # fmt: skip


def first_scene(plan: Plan, draw: Draw, keys: Sequence[str], most: int) -> Scene:
    """Return the first night of a city: some indicators, drawn by lot, and rules they are held to.

    Of layers that none of them looks at most are left out.
    """
    chosen = _some(keys, draw, int(draw.integers(3, most)))
    used = Scene(plan, chosen).used | {"units", "parcels"}
    layers = {key: layer for key, layer in plan.layers.items()
              if key in used or draw.random() < 0.2}  # fmt: skip
    settings = replace(plan.settings, position_tolerance=float(draw.choice(_TOLERANCES)))
    profiles = _some(profile_keys(), draw, int(draw.integers(0, 4)))
    scene = Scene(replace(plan, layers=layers, settings=settings), chosen, profiles)
    return replace(scene, parameters=_parameters(scene, draw))


def after_a_day(
    scene: Scene, origin: Plan, draw: Draw, folder: Path, *, many: int = 6
) -> tuple[Scene, list[str]]:
    """Return the scene with some edits, and what they were; `origin` is the plan that once was."""
    told = list[str]()
    for _ in range(draw.integers(1, many + 1)):
        lot = draw.random()
        if lot < 0.93:
            edits = EVERYDAY if draw.random() < 0.75 else RARE
            scene, said = _edited(scene, edits, draw)
        elif lot < 0.96:
            change = _OF_PLANS[draw.integers(len(_OF_PLANS))]
            plan, said = change(scene.plan, origin, draw, folder), _name(change)
            scene = replace(scene, plan=plan)
        else:
            asks = _OF_QUESTIONS[draw.integers(len(_OF_QUESTIONS))]
            scene, said = asks(scene, draw), _name(asks)
        told.append(said)
    return scene, told


def _edited(scene: Scene, edits: Sequence[Edit], draw: Draw) -> tuple[Scene, str]:
    """Return the scene with an edit of a layer, mostly of one that its indicators look at."""
    keys = [key for key, layer in scene.plan.layers.items() if len(layer) and key != "units"]
    seen = [key for key in keys if key in scene.used]
    some = seen if seen and draw.random() < 0.8 else keys
    key = "units" if not keys or draw.random() < 0.03 else str(draw.choice(some))
    edit = edits[int(draw.integers(len(edits)))]
    if scene.plan.layers[key].empty:
        return scene, f"{key} {_name(edit)}"
    layer = edit(key, scene.plan.layers[key], draw)
    return replace(scene, plan=with_layer(scene.plan, key, layer)), f"{key} {_name(edit)}"


def with_layer(plan: Plan, key: str, layer: gpd.GeoDataFrame) -> Plan:
    """Return the plan with another layer."""
    return replace(plan, layers={**plan.layers, key: layer})


def _name(change: Callable[..., Any]) -> str:
    return change.__name__.strip("_").replace("_", " ")


def _some(values: Sequence[str], draw: Draw, count: int) -> tuple[str, ...]:
    return tuple(map(str, draw.permutation(np.array(values, dtype=object))[:count]))


def _layer_gone(plan: Plan, _origin: Plan, draw: Draw, _folder: Path) -> Plan:
    keys = [key for key in plan.layers if key != "units"]
    gone = str(draw.choice(keys)) if keys else ""
    return replace(plan, layers={key: one for key, one in plan.layers.items() if key != gone})


def _layer_back(plan: Plan, origin: Plan, draw: Draw, _folder: Path) -> Plan:
    key = str(draw.choice([*origin.layers]))
    return with_layer(plan, key, origin.layers[key])


def _units_joined(plan: Plan, _origin: Plan, draw: Draw, _folder: Path) -> Plan:
    units = plan.layers["units"]
    if len(units) < 3:
        return plan
    shapes, at = units.geometry.to_numpy().copy(), int(draw.integers(len(units) - 1))
    shapes[at] = shapely.union_all(shapely.make_valid(shapes[[at, at + 1]]))
    drawn = units.set_geometry(gpd.GeoSeries(shapes, index=units.index, crs=units.crs))
    return with_layer(plan, "units", drawn.drop(index=units.index[at + 1]))


def _a_boundary(plan: Plan, _origin: Plan, draw: Draw, _folder: Path) -> Plan:
    """Draw the boundary of the city, or take it away."""
    if "city" in plan.layers and draw.random() < 0.5:
        return replace(plan, layers={k: one for k, one in plan.layers.items() if k != "city"})
    west, south, east, north = plan.layers["units"].total_bounds
    box = shapely.box(west, south, east + draw.uniform(-50, 50), north)
    drawn = {LAYERS["city"].id: ["c"]}
    return with_layer(plan, "city", gpd.GeoDataFrame(drawn, geometry=[box], crs=plan.settings.crs))


def _other_rasters(plan: Plan, _origin: Plan, draw: Draw, folder: Path) -> Plan:
    found = {} if draw.random() < 0.3 else rasters(draw, folder / str(draw.integers(10**9)))
    return replace(plan, rasters=found)


def _other_weather(plan: Plan, _origin: Plan, draw: Draw, _folder: Path) -> Plan:
    is_known = draw.random() < 0.7
    return replace(plan, weather=even(float(draw.integers(50, 300))) if is_known else None)


def _other_policy(plan: Plan, _origin: Plan, draw: Draw, _folder: Path) -> Plan:
    kind = FAULTS[str(draw.choice([*FAULTS]))]
    policy = plan.settings.policy.with_choice(kind.key, draw.choice([*kind.does]))
    return replace(plan, settings=replace(plan.settings, policy=policy))


def _other_tolerance(plan: Plan, _origin: Plan, draw: Draw, _folder: Path) -> Plan:
    given = float(draw.choice(_TOLERANCES))
    return replace(plan, settings=replace(plan.settings, position_tolerance=given))


def _other_blocks(plan: Plan, _origin: Plan, draw: Draw, _folder: Path) -> Plan:
    """Derive the blocks from what lies between roads."""
    layers = {key: one for key, one in plan.layers.items() if key != "blocks"}
    return replace(plan, layers=layers, settings=replace(plan.settings, blocks_from="roads"))


def _units_of(scene: Scene) -> list[str]:
    """Return the ids of the units, where they have any."""
    units = scene.plan.layers["units"]
    return [*pd.unique(units["unit_id"].dropna().astype(str))] if "unit_id" in units else []


def _exempted(scene: Scene, draw: Draw) -> Scene:
    """Exempt some units from an indicator, or none any more."""
    units = _units_of(scene)
    some = tuple(one for one in units if draw.random() < 0.2)
    if not scene.indicators or not some or draw.random() < 0.3:
        return replace(scene, plan=replace(scene.plan, exemptions=()))
    given = Exemption(str(draw.choice(scene.indicators)), Text("理由", "reason"), some)
    return replace(scene, plan=replace(scene.plan, exemptions=(given,)))


def _other_indicators(scene: Scene, draw: Draw) -> Scene:
    more = _some([*indicators()], draw, int(draw.integers(1, 6)))
    kept = _some(scene.indicators, draw, int(draw.integers(1, len(scene.indicators) + 1)))
    return replace(scene, indicators=tuple(dict.fromkeys([*kept, *more])))


def _other_profiles(scene: Scene, draw: Draw) -> Scene:
    return replace(scene, profiles=_some(profile_keys(), draw, int(draw.integers(0, 4))))


def _other_parameters(scene: Scene, draw: Draw) -> Scene:
    return replace(scene, parameters=_parameters(scene, draw))


def _some_units(scene: Scene, draw: Draw) -> Scene:
    """Ask for some units alone, or for the whole city again."""
    units = _units_of(scene)
    some = tuple(one for one in units if draw.random() < 0.4)
    return replace(scene, units=None if scene.units or not some else some)


def _another_day(scene: Scene, draw: Draw) -> Scene:
    given = date(int(draw.integers(2018, 2040)), 6, 1)
    return replace(scene, on=None if draw.random() < 0.4 else given)


_OF_PLANS = (_layer_gone, _layer_back, _layer_back, _units_joined, _a_boundary, _other_rasters,
             _other_weather, _other_policy, _other_tolerance, _other_blocks)  # fmt: skip
_OF_QUESTIONS = (_exempted, _other_indicators, _other_indicators, _other_profiles,
                 _other_parameters, _some_units, _another_day)  # fmt: skip


def _parameters(scene: Scene, draw: Draw) -> dict[str, dict[str, Any]]:
    """Return what has to be stated, and others that differ from the usual here and there."""
    found = {key: {**STATED.get(key, {})} for key in scene.indicators}
    for key in scene.indicators:
        for one in indicators()[key].parameters:
            if draw.random() < 0.15 and one.default is not None:
                found[key][one.name] = _another(one.kind, one.default, draw)
    return {key: usable for key, given in found.items() if (usable := _usable(key, given))}


def _usable(key: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that an indicator takes: some fix what others are free to."""
    return {name: value for name, value in given.items()
            if not parameter_faults({key: {name: value}}, indicators())}  # fmt: skip


def _another(kind: Kind, usual: Any, draw: Draw) -> Any:
    """Return another value of a kind."""
    if isinstance(kind, Number):
        value = usual * draw.uniform(0.4, 1.8)
        return round(value) if kind.whole else value
    if isinstance(kind, Flag):
        return not usual
    if isinstance(kind, Choice) and (words := kind.values):  # noqa: PD011
        return str(draw.choice(words))
    if isinstance(kind, Listed):
        return _some(usual, draw, int(draw.integers(1, len(usual) + 1))) if usual else usual
    return usual
