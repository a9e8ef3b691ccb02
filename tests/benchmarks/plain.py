"""The same outputs as a competent geopandas user would compute them, step by step.

`python -m tests.benchmarks.plain city.gpkg OUT` writes results.gpkg, indicators.csv and the CPU
and wall seconds of each step to seconds.json. Nothing here knows carbonspace. What two steps
need is made once; overlays are of the layers that matter, with their spatial index.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from tests.benchmarks import plain_land as land
from tests.benchmarks import plain_lines as lines
from tests.validation import plain

LAYERS = ("units", "parcels", "buildings", "roads", "bike_corridors", "transit_stops", "parks",
          "car_parks", "facilities")  # fmt: skip
Layers = dict[str, gpd.GeoDataFrame]


class Script:
    """Runs named steps, timing each, and collects numerators and denominators by unit."""

    def __init__(self) -> None:
        self.seconds: dict[str, dict[str, float]] = {}
        self.results: dict[str, pd.DataFrame] = {}
        self.index = pd.Index([])

    def step(self, name: str, action: Callable[..., Any], *given: Any) -> Any:
        cpu, wall = time.process_time(), time.perf_counter()
        made = action(*given)
        spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        self.seconds[name] = spent
        return made

    def put(self, key: str, numerator: pd.Series, denominator: pd.Series | None = None) -> None:
        top = numerator.reindex(self.index).fillna(0.0)
        bottom = pd.Series(np.nan, self.index)  # a sum has none
        if denominator is not None:
            bottom = denominator.reindex(self.index).fillna(0.0)
        self.results[key] = pd.DataFrame({"numerator": top, "denominator": bottom}, self.index)

    def by_unit(self, pieces: pd.DataFrame, amounts: pd.Series) -> pd.Series:
        return amounts.groupby(pieces["unit_id"]).sum()


def run(path: Path, out: Path | None = None) -> Script:
    """Compute everything from a GeoPackage; write it where a folder is given."""
    script = Script()
    raw = script.step("read", _read, path)
    layers: Layers = script.step("repair", lambda: {k: land.sound(v) for k, v in raw.items()})
    script.index = pd.Index(layers["units"]["unit_id"])
    area = layers["units"].set_index("unit_id").area
    plots = script.step("parcels to units", plain.cut, layers["parcels"], layers["units"])
    standing = script.step("buildings to parcels", _standing, layers)
    script.step("park coverage", _parks, script, layers, plots)
    script.step("stations", _stations, script, layers, standing)
    script.step("bus stops", _bus_stops, script, layers, area)
    script.step("roads", _roads, script, layers, area)
    script.step("corridors", _corridors, script, layers)
    script.step("slow network", _slow, script, layers, area)
    script.step("car parks", _car_parks, script, layers)
    blocks = script.step("blocks", plain.blocks, layers["roads"], layers["units"])
    script.step("mixed use", _mixed, script, layers, blocks)
    script.step("floors", _floors, script, layers, plots, standing)
    script.step("jobs", _jobs, script, plots)
    script.step("roofs", _roofs, script, layers)
    if out is not None:
        script.step("write", _write, script, layers["units"], out)
    return script


def _read(path: Path) -> Layers:
    return {key: pyogrio.read_dataframe(path, layer=key, use_arrow=True) for key in LAYERS}


def _standing(layers: Layers) -> gpd.GeoDataFrame:
    buildings = layers["buildings"]
    floors = buildings[["use", "geometry"]].assign(floor=plain.floor_areas(buildings))
    inside = plain.cut(floors, layers["parcels"][["parcel_id", "geometry"]])
    return inside.assign(floor=inside["floor"] * inside["share"])


def _parks(script: Script, layers: Layers, plots: gpd.GeoDataFrame) -> None:
    homes, parks = plots[land.is_home(plots["land_use"])], layers["parks"]
    whole = script.by_unit(homes, homes.area)
    reached = land.near_parks(homes, parks, pd.Series(500.0, index=parks.index))
    script.put("park_coverage", reached, whole)
    script.put("park_coverage_10min", reached, whole)
    radius = land.radius_by_size(parks)
    serving = radius > 0
    by_size = land.near_parks(homes, parks[serving], radius[serving])
    script.put("park_coverage_by_size", by_size, whole)


def _stations(script: Script, layers: Layers, standing: gpd.GeoDataFrame) -> None:
    living = land.people(layers["parcels"], standing, layers["units"])
    near = land.near_stops(living, layers["transit_stops"])
    who = {"": living["residents"] + living["jobs"], "_residents": living["residents"],
           "_jobs": living["jobs"]}  # fmt: skip
    for name, held in who.items():
        served = script.by_unit(living, held * near)
        script.put(f"station_coverage{name}", served, script.by_unit(living, held))


def _bus_stops(script: Script, layers: Layers, area: pd.Series) -> None:
    stops, units = layers["transit_stops"], layers["units"][["unit_id", "geometry"]]
    bus = stops[stops["mode"] == "bus"]
    found = land.counted(bus, units)
    script.put("bus_stop_count", script.by_unit(found, found["part"]))
    near = gpd.overlay(units, plain.reach(bus, 500.0), keep_geom_type=True)
    script.put("bus_stop_area_coverage", script.by_unit(near, near.area), area)


def _roads(script: Script, layers: Layers, area: pd.Series) -> None:
    roads = layers["roads"]
    streets = roads[roads["road_class"].isin(lines.STREETS)]
    pieces = lines.road_lengths(streets, layers["units"], roads)
    script.put("road_density", script.by_unit(pieces, pieces["metres"]), area)
    for kind in lines.STREETS:
        some = pieces[pieces["road_class"] == kind]
        script.put(f"road_density_{kind}", script.by_unit(some, some["metres"]), area)


def _corridors(script: Script, layers: Layers) -> None:
    corridors = layers["bike_corridors"]
    corridors = corridors.assign(
        route=corridors["route"].fillna("corridor " + corridors["corridor_id"]),
        joined=lines.connected(corridors),
    )
    pieces = lines.in_units(corridors, layers["units"])
    metres = script.by_unit(pieces, pieces["metres"])
    script.put("bike_corridor_length", metres)
    for kind in ("1", "2", "3"):
        some = pieces[pieces["corridor_class"] == kind]
        script.put(f"bike_corridor_length_class{kind}", script.by_unit(some, some["metres"]))
    joined = script.by_unit(pieces, pieces["metres"] * pieces["joined"])
    script.put("bike_corridor_connected_share", joined, metres)
    first = pieces[pieces["corridor_class"] == "1"]
    axis = first["route"].map(lines.directions(corridors[corridors["corridor_class"] == "1"]))
    part = first["metres"] / first.groupby("route")["metres"].transform("sum")
    script.put("bike_route_count", script.by_unit(first, part))
    for name in ("east_west", "north_south"):
        script.put(f"bike_route_count_{name}", script.by_unit(first, part * (axis == name)))


def _slow(script: Script, layers: Layers, area: pd.Series) -> None:
    roads = layers["roads"]
    slow = (roads["road_class"] == "slow") | (roads["slow_traffic"] == True)  # noqa: E712  null
    slow_roads = roads[slow]
    paths = lines.road_lengths(slow_roads, layers["units"], slow_roads)
    tracks = lines.in_units(layers["bike_corridors"], layers["units"])
    doubled = lines.along_shares(tracks, slow_roads).reindex(tracks.index).fillna(0.0)
    added = script.by_unit(tracks, tracks["metres"] * (1 - doubled))
    on_roads = script.by_unit(paths, paths["metres"])
    script.put("slow_network_density", on_roads.add(added, fill_value=0.0), area)


def _car_parks(script: Script, layers: Layers) -> None:
    parks, units = layers["car_parks"], layers["units"]
    charging, alone = land.chargers(parks, layers["facilities"])
    held = land.counted(plain.points(parks), units)
    whole = script.by_unit(held, held["part"])
    own = held["part"] * held["car_park_id"].isin(charging["car_park_id"])
    sites = land.counted(alone, units)
    script.put("car_park_count", whole)
    script.put("charging_car_park_share", script.by_unit(held, own), whole)
    both = script.by_unit(held, own).add(script.by_unit(sites, sites["part"]), fill_value=0.0)
    script.put("charging_site_count", both)
    known = held[held["spaces"].notna()]
    charged = known["part"] * known["charging_spaces"].fillna(0.0)
    script.put("charging_space_share", script.by_unit(known, charged),
               script.by_unit(known, known["part"] * known["spaces"]))  # fmt: skip


def _mixed(script: Script, layers: Layers, blocks: gpd.GeoDataFrame) -> None:
    mixed, entropy, parts = land.mixed_use(layers["parcels"], blocks, layers["units"])
    known = parts[parts["block"].isin(mixed.index)]
    share = known["share"] * known["block"].map(mixed).astype(float)
    script.put("mixed_block_share", script.by_unit(known, share),
               script.by_unit(known, known["share"]))  # fmt: skip
    known = parts[parts["block"].isin(entropy.index)]
    weighted = known.area * known["block"].map(entropy)
    script.put("land_use_mix", script.by_unit(known, weighted), script.by_unit(known, known.area))


def _floors(
    script: Script, layers: Layers, plots: gpd.GeoDataFrame, standing: gpd.GeoDataFrame
) -> None:
    judged = land.main_use(layers["parcels"], standing)
    largest = plots.assign(area=plots.area).sort_values("area").groupby("parcel_id").last()
    held = judged.assign(unit_id=largest["unit_id"])
    script.put("main_use_floor_share", script.by_unit(held, held["main"]),
               script.by_unit(held, held["known"]))  # fmt: skip


def _jobs(script: Script, plots: gpd.GeoDataFrame) -> None:
    jobs = plots["jobs"].fillna(0.0) * plots["share"]
    people = plots["population"].fillna(0.0) * plots["share"]
    script.put("jobs_housing_ratio", script.by_unit(plots, jobs), script.by_unit(plots, people))


def _roofs(script: Script, layers: Layers) -> None:
    pieces = land.roofs(layers["buildings"], layers["units"])
    for name, uses in land.ROOFS.items():
        some = pieces[pieces["use"].str.startswith(uses)] if uses else pieces
        key = f"solar_roof_area{'_' if name else ''}{name}"
        script.put(key, script.by_unit(some, some["usable"]))
    for name, uses in land.USABLE.items():
        some = pieces[pieces["use"].str.startswith(uses)] if uses else pieces
        key = f"usable_roof_share{'_' if name else ''}{name}"
        script.put(key, script.by_unit(some, some["usable"]), script.by_unit(some, some["roof"]))
    script.put("pv_capacity", script.by_unit(pieces, pieces["kwp"]))
    script.put("pv_roof_share", script.by_unit(pieces, pieces["pv"]),
               script.by_unit(pieces, pieces["roof"]))  # fmt: skip
    new = pieces[pieces["is_new"]]
    for key, (uses, base) in land.PANELS.items():
        some = new[new["use"].str.startswith(uses)]
        script.put(key, script.by_unit(some, some["pv"]), script.by_unit(some, some[base]))


def _write(script: Script, units: gpd.GeoDataFrame, out: Path) -> None:
    """Write the values as a layer of units and as one long table."""
    out.mkdir(parents=True, exist_ok=True)
    table = pd.concat(script.results, names=["indicator", "unit_id"]).reset_index()
    table.to_csv(out / "indicators.csv", index=False, encoding="utf-8-sig")
    table["value"] = table["numerator"] / table["denominator"].fillna(1.0)
    wide = table.pivot_table(index="unit_id", columns="indicator", values="value")
    layer = units[["unit_id", "geometry"]].merge(wide.reset_index(), on="unit_id")
    pyogrio.write_dataframe(layer, out / "results.gpkg", layer="units")


if __name__ == "__main__":
    done = run(Path(sys.argv[1]), Path(sys.argv[2]))
    (Path(sys.argv[2]) / "seconds.json").write_text(json.dumps(done.seconds))
