"""Nights by tiles held against evaluating anew: `python -m tests.tiled.sequences --sequences 50`.

The town is edited wildly, night after night: what is moved, lost, copied, drawn anew or said
otherwise lies anywhere. Now and then a night is killed before its results are kept, what it left is
broken, or the town is as it was before. Each night has to come to the very bits of `evaluate`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from tests.tiled.conftest import RULES, bits, partitioned, town
from tests.tiled.test_tiled import ASKED

from carbonspace import evaluate, read_plan
from carbonspace.errors import CarbonspaceError
from carbonspace.tiled.nights import evaluate_again

Draw = np.random.Generator
Layers = dict[str, gpd.GeoDataFrame]
HERE = (*ASKED, "bus_stop_count")
_EDITED = ("parcels", "buildings", "roads", "parks", "census", "transit_stops", "bike_corridors")
_KILLED, _BROKEN, _UNDONE = 0.15, 0.1, 0.1
_FEATURES = (300, 900, 2500)


@dataclass
class Sequence:
    """What came of some nights: how many, how many were refused alike, and what differs."""

    nights: int = 0
    refused: int = 0
    taken: int = 0
    measured: int = 0
    differs: str = ""
    edits: list[str] = field(default_factory=list)


def sequence(number: int, *, seed: int = 1, nights: int = 6) -> Sequence:
    """Return what came of some nights of a town that is edited at random."""
    draw, told = np.random.default_rng([seed, number]), Sequence()
    features = _FEATURES[draw.integers(len(_FEATURES))]
    with tempfile.TemporaryDirectory(prefix="sequence-") as name:
        folder, past, kept = Path(name), [town()], 0
        for run in range(1, nights + 1):
            layers = _another(past, draw, told) if run > 1 else past[0]
            plan = partitioned(folder, layers, features=20)
            if draw.random() < _KILLED:
                _night(plan, folder / "tiles", kept, run, features, keeps=False)
            if draw.random() < _BROKEN:
                _break(folder / "tiles", draw)
            found = _night(plan, folder / "tiles", kept, run, features)
            expected = _bits(lambda plan=plan: evaluate(read_plan(plan), HERE, RULES))  # type: ignore[misc]
            told.nights += 1
            kept = run if not isinstance(found[0], str) else kept
            told.refused += isinstance(found[0], str)
            told.taken, told.measured = told.taken + found[1], told.measured + found[2]
            if not _same(found[0], expected):
                told.differs = f"night {run} of {number}, after {told.edits[-3:]}"
                break
            past.append(layers)
    return told


def _night(
    plan: Path, tiles: Path, kept: int, run: int, features: int, *, keeps: bool = True
) -> tuple[pd.DataFrame | str, int, int]:
    try:
        found = evaluate_again(plan, folder=tiles, indicators=HERE, profiles=RULES,
                               tile_features=features, run=kept or None)  # fmt: skip
    except CarbonspaceError as error:
        return type(error).__name__, 0, 0
    found.leave(run)
    if keeps:
        found.keep_only(run)
    return bits(found.assessment), found.since.taken, found.since.measured


def _bits(action: Callable[[], object]) -> pd.DataFrame | str:
    try:
        return bits(action())  # type: ignore[arg-type]
    except CarbonspaceError as error:
        return type(error).__name__


def _same(one: pd.DataFrame | str, other: pd.DataFrame | str) -> bool:
    """Tell whether two outcomes are the same; one that is refused is so in both."""
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and isinstance(other, str)
    return bool(one.equals(other))


def _break(tiles: Path, draw: Draw) -> None:
    """Break one of the files that nights left."""
    files = sorted(one for one in tiles.glob("*") if one.is_file())
    if files:
        files[draw.integers(len(files))].write_bytes(b"?")


def _another(past: list[Layers], draw: Draw, told: Sequence) -> Layers:
    """Return the town after a day, or as it once was."""
    if draw.random() < _UNDONE:
        told.edits.append("undone")
        return past[draw.integers(len(past))]
    layers = dict(past[-1])
    for _ in range(draw.integers(1, 5)):
        key = _EDITED[draw.integers(len(_EDITED))]
        edit = _EDITS[draw.integers(len(_EDITS))]
        if len(layers[key]) > 2:
            layers[key] = edit(layers[key].copy(), draw, told.nights)
            told.edits.append(f"{key}: {edit.__name__}")
    return layers


def _moved(layer: gpd.GeoDataFrame, draw: Draw, _night: int) -> gpd.GeoDataFrame:
    rows = draw.integers(len(layer), size=draw.integers(1, 4))
    far = float(draw.choice(np.array([0.3, 5.0, 80.0, 900.0])))
    for row in rows:
        by = draw.uniform(-far, far, 2)
        layer.loc[layer.index[[row]], "geometry"] = layer.iloc[[row]].translate(*by)
    return layer


def _lost(layer: gpd.GeoDataFrame, draw: Draw, _night: int) -> gpd.GeoDataFrame:
    few = min(len(layer) - 2, int(draw.integers(1, 4)))
    gone = draw.permutation(len(layer))[:few]
    return layer.drop(layer.index[gone]).reset_index(drop=True)


def _copied(layer: gpd.GeoDataFrame, draw: Draw, night: int) -> gpd.GeoDataFrame:
    row = layer.iloc[[draw.integers(len(layer))]]
    ids = [name for name in layer.columns if name.endswith("_id")]
    new = row.assign(**{name: f"new{night}-{draw.integers(10**6)}" for name in ids})
    new = new.set_geometry(new.translate(*draw.uniform(-600, 600, 2)))
    return pd.concat([layer, new], ignore_index=True)


def _drawn(layer: gpd.GeoDataFrame, draw: Draw, _night: int) -> gpd.GeoDataFrame:
    row = draw.integers(len(layer))
    size = draw.uniform(0.3, 2.5, 2)
    layer.loc[layer.index[[row]], "geometry"] = layer.iloc[[row]].scale(*size)
    return layer


def _said(layer: gpd.GeoDataFrame, draw: Draw, _night: int) -> gpd.GeoDataFrame:
    names = [name for name in layer.columns if name != "geometry" and not name.endswith("_id")]
    if names:
        name, (one, other) = names[draw.integers(len(names))], draw.integers(len(layer), size=2)
        layer.loc[layer.index[one], name] = layer[name].iloc[other]
    return layer


_EDITS = (_moved, _lost, _copied, _drawn, _said)


def main() -> int:
    """Run the sequences that are asked for; return 1 where any differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.tiled.sequences", description=__doc__)
    parser.add_argument("--sequences", type=int, default=50)
    parser.add_argument("--nights", type=int, default=6)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=600.0)
    given = parser.parse_args()
    found, begun = list[Sequence](), time.monotonic()
    for number in range(given.first, given.first + given.sequences):
        found.append(sequence(number, nights=given.nights))
        if found[-1].differs:
            sys.stdout.write(f"{found[-1].differs}\n")
        if time.monotonic() > begun + 60 * given.minutes:
            break
    nights, refused, taken, measured = (
        sum(getattr(one, name) for one in found)
        for name in ("nights", "refused", "taken", "measured")
    )
    differing = sum(bool(one.differs) for one in found)
    sys.stdout.write(
        f"{len(found)} sequences, {nights} nights ({refused} refused alike): {taken:,} figures "
        f"taken over, {measured:,} measured; {differing} differ\n"
    )
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
