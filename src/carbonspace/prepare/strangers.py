"""Layers that lie elsewhere than the rest of the plan, and under which CRS they would not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
from pyproj import CRS

from carbonspace.model.finding import Finding, Severity
from carbonspace.model.once import Once, made_now
from carbonspace.model.text import Text
from carbonspace.prepare.crs_doubts import candidates, place_of, reach, remedy, span

FAR_M = 5_000.0
"""Further from the units than this, nothing of a layer can matter to them."""

Layers = Mapping[str, gpd.GeoDataFrame]


def strangers(layers: Layers, raw: Layers, crs: CRS, once: Once = made_now) -> Iterator[Finding]:
    """Yield layers that lie elsewhere than the units; the units, if all the others agree.

    `layers` are in `crs`; `raw` are the same layers as they came, for proposals.
    """
    base = next((key for key in ("units", "parcels") if key in layers), None)
    if base is None:
        return
    there = reach(layers[base], once)
    gaps = {key: gap(there, reach(layer, once)) for key, layer in layers.items()}
    if _others_agree(layers, base, gaps):
        yield _lonely(base, layers, raw, crs, gaps)
        return
    for key, distance in gaps.items():
        if distance > 0:
            yield _stranger(key, layers, raw, crs, distance)


def gap(a: np.ndarray, b: np.ndarray) -> float:
    """Return the distance between two extents, 0 where they meet."""
    dx = max(a[0] - b[2], b[0] - a[2], 0.0)
    dy = max(a[1] - b[3], b[1] - a[3], 0.0)
    return float(np.hypot(dx, dy))


def _others_agree(layers: Layers, base: str, gaps: Mapping[str, float]) -> bool:
    """Tell whether two layers or more lie together, far from the base."""
    others = [key for key in layers if key != base]
    if len(others) < 2 or min(gaps[key] for key in others) <= FAR_M:
        return False
    first = layers[others[0]].total_bounds
    return all(gap(first, layers[key].total_bounds) <= FAR_M for key in others)


def _stranger(key: str, layers: Layers, raw: Layers, crs: CRS, distance: float) -> Finding:
    severity: Severity = "error" if distance > FAR_M else "warning"
    rest = {k: g for k, g in layers.items() if k != key}
    return Finding(
        severity, key, Text("图层与规划单元不重叠", "The layer does not overlap the units"),
        _away(span(layers[key]), distance),
        Text("与规划单元重叠", "an extent that overlaps the units"), _advice(key, rest, raw, crs),
    )  # fmt: skip


def _lonely(base: str, layers: Layers, raw: Layers, crs: CRS, gaps: Mapping[str, float]) -> Finding:
    rest = {key: g for key, g in layers.items() if key != base}
    distance = min(gaps[key] for key in rest)
    return Finding(
        "error", base,
        Text("其他图层同处一地，唯独该图层在别处", "All other layers lie together, elsewhere"),
        _away(span(layers[base]), distance),
        Text(f"与 {'、'.join(rest)} 同处一地", f"an extent near that of {', '.join(rest)}"),
        _advice(base, rest, raw, crs),
    )  # fmt: skip


def _away(where: str, distance: float) -> Text:
    return Text(f"{where}，相距 {distance:,.0f} m", f"{where}, {distance:,.0f} m away")


def _advice(key: str, rest: Layers, raw: Layers, crs: CRS) -> Text:
    """Return the CRSs under which the layer would lie with the rest, if there are any."""
    found = candidates(raw[key], place_of(rest), raw[key].crs, crs)
    likely = [proposal for proposal in found if proposal.certainty == "likely"]
    if likely:
        return remedy(key, likely, raw[key])
    return Text("检查该图层的坐标系与数据范围。", "Check the layer's CRS and extent.")
