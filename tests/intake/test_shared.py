"""What init says about real data that nobody prepared for it (see SOURCES.md beside them)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.intake.conftest import written

from carbonspace.errors import InputError
from carbonspace.intake import Answers, Draft, drafted, found_in, plan_text
from carbonspace.sources import read_plan

Shared = Callable[..., Path]


def looked_at(path: Path) -> Draft:
    return drafted(found_in([str(path)]), Answers(), path.stem)


def states(draft: Draft) -> dict[str, str]:
    """Return the certainty of each layer, `idle` for one that lacks a required column."""
    return {one.key: "idle" if one.lacking else one.guess.certainty for one in draft.layers}


def reasons(draft: Draft) -> dict[str, str]:
    return {str(one.dataset.layer): one.why.en for one in draft.unused}


def read_back(draft: Draft, folder: Path) -> dict[str, int]:
    """Return how many features each layer of the written plan has when it is read."""
    (folder / "plan.toml").write_text(plan_text(draft, folder / "plan.toml", "zh"), "utf-8")
    return {key: len(layer) for key, layer in read_plan(folder).layers.items()}


def test_huizhou(shared: Shared, tmp_path: Path) -> None:
    """A sheet whose .prj lies, and whose layer `line` is no road network."""
    draft = looked_at(shared("huizhou"))
    table: dict[str, Any] = written(draft, tmp_path)
    assert states(draft) == {"parcels": "certain", "roads": "likely", "parks": "likely"}
    assert reasons(draft) == {"line": "its lines are the outlines of land, not roads"}
    assert table["derive"] == {"units": "parcels"}
    assert table["layers"]["parcels"]["fields"]["land_use"] == "Layer"
    assert "crs" not in table
    assert "EPSG:4547" in {one.value for one in draft.crs_options}
    assert {one.key for one in draft.layers if one.is_placeless} == {"parcels", "roads", "parks"}
    assert read_back(draft, tmp_path) == {"parcels": 79, "roads": 3, "parks": 4}


def test_huilongguan(shared: Shared, tmp_path: Path) -> None:
    """Lines, points and polygons in one layer, with numbers for kinds and local metres."""
    draft = looked_at(shared("hlg"))
    assert states(draft) == {}
    assert reasons(draft) == {"hlg": "neither name nor fields nor values tell what it is"}
    assert "# type: " in plan_text(draft, tmp_path / "plan.toml", "en")
    with pytest.raises(InputError, match=r"layers"):
        read_back(draft, tmp_path)


def test_xian(shared: Shared, tmp_path: Path) -> None:
    """Roads in GBK without a .cpg, with the classes and the oneway of OpenStreetMap."""
    draft = looked_at(shared("gbk_roads"))
    text = plan_text(draft, tmp_path / "plan.toml", "en")
    assert states(draft) == {"roads": "certain"}
    assert '# encoding = "GB18030"' in text
    assert written(draft, tmp_path)["crs"] == "EPSG:32649"
    assert read_back(draft, tmp_path) == {"roads": 21_203}
    assert not draft.gives_units


def test_suzhou(shared: Shared, tmp_path: Path) -> None:
    """Buildings in degrees, all of one Id."""
    draft = looked_at(shared("suzhou"))
    table = written(draft, tmp_path)
    assert states(draft) == {"buildings": "likely"}
    assert table["layers"]["buildings"]["fields"] == {"floors": "Floor", "height": "height"}
    assert table["crs"] == "EPSG:4549"
    assert read_back(draft, tmp_path) == {"buildings": 3076}


def test_takeo(shared: Shared, tmp_path: Path) -> None:
    """A Japanese plan: its parks and its area can be read, its zones have other codes."""
    draft = looked_at(shared("plateau"))
    found = states(draft)
    assert found["city"] == "likely"
    assert found["parks"] == "likely"
    assert found["parcels"] == "idle"
    assert {"FirePreventionDistrict", "SpecialUseDistrict", "TreatmentFacility"} <= {
        *reasons(draft)
    }
    assert read_back(draft, tmp_path) == {"city": 1, "parks": 16}


def test_las_palmas(shared: Shared, tmp_path: Path) -> None:
    """A town: boundaries, an extract of OpenStreetMap, a timetable."""
    draft = looked_at(shared("las_palmas"))
    found = states(draft)
    assert found["units"] == "unsure"
    assert found["city"] == "unsure"
    assert found["buildings"] == "certain"
    assert set(found) == {
        "city", "units", "parcels", "buildings", "roads", "bike_corridors", "transit_stops",
        "transit_lines", "parks", "car_parks", "facilities", "entrances",
        "street_lamps",
    }  # fmt: skip
    table = written(draft, tmp_path)
    assert table["crs"] == "EPSG:32628"
    assert table["layers"]["units"]["fields"]["unit_id"] == "Codigo"
    assert table["layers"]["transit_stops"]["source"].endswith(".zip")
    assert table["attribution"] == ["© OpenStreetMap contributors, ODbL 1.0"]
    sizes = read_back(draft, tmp_path)
    assert sizes["units"] == 29
    assert sizes["buildings"] == 22_598  # of 22,601: three have rings of two points


def test_gothenburg_and_london(shared: Shared, tmp_path: Path) -> None:
    """Rasters and grids in archives, of two cities: one of each kind is used."""
    draft = looked_at(shared("umep"))
    assert {one.guess.value for one in draft.rasters} == {"canopy", "dem", "dsm", "land_cover"}
    assert states(draft) == {"units": "unsure"}
    assert written(draft, tmp_path)["crs"] == "EPSG:3006"
    assert "a raster of its kind is read from another file" in {
        one.why.en for one in draft.unused
    }  # fmt: skip


@pytest.mark.parametrize("name", ["gpkg", "polygon_clipping", "test_multipolygon.osm",
                                  "multipolygon_testcases.osm"])  # fmt: skip
def test_nasty_files_give_a_plan_all_the_same(shared: Shared, tmp_path: Path, name: str) -> None:
    """Curves, heights, nulls, clipping cases: nothing is recognised for sure, nothing breaks."""
    draft = looked_at(shared("nasty", name))
    written(draft, tmp_path)
    assert all(one.dataset.gives or one.guess.certainty != "certain" for one in draft.layers)
    assert draft.layers or draft.unused
