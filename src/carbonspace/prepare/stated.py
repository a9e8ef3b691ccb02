"""Areas that the data state, held against what is drawn: their unit of measure, and their sums.

A column is in the unit in which most of its values come near what they should be; units of area
lie at least 2.4 times apart, and near means within 1.5 times. What is stated of a whole on each
of its parts counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS, Column
from carbonspace.model.text import Text
from carbonspace.model.uom import UOMS, Uom
from carbonspace.prepare.rows import Fault, numbers, per_feature, worded, worst_first

_NEAR = np.log(1.5)
_AGREES = 0.01
"""A stated area may be one of the ellipsoid, or measured on another drawing: 1 % is agreement."""
_MOST_DECIMALS = 6
_BUILT = tuple(uom for uom in UOMS["m²"] if uom.key in ("m2", "ha"))
"""Floor area is written in m² or 万 m²; in square feet it looks like ten storeys taken for one."""

Floats = NDArray[np.float64]


class Reading(NamedTuple):
    """How a column of stated amounts is to be read.

    Attributes
    ----------
    uom
        The unit it is in.
    near
        Whether each value then comes near what it should be.
    whole
        Whether each value is that of a whole of which the feature is a part.
    yardstick
        What each value should be: of the feature, or of the whole it is a part of.
    """

    uom: Uom
    near: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    yardstick: Floats


def stated(key: str, layer: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the layer with stated areas in m² of each feature, and what they disagree with.

    `layer` has valid geometry in a projected CRS and is not changed.
    """
    findings: list[Finding] = []
    for name, yardstick in _YARDSTICKS.get(key, {}).items():
        column = LAYERS[key].column(name)
        expected = yardstick(layer) if name in layer else None
        if column is None or expected is None or not layer[name].gt(0).any():
            continue
        layer, notes = _read(key, layer, column, expected)
        findings += notes
    return layer, findings


def reading(
    amounts: Floats, expected: Floats, wholes: NDArray[np.int64], *,
    uoms: tuple[Uom, ...] = UOMS["m²"],
) -> Reading:  # fmt: skip
    """Return how amounts of area are to be read, given what they should be in m².

    Parameters
    ----------
    amounts, expected
        One per feature; positive.
    wholes
        A label per feature: features of one label may be parts of one whole.
    uoms
        The units to choose from; the first is kept where none fits most values.
    """
    readings = [_in(uom, amounts, expected, wholes) for uom in uoms]
    best = max(readings, key=lambda one: int(one.near.sum()))
    return best if 2 * int(best.near.sum()) > len(amounts) else readings[0]


def _in(uom: Uom, amounts: Floats, expected: Floats, wholes: NDArray[np.int64]) -> Reading:
    total = np.bincount(wholes, expected)[wholes]
    off = np.abs(np.log(amounts * uom.factor / expected))
    off_total = np.abs(np.log(amounts * uom.factor / total))
    closest = pd.Series(off).groupby(wholes).transform("min").to_numpy()
    strays = np.bincount(wholes, off >= _NEAR)[wholes] > 0
    whole = strays & (off_total < _NEAR) & (off_total <= closest)
    return Reading(uom, (off < _NEAR) | whole, whole, np.where(whole, total, expected))


def _read(
    key: str, layer: gpd.GeoDataFrame, column: Column, expected: Floats
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    amounts = numbers(layer, column.name)
    known = np.flatnonzero((amounts > 0) & (expected > 0))
    if not len(known):
        return layer, []
    labels = _wholes(layer, column)[known]
    uoms = UOMS["m²"] if column.name == "area" else _BUILT
    read = reading(amounts[known], expected[known], labels, uoms=uoms)
    said = amounts * read.uom.factor
    findings = [*_recognised(key, column, read, len(known))]
    if column.name == "area":
        findings += _parts(key, column, read, labels)
        slack = _rounding(amounts[known]) * read.uom.factor
        findings += _disagreements(key, layer, known, said[known], read, labels, slack)
    settled = said.copy()
    settled[known] = np.where(
        read.whole, said[known] * expected[known] / read.yardstick, said[known]
    )
    return layer.assign(**{column.name: settled}), findings


def _wholes(layer: gpd.GeoDataFrame, column: Column) -> NDArray[np.int64]:
    """Label features that state the same area under the same name and land use alike."""
    if column.name != "area":
        return np.arange(len(layer))
    by = [name for name in ("area", "name", "land_use") if name in layer]
    return np.asarray(pd.DataFrame(layer[by]).groupby(by, dropna=False, sort=False).ngroup())


def _rounding(amounts: Floats) -> float:
    """Return half of the last decimal place that the amounts are written with."""
    for places in range(_MOST_DECIMALS):
        if np.allclose(amounts, np.round(amounts, places), rtol=1e-12, atol=0):
            return float(0.5 * 10.0**-places)
    return 0.0


def _disagreements(
    key: str, layer: gpd.GeoDataFrame, known: NDArray[Any], said: Floats, read: Reading,
    labels: NDArray[np.int64], slack: float,
) -> Iterator[Finding]:  # fmt: skip
    """Yield where stated and drawn areas differ; a whole is compared once."""
    repeated = read.whole & pd.Series(labels).duplicated().to_numpy()
    off = np.abs(said - read.yardstick)
    wrong = (off > np.maximum(_AGREES * read.yardstick, slack)) & ~repeated
    ratio = said / read.yardstick
    if 2 * wrong.sum() > len(known) > 2 and np.ptp(np.quantile(ratio, (0.1, 0.9))) < _AGREES:
        yield _scaled(key, float(np.median(ratio)), int(wrong.sum()))
        return
    rows = worst_first(np.flatnonzero(wrong), off)
    words = worded("{:,.2f} m² / {:,.2f} m² ({:+.1f} %)", said, read.yardstick, 100 * (ratio - 1))
    yield from per_feature(key, layer.iloc[known], _DISAGREES, rows, words)


def _recognised(key: str, column: Column, read: Reading, count: int) -> Iterator[Finding]:
    if read.uom.factor == 1.0:
        return
    yield Finding(
        "warning", key,
        Text(f"{column.title.zh}（{column.name}）的单位是{read.uom.title.zh}，不是平方米",
             f"{column.name} is in {read.uom.title.en}, not in square metres"),
        f"{int(read.near.sum())} / {count}: × {read.uom.factor:.10g}", Text("平方米", "m²"),
        Text(f"已由几何识别并换算；可在 [layers.{key}.units] 中写明 "
             f'{column.name} = "{read.uom.key}"。',
             f"Recognised by the geometry and converted; state it as "
             f'{column.name} = "{read.uom.key}" under [layers.{key}.units].'),
    )  # fmt: skip


def _parts(key: str, column: Column, read: Reading, labels: NDArray[np.int64]) -> Iterator[Finding]:
    if not read.whole.any():
        return
    count, wholes = int(read.whole.sum()), len(np.unique(labels[read.whole]))
    yield Finding(
        "warning", key,
        Text(f"{column.title.zh}（{column.name}）是整体的面积，在各部分上重复",
             f"{column.name} is that of a whole, repeated on each of its parts"),
        Text(f"{count} 个要素，{wholes} 个总数", f"{count} features, {wholes} totals"),
        Text("每个要素自身的面积", "the area of each feature itself"),
        Text("已按图形面积分摊到各部分。", "Shared among the parts by their drawn area."),
    )  # fmt: skip


def _scaled(key: str, ratio: float, count: int) -> Finding:
    return Finding(
        "warning", key,
        Text("标注面积与图形面积相差同一倍数", "Stated and drawn areas differ by one factor"),
        Text(f"× {ratio:.4f}（{count} 个要素）", f"× {ratio:.4f} ({count} features)"),
        Text("× 1", "× 1"),
        Text("核对坐标系：比例可能有误。", "Check the CRS: its scale may be wrong."),
    )  # fmt: skip


_DISAGREES = Fault(
    Text("标注面积与图形面积不符", "The stated area disagrees with the drawn one"),
    Text("标注与图形相差不超过 1 %", "stated and drawn areas within 1 %"),
    Text("核对标注面积与边界；量算以图形为准。",
         "Check the figure and the boundary; what is drawn is measured."),
)  # fmt: skip


def _footprint(layer: gpd.GeoDataFrame) -> Floats:
    return np.asarray(shapely.area(layer.geometry.to_numpy()))


def _storeys(buildings: gpd.GeoDataFrame) -> Floats | None:
    if "floors" not in buildings:
        return None
    return _footprint(buildings) * numbers(buildings, "floors")


def _allowed(parcels: gpd.GeoDataFrame) -> Floats | None:
    if "far_max" not in parcels:
        return None
    return _footprint(parcels) * numbers(parcels, "far_max")


_LAND: dict[str, Callable[[gpd.GeoDataFrame], Floats | None]] = {"area": _footprint}
_YARDSTICKS: dict[str, dict[str, Callable[[gpd.GeoDataFrame], Floats | None]]] = {
    "city": _LAND, "units": _LAND, "blocks": _LAND, "parks": _LAND,
    "parcels": {"area": _footprint, "floor_area": _allowed},
    "buildings": {"floor_area": _storeys},
}  # fmt: skip
"""What a stated area should come near to, m²."""
