"""The text exchange format of boundary surveys: rings, holes, axes, encoding, CRS."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
import shapely

from carbonspace.sources.boundary_crs import stated_crs
from carbonspace.sources.formats import format_of
from carbonspace.sources.listing import datasets

HEADER = """[属性描述]
格式版本号=1.01
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=38
精度=0.001
转换参数=,,,,,,
[地块坐标]
"""
X, Y = 3_990_000, 38_414_000
"""Northing and easting of the corner; all shapes lie up to 100 m from it."""

MAPPED = """[layers.parcels]
source = "红线.txt"
fields = { parcel_id = "地块编号", land_use = "地类编码", area = "地块面积(公顷)" }
"""


def ring(number: int, *corners: tuple[float, float], x: float = X, y: float = Y) -> str:
    """Return a closed ring of corners (metres north, metres east of the corner of all)."""
    lines = [f"J{n},{number},{x + north:.3f},{y + east:.3f}"
             for n, (north, east) in enumerate([*corners, corners[0]], 1)]  # fmt: skip
    return "\n".join(lines) + "\n"


def square(number: int, at: float, side: float, **origin: float) -> str:
    low, high = at, at + side
    return ring(number, (low, low), (low, high), (high, high), (high, low), **origin)


ONE = "5,1.0,DK-1,一号地块,面,I48,住宅,0701,@\n" + square(1, 0, 100)


@pytest.fixture
def survey(tmp_path: Path) -> Any:
    def written(body: str, *, header: str = HEADER, encoding: str = "utf-8") -> Path:
        path = tmp_path / "红线.txt"
        path.write_bytes((header + body).encode(encoding))
        return path

    return written


def test_a_parcel(survey: Any, read: Any) -> None:
    survey(ONE)
    plan = read(MAPPED)
    parcels = plan.layers["parcels"]
    assert parcels.crs.to_epsg() == 4526
    assert parcels.geometry.iloc[0].equals(shapely.box(Y, X, Y + 100, X + 100))
    assert parcels["parcel_id"].tolist() == ["DK-1"]
    assert parcels["land_use"].tolist() == ["0701"]
    assert parcels["area"].tolist() == [10_000]


def test_what_it_holds(survey: Any, tmp_path: Path) -> None:
    path = survey(ONE)
    (tmp_path / "readme.txt").write_text("这里没有地块", "utf-8")
    (found,) = datasets(tmp_path)
    assert format_of(str(path)).key == "boundary"
    assert (found.kind, found.features, found.crs) == ("polygon", 1, "EPSG:4526")
    assert found.bounds == (Y, X, Y + 100, X + 100)
    assert ("地块面积(公顷)", "number") in found.fields
    assert found.sample["地块名称"].tolist() == ["一号地块"]


def test_a_ring_inside_is_a_hole_and_one_beside_is_a_part(survey: Any) -> None:
    inside = square(2, 10, 20)
    island = square(3, 15, 5)
    beside = square(4, 200, 10)
    path = survey("20,1,a,,面,,,,@\n" + square(1, 0, 100) + inside + island + beside)
    (found,) = datasets(path)
    (shape,) = found.sample.geometry
    assert shape.area == pytest.approx(10_000 - 400 + 25 + 100)
    assert sorted(len(part.interiors) for part in shape.geoms) == [0, 0, 1]


def test_rings_around_one_another(survey: Any) -> None:
    nested = "".join(square(n, 10 * n, 100 - 20 * n) for n in range(5))
    (found,) = datasets(survey("25,1,a,,面,,,,@\n" + nested))
    (shape,) = found.sample.geometry
    assert shape.area == pytest.approx(100**2 - 80**2 + 60**2 - 40**2 + 20**2)
    assert shape.is_valid


def test_rings_of_one_number_end_where_they_close(survey: Any) -> None:
    path = survey("10,1,a,,面,,,,@\n" + square(1, 0, 100) + square(1, 200, 10))
    (found,) = datasets(path)
    assert found.sample.geometry.area.tolist() == pytest.approx([10_100])


def without_end(ring: str) -> str:
    return "".join(ring.splitlines(keepends=True)[:-1])


def test_open_rings_are_closed_named_and_in_the_account(
    survey: Any, read: Any, faults: Any
) -> None:
    """An open square of 100 m, a whole one of 10 m, and one of 50 m with an open hole of 10 m."""
    first = "4,1,DK-1,,面,,,0701,@\n" + without_end(square(1, 0, 100))
    second = "5,0.01,DK-2,,面,,,0701,@\n" + square(1, 200, 10)
    third = "9,0.24,,,面,,,0701,@\n" + square(1, 300, 50) + without_end(square(2, 310, 10))
    survey(first + second + third)
    mapped = MAPPED.replace(', area = "地块面积(公顷)"', "")
    plan = read(mapped)
    assert plan.layers["parcels"].area.tolist() == pytest.approx([10_000, 100, 2_400])
    assert [(f.severity, f.feature, f.what.en) for f in plan.findings] == [
        ("warning", "DK-1", "A ring of a polygon is left open"),
        ("warning", "#3", "A ring of a polygon is left open"),
    ]
    (done,) = plan.mended
    assert (done.fault, done.layer, done.features) == ("unclosed", "parcels", 2)
    assert (done.before, done.after) == (0.0, pytest.approx(12_400))
    found = faults(mapped + '[policy]\nunclosed = "refuse"\n')
    assert [(f.severity, f.feature) for f in found] == [("error", "DK-1"), ("error", "#3")]


def test_what_cannot_be_built_is_not_an_open_ring(survey: Any, read: Any) -> None:
    """Two points make no ring: they are told as such, and not as closed."""
    survey(ONE + "2,0,DK-2,,面,,,0701,@\nJ1,1,3990000,38414000\nJ2,1,3990001,38414000\n")
    plan = read(MAPPED)
    warnings = [f.what.en for f in plan.findings if f.severity == "warning"]
    assert warnings == ["The geometry cannot be built"]
    assert plan.mended == ()


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8-sig", []), ("utf-16", []), ("gb18030", ["GB18030"])]
)
def test_encodings(encoding: str, said: list[str], survey: Any) -> None:
    (found,) = datasets(survey(ONE, encoding=encoding))
    assert found.sample["地块名称"].tolist() == ["一号地块"]
    assert [f.found_in("en") for f in found.findings] == said


def test_full_width_punctuation(survey: Any) -> None:
    body = ONE.replace(",", "，").replace("@", "＠")
    (found,) = datasets(survey(body, header=HEADER.replace("[", "【").replace("]", "】")))
    assert found.sample.geometry.area.tolist() == pytest.approx([10_000])
    assert found.crs == "EPSG:4526"


@pytest.mark.parametrize(
    ("text", "hectares"), [("0.5", 0.5), ("0.5公顷", 0.5), ("15亩", 1.0), ("2500平方米", 0.25)]
)
def test_areas_are_hectares_unless_a_unit_is_written(
    text: str, hectares: float, survey: Any
) -> None:
    (found,) = datasets(survey(ONE.replace("1.0,", f"{text},", 1)))
    assert found.sample["地块面积(公顷)"].tolist() == [hectares]


def test_easting_first_is_seen_and_said(survey: Any) -> None:
    body = "5,1,a,,面,,,,@\n" + square(1, 0, 100, x=Y, y=X)
    (found,) = datasets(survey(body))
    assert found.bounds == (Y, X, Y + 100, X + 100)
    assert found.crs == "EPSG:4526"
    assert [f.found_in("en") for f in found.findings] == ["easting before northing"]


PREFIXED, PLAIN, SIX = (38_414_000.0, 4e6), (414_000.0, 4e6), (19_414_000.0, 4e6)


@pytest.mark.parametrize(
    ("datum", "width", "zone", "place", "crs"),
    [
        ("2000国家大地坐标系", "3", "38", PREFIXED, "EPSG:4526"),
        ("2000国家大地坐标系", "3", "", PREFIXED, "EPSG:4526"),
        ("CGCS2000", "3度带", "38", PLAIN, "EPSG:4547"),
        ("1980西安坐标系", "3", "38", PREFIXED, "EPSG:2362"),
        ("1954北京坐标系", "六", "19", SIX, "EPSG:21419"),
        ("2000国家大地坐标系", "6", "19", SIX, "EPSG:4497"),
        ("2000国家大地坐标系", "", "", (113.0, 36.0), "EPSG:4490"),
        ("2000国家大地坐标系", "3", "", PLAIN, None),
        ("2000国家大地坐标系", "3", "39", PREFIXED, None),
        ("某市独立坐标系", "3", "38", PREFIXED, None),
    ],
)
def test_the_header_names_the_crs(
    datum: str, width: str, zone: str, place: tuple[float, float], crs: str | None
) -> None:
    import numpy as np

    header = {"坐标系": datum, "几度分带": width, "带号": zone}
    found, doubts = stated_crs(header, np.array([place]), "parcels")
    assert found == crs
    assert len(doubts) == (crs is None)


def test_every_bad_line_at_once(survey: Any, faults: Any) -> None:
    survey(ONE + "J9,1,abc,5\nJ10,1\nJ11,1,nan,3\n")
    found = faults(MAPPED)
    assert [f.found_in("en").partition(":")[0] for f in found] == ["line 17", "line 18", "line 19"]


@pytest.mark.parametrize(
    ("body", "what"),
    [("", "The file has no parcel"), ("\n\n", "The file has no parcel")],
)
def test_no_parcel(body: str, what: str, survey: Any, faults: Any) -> None:
    survey(body)
    assert [f.what.en for f in faults(MAPPED)] == [what]


def test_bytes_that_are_no_text(tmp_path: Path, faults: Any) -> None:
    (tmp_path / "红线.txt").write_bytes((HEADER + ONE).encode() + b"\xff\xff\xff\x80")
    assert [f.what.en for f in faults(MAPPED)] == ["The encoding of the file cannot be used"]


def test_a_parcel_of_two_points_is_named(survey: Any, read: Any) -> None:
    survey(ONE + "2,0,DK-2,,面,,,0701,@\nJ1,1,3990000,38414000\nJ2,1,3990001,38414000\n")
    plan = read(MAPPED)
    assert [f.feature for f in plan.findings if "cannot be built" in f.what.en] == ["DK-2"]


def test_points_that_are_missing_are_noticed(survey: Any) -> None:
    (found,) = datasets(survey(ONE.replace("5,1.0", "50,1.0", 1)))
    assert [f.found_in("en") for f in found.findings] == ["5 points, stated 50"]


def test_filters_mean_nothing_here(survey: Any, faults: Any) -> None:
    survey(ONE)
    assert [f.what.en for f in faults(MAPPED + 'where = "1 = 1"\n')] == [
        "where does not apply to TXT"
    ]


def test_a_packed_survey_beside_a_note(survey: Any, tmp_path: Path, read: Any) -> None:
    path = survey(ONE)
    with zipfile.ZipFile(tmp_path / "报盘.zip", "w") as archive:
        archive.write(path, "红线.txt")
        archive.writestr("说明.txt", "没有坐标")
    path.unlink()
    (found,) = datasets(tmp_path / "报盘.zip")
    assert (found.layer, found.crs) == ("红线", "EPSG:4526")
    source = 'source = "报盘.zip"\nlayer = "红线"'
    plan = read(MAPPED.replace('source = "红线.txt"', source))
    assert plan.layers["parcels"]["parcel_id"].tolist() == ["DK-1"]
