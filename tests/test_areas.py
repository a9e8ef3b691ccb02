"""Service areas of a plan: against sums on a chessboard, as layers, on pages, and not unasked."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from tests.walks_town import CRS, STOP, X, Y, plan

from carbonspace import catalogue
from carbonspace.areas import goal_names, walks_of, walks_to
from carbonspace.errors import MissingLayerError, UnknownNameError, UnstatedError
from carbonspace.evaluation import evaluate, walked_to
from carbonspace.model.assessment import Assessment
from carbonspace.model.maps import Maps, Walks, are_minutes
from carbonspace.model.plan import Plan
from carbonspace.outputs.backdrop import _tiles
from carbonspace.outputs.look import band_colours
from carbonspace.prepare import prepare

ASKED = ("park_walk_coverage", "park_walk_coverage_5min", "station_walk_coverage",
         "bus_stop_walk_coverage", "facility_coverage_clinic", "road_density")  # fmt: skip
SAVED = ("parks", "stations", "clinic")
WORDS = "步行 {m} 分钟（{far} 米）以内 Within {m} min ({far} m) on foot"


def asked(*keys: str) -> list[tuple[Any, dict[str, Any]]]:
    return [(one, one.settings({})) for key, one in catalogue.indicators().items() if key in keys]


@pytest.fixture(scope="module")
def town() -> Plan:
    return prepare(plan())


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    """A way of 1,500 m is long enough for the far home, if there were a link."""
    far = {"station_walk_coverage": {"radius": 1500.0}}
    return evaluate(plan(), indicators=ASKED, profiles=(), parameters=far)


@pytest.fixture(scope="module")
def results(assessment: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assessment.write(tmp_path_factory.mktemp("maps") / "out", maps=True)


def walks(town: Plan, name: str, *minutes: float) -> Walks:
    (found,) = walks_to(town, [name], asked(*ASKED), Maps(minutes=minutes or (2.0, 5.0, 10.0)))
    return found


# --- what they hold


def test_every_place_of_the_streets_is_within_the_limit_by_the_sum_of_its_steps(
    town: Plan,
) -> None:
    """On a chessboard the way from a corner is how far east or west, plus how far north or south.

    Every 3 m of what is within reach, and every 3 m of all streets for what is not.
    """
    found = walks(town, "stations")
    board = town.layers["roads"].geometry.to_numpy()[:22]
    everywhere = _every(board, 3.0)
    for row in found.areas.itertuples():
        lines = found.streets.geometry[found.streets["minutes"] == row.minutes].to_numpy()
        mine = lines[shapely.bounds(lines)[:, 2] <= X + 1000.001]
        assert _steps(_every(mine, 3.0)).max() <= row.metres + 1e-6
        assert (shapely.distance(row.geometry, shapely.points(_every(mine, 3.0))) < 1e-6).all()
        near = _steps(everywhere) < row.metres - 0.01
        reached = shapely.distance(shapely.union_all(lines), shapely.points(everywhere)) < 1e-6
        assert (reached == near)[np.abs(_steps(everywhere) - row.metres) > 0.01].all()
        skeleton = shapely.points(everywhere[_steps(everywhere) > row.metres + 0.2])
        assert not shapely.contains_properly(row.geometry, skeleton).any()


def _every(lines: Any, metres: float) -> np.ndarray:
    held = [shapely.line_interpolate_point(one, np.arange(0, one.length, metres)) for one in lines]
    return np.asarray(shapely.get_coordinates(np.concatenate(held)))


def _steps(xy: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(xy - (X + STOP[0], Y + STOP[1])).sum(axis=1))


def test_streets_are_as_long_as_by_hand(town: Plan) -> None:
    """Two minutes are 120 m: four arms of 100 m, and three ways of 20 m on from each of them."""
    found = walks(town, "stations", 2.0)
    assert found.areas["street_m"].tolist() == pytest.approx([4 * 100 + 4 * 3 * 20])
    assert found.areas["metres"].tolist() == [120]


@pytest.mark.parametrize("name", SAVED)
def test_bands_nest_and_the_longest_walk_comes_first(town: Plan, name: str) -> None:
    found = walks(town, name)
    assert found.areas["minutes"].tolist() == [10, 5, 2]
    for wide, narrow in pairwise(found.areas.geometry):
        assert shapely.area(shapely.difference(narrow, wide)) < 1e-6
        assert narrow.area < wide.area


def test_what_indicators_ask_alike_is_drawn_once(town: Plan) -> None:
    """The only park is larger than 400 m², and the only stop a bus stop."""
    found = walks_of(town, asked(*ASKED), Maps())
    assert {one.key: one.indicators for one in found} == {
        "parks": ("park_walk_coverage", "park_walk_coverage_5min"),
        "stations": ("station_walk_coverage", "bus_stop_walk_coverage"),
        "clinic": ("facility_coverage_clinic",),
    }


def test_indicators_and_maps_agree_who_is_near(assessment: Assessment) -> None:
    """The homes of which nothing is within ten minutes of a park touch no street that is."""
    parks = next(one for one in assessment.walks() if one.key == "parks")
    streets = parks.streets[parks.streets["minutes"] == 10].union_all()
    homes = assessment.evidence("park_walk_coverage")
    apart = {row.parcel_id: row.geometry.distance(streets) for row in homes.itertuples()}
    assert set(homes["cause"]) == {"too_far"}
    assert min(apart.values()) > 25
    near = assessment.plan.layers["parcels"].loc["P0"].geometry
    assert near.distance(streets) == pytest.approx(10)


# --- what is written


def test_layers_read_back_with_crs_kind_and_order(results: Path) -> None:
    path = results / "results.gpkg"
    names = [str(n) for n in pyogrio.list_layers(path)[:, 0]]
    for key in SAVED:
        areas = gpd.read_file(path, layer=f"service_areas_{key}")
        streets = gpd.read_file(path, layer=f"reachable_streets_{key}")
        assert areas.crs == streets.crs == CRS
        assert set(areas.geom_type) == {"MultiPolygon"}
        assert set(streets.geom_type) == {"LineString"}
        assert areas["minutes"].tolist() == [15, 10, 5]
        assert (areas["metres"] == 60 * areas["minutes"]).all()
        for row in areas.itertuples():
            mine = streets[streets["minutes"] == row.minutes]
            assert mine.length.sum() == pytest.approx(row.street_m, abs=0.001 * len(mine))
    assert sum(name.startswith("service_areas_") for name in names) == len(SAVED)


def test_the_missing_link_is_a_line(results: Path) -> None:
    """From the dead end at (1300, 60) down to the spur: 40 m. The way to the far home is then 800
    east and 480 south to (1300, 20), 40 over, and 50 to where its front begins."""
    links = gpd.read_file(results / "results.gpkg", layer="missing_links")
    assert links.crs == CRS
    station = links[links["indicator"] == "station_walk_coverage"]
    (row,) = station.itertuples()
    assert row.geometry.equals(shapely.LineString([(X + 1300, Y + 60), (X + 1300, Y + 20)]))
    assert (row.link_m, row.linked_m, row.places, row.people) == (40, 800 + 480 + 40 + 50, 1, 220)


def test_styles_name_and_colour_every_limit(results: Path) -> None:
    with closing(sqlite3.connect(results / "results.gpkg")) as base:
        rows = base.execute("SELECT f_table_name, styleName, styleQML, useAsDefault "
                            "FROM layer_styles").fetchall()  # fmt: skip
    styles = {name: (title, qml, default) for name, title, qml, default in rows}
    for prefix, key in (("service_areas_", "color"), ("reachable_streets_", "line_color")):
        title, qml, default = styles[f"{prefix}parks"]
        root = ET.fromstring(qml.split("\n", 1)[1])
        rules = {one.get("filter"): one.get("label") for one in root.iter("rule")}
        assert rules == {f'"minutes" = {m}': WORDS.format(m=m, far=60 * m) for m in (5, 10, 15)}
        drawn = [one.get("v") for one in root.iter("prop") if one.get("k") == key]
        assert drawn == [",".join(map(str, (*bytes.fromhex(c[1:]), 255))) for c in band_colours(3)]
        assert default
        assert "公园" in title
        assert "Parks" in title
    assert "missing_links" in styles


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_colours_are_told_apart_by_lightness_alone(count: int) -> None:
    """Rec. 709 luma, which no kind of colour-blindness takes away."""
    rgb = np.array([[*bytes.fromhex(one[1:])] for one in band_colours(count)])
    assert (np.diff(rgb @ (0.2126, 0.7152, 0.0722)) > 25).all()


def test_pages_show_them_behind_uncovered_homes(results: Path) -> None:
    page = (results / "units" / "U0.html").read_text("utf-8")
    colour = band_colours(3)[0]
    assert f'<path class="band" fill="{colour}b3" d="M' in page
    assert "Within 5 min (300 m) on foot" in page
    assert "步行 5 分钟（300 米）以内" in page
    figure = next(f for f in page.split("<figure>") if "Residents and jobs within a walk" in f)
    assert figure.index('class="band"') < figure.index('href="#unit"') < figure.index("way too_far")
    assert "Missing links" in figure


def test_run_json_says_what_they_are(results: Path) -> None:
    run = json.loads((results / "run.json").read_text("utf-8"))
    assert run["service_areas"]["parks"] == {
        "title": {"zh": "公园", "en": "Parks"}, "minutes": [5, 10, 15], "missed": [],
        "indicators": ["park_walk_coverage", "park_walk_coverage_5min"],
    }  # fmt: skip


def test_nothing_is_made_unasked(
    assessment: Assessment, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without maps nothing is walked again, and there is nothing of them in any file."""
    monkeypatch.setattr("carbonspace.areas.areas_of", _refused)
    bare = assessment.write(tmp_path / "out")
    layers = {str(n) for n in pyogrio.list_layers(bare / "results.gpkg")[:, 0]}
    assert not {n for n in layers if n.startswith(("service_areas", "reachable", "missing_links"))}
    assert "service_areas" not in json.loads((bare / "run.json").read_text("utf-8"))
    assert 'class="band"' not in (bare / "units" / "U0.html").read_text("utf-8")
    table = "indicators.csv"
    assert (bare / table).read_bytes() == (results / table).read_bytes()
    with pytest.raises(AssertionError, match="walked again"):
        assessment.write(tmp_path / "maps", maps=True)


def _refused(*_: object, **__: object) -> None:
    raise AssertionError("walked again")


def test_tiles_hold_the_same_ground() -> None:
    rings = [shapely.Point(0, 0).buffer(r, quad_segs=2_000) for r in (1000, 600)]
    ring = rings[0].difference(rings[1])
    tiles = [*_tiles(np.array([ring], dtype=object))]
    assert len(tiles) > 4
    assert max(shapely.get_num_coordinates(tiles)) <= 2_000
    assert sum(shapely.area(tiles)) == pytest.approx(ring.area)
    assert shapely.union_all(tiles).symmetric_difference(ring).area < 1e-3


# --- what cannot be drawn


def test_what_cannot_be_walked_to_is_named(town: Plan) -> None:
    every = [(one, one.settings({})) for one in catalogue.indicators().values()]
    with pytest.raises(
        UnknownNameError, match=r"called park.*parks, parks_400m2, stations"
    ) as told:
        walks_to(town, ["park"], every, Maps())
    assert "没有名为 park" in told.value.zh
    with pytest.raises(UnstatedError, match="no place that counts as kindergarten") as told2:
        walks_to(town, ["kindergarten"], every, Maps())
    assert "没有可作为 kindergarten（幼儿园）的地点" in told2.value.zh
    for layer, goal in (("roads", "parks"), ("parks", "parks"), ("facilities", "clinic")):
        there = {name: one for name, one in plan().layers.items() if name != layer}
        with pytest.raises(MissingLayerError, match=f"layer {layer} is missing"):
            walked_to(Plan(plan().name, there, plan().settings), [goal])


def test_every_goal_of_the_catalogue_has_a_name_of_its_own() -> None:
    every = [(one, one.settings({})) for one in catalogue.indicators().values()]
    names = goal_names(every)
    assert {"parks", "stations", "bus_stops", "clinic", "market"} <= set(names)
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize("wrong", [[], [5, 5], [10, 5], [0, 5], [-1], [True], ["5"], [5, 121],
                                   [float("nan")], [5, float("inf")]])  # fmt: skip
def test_minutes_rise(wrong: list[Any]) -> None:
    assert not are_minutes(wrong)
    assert are_minutes([2.5, 5, 120])
