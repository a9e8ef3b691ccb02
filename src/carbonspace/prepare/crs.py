"""One projected CRS for the whole plan; what cannot be trusted is refused, never guessed."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from carbonspace.model.finding import Finding, Severity
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text

_WEB_MERCATOR = 3857
_FAR_M = 5_000.0
_REMEDY = Text("在 plan.toml 的 [layers.{layer}] 下写明 crs。", "State crs under [layers.{layer}].")


def plan_crs(plan: Plan) -> tuple[CRS | None, list[Finding]]:
    """Return the CRS the plan is measured in, or None and why there is none."""
    name = plan.settings.crs or _crs_of_first(plan)
    if name is None:
        return None, [_plan_fault("", Text("没有规定平面坐标系", "The plan has no CRS"), plan)]
    try:
        crs = CRS.from_user_input(name)
    except CRSError:
        return None, [_plan_fault(str(name), Text("无法识别坐标系", "The CRS is not known"), plan)]
    if not crs.is_projected or crs.to_epsg() == _WEB_MERCATOR:
        what = Text("不能在该坐标系中量算", "This CRS cannot be measured in")
        return None, [_plan_fault(_label(crs), what, plan)]
    return crs, []


def settle_layers(plan: Plan, crs: CRS) -> tuple[dict[str, gpd.GeoDataFrame], list[Finding]]:
    """Return every layer in `crs`, and what was noticed on the way."""
    findings: list[Finding] = []
    layers: dict[str, gpd.GeoDataFrame] = {}
    for key, layer in plan.layers.items():
        declared, faults = _declared(key, layer, plan.layer_crs.get(key))
        findings += faults
        if declared is not None:
            layers[key] = declared if declared.crs == crs else declared.to_crs(crs)
    findings += _strangers(layers)
    return layers, findings


def proposed_crs(bounds: tuple[float, float, float, float]) -> str:
    """Return the EPSG code to measure in for data with these degrees (west, south, east, north).

    CGCS2000 / 3-degree Gauss-Kruger by central meridian within China, else the UTM zone.
    """
    lon, lat = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    if 73.5 <= lon <= 136.5 and 15 <= lat <= 54:
        return f"EPSG:{4534 + round(lon / 3) - 25}"
    return f"EPSG:{(32600 if lat >= 0 else 32700) + int((lon + 180) // 6) + 1}"


def _crs_of_first(plan: Plan) -> str | None:
    for key in ("units", "parcels", *plan.layers):
        if key in plan.layer_crs:
            return plan.layer_crs[key]
        if key in plan.layers and plan.layers[key].crs is not None:
            return str(plan.layers[key].crs.to_wkt())
    return None


def _plan_fault(found: str, what: Text, plan: Plan) -> Finding:
    degrees = [g.total_bounds for g in plan.layers.values() if g.crs and g.crs.is_geographic]
    proposal = proposed_crs(tuple(degrees[0])) if degrees and _is_degrees(degrees[0]) else None
    example = proposal or "EPSG:4547"
    expected = Text("一个投影坐标系", "one projected CRS")
    action = Text(f'在 plan.toml 中写明，例如 crs = "{example}"。',
                  f'Write it in plan.toml, for instance crs = "{example}".')  # fmt: skip
    return Finding("error", "plan", what, found or "-", expected, action)


def _declared(
    key: str, layer: gpd.GeoDataFrame, override: str | None
) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    """Return the layer with the CRS it really has, or None where that is not known."""
    if override is not None:
        return _overridden(key, layer, override)
    if layer.crs is None:
        what = Text("图层没有坐标系", "The layer has no CRS")
        return None, [_fault(key, what, _extent(layer))]
    if layer.crs.is_geographic and not _is_degrees(layer.total_bounds):
        what = Text("坐标系与坐标矛盾", "The CRS contradicts the coordinates")
        return None, [_fault(key, what, f"{_label(layer.crs)}, {_extent(layer)}")]
    return layer, []


def _overridden(
    key: str, layer: gpd.GeoDataFrame, override: str
) -> tuple[gpd.GeoDataFrame | None, list[Finding]]:
    try:
        crs = CRS.from_user_input(override)
    except CRSError:
        what = Text("无法识别坐标系", "The CRS is not known")
        return None, [_fault(key, what, override)]
    found = _label(layer.crs) if layer.crs is not None else "no CRS"
    findings = [] if layer.crs == crs else [_override_note(key, f"{found}, {_extent(layer)}", crs)]
    return layer.set_crs(crs, allow_override=True), findings


def _override_note(key: str, found: str, crs: CRS) -> Finding:
    return Finding(
        "warning", key,
        Text("文件的坐标系与 plan.toml 不一致", "The file's CRS is not the one plan.toml states"),
        found, Text(_label(crs), _label(crs)),
        Text("按 plan.toml 所写的坐标系使用。", "The CRS stated in plan.toml was used."),
    )  # fmt: skip


def _strangers(layers: dict[str, gpd.GeoDataFrame]) -> Iterator[Finding]:
    """Yield layers that lie elsewhere than the units."""
    base = layers.get("units", layers.get("parcels"))
    if base is None or base.empty:
        return
    for key, layer in layers.items():
        gap = _gap(base.total_bounds, layer.total_bounds)
        if gap > 0:
            yield _stranger(key, layer, gap)


def _stranger(key: str, layer: gpd.GeoDataFrame, gap: float) -> Finding:
    severity: Severity = "error" if gap > _FAR_M else "warning"
    return Finding(
        severity, key,
        Text("图层与规划单元不重叠", "The layer does not overlap the units"),
        f"{_extent(layer)}, {gap:,.0f} m away",
        Text("与规划单元重叠", "an extent that overlaps the units"),
        Text("检查该图层的坐标系与数据范围。", "Check the layer's CRS and extent."),
    )  # fmt: skip


def _fault(key: str, what: Text, found: str) -> Finding:
    expected = Text("与坐标相符的坐标系", "a CRS that fits the coordinates")
    return Finding("error", key, what, found, expected, _REMEDY.filled(layer=key))


def _gap(a: np.ndarray, b: np.ndarray) -> float:
    dx = max(a[0] - b[2], b[0] - a[2], 0.0)
    dy = max(a[1] - b[3], b[1] - a[3], 0.0)
    return float(np.hypot(dx, dy))


def _is_degrees(bounds: np.ndarray) -> bool:
    return bool(abs(bounds[[0, 2]]).max() <= 180.0 and abs(bounds[[1, 3]]).max() <= 90.0)


def _extent(layer: gpd.GeoDataFrame) -> str:
    west, south, east, north = layer.total_bounds
    return f"x {west:.6g}…{east:.6g}, y {south:.7g}…{north:.7g}"


def _label(crs: CRS) -> str:
    epsg = crs.to_epsg()
    return f"EPSG:{epsg} {crs.name}" if epsg else str(crs.name)
