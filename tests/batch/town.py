"""A town of three units that is edited overnight, and nights over it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import box

from carbonspace.batch import City, Night, night, store_of
from carbonspace.batch.kept import VERDICT, as_dict
from carbonspace.evaluation import evaluate
from carbonspace.sources import read_plan

X, Y = 500_000.0, 4_000_000.0
CRS = "EPSG:4547"
PLAN = """format = 1
name = {{ zh = "试验", en = "Trial" }}
crs = "EPSG:4547"
[layers.units]
source = "{units}"
{of_units}
[layers.parcels]
source = "{parcels}"
{of_parcels}
[layers.parks]
source = "{parks}"
{of_parks}
"""
RULES = """document = "本市技术规定"
[title]
zh = "本市规定"
en = "Our rules"
[[rule]]
indicator = "park_coverage"
comparator = ">="
target = [60]
unit = "%"
quotation = "不低于 60%"
source = "§1"
levels = ["unit", "city"]
applies_to = { zh = "全市", en = "All" }
evidence = "verified"
"""
INDICATORS = ("park_coverage", "land_area")
LAYERS = ("units", "parcels", "parks")


def layers() -> dict[str, gpd.GeoDataFrame]:
    """Return the town: three units in a row, a home near a park and one far in each."""
    units = [(f"U{n}", box(X + 3000 * n, Y, X + 3000 * n + 3000, Y + 1000)) for n in range(3)]
    parcels = [(f"{kind}{n}", "0701", box(X + 3000 * n + at, Y, X + 3000 * n + at + 100, Y + 100))
               for n in range(3) for kind, at in (("near", 1000), ("far", 2500))]  # fmt: skip
    parks = [(f"P{n}", box(X + 3000 * n + 900, Y, X + 3000 * n + 1000, Y + 100)) for n in range(3)]
    return {
        "units": gpd.GeoDataFrame(units, columns=["unit_id", "geometry"], crs=CRS),
        "parcels": gpd.GeoDataFrame(parcels, columns=["parcel_id", "land_use", "geometry"],
                                    crs=CRS),
        "parks": gpd.GeoDataFrame(parks, columns=["park_id", "geometry"], crs=CRS),
    }  # fmt: skip


def written(folder: Path, **edited: gpd.GeoDataFrame) -> Path:
    """Write the town into GeoPackages, one for each layer, and return its plan.toml.

    Where the town is there already only what is edited is written.
    """
    plan, is_new = folder / "plan.toml", not (folder / "plan.toml").exists()
    for key, layer in {**(layers() if is_new else {}), **edited}.items():
        (folder / f"{key}.gpkg").unlink(missing_ok=True)
        layer.to_file(folder / f"{key}.gpkg", layer=key)
    if is_new:
        named = {key: f"{key}.gpkg" for key in LAYERS} | {f"of_{key}": "" for key in LAYERS}
        (folder / "ours.toml").write_text(RULES, "utf-8")
        plan.write_text(PLAN.format(**named), "utf-8")
    return plan


def edited(number: int = 1) -> gpd.GeoDataFrame:
    """Return the parcels after a day in which the far home of a unit grew fivefold."""
    parcels = layers()["parcels"]
    west = X + 3000 * number + 2500
    parcels.loc[parcels["parcel_id"] == f"far{number}", "geometry"] = box(west, Y, west + 100,
                                                                          Y + 500)  # fmt: skip
    return parcels


def city_of(folder: Path, **more: Any) -> City:
    """Return the town as city.toml would give it."""
    given = {"name": "Town", "plan": folder / "plan.toml", "results": str(folder / "results"),
             "profiles": (str(folder / "ours.toml"),), "indicators": INDICATORS}  # fmt: skip
    return City(**{**given, **more})


def night_of(city: City, day: int = 1, **more: Any) -> Night:
    """Compute a night on a day of November."""
    start = datetime(2026, 11, day, 3, tzinfo=UTC)
    ticks = iter(start + timedelta(seconds=n) for n in range(100))
    return night(city, now=lambda: next(ticks), **more)


def current(city: City) -> pd.DataFrame:
    """Return the verdicts that hold, in the order of what tells them apart."""
    with store_of(city) as store:
        rows = [as_dict(VERDICT, row) for _, row in store.current(VERDICT, city.name)]
    return pd.DataFrame(rows).sort_values([*VERDICT.key]).reset_index(drop=True)


def as_run_says(city: City) -> pd.DataFrame:
    """Return value and status by place and indicator, as `evaluate` gives them now."""
    table = evaluate(read_plan(city.plan), city.indicators, city.profiles).table
    return figures(table)


def figures(table: pd.DataFrame) -> pd.DataFrame:
    """Return value and status by place and indicator."""
    columns = ["level", "unit_id", "indicator", "value", "status"]
    return table[columns].sort_values(columns[:3]).reset_index(drop=True)
