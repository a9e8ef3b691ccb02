"""Las Palmas as read, as measured, and with what its map does not know filled in by lot."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from carbonspace import evaluate, read_plan
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.validation import plain, seeding

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "las_palmas"
METRES = "EPSG:4083"
ON_THE_MAP = (
    "park_coverage", "solar_roof_area", "car_park_count", "station_coverage_jobs", "pv_roof_share",
)  # fmt: skip
WORKPLACES = ("08", "09", "10", "12")


@pytest.fixture(scope="session")
def raw() -> Plan:
    """Return Las Palmas as read: nothing derived, shared out or mended."""
    return read_plan(SAMPLE / "plan.toml")


@pytest.fixture(scope="session")
def real(raw: Plan) -> Assessment:
    return evaluate(raw, ON_THE_MAP, profiles=[])


@pytest.fixture(scope="session")
def districts(raw: Plan) -> gpd.GeoDataFrame:
    """Return the 29 districts in metres, made planar by plain differences in id order."""
    units = raw.layers["units"].to_crs(METRES)[["unit_id", "geometry"]]
    return plain.planar(units, "unit_id")


@pytest.fixture(scope="session")
def seeded_plan(raw: Plan, districts: gpd.GeoDataFrame) -> Plan:
    """Return real geometry with made-up facts, so that every indicator has data."""
    seed = np.random.default_rng(2)
    layers = {key: layer.to_crs(METRES) for key, layer in raw.layers.items()}
    del layers["city"]  # the districts are all there is
    layers["units"] = districts
    layers["parcels"] = _with_jobs(layers["parcels"], seed)
    layers["buildings"] = _with_roofs(layers["buildings"], seed)
    layers["car_parks"] = _with_chargers(layers["car_parks"], seed)
    layers["transit_stops"] = _with_service(layers["transit_stops"])
    layers["facilities"] = _more_chargers(layers["facilities"], layers["car_parks"], seed)
    layers["facilities"] = _with_schools(layers["facilities"])
    layers = _told(layers)
    stated = {"sunlight_met_share": {"hours_asked": 2.0}}  # it has no default
    return replace(raw, layers=layers, profiles=(), parameters={**raw.parameters, **stated})


@pytest.fixture(scope="session")
def seeded(seeded_plan: Plan) -> Assessment:
    return evaluate(seeded_plan)


def _told(layers: dict[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers with the facts and the layers that a map lacks, for the whole catalogue."""
    real = layers["facilities"]
    more = seeding.facilities(layers["buildings"], set(real["facility_type"]))
    layers = {**layers, "facilities": pd.concat([real, more], ignore_index=True)}
    told = {key: seeding.with_facts(key, layers[key])
            for key in ("units", "parcels", "buildings", "parks", "facilities")}  # fmt: skip
    return {**layers, **told, **seeding.made_up(layers)}


def _with_jobs(parcels: gpd.GeoDataFrame, seed: np.random.Generator) -> gpd.GeoDataFrame:
    jobs = seed.integers(1, 500, len(parcels)).astype(float)
    jobs[~parcels["land_use"].str.startswith(WORKPLACES)] = np.nan
    return parcels.assign(jobs=jobs)


def _with_roofs(buildings: gpd.GeoDataFrame, seed: np.random.Generator) -> gpd.GeoDataFrame:
    """Return buildings that are valid, as carbonspace would mend them, with roofs and panels."""
    sound = buildings.set_geometry(buildings.make_valid(method="structure", keep_collapsed=False))
    sound = sound[sound.area > 0]
    count, footprint = len(sound), sound.area.to_numpy()
    known = seed.random((3, count)) < np.array([[0.4], [0.3], [0.8]])
    kinds = seed.choice(["flat", "pitched", "metal", "other"], count).astype(object)
    return sound.assign(
        roof_type=pd.Series(kinds, index=sound.index).where(seed.random(count) < 0.8),
        roof_area=np.where(known[0], footprint * seed.uniform(0.8, 1.2, count), np.nan),
        floor_area=np.where(known[1], footprint * seed.uniform(1.0, 9.0, count), np.nan),
        pv_area=np.where(known[2], footprint * seed.uniform(0.0, 0.5, count), np.nan),
        is_new=seed.random(count) < 0.5,
    )


def _with_schools(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return every second of the schools that do not say which they are as one of each kind."""
    kinds = facilities["facility_type"].astype(object).copy()
    schools = np.flatnonzero(kinds.eq("school"))
    kinds.iloc[schools[::2]], kinds.iloc[schools[1::2]] = "primary_school", "middle_school"
    return facilities.assign(facility_type=kinds)


def _with_chargers(car_parks: gpd.GeoDataFrame, seed: np.random.Generator) -> gpd.GeoDataFrame:
    spaces = seed.integers(5, 300, len(car_parks)).astype(float)
    charging = np.floor(spaces * seed.choice([0.0, 0.0, 0.1, 0.3], len(car_parks)))
    unknown = seed.random((2, len(car_parks))) < 0.2
    return car_parks.assign(
        spaces=np.where(unknown[0], np.nan, spaces),
        charging_spaces=np.where(unknown[1], np.nan, charging),
        park_and_ride=np.arange(len(car_parks)) % 7 == 0,
    )


def _with_service(stops: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the stops with how often they are served; one in twenty is a metro station."""
    seed, count = np.random.default_rng(3), len(stops)
    often = {f"departures_{day}": seed.integers(0, 90, count).astype(float)
             for day in ("workday", "saturday", "sunday")}  # fmt: skip
    return stops.assign(
        mode=stops["mode"].mask(seed.random(count) < 0.05, "metro"), **often,
        peak_headway=np.where(seed.random(count) < 0.1, np.nan, seed.integers(3, 60, count)),
        is_tod=seed.random(count) < 0.4, is_microcentre=seed.random(count) < 0.3,
    )  # fmt: skip


def _more_chargers(
    facilities: gpd.GeoDataFrame, car_parks: gpd.GeoDataFrame, seed: np.random.Generator
) -> gpd.GeoDataFrame:
    """Return the real charging stations and 60 more, up to 60 m beside a car park."""
    beside = car_parks.sample(60, random_state=2).representative_point()
    shift = seed.uniform(-60, 60, (60, 2))
    moved = gpd.points_from_xy(beside.x + shift[:, 0], beside.y + shift[:, 1], crs=METRES)
    kinds = ["charging"] * 40 + ["post office"] * 20
    ids = [f"seeded/{n}" for n in range(60)]
    more = gpd.GeoDataFrame({"facility_id": ids, "facility_type": kinds}, geometry=moved)
    columns = ["facility_id", "facility_type", "geometry"]
    real = facilities[columns]
    rows = [dict(zip(columns, row, strict=True)) for frame in (real, more)
            for row in frame[columns].itertuples(index=False)]  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=METRES)
