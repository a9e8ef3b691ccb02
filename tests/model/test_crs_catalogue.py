"""What coordinates alone can tell about their CRS, and the codes of the Chinese grids."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from carbonspace.model.crs_catalogue import (
    DATUMS,
    GRIDS,
    Grid,
    Look,
    central_meridian,
    datum_of,
    look,
    measuring_crs,
    proposals,
)

CITIES = {
    (113.05, 36.05): (4526, 4547, 38_414_397),
    (107.39, 40.74): (4524, 4545, 36_448_476),
    (119.22, 34.60): (4528, 4549, 40_428_450),
    (116.00, 29.70): (4527, 4548, 39_403_222),
}
"""A point of each source city: its zone with prefix, without, and the prefixed easting."""


def in_crs(place: tuple[float, float], epsg: int) -> tuple[float, float]:
    x, y = Transformer.from_crs(4490, epsg, always_xy=True).transform(*place)
    return float(x), float(y)


@pytest.mark.parametrize("grid", GRIDS, ids=lambda g: f"{g.datum} {g.width} {g.prefixed}")
def test_the_catalogue_is_what_the_database_says(grid: Grid) -> None:
    for zone in range(25, 46) if grid.width == 3 else range(13, 24):
        crs = CRS.from_epsg(grid.epsg(zone))
        facts = {p.name: p.value for p in crs.coordinate_operation.params}  # type: ignore[union-attr]
        assert facts["Longitude of natural origin"] == central_meridian(zone)
        assert facts["False easting"] == 500_000 + (zone * 1e6 if grid.prefixed else 0)
        assert datum_of(crs) == grid.datum


@pytest.mark.parametrize("place", CITIES)
def test_the_source_cities(place: tuple[float, float]) -> None:
    prefixed, plain, easting = CITIES[place]
    assert in_crs(place, prefixed)[0] == pytest.approx(easting, abs=0.5)
    assert in_crs(place, plain)[0] == pytest.approx(easting % 1_000_000, abs=0.5)
    assert measuring_crs(place) == f"EPSG:{plain}"
    assert proposals(*in_crs(place, prefixed))[0].crs == f"EPSG:{prefixed}"
    assert proposals(*in_crs(place, plain), near=place)[0].crs == f"EPSG:{plain}"


@pytest.mark.parametrize(
    ("x", "y", "seen"),
    [
        (113.05, 36.05, Look("degrees")),
        (36.05, 113.05, Look("degrees", "north-east")),
        (43.8, 87.6, Look("degrees", "north-east")),
        (-15.4, 28.1, Look("degrees")),
        (38_414_397, 3_991_000, Look("prefixed", "east-north", 38)),
        (3_991_000, 38_414_397, Look("prefixed", "north-east", 38)),
        (19_414_397, 3_991_000, Look("prefixed", "east-north", 19)),
        (414_397, 3_991_000, Look("plain")),
        (3_991_000, 414_397, Look("plain", "north-east")),
        (1080.0, 1020.0, Look("other")),
        (24_414_397, 3_991_000, Look("other")),
    ],
)
def test_looks(x: float, y: float, seen: Look) -> None:
    assert look(x, y) == seen


def test_six_digits_do_not_tell_the_zone() -> None:
    assert proposals(414_397, 3_991_000) == []


def test_the_datum_is_taken_from_elsewhere() -> None:
    codes = [proposals(38_414_397, 3_991_000, datum=datum)[0].crs for datum in DATUMS]
    assert codes == ["EPSG:4526", "EPSG:2362", "EPSG:2414"]


def test_a_prefix_that_contradicts_the_place_is_only_possible() -> None:
    (far,) = proposals(40_414_397, 3_991_000, near=(113.05, 36.05))
    assert (far.crs, far.certainty) == ("EPSG:4528", "possible")


def test_web_maps_look_like_western_zones() -> None:
    both = proposals(13_030_000, 4_500_000)
    assert {(p.crs, p.certainty) for p in both} == {
        ("EPSG:4491", "possible"), ("EPSG:3857", "possible"),
    }  # fmt: skip
    known = proposals(13_030_000, 4_500_000, near=(117.05, 37.4))
    assert (known[0].crs, known[0].certainty) == ("EPSG:3857", "likely")


def test_utm_is_told_from_gauss_kruger_only_by_name() -> None:
    codes = [p.crs for p in proposals(285_000, 3_800_000, near=(108.9, 34.3))]
    assert codes == ["EPSG:4546", "EPSG:32649"]


def test_swapped_degrees_are_found_by_the_place() -> None:
    (swapped,) = proposals(28.1, -15.4, near=(-15.4, 28.1))
    assert (swapped.crs, swapped.axes, swapped.certainty) == ("EPSG:4326", "north-east", "likely")


@pytest.mark.parametrize(
    ("place", "crs"),
    [
        ((130.0, 33.2), "EPSG:32652"),
        ((-15.4, 28.1), "EPSG:32628"),
        ((127.0, 37.5), "EPSG:32652"),
        ((151.2, -33.9), "EPSG:32756"),
        ((87.6, 43.8), "EPSG:4538"),
    ],
)
def test_where_to_measure(place: tuple[float, float], crs: str) -> None:
    assert measuring_crs(place) == crs


@settings(max_examples=60, deadline=None)
@given(st.floats(75, 135), st.floats(18, 53), st.sampled_from(GRIDS), st.booleans())
def test_any_place_in_any_grid_is_recognised(
    lon: float, lat: float, grid: Grid, north_first: bool
) -> None:
    zone = round(lon / 3) if grid.width == 3 else min(max(round((lon + 3) / 6), 13), 23)
    x, y = in_crs((lon, lat), GRIDS[0 if grid.prefixed else 1].epsg(zone) if grid.width == 3
                  else GRIDS[2 if grid.prefixed else 3].epsg(zone))  # fmt: skip
    pair = (y, x) if north_first else (x, y)
    first = proposals(*pair, near=(lon, lat), datum=grid.datum)[0]
    meant = CRS.from_user_input(first.crs)
    facts = {p.name: p.value for p in meant.coordinate_operation.params}  # type: ignore[union-attr]
    assert facts["Longitude of natural origin"] == central_meridian(zone)
    assert facts["False easting"] == 500_000 + (zone * 1e6 if grid.prefixed else 0)
    assert (datum_of(meant), first.certainty) == (grid.datum, "likely")
    assert first.axes == ("north-east" if north_first else "east-north")
