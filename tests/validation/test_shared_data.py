"""Every data set beside the checkout is evaluated, or refused with the reason that is its own."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from carbonspace import Assessment, evaluate, read_plan
from carbonspace.errors import InputError
from carbonspace.model.finding import Finding

SHARED = Path(
    os.environ.get("CARBONSPACE_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")
)
CLIPPING = SHARED / "nasty" / "polygon_clipping"
CASES = sorted(path.name for path in CLIPPING.glob("*")) if CLIPPING.is_dir() else []
METRES = "EPSG:4547"
LOCAL = "+proj=tmerc +lat_0=36 +lon_0=113 +k=1 +x_0=0 +y_0=0 +ellps=GRS80 +units=m +type=crs"
"""Metres from a point in Shangdang, where small numbers lie well."""

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason=f"{SHARED} is not there: real data that is not part of the project "
    "(CARBONSPACE_SHARED_DATA names its folder)",
)


def asked(folder: Path, crs: str, text: str, indicators: list[str]) -> Assessment:
    """Return the evaluation of a plan.toml of the text given."""
    head = f'format = 1\nname = "trial"\ncrs = "{crs}"\n'
    (folder / "plan.toml").write_text(head + text, "utf-8")
    return evaluate(read_plan(folder / "plan.toml"), indicators, profiles=())


def refused(folder: Path, crs: str, text: str) -> list[Finding]:
    """Return the errors for which a plan is refused."""
    with pytest.raises(InputError) as caught:
        asked(folder, crs, text, [])
    return [f for f in caught.value.findings if f.severity == "error"]


def around(folder: Path, crs: str, bounds: tuple[float, float, float, float]) -> str:
    """Write one unit of these bounds and return its table of plan.toml."""
    unit = gpd.GeoDataFrame({"unit_id": ["U"]}, geometry=[shapely.box(*bounds)], crs=crs)
    unit.to_file(folder / "unit.gpkg")
    return '[layers.units]\nsource = "unit.gpkg"\n'


def said(found: Assessment, layer: str) -> list[str]:
    rows = found.findings
    return list(rows.loc[rows["layer"] == layer, "what"])


def city(found: Assessment, key: str) -> float:
    return found.measures[key].total()[2]


# --- one town each


HLG = f"""
[derive]
units = "parcels"
[layers.parcels]
source = "{SHARED}/hlg/hlg.geojson"
where = "type = 4 AND existence = 1"
constants = {{ unit_id = "hlg", land_use = "0701" }}
CRS
[layers.parks]
source = "{SHARED}/hlg/hlg.geojson"
where = "type IN (7, 8) AND existence = 1 AND OGR_GEOMETRY = 'POLYGON'"
CRS
[parameters.park_coverage]
radius = 300
min_area = 2000
quad_segs = 16
"""


def test_huilongguan_is_not_in_degrees(tmp_path: Path) -> None:
    found = refused(tmp_path, METRES, HLG.replace("CRS", ""))
    assert {(f.layer, f.what.en) for f in found} == {
        ("parcels", "The CRS contradicts the coordinates"),
        ("parks", "The CRS contradicts the coordinates"),
    }
    assert all("ask the provider for the CRS" in f.action.en for f in found)


def test_huilongguan_in_metres_has_the_published_coverage(tmp_path: Path) -> None:
    stated = HLG.replace("CRS", f'crs = "{METRES}"')
    found = asked(tmp_path, METRES, stated, ["park_coverage"])
    assert city(found, "park_coverage") == pytest.approx(73.02937, abs=5e-6)
    outside = "The layer lies outside the area of its CRS"
    assert outside in said(found, "parcels")
    assert outside in said(found, "parks")


OTHERS = "\n".join(
    f'{name} = "other"' for name in (
        "bridleway", "cycleway", "footway", "living_street", "motorway_link", "path", "pedestrian",
        "primary_link", "secondary_link", "service", "steps", "tertiary_link", "track",
        "track_grade4", "trunk_link", "unknown",
    )
)  # fmt: skip
XIAN = f"""
[layers.roads]
source = "{SHARED}/gbk_roads/rode_project.shp"
fields = {{ road_id = "osm_id", road_class = "fclass" }}
values.oneway = {{ F = true, T = true, B = false }}
[layers.roads.values.road_class]
motorway = "expressway"
trunk = "expressway"
primary = "arterial"
residential = "local"
unclassified = "local"
tertiary = "secondary"
{OTHERS}
"""


def test_xian_has_roads_and_no_units(tmp_path: Path) -> None:
    roads = f'[layers.roads]\nsource = "{SHARED}/gbk_roads/rode_project.shp"\n'
    (fault,) = refused(tmp_path, "EPSG:32649", roads)
    assert (fault.layer, fault.what.en) == ("roads", "the required column road_class is missing")
    assert "fclass" in fault.found_in("en")


def test_xian_is_read_as_gbk(tmp_path: Path) -> None:
    unit = around(tmp_path, "EPSG:32649", (300_000, 3_780_000, 320_000, 3_800_000))
    found = asked(tmp_path, "EPSG:32649", unit + XIAN, ["road_density"])
    roads = found.plan.layers["roads"]
    assert "西万公路" in set(roads["name"])
    assert "The file does not state its encoding" in said(found, "roads")
    assert len(roads) == 21_203
    classes = roads["road_class"].isin(["expressway", "arterial", "secondary", "local"])
    square = shapely.box(300_000, 3_780_000, 320_000, 3_800_000)
    plain = shapely.intersection(roads.geometry[classes].to_numpy(), square)
    whole = shapely.length(plain).sum() / 1000 / 400
    assert 0.5 * whole < city(found, "road_density") < whole  # dual carriageways count once


def test_suzhou_has_buildings_in_degrees(tmp_path: Path) -> None:
    source = SHARED / "suzhou" / "bd_demo_2.json"
    text = f'[layers.buildings]\nsource = "{source}"\nfields = {{ floors = "Floor" }}\n'
    assert [f.layer for f in refused(tmp_path, "EPSG:4549", text)] == ["units"]
    unit = around(tmp_path, "EPSG:4326", (120.59, 31.29, 120.62, 31.32))
    found = asked(tmp_path, "EPSG:4549", unit + text, ["solar_roof_area"])
    drawn = gpd.read_file(source).to_crs("EPSG:4549")
    assert len(found.plan.layers["buildings"]) == len(drawn) == 3076
    assert found.plan.layers["buildings"].area.sum() == pytest.approx(drawn.area.sum(), rel=1e-9)
    assert "The layer was converted to the plan's CRS" in said(found, "buildings")
    assert 0 < city(found, "solar_roof_area") < drawn.area.sum()


TAKEO = f"""
[layers.units]
source = "{SHARED}/plateau/493060_urf_6668_op.gml"
layer = "UrbanPlanningArea"
fields = {{ unit_id = "gml_id" }}
[layers.parks]
source = "{SHARED}/plateau/493060_urf_6668_op.gml"
layer = "OpenSpaceForPublicUse"
fields = {{ park_id = "gml_id", area = "nominalArea" }}
"""
ZONES = f"""
[layers.parcels]
source = "{SHARED}/plateau/493060_urf_6668_op.gml"
layer = "UseDistrict"
fields = {{ parcel_id = "gml_id", land_use = "function" }}
"""


def test_takeo(tmp_path: Path) -> None:
    """Its parks are measured. Its zones are numbered as Japan numbers them: that is told apart
    from lost zeros by a person, who finds the translation on record."""
    found = asked(tmp_path, "EPSG:6670", TAKEO, ["park_coverage"])
    assert "area is in hectares, not in square metres" in said(found, "parks")
    assert "The geometry has heights or measures (Z, M)" in said(found, "parks")
    (reason,) = set(found.table["reason"])
    assert "parcels" in reason
    zoned = asked(tmp_path, "EPSG:6670", TAKEO + ZONES, ["park_coverage"]).findings
    codes = zoned.loc[zoned["what"] == "Land-use codes were translated", "found"]
    assert [text[:20] for text in codes] == ["34 features: 1 → 01,"]
    doubt = "The numbers in the field function may be no land-use codes"
    assert list(zoned.loc[zoned["what"] == doubt, "severity"]) == ["warning"]


# --- rasters in archives


@pytest.mark.parametrize(
    ("archive", "grid", "crs", "names", "folder"),
    [
        ("GBG_torgg_3006", "gbgcity_grid_300m", "EPSG:3006",
         {"dsm": "torgg_dsm", "dem": "torgg_dem", "canopy": "torgg_cdsm",
          "land_cover": "torgg_lc"}, ""),
        ("London_BNG", "DummyGrid_BNG", "EPSG:27700",
         {"dsm": "dsm_barb_1m_tif", "dem": "dem_barb_1m_tif",
          "canopy": "cdsm_barb_1m_v2_float", "land_cover": "landcover_barb_1m_v3"},
         "London_BNG/"),
    ],
)  # fmt: skip
def test_gothenburg_and_london(
    archive: str, grid: str, crs: str, names: dict[str, str], folder: str, tmp_path: Path
) -> None:
    source = SHARED / "umep" / f"{archive}.zip"
    units = (f'[layers.units]\nsource = "{source}"\nlayer = "{grid}"\n'
             'fields = { unit_id = "id" }\n')  # fmt: skip
    rasters = "".join(f'[rasters.{kind}]\nsource = "{source}/{folder}{name}.tif"\n'
                      for kind, name in names.items())  # fmt: skip
    found = asked(tmp_path, crs, units + rasters, ["road_density"])
    assert set(found.plan.rasters) == set(names)
    assert all(raster.resolution[0] <= 4.01 for raster in found.plan.rasters.values())
    assert {one.layer for one in found.plan.inputs} == {
        "units", *(f"rasters.{kind}" for kind in names)
    }  # fmt: skip


# --- files that try readers


GEOPACKAGES = {
    "curve": ("roads", 'road_class = "local"', "The geometry has arcs"),
    "curvepolygon": ("parks", "", "The geometry has arcs"),
    "line_zm": ("roads", 'road_class = "local"', "The geometry has heights or measures (Z, M)"),
    "multisurface": ("parks", "", "The geometry has arcs"),
    "test_gpkg_nulls": ("car_parks", "", None),
}
KINDS = {"roads": "line", "parks": "polygon", "car_parks": "point"}


def nasty(name: str, layer: str, constants: str = "") -> str:
    source = SHARED / "nasty" / "gpkg" / f"{name}.gpkg"
    return f'[layers.{layer}]\nsource = "{source}"\nconstants = {{ {constants} }}\n'


@pytest.mark.parametrize("name", GEOPACKAGES)
def test_geopackages_are_read(name: str, tmp_path: Path) -> None:
    layer, constants, expected = GEOPACKAGES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of measures, which pyogrio leaves out
        info = pyogrio.read_info(SHARED / "nasty" / "gpkg" / f"{name}.gpkg")
    west, south, east, north = info["total_bounds"]
    unit = around(tmp_path, "EPSG:4326", (west - 1, south - 1, east + 1, north + 1))
    crs = "EPSG:32631" if name == "test_gpkg_nulls" else "EPSG:32614"
    found = asked(tmp_path, crs, unit + nasty(name, layer, constants), ["road_density"])
    shapes = found.plan.layers[layer].geometry
    assert shapes.is_valid.all()
    assert not shapes.has_z.any()
    assert not shapely.has_m(shapes.to_numpy()).any()
    assert expected is None or expected in said(found, layer)
    arcs = found.repairs[found.repairs["fault"] == "curves"]
    assert len(arcs) == (expected == "The geometry has arcs")
    assert (arcs["before"] >= arcs["after"]).all()


OTHER_KINDS = [
    (name, layer) for name, (own, _, _) in GEOPACKAGES.items() for layer in KINDS
    if own != layer and (own, layer) != ("parks", "car_parks")
]  # fmt: skip


@pytest.mark.parametrize(("name", "layer"), OTHER_KINDS)
def test_geopackages_of_another_kind_are_refused(name: str, layer: str, tmp_path: Path) -> None:
    own = GEOPACKAGES[name][0]
    constants = 'road_class = "local"' if layer == "roads" else ""
    (fault,) = refused(tmp_path, "EPSG:32614", nasty(name, layer, constants))
    assert fault.what.en == "The geometry is of the wrong kind"
    assert fault.found_in("en") == f"{4 if own == 'car_parks' else 1} × {KINDS[own]}"


def osm(name: str, layer: str, folder: Path) -> str:
    unit = around(folder, "EPSG:4326", (-3, -3, 12, 12))
    return f'{unit}[layers.{layer}]\nsource = "{SHARED}/nasty/{name}"\n'


TAGGED = {("test_multipolygon.osm", "parcels"), ("test_multipolygon.osm", "roads")}
"""What a plan asks for is in one of the two files, and only this."""


@pytest.mark.parametrize("name", ["multipolygon_testcases.osm", "test_multipolygon.osm"])
@pytest.mark.parametrize("layer", ["parcels", "parks", "buildings", "roads", "car_parks"])
def test_osm_by_its_tags(name: str, layer: str, tmp_path: Path) -> None:
    text = osm(name, layer, tmp_path)
    if (name, layer) in TAGGED:
        found = asked(tmp_path, "EPSG:32631", text, ["road_density"])
        assert found.plan.layers[layer].is_valid.all()
        return
    (fault,) = refused(tmp_path, "EPSG:32631", text)
    assert (fault.layer, fault.what.en) == (layer, "The layer has no features")


def test_osm_multipolygons_as_gdal_builds_them(tmp_path: Path) -> None:
    text = f"""
[derive]
units = "parcels"
[layers.parcels]
source = "{SHARED}/nasty/NAME"
layer = "LAYER"
constants = {{ unit_id = "U", land_use = "07" }}
"""
    drawn = text.replace("NAME", "test_multipolygon.osm")
    found = asked(tmp_path, "EPSG:32631", drawn.replace("LAYER", "multipolygons"), [])
    parcels = found.plan.layers["parcels"]
    assert parcels.is_valid.all()
    assert len(parcels) > 40
    assert "The geometry is invalid" in said(found, "parcels")
    (lines,) = refused(tmp_path, "EPSG:32631", drawn.replace("LAYER", "lines"))
    assert lines.what.en == "The geometry is of the wrong kind"
    cases = text.replace("NAME", "multipolygon_testcases.osm").replace("LAYER", "multipolygons")
    (none,) = refused(tmp_path, "EPSG:32631", cases)
    assert none.what.en == "The layer has no features"


# --- polygons on which clipping programs failed


def parcels_of(case: str, folder: Path) -> Assessment:
    """Return the evaluation of a case as parcels of one unit, its numbers taken as metres."""
    text = f"""
[derive]
units = "parcels"
[layers.parcels]
source = "{CLIPPING / case / "args.geojson"}"
crs = "{LOCAL}"
constants = {{ unit_id = "U", land_use = "0701" }}
"""
    return asked(folder, LOCAL, text, ["road_density"])


NOTHING = {"empty-multipoly", "rings-with-no-area", "thin-vertical-triangle-2"}
"""There are no rings in them, or none of three points that enclose anything."""
OPEN = {
    "broken-issue-75", "clean-poly-with-non-self-closing-rings", "three-triangles",
    "union-same-shape-multiple-times",
}  # fmt: skip
"""All their rings are left open."""


def area_of_union(case: str) -> float | None:
    file = CLIPPING / case / "union.geojson"
    if not file.exists():
        return None
    feature = json.loads(file.read_text("utf-8"))
    return float(shapely.from_geojson(json.dumps(feature["geometry"])).area)


@pytest.mark.parametrize("case", CASES)
def test_clipping_cases_as_parcels(case: str, tmp_path: Path) -> None:
    """The unit is the union of the parcels: its area is the published one, and the ledger closes.

    Cases of a few 1e-14 m² are lost in the rounding of the published coordinates.
    """
    if case in NOTHING:
        with pytest.raises(InputError, match="No feature has a geometry that can be used"):
            parcels_of(case, tmp_path)
        return
    found = parcels_of(case, tmp_path)
    units = found.plan.layers["units"]
    assert units.is_valid.all()
    area = area_of_union(case)
    assert area is None or units.area.sum() == pytest.approx(area, rel=1e-10, abs=1e-15)
    assert (found.ledger["difference"].abs() <= 1e-9).all()
    assert ("A ring of a polygon is left open" in said(found, "parcels")) >= (case in OPEN)


def test_every_clipping_case_is_there() -> None:
    assert len(CASES) == 93
    assert set(CASES) > NOTHING | OPEN
