"""The ground of parcels: rain that has to be collected, paving that is too large."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._documents import BAYANNUR, COUNTY_2021, JIUJIANG, LIANYUNGANG
from carbonspace.indicators._parcel_figures import (
    GREEN,
    GreeneryTypes,
    Lots,
    Site,
    grown_on,
)
from carbonspace.indicators._parcels import Figure, greatest_of, rows_of
from carbonspace.indicators._shared import Floats, Geometries, filled, flag, known
from carbonspace.indicators._steps import PARCELS_BY_UNIT
from carbonspace.indicators._traits import Unstated, amount_of, flagged, held_by
from carbonspace.kernels.overlay import united
from carbonspace.model.indicator import Indicator, SquareMetres, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

PLAZAS = Lots(parcel_uses=("1403",))
CUTTING = (*GREEN, "water")
_COLLECTS = flagged("雨水收集", "collects rainwater", "has_rainwater_collection")


@indicator(
    title=Text("未建雨水收集系统的新建地块", "New parcels that do not collect rainwater"),
    unit="",
    theme="parcels",
    aggregate="sum",
    source=f"{LIANYUNGANG} 三12",
    definition=Text(
        "用地面积大于限值（严格大于，缺省 1 万平方米）的新建地块中没有雨水收集系统的个数；未说明者"
        "按没有计（unstated=left_out 时不计）。跨单元的地块按面积分摊；有豁免记录者不计，另列。",
        "New parcels larger than the limit (strictly; by default 10,000 m²) without a system that "
        "collects rainwater; one that does not say has none (with unstated = left_out it does not "
        "count). A parcel in several units counts to each by area; one with a recorded exemption "
        "does not count, and is told.",
    ),
    levels=("unit", "city", "parcel"),
)
def rainwater_collection_parcel(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    larger_than: SquareMetres = 10_000.0,
    unstated: Unstated = "without",
    shared: Shared | None = None,
) -> Measure:
    """Count the new large parcels without rainwater collection.

    Parameters
    ----------
    units
        Planning units.
    parcels
        Polygons with `is_new` and `has_rainwater_collection`.
    larger_than
        Area above which a parcel has to collect rainwater, m².
    unstated
        What a parcel counts as that does not say.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Number of parcels. Evidence: these, exempt ones included. `parts` has one row per parcel
        that is asked: 1 where it lacks the system, else 0.

    Raises
    ------
    MissingColumnError
        If `is_new` or `has_rainwater_collection` is not known of any parcel.

    Notes
    -----
    连云港 三12: 规划用地超过1万平方米的新建建筑要同步建设雨水收集系统.
    """
    known(parcels, "parcels", "is_new", shared)
    area = shapely.area(parcels.geometry.to_numpy())
    asked = flag(parcels, "is_new") & (area > larger_than)
    held = held_by(parcels, "parcels", _COLLECTS, asked, shared, unstated=unstated)
    lacking = held.counts & ~np.asarray(held.has, dtype=bool)
    measure = amount_of(units, parcels, PARCELS_BY_UNIT, np.ones(len(parcels)), lacking, shared,
                        facts=("land_use", "exemption"), excused=True)  # fmt: skip
    figure = Figure(lacking.astype(float), None, held.counts)
    return replace(measure, parts={"parcel": rows_of(units, parcels, figure, shared)})


@indicator(
    title=Text("广场集中硬地面积", "Largest paving of a plaza"),
    unit="ha",
    theme="parcels",
    aggregate="max",
    source=f"{BAYANNUR} 二(一)2; {JIUJIANG} 三(一); {COUNTY_2021}",
    definition=Text(
        "每处广场（1403）最大一片连续硬质铺装的面积：取地块所给（hard_area），没有时为广场扣除绿化图层"
        "中绿地与水面后最大的一片；没有绿化图层时为整个广场（上限）。单元与全市为最大值。",
        "Largest contiguous paving of each plaza (1403): as stated of the parcel (hard_area), else "
        "the largest part that green and water of the layer greenery leave of it; without that "
        "layer the whole plaza, an upper bound. Units and the city have the greatest.",
    ),
    levels=("unit", "city", "parcel"),
    whole=("parcels",),
)
def plaza_hard_area(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    greenery: gpd.GeoDataFrame | None = None,
    *,
    lots: Lots = PLAZAS,
    cut_by: GreeneryTypes = CUTTING,
    shared: Shared | None = None,
) -> Measure:
    """Return the largest contiguous paving of each plaza.

    Parameters
    ----------
    units, shared
        As for `rainwater_collection_parcel`.
    parcels
        Polygons with `land_use`, and `hard_area` (m²) where it is stated.
    greenery
        Polygons with `greenery_type`.
    lots
        Which parcels are plazas.
    cut_by
        Types of greenery that paving ends at.

    Returns
    -------
    Measure
        Hectares; numerators are m². `parts` and evidence have one row per plaza, the evidence with
        its largest paving as shape.

    Raises
    ------
    MissingColumnError
        If no land use is known.

    Notes
    -----
    巴彦淖尔 二(一)2: 广场集中硬地面积不应超过2公顷.
    """
    site = Site(parcels, None, greenery, lots, shared=shared)
    paving = _pavings(site, tuple(cut_by))
    stated = filled(parcels, "hard_area", np.full(len(parcels), np.nan))
    shown = paving.geometry.copy()
    whole = ~np.isnan(stated)
    shown[whole] = parcels.geometry.to_numpy()[whole]
    figure = Figure(np.where(whole, stated, paving.area), None, site.of_use, 1e-4)
    return greatest_of(units, parcels, figure, shared, named="paving_ha", geometry=shown)


class _Pavings(NamedTuple):
    """The largest paving of each parcel, the parcel itself where nothing cuts it, and its m²."""

    geometry: Geometries
    area: Floats


def _pavings(site: Site, types: tuple[str, ...]) -> _Pavings:
    """Return what greenery of some types leaves of each plaza in one piece, at most."""
    shapes = np.array(site.parcels.geometry.to_numpy(), dtype=object)
    plazas = np.flatnonzero(site.of_use)
    cut = None if site.greenery is None else grown_on(site, site.greenery, types)
    for plaza in plazas:
        left = shapes[plaza]
        if cut is not None and (here := cut.zone == plaza).any():
            left = shapely.difference(left, united(cut.geometry[here]))
        parts = shapely.get_parts(left)
        size = shapely.area(parts)
        shapes[plaza] = parts[np.argmax(size)] if len(parts) else shapely.Polygon()
    return _Pavings(shapes, shapely.area(shapes))


VARIANTS: tuple[Indicator, ...] = ()
