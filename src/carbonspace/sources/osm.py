"""An OpenStreetMap extract becomes canonical layers; `osm.toml` says which tag becomes what.

GDAL's OSM driver assembles the geometries (open option CONFIG_FILE: `osmconf.ini`). Ids are
those of OpenStreetMap: node/1, way/2, relation/3.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.sources import faults, osm_places, osm_stops
from carbonspace.sources.columns import canonical
from carbonspace.sources.gdal import read_raw
from carbonspace.sources.mapping import LayerSource
from carbonspace.sources.osm_lanes import bus_lanes
from carbonspace.sources.osm_ways import ON_ROAD, PAVED, SIDES, WALKS, levels, users
from carbonspace.sources.planar import smallest_first
from carbonspace.sources.tags import any_of, closed, coded, value_of
from carbonspace.sources.vector import Read, finished

Tables = Mapping[str, gpd.GeoDataFrame]
"""GDAL's layers of one extract, by name."""

_CRS = "EPSG:4326"
_HEAD_BYTES = 512
_LARGE_BYTES = 64_000_000


def is_osm(path: Path) -> bool:
    """Return True for an OpenStreetMap extract, by its content."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return b"OSMHeader" in head or b"<osm" in head


def read_tables(path: Path, keys: Iterable[str]) -> Tables:
    """Return what the canonical layers `keys` are made of, read once for all of them.

    A feature whose geometry cannot be built (a ring of two points) stays, without geometry.
    """
    names = dict.fromkeys(name for key in keys for name in _NEEDS.get(key, ()))
    with as_file(files("carbonspace.sources") / "osmconf.ini") as config:
        return {name: _table(path, name, str(config)) for name in names}


def layers_in(path: Path) -> tuple[str, ...]:
    """Return the canonical layers an extract has something for.

    A large extract is not read for this: every layer it might give is named.
    """
    if path.stat().st_size > _LARGE_BYTES:
        return tuple(_LAYERS)
    tables = read_tables(path, _LAYERS)
    return tuple(key for key, layer in _LAYERS.items() if len(layer(tables)))


def read_osm_layer(source: LayerSource, tables: Tables, crs: str | None) -> Read:
    """Return one canonical layer of an extract, in `crs` (None: the UTM zone it lies in).

    Distances between stops and overlaps of land use are settled in that CRS.
    """
    if source.key not in _LAYERS:
        known = ", ".join(_LAYERS)
        return Read(None, [faults.not_in_osm(source, known)])
    refused = [
        n for n in ("crs", "axes", "encoding", "where", "fields", "extract") if getattr(source, n)
    ]
    if refused:
        return Read(None, [faults.not_for(source, name, "OSM") for name in refused])
    found = _LAYERS[source.key](tables)
    lost = found.geometry.isna()
    findings = [faults.broken(source.key, name) for name in found.loc[lost, _id(source)]]
    sound = found[~lost].reset_index(drop=True)
    if sound.empty:
        return Read(None, [*findings, faults.empty(source)])
    placed = sound.to_crs(crs or sound.estimate_utm_crs())
    if source.key in _SETTLED:
        placed, note = _SETTLED[source.key](placed)
        findings += note
    return _canonical(source, placed).after(findings)._replace(crs=_CRS)


def _canonical(source: LayerSource, placed: gpd.GeoDataFrame) -> Read:
    names = [c.name for c in LAYERS[source.key].columns if c.name in placed]
    fields = {n: n for n in names if n not in source.constants}
    raw = pd.DataFrame(placed[names])
    columns, findings = canonical(raw, source, fields, severity="warning")
    read = finished(source, columns, placed.geometry.to_numpy(), placed.crs).after(findings)
    return read.after(osm_places.unlevelled(read.frame)) if source.key == "facilities" else read


def _table(path: Path, name: str, config: str) -> gpd.GeoDataFrame:
    raw = read_raw(path, name, CONFIG_FILE=config)
    raw.geometry[raw.shapes.closed] = None  # in OpenStreetMap an open way is no area
    table = gpd.GeoDataFrame(raw.fields, geometry=raw.geometry, crs=_CRS)
    prefix = {"points": "node/", "lines": "way/"}.get(name, "relation/")
    ids = prefix + table["osm_id"]
    if name == "multipolygons":
        ids = ("way/" + table["osm_way_id"]).fillna(ids)
    return table.assign(id=ids)


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads((files("carbonspace.sources") / "osm.toml").read_text("utf-8"))


def _id(source: LayerSource) -> str:
    return LAYERS[source.key].id


def _land_use(areas: pd.DataFrame, keys: Iterable[str]) -> pd.Series:
    """Return the land-use code of each area: the first of `keys` that says one."""
    code = pd.Series(None, index=areas.index, dtype="str")
    for key in keys:
        code = code.fillna(coded(areas[key], _rules()["land_use"][key]))
    return code


def _parcels(tables: Tables) -> gpd.GeoDataFrame:
    """Return mapped land: areas with a land-use code that are not buildings."""
    areas = tables["multipolygons"]
    land = areas[areas["building"].isna()]
    parcels = land.assign(parcel_id=land["id"], land_use=_land_use(land, _rules()["land_use"]))
    return parcels[parcels["land_use"].notna()]


def _parks(tables: Tables) -> gpd.GeoDataFrame:
    """Return public parks: land coded 1401 (park, recreation ground) that is not closed.

    Gardens are left out: nearly all are private or strips beside buildings and roads.
    """
    parks = _parcels(tables)
    parks = parks[(parks["land_use"] == "1401") & ~closed(parks["access"])]
    return parks.rename(columns={"parcel_id": "park_id"})


def _buildings(tables: Tables) -> gpd.GeoDataFrame:
    areas, rules = tables["multipolygons"], _rules()
    found = areas[areas["building"].notna() & (areas["building"] != "no")]
    use = coded(found["building"], rules["building_use"])
    shape = coded(found["roof_shape"], rules["roof_shape"])
    return found.assign(
        building_id=found["id"], floors=found["building_levels"],
        height=found["height"].str.removesuffix("m").str.strip(),
        use=use.fillna(_land_use(found, ("amenity", "shop", "tourism", "office"))),
        roof_type=coded(found["roof_material"], rules["roof_material"]).fillna(shape),
    )  # fmt: skip


def _roads(tables: Tables) -> gpd.GeoDataFrame:
    """Return roads; a local road closed to the public lies inside a compound."""
    lines = _in_direction_of_travel(tables["lines"])
    road_class = coded(lines["highway"], _rules()["road_class"])
    inside = (road_class == "local") & closed(lines["access"])
    implied = (lines["junction"] == "roundabout") | (lines["highway"] == "motorway")
    oneway = lines["oneway"].isin(["yes", "true", "1", "-1"])
    oneway |= implied & (lines["oneway"] != "no")
    roads = lines.assign(
        road_id=lines["id"], road_class=road_class.mask(inside, "compound"), oneway=oneway,
        bus_lane=bus_lanes(lines, oneway),
        slow_traffic=_slow_traffic(lines), width=lines["width"].str.removesuffix("m").str.strip(),
        **levels(lines), **users(lines, inside | (road_class == "compound"), _rules()),
    )  # fmt: skip
    return roads[road_class.notna() & (lines["area"] != "yes")]


def _in_direction_of_travel(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the lines, those tagged one-way against their drawing turned round."""
    against = lines["oneway"] == "-1"
    return lines.set_geometry(lines.geometry.where(~against, lines.geometry.reverse()))


def _slow_traffic(lines: pd.DataFrame) -> pd.Series:
    """Return True with a pavement or cycle lane, False where tagged as without, else null.

    A pavement drawn as a line of its own (`separate`) counts there, not here.
    """
    has = any_of(lines, WALKS, PAVED) | any_of(lines, SIDES, ON_ROAD)
    without = any_of(lines, WALKS, ("no", "none", "separate"))
    known = pd.Series(has, index=lines.index, dtype="boolean")
    return known.mask(~has & ~without)


def _bike_corridors(tables: Tables) -> gpd.GeoDataFrame:
    """Return cycle ways by class, and what signed bicycle routes add to them.

    1: a way of its own (highway=cycleway); 2: a lane or track along a road (cycleway=lane or
    track, on any side); 3: a way designated for cycling (bicycle=designated, bicycle street),
    or another stretch of a signed route.
    """
    lines = tables["lines"]
    designated = (lines["bicycle"] == "designated") | any_of(
        lines, ("bicycle_road", "cyclestreet"), ("yes",)
    )
    known = lines["highway"].isin([*_rules()["road_class"]])
    kinds = [lines["highway"] == "cycleway", any_of(lines, SIDES, ON_ROAD), designated]
    found = np.select(kinds, ["1", "2", "3"], default="")
    own = lines.assign(corridor_id=lines["id"], corridor_class=found)[known & (found != "")]
    routes = tables["multilinestrings"]
    return _with_routes(own, routes[routes["route"] == "bicycle"])


def _with_routes(own: gpd.GeoDataFrame, routes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return corridors named by the route they carry, and the rest of each route as class 3."""
    if routes.empty:
        return own.assign(route=None)
    titles = routes["name"].fillna(routes["ref"]).fillna(routes["id"]).to_numpy()
    lines = routes.geometry.to_numpy()
    route, corridor = own.sindex.query(lines, predicate="covers")
    names = pd.Series(titles[route], index=own.index[corridor])
    own = own.assign(route=names[~names.index.duplicated()].reindex(own.index))
    rest = shapely.difference(lines, shapely.union_all(own.geometry.dropna().to_numpy()))
    others = routes.assign(corridor_id=routes["id"], corridor_class="3", route=titles)
    others = others.set_geometry(gpd.GeoSeries(rest, routes.index, crs=routes.crs))
    return pd.concat([own, others[~others.geometry.is_empty]], ignore_index=True)


def _car_parks(tables: Tables) -> gpd.GeoDataFrame:
    """Return car parks, not their single bays or entrances; one drawn twice counts once."""
    areas, points = _amenities(tables, "parking")
    inside, _ = areas.sindex.query(points.geometry, predicate="intersects")
    points = points[~np.isin(np.arange(len(points)), inside)]
    both = pd.concat([areas, points], ignore_index=True)
    return both.assign(
        car_park_id=both["id"], spaces=both["capacity"], charging_spaces=both["capacity_charging"]
    )


def _facilities(tables: Tables) -> gpd.GeoDataFrame:
    return osm_places.facilities(tables, _rules())


def _street_lamps(tables: Tables) -> gpd.GeoDataFrame:
    points = tables["points"]
    lamps = points[points["highway"] == "street_lamp"]
    kind = coded(lamps["light_method"], _rules()["lamp_type"])
    return lamps.assign(lamp_id=lamps["id"], lamp_type=kind)


def _entrances(tables: Tables) -> gpd.GeoDataFrame:
    return osm_places.entrances(tables, _parks(tables), _roads(tables), _rules())


def _amenities(tables: Tables, value: str) -> list[gpd.GeoDataFrame]:
    return [t[t["amenity"] == value] for t in (tables["multipolygons"], tables["points"])]


def _transit_lines(tables: Tables) -> gpd.GeoDataFrame:
    routes = tables["multilinestrings"]
    mode = coded(routes["route"], _rules()["line_mode"])
    found = routes.assign(line_id=routes["id"], mode=mode, name=value_of(routes, ("name", "ref")))
    return found[mode.notna()]


_LAYERS: Mapping[str, Callable[[Tables], gpd.GeoDataFrame]] = {
    "parcels": _parcels, "buildings": _buildings, "roads": _roads, "entrances": _entrances,
    "bike_corridors": _bike_corridors, "transit_stops": osm_stops.candidates,
    "transit_lines": _transit_lines, "parks": _parks, "car_parks": _car_parks,
    "facilities": _facilities, "street_lamps": _street_lamps,
}  # fmt: skip

_AREAS_AND_POINTS = ("multipolygons", "points")
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "parcels": ("multipolygons",), "parks": ("multipolygons",), "buildings": ("multipolygons",),
    "roads": ("lines",), "bike_corridors": ("lines", "multilinestrings"),
    "entrances": ("points", "lines", "multipolygons"),
    "transit_stops": ("points", "lines", "multipolygons"), "transit_lines": ("multilinestrings",),
    "car_parks": _AREAS_AND_POINTS, "facilities": _AREAS_AND_POINTS,
    "street_lamps": ("points",),
}  # fmt: skip
_SETTLED: Mapping[str, Callable[[gpd.GeoDataFrame], tuple[gpd.GeoDataFrame, list[Finding]]]] = {
    "parcels": smallest_first, "transit_stops": osm_stops.once_each,
}  # fmt: skip
