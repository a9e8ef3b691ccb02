"""Features drawn twice, and slivers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from carbonspace.kernels.width import holds_circle
from carbonspace.model.once import Once, made_now
from carbonspace.model.policy import FAULTS, Policies, Policy
from carbonspace.model.text import Text
from carbonspace.prepare.geometry.treat import Spot, Treated, treated

_AMOUNTS = ("population", "jobs", "workers", "floor_area", "area")


def duplicates(
    key: str, layer: gpd.GeoDataFrame, policies: Policies, once: Once = made_now
) -> Treated:
    """Look for features of the same shape; points are the same if their columns are too."""
    first = first_of_kind(layer, once)
    again = np.flatnonzero(first != np.arange(len(layer)))
    shapes = layer.geometry.to_numpy()
    spots = [Spot(str(layer.index[n]), _same_as(layer.index[first[n]]), shapes[n]) for n in again]
    keep = np.ones(len(layer), dtype=bool)
    keep[again] = False
    return treated("duplicates", key, layer, spots, policies, lambda given, _: given[keep], once)


def slivers(
    key: str, layer: gpd.GeoDataFrame, policies: Policies, once: Once = made_now
) -> Treated:
    """Look for polygons narrower than the tolerance, the thinnest first.

    The width is that of a strip of the polygon's area and perimeter.
    """
    if not FAULTS["slivers"].concerns(key):
        return Treated(layer, [], [])
    shapes = layer.geometry.to_numpy()
    limit = policies.of("slivers", key).limit
    few = once.chosen(f"{key} narrower than {limit!r}", shapes, lambda some: _width(some) < limit)
    width = _width(shapes[few])
    order = np.argsort(width, kind="stable")
    thin = few[order]
    spots = [Spot(str(layer.index[n]), _thin(wide, shapes[n]), shapes[n])
             for n, wide in zip(thin, width[order], strict=True)]  # fmt: skip
    return treated(
        "slivers", key, layer, spots, policies, lambda given, _: _merged(given, thin), once
    )


def best_neighbour(
    shape: shapely.Geometry, others: np.ndarray, tree: shapely.STRtree, *, not_: frozenset[int]
) -> int | None:
    """Return the position of the polygon that shares the longest border with `shape`."""
    near = [int(n) for n in np.sort(tree.query(shape, predicate="intersects")) if n not in not_]
    shared = shapely.length(shapely.intersection(shapely.boundary(shape), others[near]))
    return near[int(np.argmax(shared))] if near and shared.max() > 0 else None


def of_one_box(shapes: np.ndarray, once: Once = made_now) -> np.ndarray:
    """Return the positions of the shapes whose box is that of others, too."""
    boxes = once.of(shapely.bounds, shapes)
    maybe = np.flatnonzero(pd.Series(boxes[:, 0]).duplicated(keep=False))
    same: np.ndarray = maybe[pd.DataFrame(boxes[maybe]).duplicated(keep=False).to_numpy()]
    return same


def first_of_kind(layer: gpd.GeoDataFrame, once: Once = made_now) -> np.ndarray:
    """Return for each feature the position of the first one that is the same."""
    shapes = layer.geometry.to_numpy()
    maybe = of_one_box(shapes, once)
    same = pd.DataFrame({"": shapely.to_wkb(shapely.normalize(shapes[maybe]))})
    if (shapely.get_dimensions(shapes[maybe]) == 0).any():
        rest = layer.iloc[maybe].drop(columns=layer.geometry.name)
        same = pd.concat([same, rest.astype(str).reset_index(drop=True)], axis=1)
    groups = same.groupby(list(same.columns), sort=False, dropna=False).ngroup().to_numpy()
    _, opening, group = np.unique(groups, return_index=True, return_inverse=True)
    first = np.arange(len(layer))
    first[maybe] = maybe[opening[group]] if len(maybe) else maybe
    return first


def _same_as(name: object) -> Text:
    return Text(f"与 {name} 形状相同", f"the same shape as {name}")


def _width(shapes: np.ndarray) -> np.ndarray:
    return np.asarray(2 * shapely.area(shapes) / shapely.length(shapes))


def _thin(width: float, shape: shapely.Geometry) -> Text:
    area = f"{shape.area:,.2f} m²"
    return Text(f"宽 {width:.3g} m，{area}", f"{width:.3g} m wide, {area}")


def _merged(layer: gpd.GeoDataFrame, thin: np.ndarray) -> gpd.GeoDataFrame:
    """Return the layer with each sliver merged into its best neighbour."""
    shapes = layer.geometry.to_numpy().copy()
    tree = shapely.STRtree(shapes)
    slim = frozenset(int(n) for n in thin)
    owner = np.arange(len(layer))
    for n in sorted(slim):
        host = best_neighbour(shapes[n], shapes, tree, not_=slim)
        if host is not None:
            shapes[host] = shapely.union(shapes[host], shapes[n])
            owner[n] = host
    kept = owner == np.arange(len(layer))
    sums = {c: layer[c].groupby(owner).sum(min_count=1).to_numpy() for c in _AMOUNTS if c in layer}
    merged = layer.set_geometry(gpd.GeoSeries(shapes, layer.index, crs=layer.crs))[kept]
    return merged.assign(**sums)


def thinner(shapes: np.ndarray, policy: Policy) -> np.ndarray:
    """Tell which polygons are nowhere wider than the policy's tolerance."""
    return ~holds_circle(shapes, policy.limit / 2)
