"""Which dataset is which layer, which field which column, which value which code."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from tests.intake.conftest import CRS, Drafting, Row, X, Y, save, squares, written

from carbonspace.intake import Answers, Draft, drafted, found_in, plan_text
from carbonspace.intake.draft import ColumnDraft, Handle, LayerDraft, certainty, together
from carbonspace.sources import read_plan


def layer(draft: Draft, key: str) -> LayerDraft:
    found = draft.layer(key)
    assert found is not None, f"{key} was not found among {[one.key for one in draft.layers]}"
    return found


def column(draft: Draft, key: str, name: str) -> ColumnDraft:
    return next(one for one in layer(draft, key).columns if one.column == name)


def test_reasons_together_are_surer_than_each() -> None:
    assert together([0.5, 0.5]) == 0.75
    assert [certainty(score) for score in (0.9, 0.7, 0.4)] == ["certain", "likely", "unsure"]


def test_parcels_by_name_fields_and_codes(draft: Drafting, row: Row) -> None:
    made = draft(地块=row(DKBH=["A", "B"], YDYHFLDM=["0701", "1401"], RJLSX=[2.0, 1.0]))
    fields = {c.column: c.field for c in layer(made, "parcels").columns}
    assert fields == {"parcel_id": "DKBH", "land_use": "YDYHFLDM", "far_max": "RJLSX"}
    assert layer(made, "parcels").guess.certainty == "certain"


def test_land_use_codes_are_known_without_their_name(draft: Drafting, row: Row) -> None:
    made = draft(layer1=row(nr=["a", "b", "c"], x=["R2", "B1", "G1"]))
    assert column(made, "parcels", "land_use").field == "x"
    assert column(made, "parcels", "parcel_id").certainty == "unsure"


def test_bare_small_numbers_are_no_land_use(draft: Drafting, row: Row) -> None:
    made = draft(layer1=row(function=[2, 3, 5]))
    assert made.layer("parcels") is None


def test_names_of_land_uses_become_codes(draft: Drafting, row: Row) -> None:
    made = draft(地块=row(DKBH=["A", "B"], YDMC=["城镇住宅用地", "公园绿地"]))
    named = column(made, "parcels", "land_use")
    assert named.meanings == {"城镇住宅用地": "0701", "公园绿地": "1401"}


def test_parks_are_the_park_land_among_parcels(draft: Drafting, row: Row, tmp_path: Path) -> None:
    made = draft(地块=row(DKBH=["A", "B", "C"], YDDM=["R2", "G1", "G2"]))
    parks = layer(made, "parks")
    assert parks.where == "YDDM IN ('G1')"
    assert written(made, tmp_path)["layers"]["parks"]["fields"]["park_id"] == "DKBH"


def test_units_in_the_ids_of_parcels(draft: Drafting) -> None:
    places = [shapely.box(X + 1000 * u + 100 * n, Y, X + 1000 * u + 100 * n + 100, Y + 100)
              for u in (1, 2) for n in range(3)]  # fmt: skip
    ids = [f"KB-0{u}-{n}" for u in (1, 2) for n in range(3)]
    frame = gpd.GeoDataFrame({"ID": ids, "YDDM": ["R2"] * 6}, geometry=places, crs=CRS)
    made = draft(地块=frame)
    unit = column(made, "parcels", "unit_id")
    assert unit.field == "ID"
    assert unit.pattern is not None
    assert [one.value for one in made.derive] == ["units = parcels"]


def test_mixed_up_prefixes_are_no_units(draft: Drafting, row: Row) -> None:
    ids = [f"KB-0{n % 2}-{n}" for n in range(6)]
    made = draft(地块=row(ID=ids, YDDM=["R2"] * 6))
    assert "unit_id" not in {c.column for c in layer(made, "parcels").columns}


def test_outlines_of_parcels_are_no_roads(draft: Drafting, row: Row) -> None:
    rings = gpd.GeoDataFrame(
        {"n": [1, 2]}, geometry=[shapely.LineString(s.exterior.coords) for s in squares(2)], crs=CRS
    )
    made = draft(land=row(ID=["A", "B"], YDDM=["R2", "B1"]), roads=rings)
    assert made.layer("roads") is None
    (unused,) = made.unused
    assert unused.why.en == "its lines are the outlines of land, not roads"


def test_closed_lines_alone_are_no_roads(draft: Drafting) -> None:
    rings = gpd.GeoDataFrame(
        {"n": [1, 2, 3]},
        geometry=[shapely.LineString(s.exterior.coords) for s in squares(3)],
        crs=CRS,
    )
    made = draft(roads=rings)
    assert "closed" in made.unused[0].why.en


def test_road_classes_by_their_words(draft: Drafting, lines: Row) -> None:
    made = draft(DL=lines(DLDJ=["主干路", "支路", "未定"], 宽=[40, 20, 9]))
    road_class = column(made, "roads", "road_class")
    assert road_class.meanings == {"主干路": "arterial", "支路": "local"}
    assert road_class.strange == ("未定",)


def test_openstreetmap_words_bring_the_whole_vocabulary(draft: Drafting, lines: Row) -> None:
    made = draft(gis_roads=lines(fclass=["primary", "residential"], oneway=["F", "B"]))
    assert column(made, "roads", "road_class").meanings["track"] == "other"
    assert column(made, "roads", "oneway").meanings == {"F": True, "T": True, "B": False}


def test_roads_without_a_class_do_nothing(draft: Drafting, lines: Row, tmp_path: Path) -> None:
    made = draft(roads=lines(lanes=[2, 4]))
    assert layer(made, "roads").lacking == ("road_class",)
    assert "layers" not in written(made, tmp_path)


def test_the_name_of_a_file_may_give_the_class(draft: Drafting, lines: Row) -> None:
    made = draft(mainroad=lines(Id=[0, 0]))
    assert column(made, "roads", "road_class").constant == "arterial"
    assert column(made, "roads", "road_class").certainty == "unsure"
    assert "road_id" not in {c.column for c in layer(made, "roads").columns}


def test_floors_and_heights_make_buildings(draft: Drafting, row: Row) -> None:
    made = draft(bd=row(Id=[0, 0, 0], Floor=[2, 6, 18], height=[6.0, 18.0, 54.0]))
    assert {c.column: c.field for c in layer(made, "buildings").columns} == {
        "floors": "Floor", "height": "height",
    }  # fmt: skip


def test_the_surer_dataset_is_used_and_the_other_named(draft: Drafting, row: Row) -> None:
    made = draft(地块=row(DKBH=["A", "B"], YDDM=["R2", "B1"]), 现状用地=row(DLBM=["0701", "0901"]))
    assert layer(made, "parcels").dataset.layer == "地块"
    assert "read from 地块" in made.unused[0].why.en


def test_a_layer_in_two_files_is_read_from_both(tmp_path: Path, row: Row) -> None:
    whole = row(DKBH=["A", "B", "C"], YDDM=["R2", "B1", "M1"])
    save(whole[:2], tmp_path / "地块一.gpkg")
    save(whole[2:], tmp_path / "地块二.gpkg")
    save(whole[2:], tmp_path / "地块二备份.gpkg")
    made = drafted(found_in([str(tmp_path)]), Answers(), "plan")
    (tmp_path / "plan.toml").write_text(plan_text(made, tmp_path / "plan.toml", "en"), "utf-8")
    assert sorted(read_plan(tmp_path).layers["parcels"]["parcel_id"]) == ["A", "B", "C"]
    assert [one.dataset.layer for one in made.unused] == ["地块二备份"]


def test_what_is_and_what_is_planned_are_two_layers(tmp_path: Path, row: Row) -> None:
    save(row(DKBH=["A", "B"], YDDM=["R2", "B1"]), tmp_path / "规划地块.gpkg")
    save(row(DKBH=["A", "B", "C"], YDDM=["M1", "M1", "M1"]), tmp_path / "现状地块.gpkg")
    made = drafted(found_in([str(tmp_path)]), Answers(), "plan")
    assert layer(made, "parcels").parts == ()
    assert layer(made, "parcels").dataset.layer == "规划地块"
    assert len(made.unused) == 1


def test_a_table_without_geometry_is_named(draft: Drafting, row: Row, tmp_path: Path) -> None:
    (tmp_path / "人口.csv").write_text("unit,people\nA,5\n", "utf-8")
    made = draft(地块=row(DKBH=["A", "B"], YDDM=["R2", "B1"]))
    assert [one.why.en for one in made.unused] == ["it has no geometry"]


def test_mixed_geometry_is_filtered(draft: Drafting, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"YDDM": ["R2", "B1", None]},
        geometry=[*squares(2), shapely.Point(X, Y)], crs=CRS,
    )  # fmt: skip
    made = draft(地块=frame)
    assert layer(made, "parcels").where == "ST_GeometryType(geom) LIKE '%POLYGON'"
    (tmp_path / "plan.toml").write_text(plan_text(made, tmp_path / "plan.toml", "en"), "utf-8")
    assert len(read_plan(tmp_path).layers["parcels"]) == 2


@pytest.mark.parametrize("field", ["id", "type"])
def test_a_field_every_layer_has_says_little(draft: Drafting, row: Row, field: str) -> None:
    gaps = row(**{field: ["p", "q"]})
    apart = gaps.set_geometry(gaps.translate(np.array([0, 1000]).max() * 0))
    apart.loc[1, "geometry"] = shapely.box(X + 900, Y, X + 950, Y + 50)
    assert draft(thing=apart).layers == ()


def test_what_a_person_says_goes_first(draft: Drafting, row: Row, tmp_path: Path) -> None:
    source = str(tmp_path / "plan.gpkg")
    roles: dict[Handle, str | None] = {Handle(source, "thing"): "parcels"}
    answers = Answers(roles=roles, fields={("parcels", "land_use"): "k"})
    made = draft(answers, thing=row(k=["R2", "x"]))
    assert layer(made, "parcels").guess.certainty == "certain"
    assert column(made, "parcels", "land_use").field == "k"


def test_types_of_facilities_in_chinese_become_types(draft: Drafting) -> None:
    kinds = ["幼儿园", "社区卫生服务中心", "菜市场", "派出所", "sports"]
    points = [shapely.Point(X + n, Y) for n in range(len(kinds))]
    made = draft(公共服务设施=gpd.GeoDataFrame({"设施类型": kinds}, geometry=points, crs=CRS))
    kind = column(made, "facilities", "facility_type")
    assert kind.meanings == {
        "幼儿园": "kindergarten", "社区卫生服务中心": "clinic", "菜市场": "market",
    }  # fmt: skip
    assert kind.strange == ()


def test_entrances_by_name_and_what_they_lead_to(draft: Drafting) -> None:
    points = [shapely.Point(X + 10 * n, Y) for n in range(3)]
    gates = gpd.GeoDataFrame({"通往": ["公园", "小区", "地铁站"]}, geometry=points, crs=CRS)
    made = draft(出入口=gates)
    assert column(made, "entrances", "entrance_to").meanings == {
        "公园": "park", "小区": "compound", "地铁站": "station",
    }  # fmt: skip


def test_entrances_by_the_name_of_the_file(draft: Drafting) -> None:
    points = [shapely.Point(X + 10 * n, Y) for n in range(3)]
    made = draft(小区出入口=gpd.GeoDataFrame({"编号": [1, 2, 3]}, geometry=points, crs=CRS))
    assert column(made, "entrances", "entrance_to").constant == "compound"


def test_bridges_and_levels_as_vendors_of_openstreetmap_write_them(
    draft: Drafting, lines: Row
) -> None:
    made = draft(roads=lines(fclass=["primary", "service", "path"], layer=[1, 0, -1],
                             bridge=["T", "F", "F"], tunnel=["F", "F", "T"]))  # fmt: skip
    assert column(made, "roads", "bridge").meanings == {"T": True, "F": False}
    assert column(made, "roads", "tunnel").field == "tunnel"
    assert column(made, "roads", "level").field == "layer"
