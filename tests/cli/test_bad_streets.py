"""Streets that are drawn badly, through the command line: named with where, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely import LineString, Point, box
from tests.cli.calls import X, Y, called

CRS = "EPSG:4547"
KEYS = ["park_walk_coverage", "station_walk_coverage", "facility_15min_coverage"]
PLAN = f"""
format = 1
name = {{ zh = "试", en = "Trial" }}
crs = "{CRS}"
indicators = {KEYS}
[parameters.facility_15min_coverage]
facility_types = ["clinic"]
"""
STREETS = {
    "a": [(0, 500), (500, 500)], "b": [(500, 500), (1000, 500)], "c": [(500, 500), (500, 900)],
}  # fmt: skip


class Said(NamedTuple):
    """What has to be among the findings."""

    layer: str
    zh: str
    en: str
    found: str
    feature: str | None = None
    where: tuple[float, float] | None = None


def plan_of(
    folder: Path,
    more: dict[str, list[tuple[Any, Any]]] | None = None,
    roads: dict[str, Any] | None = None,
    moved: dict[str, tuple[float, float]] | None = None,
) -> Path:
    """Write a plan of three streets, and more; a home, a park, a stop and a clinic beside them."""
    lines = {**STREETS, **(more or {})}
    places = {"parcels": box(100, 510, 200, 560), "parks": box(800, 510, 900, 600),
              "transit_stops": Point(480, 700), "facilities": Point(510, 700)}  # fmt: skip
    home = {"parcel_id": "home", "land_use": "0701", "population": 90.0, "jobs": 9.0}
    columns: dict[str, dict[str, Any]] = {"parcels": home, "parks": {"park_id": "park"},
               "transit_stops": {"stop_id": "stop", "mode": "metro"},
               "facilities": {"facility_id": "clinic", "facility_type": "clinic"}}  # fmt: skip
    layers = {
        "units": gpd.GeoDataFrame({"unit_id": ["U"]}, geometry=[box(0, 0, 1000, 1000)]),
        "roads": gpd.GeoDataFrame(
            {"road_id": [*lines], "road_class": "local", **(roads or {})},
            geometry=[LineString(one) for one in lines.values()],
        ),
        **{key: gpd.GeoDataFrame({name: [v] for name, v in columns[key].items()},
                                 geometry=[place]) for key, place in places.items()},
    }  # fmt: skip
    text = PLAN
    for key, layer in layers.items():
        away = (moved or {}).get(key, (0, 0))
        placed = layer.set_geometry(layer.geometry.translate(X + away[0], Y + away[1]), crs=CRS)
        placed.to_file(folder / f"{key}.gpkg")
        text += f'[layers.{key}]\nsource = "{key}.gpkg"\n'
    (folder / "plan.toml").write_text(text, "utf-8")
    return folder / "plan.toml"


PIECES = ("roads", "街道网络不连通", "The network of streets is in pieces")
ISLAND = ("roads", "与其余街道不连通的街道", "Streets that join no others")
UNIT = ("units", "单元内有不连通的街道", "Streets of the unit do not join the network")
CROSS = ("roads", "道路相交处没有节点", "Roads cross without a node")
JOINED = ("roads", "街道端点按容差接上", "Ends of streets were joined within the tolerance")
SHORT = ("roads", "街道端点未接上相邻街道", "A street ends just short of another")
LOOP = ("roads", "回到同一处的环路", "Streets return to where they left")
TWICE = ("roads", "路段重复绘制", "Stretches of street are drawn twice")
NO_OUT = ("roads", "单行路驶入后无路可出", "One-way roads that cannot be left")
NO_IN = ("roads", "单行路无路驶入", "One-way roads that cannot be entered")
CLOSED = ("roads", "没有可步行的道路", "No road is open to people on foot")
ALL = {one[1:] for one in (PIECES, ISLAND, CROSS, JOINED, SHORT, LOOP, TWICE, NO_OUT, NO_IN,
                           CLOSED, UNIT)}  # fmt: skip


def far(layer: str) -> tuple[str, str, str]:
    return layer, "附近没有可步行的街道", "No street is near"


CASES: dict[str, tuple[dict[str, Any], list[Said]]] = {
    "sound": ({}, []),
    "pieces": (
        {"more": {"d": [(100, 100), (300, 100)], "e": [(300, 100), (300, 300)]}},
        [Said(*PIECES, "1 piece more, 0.40 km of 1.80 km in all"),
         Said(*ISLAND, "400 m, 2 roads", "d", (200, 100)),
         Said(*UNIT, "22%, 400 m", "U", (500, 500))],
    ),
    "crossing": (
        {"more": {"d": [(200, 300), (200, 800)]}},
        [Said(*CROSS, "1 place: a × d", None, (200, 500))],
    ),
    "bridge": (
        {"more": {"d": [(200, 300), (200, 800)]}, "roads": {"bridge": [False] * 3 + [True]}},
        [Said(*PIECES, "1 piece more, 0.50 km of 1.90 km in all"),
         Said(*ISLAND, "500 m, 1 road", "d", (200, 550)),
         Said(*UNIT, "26%, 500 m", "U", (500, 500))],
    ),
    "within the tolerance": (
        {"more": {"d": [(700, 500.4), (700, 800)]}},
        [Said(*JOINED, "1 place: d", "d", (700, 500.4))],
    ),
    "beyond the tolerance": (
        {"more": {"d": [(700, 503), (700, 800)]}},
        [Said(*SHORT, "3.00 m from b", "d", (700, 503)),
         Said(*PIECES, "1 piece more, 0.30 km of 1.70 km in all"),
         Said(*ISLAND, "297 m, 1 road", "d"), Said(*UNIT, "18%, 297 m", "U")],
    ),
    "well beyond": (
        {"more": {"d": [(700, 507), (700, 800)]}},
        [Said(*PIECES, "1 piece more, 0.29 km of 1.69 km in all"),
         Said(*ISLAND, "293 m, 1 road", "d"), Said(*UNIT, "17%, 293 m", "U")],
    ),
    "loop": (
        {"more": {"d": [(500, 900), (600, 900), (600, 980), (500, 900)]}},
        [Said(*LOOP, "1 place: d", "d")],
    ),
    "drawn twice": (
        {"more": {"d": [(500, 500), (750, 500)]}},
        [Said(*TWICE, "1 place: d = b", None, (625, 500))],
    ),
    "one-way": (
        {"more": {"d": [(500, 900), (600, 900)], "e": [(0, 900), (500, 900)]},
         "roads": {"oneway": [False] * 3 + [True, True]}},
        [Said(*NO_OUT, "1 place: d", "d", (600, 900)),
         Said(*NO_IN, "1 place: e", "e", (0, 900))],
    ),
    "expressways": (
        {"roads": {"road_class": "expressway"}}, [Said(*CLOSED, "3 / 3")],
    ),
    "a stop far off": (
        {"moved": {"transit_stops": (2500, 0)}},
        [Said(*far("transit_stops"), "1,990 m", "stop", (2980, 700))],
    ),
    "a clinic far off": (
        {"moved": {"facilities": (-800, 0)}},
        [Said(*far("facilities"), "352 m", "clinic", (-290, 700))],
    ),
    "a park and a home far off": (
        {"moved": {"parks": (0, 300), "parcels": (0, 250)}},
        [Said(*far("parks"), "300 m", "park", (850, 855)),
         Said(*far("parcels"), "260 m", "home", (150, 785))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_with_streets_is_told_with_where(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, expected = CASES[name]
    plan = plan_of(tmp_path, **given)
    assert called("check", plan, "--out", tmp_path / "found", "--lang", "en") == 0
    found = pd.read_csv(tmp_path / "found" / "findings.csv")
    ours = found[found["what"].isin([en for _, en in ALL] + [far("")[2]])]
    assert sorted(zip(ours["layer"], ours["what"], ours["found"], strict=True)) == sorted(
        (one.layer, one.en, one.found) for one in expected
    )
    for one in expected:
        (row,) = ours[(ours["what"] == one.en) & (ours["layer"] == one.layer)].itertuples()
        assert (row.feature if isinstance(row.feature, str) else None) == one.feature
        if one.where is not None:
            assert (row.x - X, row.y - Y) == pytest.approx(one.where, abs=0.01)
    capsys.readouterr()
    out = tmp_path / "out"
    assert called("run", plan, "--out", out, "--progress", "none", "--lang", "zh") == 0
    told = pyogrio.read_dataframe(out / "results.gpkg", layer="findings")
    assert {one.en for one in expected} <= {*told["what"]}
    assert called("check", plan, "--lang", "zh") == 0
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    assert all(one.zh in shown.out + shown.err for one in expected)


def test_a_road_of_no_length_and_one_drawn_twice(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {"d": [(500, 700), (500, 700)], "e": STREETS["b"]})
    assert called("check", plan, "--out", tmp_path / "found") == 0
    found = pd.read_csv(tmp_path / "found" / "findings.csv").set_index("feature")["what"]
    assert found["e"] == "The feature is drawn twice"
    assert found["d"] == "The geometry is invalid"
    assert called("run", plan, "--out", tmp_path / "out", "--progress", "none") == 0


def test_entrances_that_lead_into_nothing(tmp_path: Path) -> None:
    """The park begins at 510 m; a station has its door 20 m off, the gate no compound at all."""
    plan = plan_of(tmp_path)
    gates = {"p": (850, 500, "park"), "q": (850, 470, "park"), "s": (500, 700, "station"),
             "g": (250, 500, "compound")}  # fmt: skip
    frame = gpd.GeoDataFrame(
        {"entrance_id": [*gates], "entrance_to": [to for *_, to in gates.values()]},
        geometry=[Point(X + x, Y + y) for x, y, _ in gates.values()], crs=CRS,
    )  # fmt: skip
    frame.to_file(tmp_path / "entrances.gpkg")
    text = plan.read_text("utf-8") + '[layers.entrances]\nsource = "entrances.gpkg"\n'
    park, compound = {"q": "A park"}, {"g": "A compound"}
    for compounds, stray in (("open", park), ("gates", {**park, **compound})):
        plan.write_text(text + f'[parameters.all]\ncompounds = "{compounds}"\n', "utf-8")
        assert called("check", plan, "--out", tmp_path / "found") == 0
        found = pd.read_csv(tmp_path / "found" / "findings.csv")
        found = found[found["what"] == "An entrance leads into nothing"]
        assert dict(zip(found["feature"], found["found"], strict=True)) == stray


def test_results_where_the_streets_do_not_join(tmp_path: Path) -> None:
    """The home's street ends 3 m short of the others: nothing is within a walk."""
    shares = []
    for end in (500, 497):
        plan = plan_of(tmp_path, {"a": [(0, 500), (end, 500)]})
        assert called("run", plan, "--out", tmp_path / "out", "--progress", "none") == 0
        table = pd.read_csv(tmp_path / "out" / "indicators.csv", encoding="utf-8-sig")
        unit = table[(table["indicator"] == "station_walk_coverage") & (table["level"] == "unit")]
        shares.append(unit["value"].tolist())
    assert shares == [[100.0], [0.0]]


def test_nothing_is_said_where_nobody_walks(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {"d": [(700, 503), (700, 800)]}, moved={"transit_stops": (2500, 0)})
    plan.write_text(plan.read_text("utf-8").replace(str(KEYS), '["park_coverage"]'), "utf-8")
    assert called("check", plan, "--out", tmp_path / "found") == 0
    found = pd.read_csv(tmp_path / "found" / "findings.csv")
    assert not found["what"].isin([en for _, en in ALL] + [far("")[2]]).any()
