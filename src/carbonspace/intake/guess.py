"""Which dataset is which canonical layer: from its name, its fields, its values, its shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.intake.draft import ColumnDraft, Guess, is_worth, together
from carbonspace.intake.fields import columns_of, meanings_of
from carbonspace.model.aliases import Certainty, layer_meanings
from carbonspace.model.layers import LAYERS, RASTER_KINDS
from carbonspace.model.layers_themes import THEME_LAYERS
from carbonspace.model.text import Text
from carbonspace.sources.dataset import kind_of
from carbonspace.sources.listing import Dataset

_BY_NAME: Mapping[Certainty, float] = {"certain": 0.7, "likely": 0.5, "possible": 0.3}
_SIGNS: Mapping[str, Mapping[str, float]] = {
    "parcels": {"land_use": 0.8, "parcel_id": 0.4, "far_max": 0.5, "density_max": 0.4},
    "units": {"unit_id": 0.4, "unit_type": 0.4},
    "census": {"population": 0.3, "jobs": 0.3},
    "blocks": {"block_id": 0.5},
    "buildings": {"floors": 0.7, "height": 0.5, "roof_type": 0.5, "pv_area": 0.5},
    "roads": {"road_class": 0.8, "oneway": 0.3, "width": 0.2},
    "entrances": {"entrance_to": 0.7},
    "bike_corridors": {"corridor_class": 0.7},
    "transit_stops": {"mode": 0.4},
    "transit_lines": {"mode": 0.4},
    "car_parks": {"spaces": 0.6, "charging_spaces": 0.8},
    "facilities": {"facility_type": 0.4},
    "city": {"city_id": 0.3},
    "communities": {"community_id": 0.4, "is_complete": 0.5, "is_green": 0.3},
    "life_circles": {"circle_id": 0.4, "minutes": 0.5},
    "subdistricts": {"subdistrict_id": 0.4, "has_waste_collection": 0.5},
    "boundaries": {"boundary_type": 0.5},
    "control_lines": {"line_type": 0.6},
    "corridors": {"corridor_type": 0.6},
    "greenways": {"greenway_id": 0.4},
    "greenery": {"greenery_type": 0.5, "is_native": 0.4, "forest_type": 0.4},
    "underground": {"depth_from": 0.4, "depth_to": 0.4},
    "street_lamps": {"lamp_type": 0.6},
    "heat_pipes": {"pipe_id": 0.4},
    "past_parcels": {"land_use": 0.8, "parcel_id": 0.4},
    "past_buildings": {"floors": 0.7, "is_retrofitted": 0.4},
}
"""How much a column, once found, speaks for its layer."""
_SELDOM = frozenset(layer.key for layer in THEME_LAYERS)
"""Layers that few plans have: that they share a field's name does not make it say less."""

_PAST = ("past_parcels", "past_buildings")
"""Only a name tells that what looks like parcels or buildings is that of the base year."""

_TELLING = 0.6
_FEED = 0.9
_ALONE = 0.35
_TILES = 0.4
_MOST_UNITS = 2000
_BETWEEN = 0.37
"""Where along a line it is looked at: in the middle another outline may cross it."""

_MOST = 0.4
"""Of outlines, of which neighbours share nearly all, as a share of their length."""

_ON_OUTLINE = 0.9
_OVERLAP = 0.02
_NEAR = 1e-6
_SHARED_BY = 2
_RASTER_WORDS: Mapping[str, tuple[str, ...]] = {
    "canopy": ("cdsm", "canopy", "chm", "树冠"),
    "dsm": ("dsm", "表面"),
    "dem": ("dem", "dtm", "dgm", "高程", "地形"),
    "land_cover": ("lc", "landcover", "cover", "覆被"),
    "population": ("pop", "population", "worldpop", "人口"),
    "impervious": ("impervious", "imperviousness", "不透水"),
    "ndvi": ("ndvi", "植被指数"),
}


class Candidate(NamedTuple):
    """A dataset as one canonical layer: how sure, why, and what its fields would be."""

    dataset: Dataset
    guess: Guess
    columns: tuple[ColumnDraft, ...]
    where: str | None = None


def name_of(dataset: Dataset) -> str:
    """Return what a dataset is called: its layer, else its file."""
    return dataset.layer or PurePath(dataset.source.rstrip("/\\")).name.partition(".")[0]


def candidates(
    dataset: Dataset, fields: Mapping[tuple[str, str], str | None], role: str | None
) -> list[Candidate]:
    """Return what a dataset may be, the likeliest first; only `role` where one is given."""
    found = possible(dataset, fields, role)
    return [one for one in found if dataset.gives or is_worth(one.guess.score)]


def possible(
    dataset: Dataset, fields: Mapping[tuple[str, str], str | None], role: str | None = None
) -> list[Candidate]:
    """Return all that a dataset could be by its shapes, also what nothing else speaks for."""
    if dataset.gives:
        return [*_of_feed(dataset)]
    found = [_candidate(dataset, key, fields, role) for key in ([role] if role else LAYERS)]
    return sorted((one for one in found if one is not None), key=lambda one: -one.guess.score)


def raster_kind(dataset: Dataset) -> Guess | None:
    """Return which raster a raster is, by the words of its name."""
    words = set(re.split(r"[\W_]+", name_of(dataset).lower()))
    for kind, known in _RASTER_WORDS.items():
        for word in known:
            if word in words or (not word.isascii() and word in name_of(dataset)):
                why = Text(f"名称中有“{word}”", f'the name says "{word}"')
                return Guess(kind, 0.7, why)
    return None


def raster_title(kind: str) -> Text:
    """Return what a kind of raster is called."""
    return RASTER_KINDS[kind]


def outlined_by(lines: Dataset, others: Iterable[Dataset]) -> Dataset | None:
    """Return the polygons whose outlines these lines are, or None."""
    drawn = _shapes(lines)
    if lines.kind != "line" or not len(drawn):
        return None
    for other in others:
        if other.kind == "polygon" and other.bounds == lines.bounds and _are_edges(drawn, other):
            return other
    return None


def cover_each_other(one: Dataset, other: Dataset) -> bool:
    """Return whether the polygons, or the very shapes, of two datasets lie on one another."""
    left, right = _shapes(one), _shapes(other)
    if one.kind != "polygon":
        return bool(np.isin(shapely.to_wkb(left), shapely.to_wkb(right)).any())
    left, right = shapely.make_valid(left), shapely.make_valid(right)
    pairs = shapely.STRtree(left).query(right, predicate="intersects")
    common = shapely.area(shapely.intersection(right[pairs[0]], left[pairs[1]])).sum()
    least = min(shapely.area(left).sum(), shapely.area(right).sum())
    return bool(common > _OVERLAP * least)


def are_rings(lines: Dataset) -> bool:
    """Return whether nearly all lines end where they start, as roads do not."""
    drawn = _shapes(lines)
    return len(drawn) > 2 and float(shapely.is_closed(drawn).mean()) >= _ON_OUTLINE


def _of_feed(dataset: Dataset) -> Iterator[Candidate]:
    for key in dataset.gives:
        why = Text("由数据格式给出", "the format says so")
        yield Candidate(dataset, Guess(key, _FEED, why), ())


def _candidate(
    dataset: Dataset, key: str, fields: Mapping[tuple[str, str], str | None], role: str | None
) -> Candidate | None:
    """Return a dataset as layer `key`, or None where its geometry cannot be that."""
    where = _where(dataset, key)
    if dataset.kind not in (*LAYERS[key].geometry, "mixed") or where == "":
        return None
    columns = columns_of(dataset, key, fields, name_of(dataset))
    if role:
        guess = Guess(key, 1.0, Text("由您指定", "as you said"))
    else:
        scores, reasons = zip(*[(0.0, Text("", "")), *_reasons(dataset, key, columns)], strict=True)
        said = [one for one in reasons if one.zh]
        why = Text("；".join(w.zh for w in said), "; ".join(w.en for w in said))
        guess = Guess(key, together([*scores]), why)
    return Candidate(dataset, guess, columns, where)


def _where(dataset: Dataset, key: str) -> str | None:
    """Return the filter that leaves a mixed dataset's fitting shapes; "" where it has none."""
    if dataset.kind != "mixed":
        return None
    present = {kind_of(np.array([one])) for one in _shapes(dataset)}
    if present <= {*LAYERS[key].geometry}:
        return None
    wanted = [kind for kind in LAYERS[key].geometry if kind in present]
    names = {"polygon": "%POLYGON", "line": "%LINESTRING", "point": "%POINT"}
    # A GeoPackage filters in its own SQL, everything else in that of OGR.
    in_gpkg = dataset.source.lower().endswith(".gpkg")
    shape = "ST_GeometryType(geom)" if in_gpkg else "OGR_GEOMETRY"
    return " OR ".join(f"{shape} LIKE '{names[kind]}'" for kind in wanted)


def _reasons(
    dataset: Dataset, key: str, columns: tuple[ColumnDraft, ...]
) -> Iterator[tuple[float, Text]]:
    """Yield what speaks for a dataset being layer `key`."""
    named = [*_by_name(dataset, key)]
    yield from named
    if key in _PAST and not named:
        return
    for one in columns:
        weight = _SIGNS.get(key, {}).get(one.column, 0.0) * _specific(one)
        if weight and one.field and one.score >= _TELLING:
            zh = f"字段 {one.field} 是{_title(key, one.column).zh}"
            yield weight * one.score, Text(zh, f"{one.field} holds {one.column}")
    yield from _by_shape(dataset, key)


def _specific(column: ColumnDraft) -> float:
    """Return how much less a field name says because many layers have it (`ID`, `name`)."""
    layers = {meaning.layer for meaning in meanings_of(str(column.field))} - _SELDOM
    return min(1.0, _SHARED_BY / len(layers)) if layers else 1.0


def _by_name(dataset: Dataset, key: str) -> Iterator[tuple[float, Text]]:
    for name, trust in zip(_names(dataset), (1.0, 0.8), strict=True):
        for meaning in layer_meanings(name):
            if meaning.layer == key and not _is_said_better(name, key):
                why = Text(f"名称“{meaning.alias}”", f'the name says "{meaning.alias}"')
                yield trust * _BY_NAME[meaning.certainty], why
                return


def _names(dataset: Dataset) -> tuple[str, str]:
    """Return what the layer and what the file is called."""
    stem = PurePath(dataset.source.rstrip("/\\")).name.partition(".")[0]
    return dataset.layer or stem, stem


def _is_said_better(name: str, key: str) -> bool:
    """Return whether the name says another layer in longer words: 停车场 is no 场."""
    words = {m.layer: m.alias.casefold() for m in layer_meanings(name)}
    mine = words[key]
    return any(mine in other and mine != other for one, other in words.items() if one != key)


def _by_shape(dataset: Dataset, key: str) -> Iterator[tuple[float, Text]]:
    if dataset.kind != "polygon":
        return
    if any(layer_meanings(name) for name in _names(dataset)):
        return
    if key == "city" and dataset.features == 1:
        yield _ALONE, Text("只有一个面", "it is a single polygon")
    if key == "units" and 2 <= dataset.features <= _MOST_UNITS and _tiles(dataset):
        yield _TILES, Text("面相互邻接而不重叠", "its polygons meet and do not overlap")


def _tiles(dataset: Dataset) -> bool:
    """Return whether polygons meet one another and hardly overlap."""
    shapes = shapely.make_valid(_shapes(dataset))
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = left < right
    met = len(np.unique([left[pairs], right[pairs]])) >= 0.8 * len(shapes)
    area = float(shapely.area(shapes).sum())
    common = shapely.area(shapely.intersection(shapes[left[pairs]], shapes[right[pairs]])).sum()
    return met and area > 0 and float(common) < _OVERLAP * area


def _are_edges(drawn: np.ndarray, polygons: Dataset) -> bool:
    """Return whether lines lie on the outlines of polygons, and are most of them.

    Both their corners and what is between have to lie there. Streets between blocks lie on the
    outlines of these, too; some lines along some streets are not yet outlines.
    """
    edges = shapely.boundary(_shapes(polygons))
    if shapely.length(drawn).sum() < _MOST * shapely.length(edges).sum():
        return False
    corners, line = shapely.get_coordinates(drawn, return_index=True)
    between = corners[:-1] + _BETWEEN * (corners[1:] - corners[:-1])
    points = shapely.points(np.concatenate((corners, between[line[1:] == line[:-1]])))
    on, _ = shapely.STRtree(edges).query(points, predicate="dwithin", distance=_NEAR)
    return len(np.unique(on)) >= _ON_OUTLINE * len(points)


def _shapes(dataset: Dataset) -> np.ndarray:
    if not isinstance(dataset.sample, gpd.GeoDataFrame):
        return np.array([], dtype=object)
    shapes = dataset.sample.geometry.to_numpy()
    return np.asarray(shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)])


def _title(layer: str, column: str) -> Text:
    declared = LAYERS[layer].column(column)
    return declared.title if declared else Text(column, column)
