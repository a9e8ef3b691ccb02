"""A town whose nights finish tile after tile, and are killed in between, once or several times."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tests.batch.tiled import LAYERS, small_tiles, tiled
from tests.past.editing import edited, town_of_units
from tests.soak.town import Soaked
from tests.soak.trials import begun, usual_s, was_killed

from carbonspace.model.plan import Plan

_KILLS = (1, 1, 2, 3)
_EDITED_BETWEEN = 0.3


@dataclass
class TiledTown(Soaked):
    """The town of seventy units, and its layers as they are."""

    plan: Plan

    def edit(self, chance: random.Random) -> None:
        """Have some features be edited, in whatever layer."""
        before = self.plan
        self.plan = edited(before, np.random.default_rng(chance.randrange(2**32)), times=3)
        for key, layer in self.plan.layers.items():
            if layer is not before.layers[key]:
                layer.to_file(self.city.plan.parent / f"{key}.gpkg", layer=key)

    def forget(self) -> None:
        """Leave nothing of the night before, so that the next one computes every tile."""
        assert self.city.cache is not None
        for file in self.city.cache.glob("*.past"):
            file.unlink()

    def finished(self) -> int:
        """Return how many tiles lie there."""
        assert self.city.cache is not None
        return len([*self.city.cache.glob("*.tiles/*.receipt")])

    def night(self) -> str:
        """Compute a night whose tiles are small, and put down however quick they are."""
        with small_tiles():
            return super().night()


def tiled_town(folder: Path) -> TiledTown:
    """Return the town after a first good night."""
    city, plan = tiled(folder), town_of_units(7)
    layers = {key: plan.layers[key] for key in LAYERS}
    town = TiledTown(city, "", folder / "nights.log", replace(plan, layers=layers))
    town.night()
    return town


def resumed(town: Soaked, chance: random.Random) -> str:
    """Kill a night that computes all, again and again; now and then something is edited between."""
    assert isinstance(town, TiledTown)
    before, lines = town.kept(), len(town.events())
    town.edit(chance)
    town.forget()
    killed = 0
    for _ in range(chance.choice(_KILLS)):
        if not was_killed(begun(town), chance.uniform(0.0, 1.0) * usual_s(town)):
            break
        killed += 1
        if chance.random() < _EDITED_BETWEEN:
            town.edit(chance)
    whole = town.is_whole(before)
    town.repair()
    assert town.finished() == 0
    if not killed:
        return f"it had ended before the kill, results {whole}"
    taken = any(one["event"] == "resumed" for one in town.events()[lines:])
    return f"results {whole}, repaired, {'tiles' if taken else 'no tile'} taken over"
