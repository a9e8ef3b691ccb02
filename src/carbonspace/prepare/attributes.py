"""Attributes that cannot be meant: out of range, against each other, against the map.

Nothing is guessed into use: a value out of range is left out, the rest is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model.finding import Finding
from carbonspace.model.layers import AT_MOST, LAYERS, Column
from carbonspace.model.once import Once, made_now
from carbonspace.model.text import Text
from carbonspace.model.uom import UomSaid
from carbonspace.prepare.heights import height_doubts
from carbonspace.prepare.rows import Fault, numbers, per_feature, place, worded, worst_first
from carbonspace.prepare.stated import stated

_FRACTION = 1.0
_NO_FRACTION = 1.5
"""Shares of which the largest is above this are percentages: definitions.md, section 10."""
_AGREES = 0.01
_LESS_THAN_HALF = 0.5 - 1e-6
"""A feature cut in halves is in both, whichever way its coordinates are rounded."""
_NAMED = 5

Layers = dict[str, gpd.GeoDataFrame]


def attributed(
    layers: Layers,
    *,
    uoms: Mapping[str, Mapping[str, UomSaid]] | None = None,
    once: Once = made_now,
) -> tuple[Layers, list[Finding]]:
    """Return the layers with attributes that can be meant, and what was noticed about them.

    Layers are indexed by id, with valid geometry in one projected CRS. Stated areas come back in
    m²; a value above what its column can hold comes back null. `uoms` is what the sources of
    layers say of the unit of their columns.
    """
    result, findings = dict(layers), list[Finding]()
    for key in layers:
        result[key], units = stated(key, result[key], uoms=(uoms or {}).get(key, {}), once=once)
        result[key], ranges = _within_range(key, result[key])
        findings += [*units, *ranges, *_shares(key, result[key])]
        findings += _contradictions(key, result[key])
    for key in layers:
        findings += _references(key, result)
    if "parcels" in result:
        findings += _over_floor_area(result["parcels"], once)
    if "buildings" in layers:
        findings += height_doubts(layers["buildings"])
    return result, findings


def _within_range(key: str, layer: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    findings: list[Finding] = []
    for column in LAYERS[key].columns:
        if column.high is None or column.name not in layer:
            continue
        values = numbers(layer, column.name)
        low = column.low or -np.inf  # what is below 0 was refused before
        above, below = values > column.high, values < low
        for fault, out, size in ((_above, above, values), (_below, below, -values)):
            if out.any():
                rows = worst_first(np.flatnonzero(out), size)
                findings += per_feature(key, layer, fault(column), rows, worded("{:g}", values))
                layer = layer.assign(**{column.name: np.where(above | below, np.nan, values)})
    return layer, findings


def _shares(key: str, layer: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield percentages that may be fractions: all of a column, or some among others."""
    for column in LAYERS[key].columns:
        if not column.share or column.name not in layer:
            continue
        values = numbers(layer, column.name)
        small = np.flatnonzero((values > 0) & (values <= _FRACTION))
        if not len(small):
            continue
        largest = float(np.nanmax(values))
        if largest <= _NO_FRACTION:
            yield _fractions(key, column, largest)
        else:
            yield from per_feature(key, layer, _mixed(column), small, worded("{:g} %", values))


def _contradictions(key: str, layer: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield where a value is above the one that it cannot exceed."""
    for where, name, other in AT_MOST:
        if where != key or name not in layer or other not in layer:
            continue
        low, high = numbers(layer, name), numbers(layer, other)
        wrong = np.flatnonzero(low > high)
        yield from per_feature(
            key, layer, _exceeds(key, name, other), worst_first(wrong, low - high),
            worded("{:g} > {:g}", low, high),
        )  # fmt: skip


def _over_floor_area(parcels: gpd.GeoDataFrame, once: Once) -> Iterator[Finding]:
    """Yield the parcels whose floor area is not what their floor-area ratio allows."""
    if "floor_area" not in parcels:
        return
    floor, land = numbers(parcels, "floor_area"), once.of(shapely.area, parcels.geometry.to_numpy())
    for name, fault, sign in (("far_max", _TOO_MUCH, 1), ("far_min", _TOO_LITTLE, -1)):
        if name not in parcels:
            continue
        bound = numbers(parcels, name) * land
        wrong = np.flatnonzero(sign * (floor - bound) > _AGREES * bound)
        yield from per_feature(
            "parcels", parcels, fault, worst_first(wrong, np.abs(floor - bound)),
            worded("{:,.0f} m² / {:,.0f} m²", floor, bound),
        )  # fmt: skip


def _references(key: str, layers: Layers) -> Iterator[Finding]:
    """Yield ids of another layer that it does not have, and features that lie elsewhere."""
    layer = layers[key]
    for column in LAYERS[key].columns:
        target = layers.get(column.refers_to)
        if target is None or column.name not in layer:
            continue
        named = layer[column.name]
        yield from _dangling(key, column, layer[named.notna() & ~named.isin(target.index)])
        elsewhere = _elsewhere(layer, named, target)
        names = worded(f"{column.name} = {{}}", named.to_numpy(dtype=object))
        yield from per_feature(key, layer, _lies_elsewhere(column), elsewhere, names)


def _elsewhere(
    layer: gpd.GeoDataFrame, named: pd.Series, target: gpd.GeoDataFrame
) -> NDArray[np.int64]:
    """Return the positions of features of which most lies outside the feature they name."""
    row = target.index.get_indexer(named.astype(object))
    known = np.flatnonzero(row >= 0)
    theirs = target.geometry.to_numpy()
    shapely.prepare(theirs)
    shapes = layer.geometry.to_numpy()
    outside = ~shapely.contains_properly(theirs[row[known]], shapes[known])
    crossing = known[outside]
    shared = shapely.area(shapely.intersection(theirs[row[crossing]], shapes[crossing]))
    return np.asarray(crossing[shared < _LESS_THAN_HALF * shapely.area(shapes[crossing])])


def _above(column: Column) -> Fault:
    unit = f" {column.unit}" if column.unit else ""
    limit = f"≤ {column.high:g}{unit}"
    return Fault(
        Text(f"{column.title.zh}（{column.name}）超出可能范围",
             f"{column.name} is higher than it can be"),
        Text(limit, limit),
        Text("该值未采用，请在源数据中改正。", "The value was left out; correct it in the source."),
    )  # fmt: skip


def _below(column: Column) -> Fault:
    unit = f" {column.unit}" if column.unit else ""
    limit = f"≥ {column.low:g}{unit}"
    return Fault(
        Text(f"{column.title.zh}（{column.name}）低于可能范围",
             f"{column.name} is lower than it can be"),
        Text(limit, limit), _above(column).action,
    )  # fmt: skip


def _fractions(key: str, column: Column, largest: float) -> Finding:
    return Finding(
        "warning", key,
        Text(f"{column.title.zh}（{column.name}）可能是小数而非百分数",
             f"{column.name} may hold fractions, not percentages"),
        f"≤ {largest:g} %", Text("0–100 的百分数", "percentages, 0 to 100"),
        Text(f'如 0.35 即 35 %，请写 [layers.{key}.units] {column.name} = "fraction"。',
             f'If 0.35 means 35 %, write [layers.{key}.units] {column.name} = "fraction".'),
    )  # fmt: skip


def _mixed(column: Column) -> Fault:
    return Fault(
        Text(f"{column.title.zh}（{column.name}）混有小数与百分数",
             f"{column.name} mixes fractions and percentages"),
        Text("0–100 的百分数", "percentages, 0 to 100"),
        Text("核对该值：0.35 还是 35 %？", "Check the value: is it 0.35 or 35 %?"),
    )  # fmt: skip


def _exceeds(key: str, name: str, other: str) -> Fault:
    titles = {column.name: column.title.zh for column in LAYERS[key].columns}
    return Fault(
        Text(f"{titles[name]}大于{titles[other]}", f"{name} is above {other}"),
        Text(f"{name} ≤ {other}", f"{name} ≤ {other}"),
        Text("在源数据中核对这两个值。", "Check the two values in the source."),
    )  # fmt: skip


_TOO_MUCH = Fault(
    Text("建筑面积超过容积率上限所允许的", "The floor area is more than far_max allows"),
    Text("建筑面积 ≤ 容积率上限 × 图形面积", "floor_area ≤ far_max × the drawn area"),
    Text("核对建筑面积、容积率与边界。", "Check the floor area, the ratio and the boundary."),
)  # fmt: skip
_TOO_LITTLE = Fault(
    Text("建筑面积低于容积率下限所要求的", "The floor area is less than far_min demands"),
    Text("建筑面积 ≥ 容积率下限 × 图形面积", "floor_area ≥ far_min × the drawn area"),
    Text("核对建筑面积、容积率与边界。", "Check the floor area, the ratio and the boundary."),
)  # fmt: skip


def _dangling(key: str, column: Column, strange: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield one finding for all features whose id the other layer does not have."""
    if strange.empty:
        return
    title = LAYERS[column.refers_to].title
    values = strange[column.name].unique()
    shown = ", ".join(str(one) for one in values[:_NAMED]) + (", …" * (len(values) > _NAMED))
    yield Finding(
        "warning", key,
        Text(f"{column.title.zh}（{column.name}）在{title.zh}图层中不存在",
             f"{column.name} is not among the {column.refers_to}"),
        Text(f"{shown}（{len(strange)} 个要素）", f"{shown} ({len(strange)} features)"),
        Text(f"{title.zh}图层中的编号", f"an id of the layer {column.refers_to}"),
        Text("量算按位置归属；请核对编号。", "Position decides where it counts; check the id."),
        str(strange.index[0]), place(strange.geometry.iloc[0]),
    )  # fmt: skip


def _lies_elsewhere(column: Column) -> Fault:
    title = LAYERS[column.refers_to].title
    return Fault(
        Text(f"要素大部分不在其所写的{title.zh}内",
             f"Most of the feature lies outside the one of {column.refers_to} it names"),
        Text("编号与位置一致", "an id that agrees with the position"),
        Text("量算按位置归属；请核对编号。", "Position decides where it counts; check the id."),
    )  # fmt: skip
