"""Residents, workers and jobs of each parcel, shared out from zones or units where needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.kernels.overlay import cut_along, sums
from carbonspace.kernels.zonal import spread
from carbonspace.model.finding import Finding
from carbonspace.model.floors import floor_areas
from carbonspace.model.places import is_home, is_workplace
from carbonspace.model.text import Text

_WHERE: dict[str, Callable[[pd.Series], NDArray[np.bool_]]] = {
    "population": is_home,
    "workers": is_home,
    "jobs": is_workplace,
}

Layers = dict[str, gpd.GeoDataFrame]


def peopled(
    layers: Layers, *, cells: Callable[[], gpd.GeoDataFrame | None] = lambda: None
) -> tuple[Layers, list[Finding]]:
    """Return the layers with `population`, `workers` and `jobs` on parcels where they can be known.

    A column the parcels bring is kept. Otherwise the amounts of census zones, else of units, are
    shared among the zone's homes (residents, workers) or workplaces (jobs): by floor area where
    the zone's buildings are known, else by land area. Where no zone has residents, those of the
    `cells` of a raster are shared out in the same way.
    """
    findings: list[Finding] = []
    parcels = layers.get("parcels")
    if parcels is None or "land_use" not in parcels:
        return layers, findings
    for column, belongs in _WHERE.items():
        if _has(parcels, column):
            findings += _partly_empty(parcels, column, belongs(parcels["land_use"]))
            continue
        name, zones = _zones_with(layers, column, cells)
        if zones is None:
            continue
        chosen = np.flatnonzero(belongs(parcels["land_use"]))
        amounts, lost = _shared(zones, parcels, layers.get("buildings"), column, chosen)
        parcels = parcels.assign(**{column: amounts})
        findings.append(_note(name, column, float(amounts.sum()), lost))
    return {**layers, "parcels": parcels}, findings


def shared_from(layers: Mapping[str, gpd.GeoDataFrame]) -> dict[str, str]:
    """Return by column the layer that knows it (the parcels, or zones), "" where none does."""
    parcels = layers.get("parcels")
    if parcels is None or parcels.empty or "land_use" not in parcels:
        return {}
    return {column: next((key for key in ("parcels", "census", "units")
                          if key in layers and _has(layers[key], column)), "")
            for column in _WHERE}  # fmt: skip


def _zones_with(
    layers: Layers, column: str, cells: Callable[[], gpd.GeoDataFrame | None]
) -> tuple[str, gpd.GeoDataFrame | None]:
    """Return the zones that know an amount, and what they are called; None where none does."""
    for key in ("census", "units"):
        if key in layers and _has(layers[key], column):
            return key, layers[key]
    return f"rasters.{column}", cells() if column == "population" else None


def _has(layer: gpd.GeoDataFrame, column: str) -> bool:
    return column in layer and bool(layer[column].notna().any())


def _shared(
    zones: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None,
    column: str,
    chosen: NDArray[np.intp],
) -> tuple[pd.Series, float]:
    """Return the amount of each parcel, and what found no parcel to go to."""
    cut = cut_along(zones.geometry.to_numpy(), parcels.geometry.to_numpy()[chosen])
    weights = _floor_areas(cut.geometry, buildings)
    per_zone = sums(cut.zone, weights, len(zones))
    weights = np.where(per_zone[cut.zone] > 0, weights, cut.area)
    amounts = zones[column].fillna(0).to_numpy(dtype=float)
    each = spread(amounts, cut.zone, weights)
    result = pd.Series(0.0, index=parcels.index)
    result.iloc[chosen] = sums(cut.feature, each, len(chosen))
    reached = np.isin(np.arange(len(zones)), cut.zone)
    return result, float(amounts[~reached].sum())


def _floor_areas(land: np.ndarray, buildings: gpd.GeoDataFrame | None) -> np.ndarray:
    """Return the floor area standing on each piece of land."""
    if buildings is None:
        return np.zeros(len(land))
    on = cut_along(land, buildings.geometry.to_numpy())
    return sums(on.zone, on.share * floor_areas(buildings)[on.feature], len(land))


def _partly_empty(
    parcels: gpd.GeoDataFrame, column: str, fitting: NDArray[np.bool_]
) -> list[Finding]:
    """Say where parcels that could hold people have no figure though others do."""
    empty = parcels.index[fitting & parcels[column].isna().to_numpy()]
    if not len(empty):
        return []
    shown = ", ".join(map(str, empty[:5]))
    return [Finding(
        "warning", "parcels",
        Text(f"部分地块的 {column} 为空", f"{column} is empty in some parcels"),
        f"{len(empty)}: {shown}", Text("每个地块都有数值", "a figure for every parcel"),
        Text("空值按 0 计；请在源数据中补全。", "Empty counts as 0; fill it in in the source."),
        str(empty[0]),
    )]  # fmt: skip


def _note(zones: str, column: str, placed: float, lost: float) -> Finding:
    return Finding(
        "warning" if lost else "note", zones,
        Text("人口或岗位已分摊到地块", "People or jobs were shared out among parcels"),
        Text(f"{column}：已分摊 {placed:,.0f}，另有 {lost:,.0f} 所在分区没有相应地块",
             f"{column}: {placed:,.0f} placed, {lost:,.0f} in zones without a fitting parcel"),
        Text("地块自带的数值", "figures of the parcels themselves"),
        Text("按建筑面积分摊；没有建筑的分区按用地面积分摊。",
             "Shared by floor area; by land area in zones without buildings."),
    )  # fmt: skip
