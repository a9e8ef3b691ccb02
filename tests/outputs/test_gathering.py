from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from tests.outputs.town import PARK, ROAD, X, Y

from carbonspace import run_command
from carbonspace.model.assessment import Assessment, Evidence
from carbonspace.model.indicator import Indicator
from carbonspace.model.measure import Measure
from carbonspace.outputs import EVIDENCE, gathering, write_results
from carbonspace.outputs.gathering import evidence_layers, settled, shared

WIDER = replace(PARK, key="park_coverage_10min")
ELSEWHERE = replace(PARK, key="park_coverage_elsewhere")
ROADS = replace(ROAD, key="road_density_local")
ASKED: dict[str, Indicator] = {one.key: one for one in (PARK, WIDER, ELSEWHERE, ROAD, ROADS)}


def _squares(*sides: float, **columns: object) -> gpd.GeoDataFrame:
    shapes = [shapely.box(X + 100 * n, Y, X + 100 * n + side, Y + side)
              for n, side in enumerate(sides)]  # fmt: skip
    ids = [f"P{n}" for n in range(len(sides))]
    return gpd.GeoDataFrame({"unit_id": "U", "parcel_id": ids, **columns}, geometry=shapes,
                            crs="EPSG:4547")  # fmt: skip


def test_evidence_that_is_part_of_another_is_written_once() -> None:
    whole = _squares(10, 20, 30, area_m2=[100.0, 400.0, 900.0])
    part = whole.iloc[[2, 0]].assign(area_m2=[900.0 + 1e-9, 100.0])
    (one,) = shared({PARK.key: part, WIDER.key: whole}, ASKED)
    assert one.name == "evidence_park_coverage_10min"
    assert one.keys == ("park_coverage_10min", "park_coverage")
    assert one.layer["indicators"].tolist() == [
        "park_coverage_10min park_coverage", "park_coverage_10min",
        "park_coverage_10min park_coverage",
    ]  # fmt: skip
    assert one.layer.drop(columns="indicators").equals(whole)


@pytest.mark.parametrize(
    "other",
    [
        _squares(10, 20, 31, area_m2=[100.0, 400.0, 900.0]),
        _squares(10, 20, 30, area_m2=[100.0, 400.0, 901.0]),
        _squares(10, 20, 30, area_m2=[100.0, 400.0, 900.0]).assign(unit_id="V"),
        _squares(10, 20, 30, area_m2=[100.0, 400.0, 900.0], name="home"),
    ],
)
def test_what_differs_in_anything_has_a_layer_of_its_own(other: gpd.GeoDataFrame) -> None:
    layers = {PARK.key: _squares(10, 20, 30, area_m2=[100.0, 400.0, 900.0]), WIDER.key: other}
    found = list(shared(layers, ASKED))
    assert [one.keys for one in found] == [(PARK.key,), (WIDER.key,)]
    assert found[0].layer["indicators"].unique().tolist() == [PARK.key]


def test_what_looks_or_means_otherwise_is_not_mixed() -> None:
    squares = _squares(10, 20, length_m=[1.0, 2.0])
    found = list(shared({PARK.key: squares, ROAD.key: squares}, ASKED))
    assert [one.name for one in found] == ["evidence_park_coverage", "evidence_road_density"]


def test_two_pieces_of_one_parcel_stay_two() -> None:
    twice = _squares(10, 20, 10).assign(parcel_id="P", area_m2=1.0)
    (one,) = shared({PARK.key: twice, WIDER.key: twice.iloc[:2]}, ASKED)
    keys = [text.split() for text in one.layer["indicators"]]
    assert [len(k) for k in keys] == [2, 2, 1]


def test_short_is_what_falls_short(town: Assessment) -> None:
    found = evidence_layers(town, "short")
    missed = town.table[(town.table["level"] == "unit") & (town.table["status"] == "not_met")]
    for key, layer in found.items():
        assert set(layer["unit_id"]) <= set(missed.loc[missed["indicator"] == key, "unit_id"])
    assert set(found["park_coverage"]["unit_id"]) == {"ZKB-02", "ZKB-03"}
    assert len(found["road_density"]) < len(evidence_layers(town)["road_density"])


def test_short_of_what_only_the_city_is_held_against_is_all_of_it(town: Assessment) -> None:
    table = town.table
    roads = (table["indicator"] == "road_density") & (table["level"] == "unit")
    only_city = replace(town, table=table.assign(status=table["status"].mask(roads, "no_target")))
    full, short = evidence_layers(town), evidence_layers(only_city, "short")
    assert len(short["road_density"]) == len(full["road_density"])


def test_short_makes_only_what_it_keeps(town: Assessment) -> None:
    def never() -> gpd.GeoDataFrame:
        raise AssertionError("nobody asked for this")

    missed = set(town.table.loc[town.table["status"] == "not_met", "indicator"])
    measures = {key: one if key in missed else Measure(one.table, one.scale, never)
                for key, one in town.measures.items()}  # fmt: skip
    assert set(measures) - missed
    assert set(evidence_layers(replace(town, measures=measures), "short")) <= missed


def test_auto_depends_on_the_size_of_the_plan(
    town: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settled(town, "auto") == "all"
    monkeypatch.setattr(gathering, "LARGE", 100)
    assert settled(town, "auto") == "short"
    assert settled(town, "none") == "none"


@pytest.mark.parametrize("asked", ["all", "short", "none"])
def test_layers_and_pages_follow_the_option(
    town: Assessment, tmp_path: Path, asked: Evidence
) -> None:
    folder = write_results(town, tmp_path / "out", evidence=asked)
    layers = set(pyogrio.list_layers(folder / "results.gpkg")[:, 0])
    page = (folder / "units" / "ZKB-02.html").read_text(encoding="utf-8")
    assert ("evidence_park_coverage" in layers) == (asked != "none")
    assert ("服务半径未覆盖的居住用地" in page) == (asked != "none")
    assert ("--evidence all" in page) == (asked != "all")
    record = pyogrio.read_dataframe(folder / "results.gpkg", layer="carbonspace_run")
    assert dict(zip(record["key"], record["value"], strict=True))["evidence"] == asked


def test_short_parcels_are_those_that_miss(town: Assessment, tmp_path: Path) -> None:
    folder = write_results(town, tmp_path / "out", evidence="short")
    parcels = gpd.read_file(folder / "results.gpkg", layer="parcels")
    assert parcels["parcel_id"].tolist() == ["P000"]


def test_python_and_the_command_line_offer_the_same() -> None:
    option = next(p for p in run_command.run.params if p.name == "evidence")
    assert tuple(option.type.choices) == EVIDENCE  # type: ignore[attr-defined]


def test_every_road_explains_the_indicators_it_counts_for() -> None:
    lines = gpd.GeoDataFrame({"unit_id": "U", "line_id": ["a", "b"], "counted_m": [5.0, 0.0]},
                             geometry=shapely.linestrings([[[X, Y], [X + 5, Y]]] * 2),
                             crs="EPSG:4547")  # fmt: skip
    (one,) = shared({ROAD.key: lines, ROADS.key: lines.iloc[:1]}, ASKED)
    assert one.layer["indicators"].tolist() == ["road_density road_density_local", "road_density"]


def test_evidence_without_units_goes_out_whole() -> None:
    bare = _squares(10).drop(columns="unit_id")
    places = gathering.Places(pd.Index(["U"]), {})
    assert np.all(gathering._lies_in(bare, places))
