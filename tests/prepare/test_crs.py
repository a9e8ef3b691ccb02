"""One projected CRS for a plan; what contradicts its coordinates is refused with a proposal."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS
from shapely.geometry import Point, Polygon, box

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.model.plan import Plan, Settings
from carbonspace.model.text import Text
from carbonspace.prepare import prepare
from carbonspace.prepare.datum import extent, moved, operation

X, Y = 500_000.0, 4_000_000.0
"""A point on the central meridian 114° of EPSG:4547, a little north of latitude 36°."""

CUT_GRID = (
    'PROJCS["my_cad",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],'
    'PARAMETER["False_Easting",{easting}],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",{meridian}],PARAMETER["Scale_Factor",1.0],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


def square(east: float = 0, north: float = 0, side: float = 1000, *, x: float = X) -> Polygon:
    return box(x + east, Y + north, x + east + side, Y + north + side)


def frame(
    shapes: list[shapely.Geometry], crs: object = "EPSG:4547", **columns: object
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def units(crs: object = "EPSG:4547", *, x: float = X) -> gpd.GeoDataFrame:
    return frame([square(x=x), square(1000, x=x)], crs, unit_id=["U1", "U2"])


def parks(crs: object, *, x: float = X) -> gpd.GeoDataFrame:
    return frame([square(side=100, x=x)], crs, park_id=["P"])


def swapped(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    turned = shapely.transform(layer.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    return layer.set_geometry(gpd.GeoSeries(turned, crs=layer.crs))


def plan(crs: str | None = "EPSG:4547", **layers: gpd.GeoDataFrame) -> Plan:
    return Plan(Text("试", "Trial"), layers, Settings(crs=crs))


def refused(trial: Plan) -> Finding:
    """Return the one fault of a plan."""
    with pytest.raises(InputError) as caught:
        prepare(trial)
    (fault,) = [f for f in caught.value.findings if f.severity == "error"]
    return fault


def said(trial: Plan) -> list[Finding]:
    return list(prepare(trial).findings)


# --- zone prefixes


def test_a_prefixed_layer_comes_home() -> None:
    ready = prepare(plan(units=units(), parks=parks("EPSG:4526", x=38_000_000 + X)))
    assert ready.layers["parks"].total_bounds == pytest.approx([X, Y, X + 100, Y + 100], abs=1e-6)
    (note,) = ready.findings
    assert (note.severity, note.what.en) == ("note", "The layer was converted to the plan's CRS")
    assert "EPSG:4526" in note.found_in("en")
    assert "north, east" in note.found_in("en")
    assert note.action.en == "The datum is the same: nothing is lost."


@pytest.mark.parametrize(
    ("stated", "x", "proposed"),
    [
        ("EPSG:4547", 38_000_000 + X, "EPSG:4526"),
        ("EPSG:4526", X, "EPSG:4547"),
        ("EPSG:4527", 38_000_000 + X, "EPSG:4526"),
        ("EPSG:2383", 38_000_000 + X, "EPSG:2362"),
        ("EPSG:4547", 19_000_000 + X, "EPSG:4497"),
    ],
)
def test_a_prefix_that_does_not_fit_is_refused_with_a_proposal(
    stated: str, x: float, proposed: str
) -> None:
    fault = refused(plan(units=units(), parks=parks(stated, x=x)))
    assert (fault.layer, fault.what.en) == ("parks", "The CRS contradicts the coordinates")
    assert f'crs = "{proposed}"' in fault.action.en
    assert f'crs = "{proposed}"' in fault.action.zh


def test_a_prefix_without_crs_is_recognised() -> None:
    fault = refused(plan(units=units(), parks=parks(None, x=38_000_000 + X)))
    assert fault.what.en == "The layer has no CRS"
    assert 'crs = "EPSG:4526" (likely: the eastings carry the prefix' in fault.action.en


def test_what_plan_toml_states_is_examined_too() -> None:
    trial = plan(units=units(), parks=parks(None, x=38_000_000 + X))
    stated = Plan(trial.name, trial.layers, trial.settings, layer_crs={"parks": "EPSG:4547"})
    assert 'crs = "EPSG:4526"' in refused(stated).action.en


def test_two_zones_in_one_layer() -> None:
    both = frame([square(x=38_000_000 + X), square(x=39_000_000 + X)], "EPSG:4526")
    fault = refused(plan(units=units(), parks=both))
    assert (fault.what.en, fault.found_in("en")) == (
        "One layer has eastings of several zones", "38: 1, 39: 1",
    )  # fmt: skip


# --- a .prj that lies


def test_metres_called_degrees() -> None:
    fault = refused(plan(units=units(), parks=parks("EPSG:4326")))
    assert fault.what.en == "The CRS contradicts the coordinates"
    assert 'crs = "EPSG:4547" (likely: with central meridian 114°' in fault.action.en


def test_metres_called_degrees_with_nothing_to_compare() -> None:
    fault = refused(plan(units=units("EPSG:4326")))
    assert 'crs = "EPSG:4547" (possible: the plan\'s CRS fits' in fault.action.en


def test_metres_called_degrees_and_no_plan_crs() -> None:
    with pytest.raises(InputError) as caught:
        prepare(plan(None, units=units("EPSG:4326")))
    both = {f.layer: f for f in caught.value.findings}
    assert both["plan"].what.en == "This CRS cannot be measured in"
    assert "EPSG:(4534 + (central meridian - 75) / 3)" in both["units"].action.en


def test_degrees_called_metres() -> None:
    degrees = frame([box(114.0, 36.1, 114.1, 36.2)], "EPSG:4547")
    fault = refused(plan(units=units(), parks=degrees))
    assert 'crs = "EPSG:4490" (likely' in fault.action.en


def test_the_wrong_meridian_is_found_by_the_other_layers() -> None:
    fault = refused(plan(units=units(), parks=parks("EPSG:4548")))
    assert fault.what.en == "The layer does not overlap the units"
    assert 'crs = "EPSG:4547" (likely: with central meridian 114°' in fault.action.en


def test_the_proposal_keeps_the_datum_the_file_names() -> None:
    fault = refused(plan(units=units(), parks=parks("EPSG:2384")))
    assert 'crs = "EPSG:2383"' in fault.action.en


def test_units_elsewhere_than_all_other_layers() -> None:
    roads = frame([shapely.LineString([(X, Y), (X + 9, Y)])], road_class=["local"])
    trial = plan(units=units("EPSG:4548"), parks=parks("EPSG:4547"), roads=roads)
    fault = refused(trial)
    assert (fault.layer, fault.what.en) == ("units", "All other layers lie together, elsewhere")
    assert 'crs = "EPSG:4547"' in fault.action.en


def test_local_metres_are_warned_of() -> None:
    local = frame([box(0, 0, 2000, 1000)], unit_id=["U"])
    (warning,) = said(plan(units=local))
    assert warning.what.en == "The layer lies outside the area of its CRS"
    assert "a city's own system?" in warning.action.en


def test_a_local_cad_system_has_no_place() -> None:
    nowhere = 'LOCAL_CS["CAD",UNIT["metre",1]]'
    fault = refused(plan(units=units(), parks=parks(nowhere)))
    assert fault.what.en == "The CRS has no place on Earth"


def test_a_leftover_at_the_origin_is_named() -> None:
    both = frame([*[square(n * 10, side=9) for n in range(5)], box(0, 0, 9, 9)], "EPSG:4547")
    trial = plan(units=units(), facilities=both.assign(facility_type="x", facility_id=range(6)))
    (stray,) = [f for f in said(trial) if "far from the rest" in f.what.en]
    assert stray.found_in("en") == "1: 5 (4.5, 4.5)"


# --- axis order


@pytest.mark.parametrize("easting", [X, 38_000_000 + X])
def test_northing_first_is_recognised(easting: float) -> None:
    stated = "EPSG:4547" if easting == X else "EPSG:4526"
    fault = refused(plan(units=units(), parks=swapped(parks(stated, x=easting))))
    assert fault.what.en == "The CRS contradicts the coordinates"
    assert f'crs = "{stated}" and axes = "north-east"' in fault.action.en
    assert f'crs = "{stated}" 与 axes = "north-east"' in fault.action.zh


def test_latitude_first_is_recognised() -> None:
    degrees = swapped(frame([box(114.0, 36.1, 114.1, 36.2)], "EPSG:4490"))
    assert 'axes = "north-east"' in refused(plan(units=units(), parks=degrees)).action.en


def test_northing_first_is_turned_where_plan_toml_says_so() -> None:
    trial = plan(units=units(), parks=swapped(parks("EPSG:4547")))
    stated = Plan(trial.name, trial.layers, trial.settings, layer_axes={"parks": "north-east"})
    ready = prepare(stated)
    assert list(ready.layers["parks"].total_bounds) == [X, Y, X + 100, Y + 100]
    assert [f.what.en for f in ready.findings] == ["Coordinates are north first, then east"]


# --- heights, names, units of measure


@pytest.mark.parametrize("stated", ["EPSG:4547+5737", CRS("EPSG:4547").to_3d()])
def test_the_vertical_part_is_left_aside(stated: object) -> None:
    tall = frame([Polygon([(X, Y, 7), (X + 10, Y, 7), (X + 10, Y + 10, 7)])], stated)
    ready = prepare(plan(units=units(), parks=tall.assign(park_id="P")))
    assert ready.layers["parks"].crs == "EPSG:4547"
    (note,) = [f for f in ready.findings if f.what.en == "The CRS has a vertical part"]
    assert note.expected.en == "EPSG:4547 CGCS2000 / 3-degree Gauss-Kruger CM 114E"


def test_the_plans_own_vertical_part_is_left_aside() -> None:
    ready = prepare(plan("EPSG:4547+5737", units=units()))
    assert [(f.layer, f.what.en) for f in ready.findings] == [
        ("plan", "The CRS has a vertical part")
    ]


def test_another_name_for_the_same_grid_is_the_same_grid() -> None:
    same = CUT_GRID.format(easting=500_000.0, meridian=114.0)
    assert said(plan(units=units(), parks=parks(same))) == []


def test_a_city_grid_without_code_is_converted() -> None:
    """Central meridian 114° with a false easting of its own: 1 km less."""
    own = CUT_GRID.format(easting=499_000.0, meridian=114.0)
    ready = prepare(plan(units=units(), parks=parks(own, x=X - 1000)))
    assert ready.layers["parks"].total_bounds[0] == pytest.approx(X, abs=1e-6)


def test_feet_are_refused() -> None:
    fault = refused(plan("EPSG:2263", units=units()))
    assert (fault.layer, fault.what.en) == ("plan", "The CRS is not in metres")
    assert 'crs = "EPSG:4547"' in fault.action.en


def test_web_mercator_gets_a_proposal() -> None:
    web = units().to_crs("EPSG:3857")
    fault = refused(plan(None, units=web))
    assert fault.what.en == "This CRS cannot be measured in"
    assert "centre lies in EPSG:4547" in fault.action.en


# --- datum shifts


def test_an_unknown_shift_is_warned_of() -> None:
    (warning,) = said(plan(units=units(), parks=parks("EPSG:2383")))
    assert warning.severity == "warning"
    assert "Ballpark geographic offset from Xian 1980" in warning.action.en
    assert "EPSG:2383" in warning.action.en


def test_modern_datums_are_taken_as_one() -> None:
    degrees = parks("EPSG:4547").to_crs("EPSG:4326")
    (note,) = said(plan(units=units(), parks=degrees))
    assert note.severity == "note"
    assert "WGS 84 to China Geodetic" in note.action.en
    assert "PROJ states no accuracy" in note.action.en


def test_stated_shift_parameters_are_used() -> None:
    """On the meridian of 90° the geocentric X axis points west: 100 m in X are 100 m westward."""
    own = ("+proj=tmerc +lat_0=0 +lon_0=90 +k=1 +x_0=500000 +y_0=0 +ellps=krass "
           "+towgs84=100,0,0,0,0,0,0 +units=m +type=crs")  # fmt: skip
    here = frame([square(0, side=4000)], "EPSG:4539", unit_id=["U"])
    ready = prepare(plan("EPSG:4539", units=here, parks=frame([Point(X, Y).buffer(9)], own)))
    assert ready.layers["parks"].geometry.iloc[0].centroid.x == pytest.approx(X - 100, abs=0.01)
    assert [f.severity for f in ready.findings if "converted" in f.what.en] == ["note"]


def test_the_accuracy_of_a_shift_is_that_of_the_database() -> None:
    """From Beijing 1954 to WGS 84 (6): the Ordos basin, which 109° lies in, 1 m."""
    here = units("EPSG:32649", x=320_000)
    old = parks("EPSG:32649", x=320_000).to_crs("EPSG:4214")
    (note,) = said(plan("EPSG:32649", units=here, parks=old))
    assert note.severity == "note"
    assert note.action.en == "Datum shift: Beijing 1954 to WGS 84 (6); accuracy 1 m."


def test_a_missing_grid_is_said_to_be_missing() -> None:
    """The grid of the Ordnance Survey does not come with PROJ."""
    london = frame([box(530_000, 180_000, 531_000, 181_000)], "EPSG:27700", unit_id=["U"])
    (warning,) = said(plan("EPSG:32630", units=london))
    assert warning.severity == "warning"
    assert "uk_os_OSTN15" in warning.action.en
    assert "(1 m) is missing; used OSGB36 to WGS 84 (6); accuracy 2 m" in warning.action.en


def test_what_cannot_be_converted_is_refused() -> None:
    far = frame([box(114, 36, 114.1, 36.1), box(-156.1, -0.1, -155.9, 0.1)], "EPSG:4490")
    with pytest.raises(InputError) as caught:
        prepare(plan(units=units(), parks=far))
    assert {f.layer for f in caught.value.findings} == {"parks"}


def test_heights_and_gaps_survive_conversion() -> None:
    from carbonspace.prepare.datum import moved, operation

    layer = frame([Point(X, Y, 5), None, Point(X, Y)], "EPSG:4547")
    how = operation(CRS("EPSG:4547"), CRS("EPSG:4526"), None)
    result = moved(layer, CRS("EPSG:4526"), how).geometry
    assert result.iloc[0].z == 5
    assert result.iloc[1] is None
    assert np.allclose(shapely.get_coordinates(result.iloc[2]), [38_000_000 + X, Y], atol=1e-6)


@pytest.mark.parametrize(
    ("source", "target", "place"),
    [("EPSG:4326", "EPSG:4547", (113.05, 36.05)), ("EPSG:4326", "EPSG:32628", (-15.4, 28.1)),
     ("EPSG:4326", "EPSG:2437", (113.05, 36.05))],
)  # fmt: skip
def test_the_operation_named_is_the_one_that_readers_use(
    source: str, target: str, place: tuple[float, float]
) -> None:
    """OpenStreetMap extracts are converted as they are read: what is said of it must be so."""
    x, y = place
    layer = gpd.GeoDataFrame(geometry=[box(x, y, x + 0.1, y + 0.1)], crs=source)
    how = operation(layer.crs, CRS(target), extent(layer, layer.crs))
    ours = shapely.get_coordinates(moved(layer, CRS(target), how).geometry.to_numpy())
    theirs = shapely.get_coordinates(layer.to_crs(target).geometry.to_numpy())
    assert ours.tolist() == theirs.tolist()
