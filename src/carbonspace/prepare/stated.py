"""Areas that the data state, held against what is drawn: their unit of measure, and their sums.

A column is in the unit in which most of its values come near what they should be; units of area
lie at least 2.4 times apart, and near means within 1.5 times. Where that is none, it is in the one
that the source says. What is stated of a whole on each of its parts counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS, Column
from carbonspace.model.once import Once, made_now
from carbonspace.model.text import Text
from carbonspace.model.uom import UOMS, Uom, UomSaid
from carbonspace.prepare.rows import Fault, numbers, per_feature, worded, worst_first

_NEAR = np.log(1.5)
_AGREES = 0.01
"""A stated area may be one of the ellipsoid, or measured on another drawing: 1 % is agreement."""
_MOST_DECIMALS = 6
_APART = float(np.diff(np.sort(np.log([uom.factor for uom in UOMS["m²"]]))).min())
"""How far units of area are apart at least, as a logarithm."""
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

    @property
    def fits(self) -> bool:
        """Whether most values come near."""
        return 2 * int(self.near.sum()) > len(self.near)


def stated(
    key: str,
    layer: gpd.GeoDataFrame,
    *,
    uoms: Mapping[str, UomSaid] | None = None,
    once: Once = made_now,
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the layer with stated areas in m² of each feature, and what they disagree with.

    `layer` has valid geometry in a projected CRS and is not changed. `uoms` is what its source
    says of the unit of its columns.
    """
    findings: list[Finding] = []
    for name, yardstick in _YARDSTICKS.get(key, {}).items():
        column = LAYERS[key].column(name)
        if column is None or name not in layer or not layer[name].gt(0).any():
            continue
        expected = yardstick(layer, once)
        if expected is None:
            continue
        layer, notes = _read(key, layer, column, expected, (uoms or {}).get(name))
        findings += notes
    return layer, findings


def reading(
    amounts: Floats, expected: Floats, wholes: NDArray[np.int64], *,
    uoms: tuple[Uom, ...] = UOMS["m²"], otherwise: Uom | None = None,
) -> Reading:  # fmt: skip
    """Return how amounts of area are to be read, given what they should be in m².

    Parameters
    ----------
    amounts, expected
        One per feature; positive.
    wholes
        A label per feature: features of one label may be parts of one whole.
    uoms
        The units to choose from.
    otherwise
        The one of them that is kept where none fits most values; by default the first.
    """
    readings = [_in(uom, amounts, expected, wholes) for uom in uoms]
    best = max(readings, key=lambda one: int(one.near.sum()))
    if best.fits:
        return best
    return next((one for one in readings if one.uom == otherwise), readings[0])


def _in(uom: Uom, amounts: Floats, expected: Floats, wholes: NDArray[np.int64]) -> Reading:
    total = np.bincount(wholes, expected)[wholes]
    off = np.abs(np.log(amounts * uom.factor / expected))
    off_total = np.abs(np.log(amounts * uom.factor / total))
    closest = pd.Series(off).groupby(wholes).transform("min").to_numpy()
    strays = np.bincount(wholes, off >= _NEAR)[wholes] > 0
    whole = strays & (off_total < _NEAR) & (off_total <= closest)
    return Reading(uom, (off < _NEAR) | whole, whole, np.where(whole, total, expected))


def _read(
    key: str, layer: gpd.GeoDataFrame, column: Column, expected: Floats, written: UomSaid | None
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    amounts = numbers(layer, column.name)
    known = np.flatnonzero((amounts > 0) & (expected > 0))
    if not len(known):
        return layer, []
    labels = _wholes(layer, column)[known]
    uoms = UOMS["m²"] if column.name == "area" else _BUILT
    read = reading(amounts[known], expected[known], labels, uoms=uoms,
                   otherwise=written.uom if written else None)  # fmt: skip
    said = amounts * read.uom.factor
    findings = [*_recognised(key, column, read, written)]
    if column.name == "area":
        findings += _parts(key, column, read, labels)
        slack = _rounding(amounts[known]) * read.uom.factor
        findings += _disagreements(key, layer, known, said[known], read, labels, slack, written)
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
    labels: NDArray[np.int64], slack: float, written: UomSaid | None,
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
    plain = worded("{:,.2f} m² / {:,.2f} m²", said, read.yardstick)

    def words(row: int) -> Text:
        others = [] if written and written.uom == read.uom else _others(ratio[row], read.uom)
        off = f"{100 * (ratio[row] - 1):+.1f} %"
        zh = "；".join([off, *(f"若以{uom.title.zh}计 {by:+.1f} %" for uom, by in others)])
        en = "; ".join([off, *(f"in {uom.title.en} {by:+.1f} %" for uom, by in others)])
        return Text(f"{plain(row)}（{zh}）", f"{plain(row)} ({en})")

    yield from per_feature(key, layer.iloc[known], _DISAGREES, rows, words)


def _others(ratio: float, uom: Uom) -> list[tuple[Uom, float]]:
    """Return the units that a value so far off may be in, best first, and by how many % it is off.

    One that comes near, else the next ones to it: nearer than units are to each other.
    """
    if abs(np.log(ratio)) < _NEAR:
        return []
    ratios = [(one, ratio * one.factor / uom.factor) for one in UOMS["m²"] if one != uom]
    ranked = sorted((abs(np.log(by)), n, one, by) for n, (one, by) in enumerate(ratios))
    close = [row for row in ranked if row[0] < min(_APART, abs(np.log(ratio)))]
    found = close[:1] if close and close[0][0] < _NEAR else close
    return [(one, 100 * (by - 1)) for _, _, one, by in found]


def _recognised(
    key: str, column: Column, read: Reading, written: UomSaid | None
) -> Iterator[Finding]:
    """Yield which unit a column is in, where it is not m² or not what its source says."""
    believed = read.uom if written is None else written.uom
    if read.uom.factor == believed.factor == 1.0:
        return
    count = f"{int(read.near.sum())} / {len(read.near)}: × {read.uom.factor:.10g}"
    found = f"{count}; {written.field} = {written.text!r}" if written else count
    if not read.fits:
        yield _taken(key, column, read.uom, found)
        return
    other = believed if believed != read.uom else UOMS["m²"][0]
    yield Finding(
        "warning", key,
        Text(f"{column.title.zh}（{column.name}）的单位是{read.uom.title.zh}，不是{other.title.zh}",
             f"{column.name} is in {read.uom.title.en}, not in {other.title.en}"),
        found, Text("平方米", "m²"),
        Text(f"已由几何识别并换算；可在 [layers.{key}.units] 中写明 "
             f'{column.name} = "{read.uom.key}"。',
             f"Recognised by the geometry and converted; state it as "
             f'{column.name} = "{read.uom.key}" under [layers.{key}.units].'),
    )  # fmt: skip


def _taken(key: str, column: Column, uom: Uom, found: str) -> Finding:
    return Finding(
        "warning", key,
        Text(f"{column.title.zh}（{column.name}）与图形不符，按数据所写以{uom.title.zh}计",
             f"{column.name} fits the drawing in no unit; it is taken in {uom.title.en}, as the "
             "source says"),
        found, Text("平方米", "m²"),
        Text(f"核对单位，并在 [layers.{key}.units] 中写明 {column.name}。",
             f"Check the unit, and state that of {column.name} under [layers.{key}.units]."),
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


def _footprint(layer: gpd.GeoDataFrame, once: Once) -> Floats:
    return once.of(shapely.area, layer.geometry.to_numpy())


def _storeys(buildings: gpd.GeoDataFrame, once: Once) -> Floats | None:
    if "floors" not in buildings:
        return None
    return _footprint(buildings, once) * numbers(buildings, "floors")


def _allowed(parcels: gpd.GeoDataFrame, once: Once) -> Floats | None:
    if "far_max" not in parcels:
        return None
    return _footprint(parcels, once) * numbers(parcels, "far_max")


_LAND: dict[str, Callable[[gpd.GeoDataFrame, Once], Floats | None]] = {"area": _footprint}
_YARDSTICKS: dict[str, dict[str, Callable[[gpd.GeoDataFrame, Once], Floats | None]]] = {
    "city": _LAND, "units": _LAND, "blocks": _LAND, "parks": _LAND,
    "parcels": {"area": _footprint, "floor_area": _allowed},
    "buildings": {"floor_area": _storeys},
}  # fmt: skip
"""What a stated area should come near to, m²."""
