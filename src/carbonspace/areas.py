"""Service areas of a plan: what its indicators walk to, as maps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonspace.errors import MissingLayerError, UnknownNameError, UnstatedError
from carbonspace.model.grid import Grid
from carbonspace.model.indicator import Indicator
from carbonspace.model.maps import Maps, Sought, Walks
from carbonspace.model.plan import Plan
from carbonspace.model.progress import Progress, each, nobody
from carbonspace.model.rasters import PREFIX
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text
from carbonspace.ways import areas_of, land_of

Asked = Sequence[tuple[Indicator, Mapping[str, Any]]]
"""Indicators with the values of their parameters."""


@dataclass(frozen=True)
class Goal:
    """What is walked to, which of its places count, and the indicators that ask for it."""

    sought: Sought
    chosen: NDArray[np.bool_]
    indicators: tuple[str, ...]

    @property
    def same(self) -> tuple[object, ...]:
        """What two goals have in common that have the same service areas."""
        one = self.sought
        return one.layer, one.into, repr(one.walk), self.chosen.tobytes()


def walks_of(
    plan: Plan, asked: Asked, maps: Maps, *, progress: Progress = nobody
) -> tuple[Walks, ...]:
    """Return the service areas of all that indicators walk to, each once.

    Parameters
    ----------
    plan
        Prepared.
    asked
        Indicators that were measured on it, with their settings; those that walk to nothing are
        passed over, and so is what the plan has no place of.
    maps
        The limits, and how wide the ground along streets is.
    progress
        Told of each as it begins.
    """
    found: dict[tuple[object, ...], Goal] = {}
    for sought, key in _sought(asked):
        goal = _goal(plan, sought, key)
        if goal.chosen.any():
            first = found.get(goal.same, goal)
            keys = dict.fromkeys((*first.indicators, key))
            found[goal.same] = Goal(first.sought, first.chosen, tuple(keys))
    return _walked(plan, [*found.values()], maps, progress)


def walks_to(
    plan: Plan, names: Iterable[str], asked: Asked, maps: Maps, *, progress: Progress = nobody
) -> tuple[Walks, ...]:
    """Return the service areas of goals by their names, as the first indicator asks for them.

    Parameters
    ----------
    plan
        Prepared.
    names
        Keys of what is walked to, as in `goal_names`.
    asked, maps, progress
        As for `walks_of`.

    Raises
    ------
    UnknownNameError
        If no indicator walks to what is named.
    MissingLayerError
        If the plan has no streets, or not the layer of the places.
    MissingColumnError
        If it is not known which places count, or what classes roads have.
    UnstatedError
        If the plan has no such place.
    """
    known = {sought.key: (sought, key) for sought, key in reversed([*_sought(asked)])}
    wanted = [*dict.fromkeys(names)]
    if unknown := [name for name in wanted if name not in known]:
        raise _unknown(unknown, [*goal_names(asked)])
    goals = [_goal(plan, *known[name]) for name in wanted]
    for goal in goals:
        if not goal.chosen.any():
            raise _without_places(goal.sought)
    return _walked(plan, goals, maps, progress)


def goal_names(asked: Asked) -> dict[str, Text]:
    """Return the keys and titles of all that indicators walk to."""
    return {sought.key: sought.title for sought, _ in _sought(asked)}


def _sought(asked: Asked) -> Iterator[tuple[Sought, str]]:
    for one, settings in asked:
        for sought in one.goals(settings) if one.goals else ():
            yield sought, one.key


def _goal(plan: Plan, sought: Sought, key: str) -> Goal:
    for layer in ("roads", sought.layer):
        if layer not in plan.layers:
            raise MissingLayerError(layer)
    return Goal(sought, sought.chosen(plan.layers[sought.layer]), (key,))


def _walked(plan: Plan, goals: Sequence[Goal], maps: Maps, progress: Progress) -> tuple[Walks, ...]:
    shared, names = Shared(plan.layers), _names([goal.sought.key for goal in goals])
    work = [(pair, _making(pair[1].sought), 1.0) for pair in zip(names, goals, strict=True)]
    land = _land(plan) if any(goal.sought.walk.slopes for goal in goals) else None
    return tuple(_areas(plan, *pair, maps, land, shared) for pair in each(progress, work))


def _land(plan: Plan) -> Grid | None:
    """Return the terrain of the plan, where it can be used."""
    dem = None if PREFIX + "dem" in plan.aside else plan.rasters.get("dem")
    return land_of(dem, plan.layers["roads"], plan.layers["units"])


def _areas(
    plan: Plan, name: str, goal: Goal, maps: Maps, land: Grid | None, shared: Shared
) -> Walks:
    layers, sought = plan.layers, goal.sought
    made = areas_of(
        layers["units"], layers[sought.layer], goal.chosen, layers["roads"],
        layers.get("entrances"), land, np.asarray(maps.minutes, dtype=float), sought.walk, shared,
        width=maps.width, into=sought.into,
    )  # fmt: skip
    # What is drawn first lies below: the longest walk.
    areas, streets = (
        one.sort_values("minutes", ascending=False, kind="stable", ignore_index=True)
        for one in (made.areas, made.streets)
    )
    return Walks(name, sought.title, goal.indicators, areas, streets, made.missed)


def _names(keys: Sequence[str]) -> list[str]:
    """Return the keys, those that come again with a number behind."""
    before = [keys[:n].count(key) for n, key in enumerate(keys)]
    return [f"{key}_{n + 1}" if n else key for key, n in zip(keys, before, strict=True)]


def _making(sought: Sought) -> Text:
    title = sought.title
    return Text(f"绘制服务区：{title.zh}", f"Drawing service areas: {title.en}")


def _unknown(names: Sequence[str], known: Sequence[str]) -> UnknownNameError:
    listed = ", ".join(known)
    return UnknownNameError(
        f"nothing that is walked to is called {', '.join(names)}. Expected: {listed}.",
        f"没有名为 {'、'.join(names)} 的步行目的地。应为：{listed}。",
    )


def _without_places(sought: Sought) -> UnstatedError:
    return UnstatedError(
        f"layer {sought.layer} has no place that counts as {sought.key} ({sought.title.en}), so "
        "there is nothing to walk to. Give such places, or leave it out.",
        f"图层 {sought.layer} 中没有可作为 {sought.key}（{sought.title.zh}）的地点，"
        "没有可到达的目的地。请补充，或去掉该项。",
    )
