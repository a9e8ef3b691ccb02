"""Heights that cannot be meant, and what is said of those that are not known."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Polygon, box
from tests.prepare.test_attributes import X, Y, checked, of, row_of, said
from tests.rasters import frame, plan_with, squares

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.prepare import prepare
from carbonspace.prepare.heights import height_premises


def houses(**columns: object) -> gpd.GeoDataFrame:
    """Return small houses 20 m apart, with ids a, b, c…"""
    count = len(next(iter(columns.values())))  # type: ignore[arg-type]
    shapes = [box(X + 20 * n, Y, X + 20 * n + 10, Y + 10) for n in range(count)]
    return of("buildings", shapes, **columns)


def doubts(**columns: object) -> list[Finding]:
    return checked(buildings=houses(**columns))[1]


def premises(buildings: gpd.GeoDataFrame, *storeys: float) -> dict[str, Finding]:
    found = [*height_premises(buildings, storeys or (3.0,))]
    for one in found:
        assert all([*one.what, *one.expected, *one.action])
        assert one.found_in("zh") != one.found_in("en")
    return {one.what.en: one for one in found}


# --- against what can be


def test_what_is_higher_than_anything_built_is_left_out() -> None:
    result, findings = checked(buildings=houses(height=[24.0, 2400.0], floors=[8.0, 999.0]))
    assert said(findings) == [
        ("b", "floors is higher than it can be"), ("b", "height is higher than it can be"),
    ]  # fmt: skip
    assert result["buildings"]["height"].isna().tolist() == [False, True]
    assert result["buildings"]["floors"].isna().tolist() == [False, True]
    assert findings[1].expected.en == "≤ 1000 m"


def test_a_negative_height_is_refused(tmp_path: Path) -> None:
    low = frame(squares(2, 1, 10), building_id=["a", "b"], height=[-3.0, 6.0])
    with pytest.raises(InputError) as raised:
        prepare(plan_with(tmp_path, "", buildings=low))
    (one,) = [f for f in raised.value.findings if f.severity == "error"]
    assert (one.feature, one.what.en) == ("a", "height is negative")
    assert one.found_in("en") == "-3 in a"


def test_heights_as_text_are_read_or_refused_by_name(tmp_path: Path) -> None:
    texts = frame(squares(4, 1, 10), building_id=[*"abcd"], height=["24m", "约24", "24", "２４米"])
    plan = prepare(plan_with(tmp_path, "", buildings=texts))
    assert plan.layers["buildings"]["height"].tolist() == [24] * 4
    ways = [f for f in plan.findings if f.what.en == "height: a way of writing was understood"]
    assert {f.severity for f in ways} == {"note"}
    assert any("'约24' → 24" in f.found_in("en") for f in ways)
    with pytest.raises(InputError) as raised:
        plan_with(tmp_path, "", buildings=texts.assign(height=["24m", "6F", "高层", "24"]))
    errors = [f for f in raised.value.findings if f.severity == "error"]
    faults = {f.found_in("en"): f.action.en for f in errors}
    assert set(faults) == {"'6F' in b", "'高层' in c"}
    assert all("[layers.buildings.values.height]" in action for action in faults.values())


# --- against the floors


@pytest.mark.parametrize(
    ("storey", "words", "unit"),
    [(10.0, "feet", "ft"), (300.0, "centimetres", "cm"), (3000.0, "millimetres", "mm")],
)
def test_a_whole_column_in_another_unit(storey: float, words: str, unit: str) -> None:
    floors = np.array([2.0, 6.0, 1.0])
    found = doubts(floors=floors, height=floors * storey)
    (one,) = [f for f in found if "higher than it can be" not in f.what.en]
    assert one.what.en == f"The heights may be in {words}"
    assert one.found_in("en") == f"{storey:.1f} per storey on median (2 buildings)"
    assert f'height = "{unit}"' in one.action.en


def test_a_column_in_centimetres_without_floors() -> None:
    assert doubts(height=[300.0, 600.0, 900.0] * 3) == []
    (one,) = doubts(height=[300.0, 600.0, 900.0] * 4)
    assert one.what.en == "The heights may be in centimetres"
    assert one.found_in("en") == "600.0 high on median (12 buildings)"


def test_storeys_too_low_and_too_high() -> None:
    found = doubts(floors=[6.0, 6.0, 2.0, 1.0, 1.0, 6.0], height=[18.0, 6.0, 60.0, 25.0, 1.0, 24.0])
    assert said(found) == [(n, "The height does not fit the floors") for n in ("c", "b", "e")]
    assert found[0].found_in("en") == "60 m / 2 = 30.0 m"
    assert all(f.severity == "warning" for f in found)


def test_halls_and_unknown_heights_are_no_doubt() -> None:
    assert doubts(floors=[1.0, 6.0], height=[20.0, 18.0]) == []
    assert doubts(floors=[3.0, np.nan, 0.0], height=[np.nan, 12.0, 5.0]) == []
    assert doubts(floors=[3.0, 4.0], height=[0.0, 12.0]) == []
    assert doubts(floors=[3.0, 4.0]) == []


def test_heights_that_are_numbers_of_storeys_are_told_once() -> None:
    floors = np.arange(1.0, 13.0)
    (one,) = doubts(floors=floors, height=floors)
    assert one.what.en == "Most heights do not fit the floors"
    assert one.found_in("en") == "12 buildings, 1.00 m per storey on median"


# --- what is taken where they are not known


def test_known_heights_need_no_word() -> None:
    assert premises(houses(height=[3.0, 6.0])) == {}
    assert premises(houses(height=[3.0, 6.0], floors=[np.nan, 2.0])) == {}


def test_each_thing_taken_for_granted_is_counted_once() -> None:
    found = premises(
        houses(height=[9.0, 0.0, np.nan, np.nan, 0.0], floors=[3.0, 2.0, 4.0, np.nan, 0.0]),
        3.0,
        2.8,
    )
    assert {what: one.found_in("en") for what, one in found.items()} == {
        "The height of buildings is 0": "2 / 5: b, e",
        "Buildings have floors and no height": "2 / 5: b, c",
        "Buildings have neither a height nor floors": "2 / 5: d, e",
    }
    storeys = "storey_height = 2.8 m, storey_height = 3 m"
    assert storeys in found["Buildings have floors and no height"].action.en
    assert "one storey" in found["Buildings have neither a height nor floors"].action.en
    assert [one.severity for one in found.values()] == ["warning", "note", "warning"]
    assert "一层" in found["Buildings have neither a height nor floors"].action.zh


def test_where_nothing_is_known_the_indicator_says_so_itself() -> None:
    assert premises(houses(height=[0.0, np.nan])) == {}
    assert premises(row_of("buildings", 2)) == {}


def test_footprints_that_overlap() -> None:
    shapes: list[Polygon] = [
        box(X, Y, X + 30, Y + 30), box(X + 10, Y + 10, X + 20, Y + 20),
        box(X + 30, Y, X + 50, Y + 30), box(X + 45, Y, X + 65, Y + 30),
    ]  # fmt: skip
    found = premises(of("buildings", shapes, height=[9.0, 50.0, 6.0, 6.0]))
    assert {what: one.found_in("en") for what, one in found.items()} == {
        "Footprints of the same height overlap": "1 pair, 150.0 m² in all: c + d",
        "Footprints of different heights overlap": "1 pair, 100.0 m² in all: a + b",
    }
    twice, higher = found.values()
    assert (twice.severity, higher.severity) == ("warning", "note")
    assert "counts twice" in twice.action.en
    assert "重复计算" in twice.action.zh
    assert "the higher one is seen" in higher.action.en


def test_names_are_given_of_the_first_few() -> None:
    found = premises(houses(height=[3.0] + [np.nan] * 9, floors=[1.0] + [2.0] * 9))
    assert found["Buildings have floors and no height"].found_in("en") == "9 / 10: b, c, d, e, f, …"
