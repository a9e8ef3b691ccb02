"""Roofs as people see them: coloured by class, summed by class, and named with their definition."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
from tests.outputs.roofs import town
from tests.outputs.test_page_data import held_by

from carbonspace.catalogue import indicators
from carbonspace.indicators._roof_pieces import CLASSES
from carbonspace.model.image import Image
from carbonspace.model.text import Text
from carbonspace.model.weather import Weather
from carbonspace.outputs import write_results
from carbonspace.outputs.apart import kind_of_each, shown
from carbonspace.outputs.look import ROOFS
from carbonspace.outputs.told import said

CSS = Path(__file__).parents[2] / "src/carbonspace/outputs/templates/map.css"


@pytest.fixture(scope="module")
def sunlit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(town(definition="sunlit", cell=0.5), tmp_path_factory.mktemp("s") / "out")


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


def test_every_class_of_a_roof_has_a_look() -> None:
    assert set(ROOFS) == set(CLASSES)
    assert len({one.symbol for one in ROOFS.values()}) == len(CLASSES)
    assert all(one.title.zh != one.title.en for one in ROOFS.values())


_SEEN = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
"""How linear light is seen: Machado, Oliveira and Fernandes (2009), severity 1."""


def lab(colour: str, seen: Any) -> np.ndarray:
    """Return a colour in CIELAB as somebody sees it."""
    share = np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    light = np.clip(np.asarray(seen) @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    part = np.array(to_xyz) @ light / (0.9505, 1.0, 1.089)
    f = np.where(part > 0.008856, np.cbrt(part), 7.787 * part + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("seen", _SEEN)
def test_the_colours_of_roofs_are_told_apart(seen: str) -> None:
    for one, other in combinations(ROOFS.values(), 2):
        apart = lab(one.colour, _SEEN[seen]) - lab(other.colour, _SEEN[seen])
        assert np.linalg.norm(apart) > 20, (one.title.en, other.title.en)


def test_pages_and_qgis_use_the_same_colours() -> None:
    css = CSS.read_text("utf-8")
    for key, one in ROOFS.items():
        drawn = re.search(rf"\.roof\.{key}\{{fill:([^}}]+)\}}", css)
        assert drawn is not None
        assert drawn[1] in (one.colour, f"url(#roof-{key})")


def test_pieces_are_of_the_kind_of_their_class() -> None:
    frame = gpd.GeoDataFrame({"roof_class": ["setback", "usable", "small"]}, geometry=[None] * 3)
    kinds = shown(indicators()["solar_roof_area"], frame).kinds
    assert [kinds[n].css for n in kind_of_each(frame)] == [
        "roof setback", "roof usable", "roof small",
    ]  # fmt: skip


def test_the_layer_of_roofs_is_coloured_and_named(sunlit: Path) -> None:
    path = sunlit / "results.gpkg"
    rows = query(path, "SELECT styleQML, description FROM layer_styles "
                 "WHERE f_table_name = 'evidence_solar_roof_area' AND useAsDefault")  # fmt: skip
    qml = ET.fromstring(rows[0][0].split("\n", 1)[1])
    rules = {rule.get("filter"): rule.get("label") for rule in qml.iter("rule")}
    assert rules == {f"\"roof_class\" = '{key}'": f"{one.symbol} {one.title.zh} {one.title.en}"
                     for key, one in ROOFS.items()}  # fmt: skip
    fills = [prop.get("v") for prop in qml.iter("prop") if prop.get("k") == "style"]
    assert fills == [one.brush for one in ROOFS.values()]
    (about,) = query(path, "SELECT description FROM gpkg_contents "
                     "WHERE table_name = 'evidence_solar_roof_area'")[0]  # fmt: skip
    assert about == rows[0][1]
    for words in ("sunlit", "冬至日", "winter solstice", "60 min", "0.5 m", "最少日照时数：6 h"):
        assert words in about
    layer = gpd.read_file(path, layer="evidence_solar_roof_area")
    assert set(layer["definition"]) == {"sunlit"}
    assert set(layer["cell_m"]) == {0.5}
    assert set(layer["step_min"]) == {60.0}
    assert {"usable", "shaded", "setback", "small", "obstructed"} <= set(layer["roof_class"])


def test_the_map_of_a_unit_sums_by_class(sunlit: Path) -> None:
    layer = gpd.read_file(sunlit / "results.gpkg", layer="evidence_solar_roof_area")
    page = (sunlit / "units" / "A.html").read_text("utf-8")
    mine = layer[layer["unit_id"] == "A"]
    for key, pieces in mine.groupby("roof_class"):
        look, area = ROOFS[str(key)], pieces.area.sum()
        zh, en = f"{area / 1e4:.2f} 公顷", f"{area / 1e4:.2f} ha"
        if area < 1000:
            zh, en = f"{area:,.0f} 平方米", f"{area:,.0f} m²"
        assert f'class="roof {key}"' in page
        assert f"{look.symbol} {look.title.zh} {zh}" in page
        assert f"{look.symbol} {look.title.en}: {en}" in page
    usable = f"{mine['usable_m2'].sum() / 1e4:.2f}"
    assert f"计为可利用 {usable} 公顷" in page
    assert f"{usable} ha count as usable" in page
    assert page.index('class="roof setback"') < page.index('class="roof usable"')


def test_pages_name_definition_cell_and_step_beside_the_figure(sunlit: Path) -> None:
    zh = ("可利用屋顶的定义：按日照时数（sunlit）；计算日：冬至日（winter_solstice）；"
          "计算像元边长：0.5 m；时间步长：60 min；最少日照时数：6 h")  # fmt: skip
    en = ("Definition of usable roof: by hours of sun (sunlit); Day: winter solstice "
          "(winter_solstice); Side of a cell: 0.5 m; Time step: 60 min; "
          "Fewest hours of sun: 6 h")  # fmt: skip
    page = (sunlit / "units" / "A.html").read_text("utf-8")
    named = re.findall(r'<span class="with">.*?</span></span>', page)
    held = held_by(sunlit / "report.html")["indicators"]
    made = [one["made"] for one in held if one["made"]]
    for n, (word, language) in enumerate(((zh, "zh"), (en, "en"))):
        parts = sorted(re.split("；|; ", word))
        found = [re.search(f'<span lang="{language}">(.*?)</span>', one) for one in named]
        assert parts in [sorted(re.split("；|; ", one[1])) for one in found if one]
        assert parts in [sorted(re.split("；|; ", one[n])) for one in made]


def test_under_a_coefficient_roofs_look_as_they_did(tmp_path: Path) -> None:
    folder = write_results(town(), tmp_path / "out")
    page = (folder / "units" / "A.html").read_text("utf-8")
    assert 'class="bare"' in page
    assert 'class="roof ' not in page
    assert "可利用屋顶的定义：按类型与用途的系数（coefficient）" in page


SOLAR = indicators()


@pytest.mark.parametrize(
    ("key", "given", "names"),
    [
        ("solar_roof_area", {}, ["definition"]),
        ("solar_roof_area", {"definition": "total", "cell": 2.0}, ["definition"]),
        ("solar_roof_area", {"min_sun": 3.0, "uses": ("07",)}, ["uses", "definition"]),
        ("solar_roof_area", {"coefficients": (("flat", "", 0.5),)}, ["definition", "coefficients"]),
        ("solar_roof_area_homes", {}, ["definition"]),
        ("usable_roof_share", {"definition": "sunlit"},
         ["definition", "day", "step", "min_sun", "cell"]),
        ("usable_roof_share", {"definition": "irradiation", "storey_height": 3.5},
         ["definition", "min_irradiation", "cell", "storey_height"]),
        ("usable_roof_share", {"definition": "irradiation", "turbidity": 3.0, "step": 30.0},
         ["definition", "min_irradiation", "cell", "turbidity"]),
        ("usable_roof_share", {"definition": "sunlit", "surface": "dsm", "max_slope": 45.0},
         ["definition", "day", "step", "min_sun", "surface", "max_slope"]),
        ("usable_roof_share", {"deductions": (("coefficient", 1.0, 0.0, 0.0),)},
         ["definition", "deductions"]),
        ("pv_roof_share", {"definition": "sunlit"}, []),
        ("pv_usable_roof_share_institutions_plants", {}, ["definition"]),
        ("roof_solar_access", {"definition": "coefficient"}, ["definition", "day", "step", "cell"]),
        ("park_coverage", {"radius": 500.0}, []),
        ("park_coverage", {"radius": 300.0}, ["radius"]),
    ],
)  # fmt: skip
def test_a_figure_is_named_with_what_it_hangs_on(
    key: str, given: dict[str, Any], names: list[str]
) -> None:
    one = SOLAR[key]
    assert sorted(p.name for p, _ in one.told(one.settings(given))) == sorted(names)


def test_solar_access_never_says_it_is_by_coefficient() -> None:
    assert "sunlit" in said(SOLAR["roof_solar_access"], {"definition": "coefficient"}).en


def test_the_energy_of_a_year_is_named_with_its_sky() -> None:
    one, year = SOLAR["solar_roof_area"], {"definition": "irradiation"}
    assert said(one, year).en.endswith("Sky: always clear, without a weather file")
    hours = np.zeros(8760)
    time = hours.astype("datetime64[s]")
    station = Weather(time, hours, hours, hours, hours, hours, 31.0, 120.0, "Suzhou 2019")
    assert said(one, year, station).zh.endswith("天空：气象文件（Suzhou 2019）")
    assert "Sky" not in said(one, {"definition": "sunlit"}, station).en


def test_a_surface_model_is_named_with_the_size_of_its_cells() -> None:
    one, given = SOLAR["solar_roof_area"], {"definition": "sunlit", "surface": "dsm"}
    image = Image("sun_hours", Text("时", "h"), "h", "buildings", 0.4, "", True, lambda _: iter(()))
    assert "计算像元边长：0.4 m" in said(one, given, None, image).zh
    assert "Side of a cell: 1 m" in said(one, {"definition": "sunlit"}, None, image).en
    assert "Side of a cell" not in said(one, given).en


@pytest.mark.parametrize("one", SOLAR.values(), ids=[*SOLAR])
def test_a_value_at_its_default_goes_unsaid_but_for_groups(one: Any) -> None:
    assert (said(one, {}).en != "") == (one.told(one.settings({})) != [])
    assert one.naming is not None or said(one, {}).en == ""
