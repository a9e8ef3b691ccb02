"""Facilities of daily life, and ways into parks, compounds and stations, of an OSM extract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text, counted
from carbonspace.sources.tags import closed, coded

SCHOOL = "school"
"""The type of a school of which nobody says what level it is."""

ON_OUTLINE_M = 1.0
"""A gate so near to the outline of a park is a gate of the park: it was drawn on it."""

_ON_WAY_DEGREES = 1e-7
"""A node of a way lies on it, but for rounding: coordinates have seven decimals, a centimetre."""

_KEYS = ("recycling_type", "amenity", "social_facility", "healthcare", "leisure", "tourism", "shop",
         "man_made", "highway")  # fmt: skip
_FIELDS = ("id", "name", "access", "facility_type", "geometry")
_LEVELS = ("isced_level", "school")
_NAMED = 5

Tables = Mapping[str, gpd.GeoDataFrame]


def facilities(tables: Tables, rules: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Return facilities by type; one drawn as an area and as a point inside it counts once.

    A school of several levels is one facility of each: its id is that of the school and the type.
    """
    areas, points = (_typed(tables[name], rules) for name in ("multipolygons", "points"))
    area, point = points.sindex.query(areas.geometry, predicate="intersects")
    alike = areas["facility_type"].to_numpy()[area] == points["facility_type"].to_numpy()[point]
    points = points[~np.isin(np.arange(len(points)), point[alike])]
    both = gpd.GeoDataFrame(pd.concat([areas, points], ignore_index=True), crs=areas.crs)
    again = both["id"].duplicated()
    more = both["id"] + "/" + both["facility_type"].astype("str")  # without any it is of numbers
    return both.assign(facility_id=both["id"].mask(again, more))


def entrances(
    tables: Tables, parks: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, rules: Mapping[str, Any]
) -> gpd.GeoDataFrame:
    """Return ways in: of stations, on the outline of public parks, and on roads of compounds.

    A gate that nobody may pass is none; nor is one on the outline of a park that is private.
    """
    points = tables["points"]
    station = coded(points["railway"], rules["entrance"]["railway"]).notna()
    gate = coded(points["barrier"], rules["entrance"]["barrier"]).notna()
    gate |= points["entrance"].notna()
    found = points[(station | gate) & ~_locked(points)]
    station = station[found.index]
    public = ~closed(found["access"]) | found["foot"].isin(["yes", "designated", "permissive"])
    at_park = public & _on_outline(found, parks)
    compound = found["barrier"].notna() & _on_way(found, roads[roads["road_class"] == "compound"])
    to = np.select([station, at_park, compound], ["station", "park", "compound"], default="")
    named = found.assign(entrance_id=found["id"], entrance_to=to)
    return named[named["entrance_to"] != ""]


def unlevelled(found: gpd.GeoDataFrame | None) -> Iterator[Finding]:
    """Yield how many schools count as no kind because nobody says their level."""
    if found is None:
        return
    names = found.loc[found["facility_type"] == SCHOOL, "facility_id"]
    if names.empty:
        return
    count = counted(len(names), "所", "school", "schools")
    listed = ", ".join(names[:_NAMED]) + ", …" * (len(names) > _NAMED)
    yield Finding(
        "warning", "facilities",
        Text("学校未注明小学或中学", "Schools do not say whether they are primary or secondary"),
        Text(f"{count.zh}：{listed}", f"{count.en}: {listed}"),
        Text("标签 isced:level 或 school", "the tag isced:level or school"),
        Text('类型记为 "school"，既不计入小学也不计入中学；如均为小学，请写 '
             '[layers.facilities.values] facility_type = { school = "primary_school" }，'
             "或换用教育设施图层。",
             'Their type is "school": they count neither as primary nor as secondary schools. If '
             "they are primary schools write [layers.facilities.values] facility_type = "
             '{ school = "primary_school" }, or name a layer of schools.'),
    )  # fmt: skip


def _typed(table: gpd.GeoDataFrame, rules: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Return the features of a type, a row for each level of a school."""
    kind = pd.Series(None, index=table.index, dtype="str")
    for key in _KEYS:
        kind = kind.fillna(coded(table[key], rules["facility"][key]))
    if "crossing" in table:
        kind = kind.mask((kind == "crossing") & (table["crossing"] == "no"))
    homes = (table["social_facility"] == "group_home") | (table["social_facility"] == "day_care")
    homes &= kind == "elderly_care"
    kind = kind.mask(homes & ~table["social_facility_for"].fillna("").str.contains("senior"))
    found = table.assign(facility_type=kind)[kind.notna()]
    found["facility_type"] = [
        _levels(row, rules["school_level"]) if row.facility_type == SCHOOL else [row.facility_type]
        for row in found[["facility_type", *_LEVELS]].itertuples()
    ]
    return found[[*_FIELDS]].explode("facility_type", ignore_index=True)


def _levels(row: Any, known: Mapping[str, str]) -> list[str]:
    """Return the types of facility a school is, by the levels it teaches."""
    for said in (row.isced_level, row.school):
        if isinstance(said, str):
            span = re.sub(r"(\d)-(\d)", _between, said)
            types = dict.fromkeys(known[w] for w in re.findall(r"\w+", span) if w in known)
            if types:
                return [*types]
    return [SCHOOL]


def _between(found: re.Match[str]) -> str:
    low, high = int(found[1]), int(found[2])
    return " ".join(str(level) for level in range(low, high + 1))


def _locked(points: pd.DataFrame) -> pd.Series:
    return (points["access"] == "no") & ~points["foot"].isin(["yes", "designated", "permissive"])


def _on_outline(gates: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> np.ndarray:
    """Tell which gates lie on the outline of a park."""
    result = np.zeros(len(gates), dtype=bool)
    drawn = parks[parks.geometry.notna()]
    if len(gates) and len(drawn):
        crs = gates.estimate_utm_crs()
        edges = shapely.boundary(drawn.to_crs(crs).geometry.to_numpy())
        places = gates.to_crs(crs).geometry.to_numpy()
        near, _ = shapely.STRtree(edges).query(places, predicate="dwithin", distance=ON_OUTLINE_M)
        result[near] = True
    return result


def _on_way(gates: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> np.ndarray:
    """Tell which gates are a node of one of the roads."""
    tree = shapely.STRtree(roads.geometry.to_numpy())
    places = gates.geometry.to_numpy()
    near, _ = tree.query(places, predicate="dwithin", distance=_ON_WAY_DEGREES)
    return np.isin(np.arange(len(gates)), near)
