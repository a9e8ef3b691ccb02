"""One task in a process of its own: `python -m tests.benchmarks.child TASK FOLDER OUT [MORE …]`.

What it cost and found goes to OUT as JSON. Imports are done before the clock starts.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

Facts = dict[str, Any]


def timed(action: Callable[[], Any]) -> tuple[Any, Facts]:
    """Return what an action gives, and its CPU and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    made = action()
    return made, {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def read(folder: Path) -> Facts:
    """Read all layers once: the R that everything is measured in."""
    import pyarrow.compute  # noqa: F401  else its import is measured
    from pyogrio import read_dataframe
    from tests.benchmarks.city import LAYERS

    path = folder / "city.gpkg"
    return timed(lambda: [read_dataframe(path, layer=key, use_arrow=True) for key in LAYERS])[1]


def whole(folder: Path, out: str, sun: str = "") -> Facts:
    """Run carbonspace from reading to written results, with what looks at shadows or without."""
    from tests.benchmarks import ours

    ours.loaded()
    if sun:
        from tests.benchmarks import ours_light

        ours_light.loaded()
    plan, reading = timed(lambda: ours.read(folder / "plan.toml"))
    ready, preparing = timed(lambda: ours.prepared(plan))
    chosen = ours.with_sun(ready) if sun else ours.scripted()
    assessment, evaluating = timed(lambda: ours.evaluated(ready, chosen))
    _, writing = timed(lambda: ours.written(assessment, Path(out)))
    steps = {"read": reading, "prepare": preparing, "evaluate": evaluating, "write": writing}
    return {**_sum(steps), "steps": steps, "indicators": assessment.run["seconds"]}


def plain(folder: Path, out: str) -> Facts:
    """Run the plain script from reading to written results."""
    from tests.benchmarks import plain as script

    steps = script.run(folder / "city.gpkg", Path(out)).seconds
    return {**_sum(steps), "steps": steps}


def _sum(steps: dict[str, Facts]) -> Facts:
    return {clock: sum(step[clock] for step in steps.values()) for clock in ("cpu", "wall")}


def step(folder: Path, who: str, name: str) -> Facts:
    """Run one step of one contender on repaired layers in memory."""
    action = _action(folder / "sound", who, name)
    found, facts = timed(action)
    return {**facts, "found": {str(key): float(value) for key, value in found.items()}}


def _action(sound: Path, who: str, name: str) -> Callable[[], pd.Series]:
    from tests.benchmarks import ours, rivals, steps

    if who in rivals.ENGINES:
        return rivals.query_of(who, sound, name)
    layers = steps.read_sound(sound, by_id=who == "carbonspace")
    known = {"carbonspace": ours.STEPS, "plain": steps.STEPS, "overlay": steps.OVERLAY}
    return lambda: known[who][name](layers)


def threads(folder: Path, workers: str) -> Facts:
    """Evaluate a prepared plan with a number of threads."""
    from tests.benchmarks import ours

    ready = ours.prepared(ours.read(folder / "plan.toml"))
    chosen = ours.scripted()
    return timed(lambda: ours.evaluated(ready, chosen, workers=int(workers)))[1]


def edit(folder: Path) -> Facts:
    """Evaluate the units one edited parcel touches; compare with the whole city bit for bit.

    What is of the city alone is not asked of some units.
    """
    from tests.benchmarks import ours

    changed, touched = ours.edited(ours.prepared(ours.read(folder / "plan.toml")))
    chosen = ours.scripted()
    full = ours.results(ours.evaluated(changed, chosen))
    part, facts = timed(lambda: ours.evaluated(changed, chosen, units=touched))
    some = ours.results(part)
    equal = all(_same(full[key].loc[touched], some[key].loc[touched]) for key in some)
    return {**facts, "units": len(touched), "equal": equal}


def light(folder: Path, workers: str) -> Facts:
    """Measure the light on all roofs of a prepared plan with a number of threads."""
    from tests.benchmarks import ours, ours_light

    ours_light.loaded()
    ready = ours.prepared(ours.read(folder / "plan.toml"))
    _, facts = timed(lambda: ours_light.lit(ready, workers=int(workers)))
    return {**facts, "roofs": len(ready.layers["buildings"])}


def loop(folder: Path, count: str) -> Facts:
    """Loop over some roofs from all over the city, each with its neighbours."""
    from tests.benchmarks import ours_light, plain_light, steps

    work = ours_light.workings(steps.read_sound(folder / "sound", by_id=True))
    asked = ours_light.spread(work, int(count))
    found, facts = timed(lambda: plain_light.lit_by_loop(*work.town[:2], asked, work.suns[0]))
    apart = ours_light.accuracy(work, asked, found)
    return {**facts, **apart._asdict(), "suns": len(work.suns[0])}


def accuracy(folder: Path, count: str) -> Facts:
    """Hold light in cells against exact light on the roofs nearest to the middle of the city."""
    from tests.benchmarks import ours_light, steps

    ours_light.loaded()
    work = ours_light.workings(steps.read_sound(folder / "sound", by_id=True))
    asked = ours_light.near_the_middle(work, int(count))
    found, facts = timed(lambda: ours_light.by_cells(work, asked))
    return {**facts, **ours_light.accuracy(work, asked, found)._asdict()}


def canopy(folder: Path, who: str) -> Facts:
    """Find the share of every parcel under crowns, on repaired parcels and a raster in memory."""
    from tests.benchmarks import canopy, ours_light, steps

    ours_light.loaded()
    action = {"carbonspace": ours_light.in_parcels, "exactextract": canopy.by_exactextract}[who]
    parcels = steps.read_sound(folder / "sound", by_id=True)["parcels"]
    crowns = canopy.read_canopy(folder / "canopy.tif")
    found, facts = timed(lambda: action(parcels, crowns))
    return {**facts, "found": found.dropna().to_dict(), "parcels": len(parcels)}


def walk(folder: Path, who: str) -> Facts:
    """Find which parcels can walk to a stop, on repaired layers and a graph in memory."""
    from tests.benchmarks import ours_walk, plain_walk, steps

    ours_walk.loaded()
    layers = steps.read_sound(folder / "sound", by_id=True)
    parcels, stops = layers["parcels"], layers["transit_stops"]
    town, graph = timed(lambda: ours_walk.streets(layers))
    if who == "carbonspace":
        shapes = parcels.geometry.to_numpy(), stops.geometry.to_numpy()
        found, facts = timed(lambda: ours_walk.near(town, *shapes))
    else:
        streets = plain_walk.graph_of(town, str(layers["roads"].crs))
        middles = plain_walk.middles(parcels), plain_walk.middles(stops)
        found, facts = timed(lambda: plain_walk.WAYS[who](streets, *middles, ours_walk.METRES))
    numbers = {"parcels": len(parcels), "stops": len(stops), "edges": len(town.streets.line)}
    return {**facts, **numbers, "graph": graph["cpu"], "found": found.astype(float).tolist()}


def facilities(folder: Path) -> Facts:
    """Find the homes within a walk of ten types of facilities, on repaired layers in memory."""
    from pyogrio import read_dataframe
    from tests.benchmarks import ours_walk, steps

    ours_walk.loaded()
    layers = steps.read_sound(folder / "sound", by_id=True)
    places = read_dataframe(folder / "city.gpkg", layer="facilities").set_index("facility_id")
    given = {**layers, "facilities": ours_walk.typed(places)}
    found, facts = timed(lambda: ours_walk.ten_types(given))
    return {**facts, "found": found.to_dict()}


def judged(folder: Path) -> Facts:
    """Run every indicator against five profiles, and write all but reports beside the city."""
    from tests.benchmarks import ours_reports

    ours_reports.loaded()
    return timed(lambda: ours_reports.judged(folder / "plan.toml", folder / RESULTS))[1]


def report(folder: Path, kind: str, out: str) -> Facts:
    """Write one kind of report of these results, as it is written with the results of a run.

    They are read before the clock starts; what reading takes stands beside.
    """
    from tests.benchmarks import ours_reports

    found, reading = timed(lambda: ours_reports.read(folder / RESULTS))
    place = ours_reports.place_for(folder / RESULTS, Path(out))
    _, facts = timed(lambda: ours_reports.written(found, place, kind))
    return {**facts, **ours_reports.sizes(place, kind), "reading": reading["cpu"]}


RESULTS = "judged"
"""The folder of the results that reports are made of, in that of the city."""


def _same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return bool(one.to_numpy().tobytes() == other.to_numpy().tobytes())


def peak_mb() -> float:
    """Return the largest resident set of this process, MB.

    What `getrusage` says may be that of the process this one was forked from.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


TASKS: dict[str, Callable[..., Facts]] = {
    "read": read, "whole": whole, "plain": plain, "step": step, "threads": threads, "edit": edit,
    "light": light, "loop": loop, "accuracy": accuracy, "canopy": canopy,
    "walk": walk, "facilities": facilities, "judged": judged, "report": report,
}  # fmt: skip

if __name__ == "__main__":
    task, source, target, *more = sys.argv[1:]
    facts = TASKS[task](Path(source), *more)
    Path(target).write_text(json.dumps({**facts, "peak_mb": peak_mb()}), encoding="utf-8")
