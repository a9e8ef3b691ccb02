"""Is a layer where its CRS says it is? The coordinates and the other layers are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from carbonspace.model.crs_catalogue import (
    Place,
    Proposal,
    datum_of,
    look,
    proposals,
)
from carbonspace.model.finding import Finding, Severity
from carbonspace.model.layers import LAYERS
from carbonspace.model.once import Once, made_now
from carbonspace.model.text import Text
from carbonspace.prepare.datum import places

_MARGIN_DEG = 3.0
"""Data may reach beyond the area a CRS is made for, but not by a whole zone."""
_CITY_DEG = 10.0
"""No layer of a plan in degrees is wider."""
_SHOWN = 5


class Doubt(NamedTuple):
    """What is wrong with the CRS of a layer, before a remedy is known."""

    severity: Severity
    what: Text
    found: str


def doubt(layer: gpd.GeoDataFrame, crs: CRS | None, once: Once = made_now) -> Doubt | None:
    """Return why `crs` cannot be that of the layer, as far as the coordinates tell."""
    if crs is None:
        return Doubt("error", Text("图层没有坐标系", "The layer has no CRS"), span(layer))
    bounds = reach(layer, once)
    if np.isnan(bounds).all():
        return None  # a layer without any geometry contradicts nothing
    contradiction = Text("坐标系与坐标矛盾", "The CRS contradicts the coordinates")
    found = f"{label(crs)}, {_spanned(bounds)}"
    if crs.is_geographic and not _is_degrees(bounds):
        return Doubt("error", contradiction, found)
    if not (crs.is_geographic or crs.is_projected):
        what = Text("坐标系没有地理位置", "The CRS has no place on Earth")
        return Doubt("error", what, found)
    return _misplaced(layer, crs, contradiction, found, once)


def several_zones(layer: gpd.GeoDataFrame) -> Doubt | None:
    """Return the doubt that eastings in one layer start with different zones."""
    x, y = middles(layer)
    looks = [look(a, b) for a, b in zip(x, y, strict=True)]
    zones, counts = np.unique([seen.zone for seen in looks if seen.zone], return_counts=True)
    if len(zones) < 2:
        return None
    found = ", ".join(f"{zone}: {count}" for zone, count in zip(zones, counts, strict=True))
    return Doubt(
        "error", Text("同一图层含多个带号", "One layer has eastings of several zones"), found
    )


def strays(key: str, layer: gpd.GeoDataFrame, crs: CRS, once: Once = made_now) -> Iterator[Finding]:
    """Yield a finding for features that lie outside the area of the CRS while the rest do not."""
    shapes = layer.geometry.to_numpy()

    def ask(some: np.ndarray) -> np.ndarray:
        x, y = _middles(once.of(shapely.bounds, some))
        return np.asarray(~_is_within(x, y, crs) & np.isfinite(x))

    outside = once.chosen(f"{key} outside {crs.to_wkt()}", shapes, ask)
    if len(outside) in {0, len(layer)}:
        return
    x, y = middles(layer, once)
    names = layer.get(LAYERS[key].id)
    listed = [f"{names.iloc[n] if names is not None else f'#{n + 1}'} ({x[n]:.7g}, {y[n]:.7g})"
              for n in outside[:_SHOWN]]  # fmt: skip
    yield Finding(
        "warning", key, Text("个别要素远离其他要素", "Some features lie far from the rest"),
        f"{len(outside)}: {'; '.join(listed)}",
        Text("与其他要素同处一地", "features in one place"),
        Text("检查这些要素的坐标（是否为原点处的残留图形）。",
             "Check their coordinates (are they leftovers at the origin?)."),
    )  # fmt: skip


def remedy(key: str, found: list[Proposal], layer: gpd.GeoDataFrame) -> Text:
    """Return what to write into plan.toml: a proposal, never a decision."""
    if found:
        lines = [_written(proposal) for proposal in found]
        zh, en = "；或 ".join(t.zh for t in lines), "; or ".join(t.en for t in lines)
        return Text(f"核实后在 plan.toml 的 [layers.{key}] 下写明 {zh}。",
                    f"If that is so, state under [layers.{key}]: {en}.")  # fmt: skip
    if look(*middle(layer)).kind == "plain":
        return Text(
            f"在 [layers.{key}] 下写明 crs。东坐标为六位，不含带号：CGCS2000 三度带的代码为 "
            "EPSG:(4534 + (中央经线 − 75) ÷ 3)，请向数据提供方确认中央经线。",
            f"State crs under [layers.{key}]. Eastings of six digits carry no zone: for CGCS2000, "
            "3 degrees, the code is EPSG:(4534 + (central meridian - 75) / 3). Ask the provider "
            "for the meridian.")  # fmt: skip
    return Text(f"在 plan.toml 的 [layers.{key}] 下写明 crs；坐标无法推断（可能是城市独立坐标系），"
                "请向数据提供方索取坐标系或转换参数。",
                f"State crs under [layers.{key}]. The coordinates do not tell it (a city's own "
                "system?): ask the provider for the CRS or its parameters.")  # fmt: skip


def candidates(
    layer: gpd.GeoDataFrame, near: Place | None, own: CRS | None, plan: CRS | None
) -> list[Proposal]:
    """Return the CRSs that would make sense of a layer, given where the plan lies.

    `own` is what the file says and `plan` the plan's CRS: they name the datum.
    """
    x, y = middle(layer)
    datum = next((d for d in (datum_of(c) for c in (own, plan) if c is not None) if d), None)
    found = proposals(x, y, near=near, datum=datum)
    found = [p for p in found if p.axes != "east-north" or own is None or not _same(p.crs, own)]
    if not found and near is None and plan is not None and _is_within_one(x, y, plan):
        why = Text("计划的坐标系与坐标相符", "the plan's CRS fits the coordinates")
        found = [Proposal(name(plan), "possible", why)]
    return found


def place_of(layers: Mapping[str, gpd.GeoDataFrame]) -> Place | None:
    """Return where the plan lies, by its units, its parcels, or else its first layer."""
    base = next((layers[k] for k in ("units", "parcels", *layers) if k in layers), None)
    if base is None:
        return None
    x, y = middle(base)
    lon, lat = places(np.array([x]), np.array([y]), base.crs)
    return (float(lon[0]), float(lat[0])) if np.isfinite([lon[0], lat[0]]).all() else None


def middles(layer: gpd.GeoDataFrame, once: Once = made_now) -> tuple[np.ndarray, np.ndarray]:
    """Return the middle of each feature; nan where it has no geometry."""
    return _middles(once.of(shapely.bounds, layer.geometry.to_numpy()))


def _middles(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2


def reach(layer: gpd.GeoDataFrame, once: Once = made_now) -> np.ndarray:
    """Return the box about a layer; nan where none of it has a place."""
    return once.around(layer.geometry.to_numpy())


def middle(layer: gpd.GeoDataFrame, once: Once = made_now) -> tuple[float, float]:
    """Return the median middle of the features, which a few stray ones do not move."""
    x, y = middles(layer, once)
    known = np.isfinite(x) & np.isfinite(y)
    return (_median(x[known]), _median(y[known])) if known.any() else (0.0, 0.0)


def span(layer: gpd.GeoDataFrame) -> str:
    """Return the extent of a layer in words."""
    return _spanned(layer.total_bounds)


def _spanned(bounds: np.ndarray) -> str:
    west, south, east, north = bounds
    return f"x {west:.8g}…{east:.8g}, y {south:.7g}…{north:.7g}"


@lru_cache(maxsize=256)
def code(crs: CRS) -> int | None:
    """Return the EPSG code of a CRS under whatever name; the search takes its time."""
    return crs.to_epsg()


def label(crs: CRS) -> str:
    """Return the code and the name of a CRS."""
    epsg = code(crs)
    return f"EPSG:{epsg} {crs.name}" if epsg else str(crs.name)


def name(crs: CRS) -> str:
    """Return what to write for a CRS in plan.toml."""
    epsg = code(crs)
    return f"EPSG:{epsg}" if epsg else crs.to_string()


def _misplaced(
    layer: gpd.GeoDataFrame, crs: CRS, what: Text, found: str, once: Once
) -> Doubt | None:
    x, y = middle(layer, once)
    if _is_within_one(x, y, crs):
        mixed = several_zones(layer) if look(x, y).kind == "prefixed" else None
        return mixed if crs.is_projected and not _is_web(crs) else None
    seen = look(x, y)
    wide = max(np.ptp(layer.total_bounds[[0, 2]]), np.ptp(layer.total_bounds[[1, 3]]))
    if seen.kind in ("prefixed", "plain") or (seen.kind == "degrees" and wide <= _CITY_DEG):
        return Doubt("error", what, found)
    outside = Text("图层在其坐标系的适用范围之外", "The layer lies outside the area of its CRS")
    return Doubt("warning", outside, found)


def _median(values: np.ndarray) -> float:
    """Return the lower median: always one of the values, never between two zones."""
    rank = (len(values) - 1) // 2
    return float(np.partition(values, rank)[rank])


def _is_within_one(x: float, y: float, crs: CRS) -> bool:
    return bool(_is_within(np.array([x]), np.array([y]), crs)[0])


def _is_within(x: np.ndarray, y: np.ndarray, crs: CRS) -> np.ndarray:
    """Tell which points lie in the area a CRS is made for, or not far beyond."""
    area = _area(crs)
    lon, lat = places(x, y, crs)
    if area is None:
        return np.asarray(np.isfinite(lon) & np.isfinite(lat))
    west, south, east, north = area
    width = (east - west) % 360 or 360.0
    with np.errstate(invalid="ignore"):
        across = (lon - west + _MARGIN_DEG) % 360 <= width + 2 * _MARGIN_DEG
        within = across & (lat >= south - _MARGIN_DEG) & (lat <= north + _MARGIN_DEG)
    return np.asarray(within, dtype=bool)


def _area(crs: CRS) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of where a CRS is used; None where nothing says it."""
    if crs.area_of_use is not None:
        return crs.area_of_use.bounds
    epsg = code(crs)
    if epsg and (known := CRS.from_epsg(epsg).area_of_use):
        return known.bounds
    facts = {p.name: p.value for p in getattr(crs.coordinate_operation, "params", [])}
    meridian = facts.get("Longitude of natural origin")
    if meridian is None or "Transverse Mercator" not in str(crs.coordinate_operation.method_name):  # type: ignore[union-attr]
        return None
    return meridian - _MARGIN_DEG, -80.0, meridian + _MARGIN_DEG, 84.0


def _written(proposal: Proposal) -> Text:
    sure = {"likely": Text("很可能", "likely"), "possible": Text("可能", "possible")}
    axes = ' 与 axes = "north-east"' if proposal.axes == "north-east" else ""
    text = f'crs = "{proposal.crs}"{axes}'
    certain = sure[proposal.certainty]
    return Text(f"{text}（{certain.zh}：{proposal.why.zh}）",
                f"{text.replace('与', 'and')} ({certain.en}: {proposal.why.en})")  # fmt: skip


def _same(stated: str, crs: CRS) -> bool:
    return CRS.from_user_input(stated).to_epsg() == code(crs)


def _is_web(crs: CRS) -> bool:
    return "Mercator" in str(crs.name) and "Pseudo" in str(crs.name)


def _is_degrees(bounds: np.ndarray) -> bool:
    return bool(abs(bounds[[0, 2]]).max() <= 180.0 and abs(bounds[[1, 3]]).max() <= 90.0)
