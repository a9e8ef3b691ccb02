"""Oracles: plain geopandas, shapely and pandas. Nothing here knows carbonspace."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

ROOF_SHARES = {
    ("flat", ""): 0.6,
    ("flat", "07"): 0.4,
    ("pitched", ""): 0.45,
    ("metal", ""): 0.3,
    ("metal", "10"): 0.8,
    ("other", ""): 0.3,
}
"""Usable share of a roof by type and use: the middles of the usual ranges."""


def planar(units: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Make units disjoint: each loses what those with a smaller id take."""
    ordered = units.sort_values(name).reset_index(drop=True)
    taken, left = ordered.geometry.iloc[[0]], [ordered.geometry.iloc[0]]
    for n in range(1, len(ordered)):
        rest = ordered.geometry.iloc[[n]].difference(taken.union_all())
        left.append(_areas(rest.iloc[0]))
        taken = ordered.geometry.iloc[: n + 1]
    return ordered.set_geometry(gpd.GeoSeries(left, crs=units.crs))


def _areas(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(geometry)
    return shapely.MultiPolygon(list(parts[shapely.area(parts) > 1e-6]))


def outline(units: gpd.GeoDataFrame) -> shapely.Geometry:
    return shapely.union_all(units.geometry.to_numpy())


def cut(features: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut features along areas; `share` is the part of each feature's size in the piece."""
    lines = features.geom_type.isin(["LineString", "MultiLineString"]).all()
    size = features.length if lines else features.area
    pieces = gpd.overlay(
        features.assign(whole=size), areas, how="intersection", keep_geom_type=True
    )
    return pieces.assign(share=(pieces.length if lines else pieces.area) / pieces["whole"])


def points(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return features.set_geometry(features.representative_point())


def within(features: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    """Count features per unit by a point inside each."""
    found = gpd.sjoin(points(features)[["geometry"]], units[["unit_id", "geometry"]])
    return per_unit(units, found["unit_id"], pd.Series(1.0, index=found.index))


def near(features: gpd.GeoDataFrame, others: gpd.GeoDataFrame, distance: float) -> np.ndarray:
    """Tell which features are within a distance of any of the others."""
    gap = [others.distance(one).min() if len(others) else np.inf for one in features.geometry]
    return np.asarray(gap) <= distance


def per_unit(units: gpd.GeoDataFrame, unit: pd.Series, amounts: pd.Series) -> pd.Series:
    return amounts.groupby(unit).sum().reindex(pd.Index(units["unit_id"])).fillna(0.0)


def reach(features: gpd.GeoDataFrame, radius: float) -> gpd.GeoDataFrame:
    """Return one polygon: all that lies within a radius of any feature."""
    return gpd.GeoDataFrame(
        geometry=[features.buffer(radius, quad_segs=64).union_all()], crs=features.crs
    )


def blocks(roads: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the faces between streets within the units, without medians and islands.

    Units whose borders rounding has parted by less than 10 cm are not parted here.
    """
    streets = roads[roads["road_class"].isin(["expressway", "arterial", "secondary", "local"])]
    whole = outline(units).buffer(0.05, join_style="mitre").buffer(-0.05, join_style="mitre")
    lines = [*streets.geometry, whole.boundary]
    faces = gpd.GeoSeries(shapely.polygonize([shapely.union_all(lines)]), crs=roads.crs)
    faces = faces.explode(ignore_index=True)
    shapely.prepare(whole)
    faces = faces[shapely.contains(whole, faces.representative_point().to_numpy())]
    wide = faces[~faces.buffer(-8.0, quad_segs=2).is_empty].reset_index(drop=True)
    return gpd.GeoDataFrame({"block": wide.index}, geometry=wide)


def floor_areas(buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the floor area as given, else footprint times floors, one where unknown."""
    drawn = buildings.area * buildings["floors"].astype(float).fillna(1.0).clip(lower=1.0)
    return buildings["floor_area"].fillna(drawn) if "floor_area" in buildings else drawn


def roof_shares(buildings: gpd.GeoDataFrame) -> pd.Series:
    kinds = {kind for kind, _ in ROOF_SHARES}
    shares = []
    for kind, use in zip(buildings["roof_type"], buildings["use"], strict=True):
        known = kind if kind in kinds else "other"
        first = use[:2] if isinstance(use, str) else ""
        shares.append(ROOF_SHARES.get((known, first), ROOF_SHARES[(known, "")]))
    return pd.Series(shares, index=buildings.index)


def populated(
    parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, census: gpd.GeoDataFrame
) -> pd.Series:
    """Return the people of each parcel: those of a zone shared among its homes by floor area."""
    homes = parcels[parcels["land_use"].str.startswith("07")][["parcel_id", "geometry"]]
    zones = census.to_crs(parcels.crs)[["zone_id", "population", "geometry"]]
    land = gpd.overlay(homes, zones, keep_geom_type=True)
    floors = buildings[["geometry"]].assign(floor=floor_areas(buildings))
    standing = cut(floors, land)
    standing["floor"] *= standing["share"]
    whole = standing.groupby("zone_id")["floor"].transform("sum")
    people = standing["population"] * standing["floor"] / whole
    by_parcel = people.groupby(standing["parcel_id"]).sum()
    return by_parcel.reindex(pd.Index(parcels["parcel_id"])).fillna(0.0)


def places(
    parcels: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, amount: np.ndarray
) -> gpd.GeoDataFrame:
    """Return where the amount of each parcel is: in its buildings by floor area, else its land."""
    floors = buildings[["geometry"]].assign(floor=floor_areas(buildings))
    held = parcels[["parcel_id", "geometry"]].assign(amount=amount)
    inside = cut(floors, held)
    inside["floor"] *= inside["share"]
    inside["people"] = (
        inside["amount"] * inside["floor"] / inside.groupby("parcel_id")["floor"].transform("sum")
    )
    bare = held[~held["parcel_id"].isin(inside["parcel_id"])].rename(columns={"amount": "people"})
    both = pd.concat(
        [inside[["people", "geometry"]], bare[["people", "geometry"]]], ignore_index=True
    )
    return gpd.GeoDataFrame(both[both["people"] > 0], crs=parcels.crs)


def living(held: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the people of each place by unit, those of a place across units by area."""
    cut_places = cut(held, units[["unit_id", "geometry"]])
    return cut_places.assign(people=cut_places["people"] * cut_places["share"])


def served(living_in: gpd.GeoDataFrame, near_stops: gpd.GeoDataFrame) -> pd.Series:
    """Return how many people of each place are within reach: by area."""
    whole = near_stops.union_all()
    shapely.prepare(whole)
    land = living_in.geometry.to_numpy()
    share = np.where(shapely.disjoint(whole, land), 0.0, 1.0)
    edge = (share > 0) & ~shapely.contains(whole, land)
    share[edge] = shapely.area(shapely.intersection(whole, land[edge])) / shapely.area(land[edge])
    return living_in["people"] * share


def moved_by_halving(
    lines: gpd.GeoSeries, units: gpd.GeoDataFrame, tolerance: float
) -> pd.DataFrame:
    """Return the metres each unit wins because lines along a border are shared.

    What comes within the tolerance of a border, and stays on its side, belongs in equal parts
    to all units within the tolerance (`moved`); what crosses a border is cut there. `beside` is
    what lies within the tolerance of the unit but in none.
    """
    edges, shapes = _edges(units), units.geometry.to_numpy()
    tree, whole = shapely.STRtree(edges), shapely.STRtree(shapes)
    moved, beside = np.zeros(len(units)), np.zeros(len(units))
    for line in lines.iloc[np.unique(tree.query(lines, "dwithin", distance=tolerance)[0])]:
        borders = shapely.union_all(edges[tree.query(line, "dwithin", distance=tolerance)])
        for part in shapely.get_parts(line.intersection(borders.buffer(tolerance))):
            near = whole.query(part, "dwithin", distance=tolerance)
            close = shapely.clip_by_rect(shapes[near], *part.buffer(1.0).bounds)
            if part.length > 10 * tolerance and not part.intersects(borders):
                own = shapely.length(shapely.intersection(close, part))
                moved[near] += part.length / len(near) - own
            beside[near] += part.difference(shapely.union_all(close)).length
    return pd.DataFrame({"moved": moved, "beside": beside}, index=pd.Index(units["unit_id"]))


def _edges(units: gpd.GeoDataFrame) -> np.ndarray:
    """Return the straight segments of all borders."""
    rings = shapely.get_parts(shapely.get_parts(units.boundary.to_numpy()))
    ends, ring = shapely.get_coordinates(rings, return_index=True)
    pairs = np.stack([ends[:-1], ends[1:]], axis=1)[ring[1:] == ring[:-1]]
    return np.asarray(shapely.linestrings(pairs), dtype=object)


def segments(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the straight segments of lines, with their direction in degrees 0..180."""
    parts = lines.explode(ignore_index=True)
    ends = [
        (row, a, b)
        for row, line in enumerate(parts.geometry)
        for a, b in zip(line.coords[:-1], line.coords[1:], strict=True)
        if a != b
    ]
    rows, start, end = zip(*ends, strict=True)
    step = np.asarray(end) - np.asarray(start)
    table = parts.drop(columns="geometry").iloc[list(rows)].reset_index(drop=True)
    table["direction"] = np.degrees(np.arctan2(step[:, 1], step[:, 0])) % 180.0
    shapes = [shapely.LineString([a, b]) for _, a, b in ends]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=lines.crs)


def running_along(lines: gpd.GeoDataFrame, paths: gpd.GeoDataFrame, gap: float) -> pd.Series:
    """Return the metres of each segment of `lines` near a segment of `paths` of its direction."""
    beside = paths.sindex.query(lines.geometry, predicate="dwithin", distance=gap)[1]
    paths = paths.iloc[np.unique(beside)]
    strips = paths.buffer(gap, quad_segs=64)
    lengths = []
    for line, direction in zip(lines.geometry, lines["direction"], strict=True):
        rows = strips.sindex.query(line, predicate="intersects")
        turn = np.abs(paths["direction"].to_numpy()[rows] - direction)
        alike = rows[np.minimum(turn, 180.0 - turn) <= 30.0]
        lengths.append(line.intersection(strips.iloc[alike].union_all()).length)
    return pd.Series(lengths, index=lines.index)
