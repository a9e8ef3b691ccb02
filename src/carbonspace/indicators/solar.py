"""Solar roofs: how much roof can carry panels, and how much of it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    evidence_frame,
    filled,
    flag,
    known,
    one_of,
    summed,
)
from carbonspace.indicators._steps import BUILDINGS_BY_UNIT, polygons_in, taken
from carbonspace.model.indicator import LAND_CODE, Indicator, LandCodes, Unit, indicator, variant
from carbonspace.model.kinds import Choice, Number, Rows
from carbonspace.model.landuse import CODES, matches
from carbonspace.model.layers import ROOF_TYPES
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_USE = Choice(
    ("", *CODES),
    Text(f"{LAND_CODE.expected.zh}，或空文本", f"{LAND_CODE.expected.en}, or empty text"),
)
_COEFFICIENTS = Rows(
    (Choice(tuple(ROOF_TYPES)), _USE, Number(low=0, high=1)),
    Text("屋顶类型, 用途, 系数", "roof type, use, coefficient"),
    key=2,
)
Coefficients = Annotated[tuple[tuple[str, str, float], ...], Unit(""), _COEFFICIENTS]

COEFFICIENTS: Coefficients = (
    ("flat", "", 0.6),
    ("flat", "07", 0.4),
    ("pitched", "", 0.45),
    ("metal", "", 0.3),
    ("metal", "10", 0.8),
    ("other", "", 0.3),
)
"""Usable share of a roof by roof type and use (code prefix, "" for every use): the middles of the
usual ranges. No official table was found: not verified. An unknown roof type counts as other."""

_MEANING = Text(
    "可利用屋顶面积 = 屋顶面积 × 可利用系数（按屋顶类型与建筑用途取值，未扣除遮挡，系数未经核实；"
    "屋顶类型未知按其他屋顶取值；屋顶面积未知取建筑基底面积）。",
    "Usable roof = roof area × usable-roof coefficient by roof type and building use, before "
    "shading; the coefficients are not verified. An unknown roof type counts as other; where the "
    "roof area is not known the footprint is taken.",
)

_DENOMINATOR = Text(
    "分母取屋顶总面积或可利用屋顶面积，各文件口径不一。",
    "The denominator is the whole roof or the usable roof: the sources differ.",
)


@indicator(
    title=Text("可利用屋顶面积（光伏，系数法）", "Roof usable for solar panels, by coefficient"),
    unit="m²",
    theme="solar",
    aggregate="sum",
    source="面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)8",
    definition=_MEANING,
    decimals=0,
    verified=False,
)
def solar_roof_area(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    uses: LandCodes = (),
    coefficients: Coefficients = COEFFICIENTS,
    new_only: bool = False,
    shared: Shared | None = None,
) -> Measure:
    """Roof area that can carry solar panels, by usable-roof coefficients.

    Parameters
    ----------
    units
        Planning units.
    buildings
        Footprints, with `use`, `roof_type` and `roof_area` (m²) where known. A building across
        units counts to each by its footprint.
    uses
        Land-use codes of the buildings that count, by prefix; empty for all.
    coefficients
        Rows of roof type, use (code prefix) and usable share of the roof (0 to 1).
    new_only
        Count only buildings with `is_new`.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Usable roof, m². Evidence: the roofs that count, with their coefficient.

    Raises
    ------
    MissingColumnError
        If `uses` is given and no use is known, or `new_only` and `is_new` is not.

    Notes
    -----
    Source: 面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023) §7.6(四)8.
    """
    roofs = _roofs(units, buildings, uses, coefficients, shared, new_only=new_only)
    return Measure.of(
        units.index,
        summed(roofs.unit, roofs.usable, units),
        scale=1,
        evidence=lambda: _evidence(units, buildings, roofs),
    )


@indicator(
    title=Text("建筑屋顶光伏覆盖率", "Share of roofs under solar panels"),
    unit="%",
    theme="solar",
    aggregate="ratio",
    source="长治市上党区低碳建设规划 (2023–2035) §四",
    definition=Text(
        f"全部建筑的光伏板面积除以屋顶面积；{_DENOMINATOR.zh}{_MEANING.zh}",
        f"Area of solar panels over roof area, of all buildings. {_DENOMINATOR.en} {_MEANING.en}",
    ),
    decimals=1,
)
def pv_roof_share(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    *,
    uses: LandCodes = (),
    denominator: Literal["total", "usable"] = "total",
    new_only: bool = False,
    coefficients: Coefficients = COEFFICIENTS,
    shared: Shared | None = None,
) -> Measure:
    """Share of the roofs that carry solar panels.

    Parameters
    ----------
    units, buildings, uses, coefficients
        As for `solar_roof_area`; `buildings` also with `pv_area` (m², null: no panels).
    denominator
        "total": the whole roof; "usable": the roof times its coefficient.
    new_only
        Count only buildings with `is_new`.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Panels over roof, %. Evidence: the roofs that count, with their panels.

    Raises
    ------
    MissingColumnError
        If `pv_area`, or a column that `uses` or `new_only` need, is not known.
    UnknownNameError
        If `denominator` is neither.

    Notes
    -----
    Source: 长治市上党区低碳建设规划 (2023–2035) §四; for the usable roof:
    连云港市城乡建设领域碳达峰实施方案 (2024). Both ask it of new buildings: see the variants.
    """
    one_of("denominator", denominator, ("total", "usable"))
    known(buildings, "buildings", "pv_area", shared)
    roofs = _roofs(units, buildings, uses, coefficients, shared, new_only=new_only)
    return Measure.of(
        units.index,
        summed(roofs.unit, roofs.pv, units),
        summed(roofs.unit, roofs.usable if denominator == "usable" else roofs.area, units),
        scale=100,
        evidence=lambda: _evidence(units, buildings, roofs),
    )


class _Roofs(NamedTuple):
    """The part of each chosen roof that lies in each unit; areas in m²."""

    unit: NDArray[np.int64]
    building: NDArray[np.int64]
    geometry: Geometries
    area: Floats
    coefficient: Floats
    usable: Floats
    pv: Floats


def _roofs(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    uses: Sequence[str],
    coefficients: Coefficients,
    shared: Shared | None,
    *,
    new_only: bool,
) -> _Roofs:
    chosen = _chosen(buildings, uses, shared, new_only=new_only)
    roofs = (shared or Shared()).once(
        "roofs by unit",
        (units, buildings),
        lambda: _all_roofs(units, buildings, coefficients, shared),
        tuple(coefficients),
    )
    return taken(roofs, chosen[roofs.building])


def _all_roofs(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    coefficients: Coefficients,
    shared: Shared | None,
) -> _Roofs:
    cut = polygons_in(units, buildings, BUILDINGS_BY_UNIT, shared)
    building, footprint = cut.feature, shapely.area(arrays(units, buildings)[1])
    area = cut.share * filled(buildings, "roof_area", footprint)[building]
    usable_share = usable_shares(buildings, coefficients)[building]
    pv = cut.share * filled(buildings, "pv_area", np.zeros(len(buildings)))[building]
    return _Roofs(cut.zone, building, cut.geometry, area, usable_share, area * usable_share, pv)


def usable_shares(buildings: gpd.GeoDataFrame, coefficients: Coefficients) -> Floats:
    """Return the usable share of each roof, 0 to 1.

    The row with the longest use that fits decides; a roof type without a row counts as "other",
    and where "other" has no row either nothing of the roof is usable.
    """
    types = {roof_type for roof_type, _, _ in coefficients}
    roof_type = _column(buildings, "roof_type").where(lambda t: t.isin(list(types)), "other")
    use = _column(buildings, "use")
    shares = np.zeros(len(buildings))
    for kind, prefix, value in sorted(coefficients, key=lambda row: len(row[1])):
        fits = roof_type.eq(kind) & (matches(use, (prefix,)) if prefix else True)
        shares[np.asarray(fits, dtype=bool)] = value
    return shares


def _chosen(
    buildings: gpd.GeoDataFrame, uses: Sequence[str], shared: Shared | None, *, new_only: bool
) -> NDArray[np.bool_]:
    chosen = np.ones(len(buildings), dtype=bool)
    if uses:
        chosen &= matches(known(buildings, "buildings", "use", shared), tuple(uses)).to_numpy()
    if new_only:
        known(buildings, "buildings", "is_new", shared)
        chosen &= flag(buildings, "is_new")
    return chosen


def _column(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Return a text column, null throughout where it is absent."""
    return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="str")


def _evidence(
    units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, roofs: _Roofs
) -> gpd.GeoDataFrame:
    return evidence_frame(
        units,
        roofs.unit,
        roofs.geometry,
        building_id=np.asarray(buildings.index)[roofs.building],
        use=_column(buildings, "use").to_numpy()[roofs.building],
        roof_type=_column(buildings, "roof_type").to_numpy()[roofs.building],
        roof_m2=roofs.area,
        coefficient=roofs.coefficient,
        usable_m2=roofs.usable,
        pv_m2=roofs.pv,
    )


_BY_CLASS = (
    ("homes", ("07",), Text("住宅", "homes")),
    ("public", ("08",), Text("公共建筑", "public buildings")),
    ("commerce", ("09",), Text("商业建筑", "commercial buildings")),
    ("industry", ("10",), Text("工业建筑", "industrial buildings")),
)
_PUBLIC_INDUSTRY = Text("机关办公、学校、医院、工业厂房",
                        "government offices, schools, hospitals and plants")  # fmt: skip
_INSTITUTIONS_PLANTS = Text("公共机构、厂房", "public institutions and plants")
_PUBLIC_INDUSTRY_CODES = ("0801", "0804", "0806", "1001")
_SHARES = (
    ("public_industry", _PUBLIC_INDUSTRY_CODES, "total", _PUBLIC_INDUSTRY,
     "长治市上党区低碳建设规划 (2023–2035) §四"),
    ("commerce_office", ("0901", "0902"), "total",
     Text("商业、商务办公建筑", "shops and offices"), "长治市上党区低碳建设规划 (2023–2035) §四"),
    ("homes", ("07",), "total", Text("住宅", "homes"), "长治市上党区低碳建设规划 (2023–2035) §四"),
    ("institutions_plants", ("08", "1001"), "total", _INSTITUTIONS_PLANTS,
     "九江市城乡建设领域碳达峰实施方案"),
    ("institutions_plants", ("08", "1001"), "usable", _INSTITUTIONS_PLANTS,
     "连云港市城乡建设领域碳达峰实施方案 (2024)"),
    ("public_industry", _PUBLIC_INDUSTRY_CODES, "usable", _PUBLIC_INDUSTRY,
     "面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023)，上海"),
    ("commerce_homes", ("0901", "0902", "07"), "usable",
     Text("商业、办公和居住建筑", "shops, offices and homes"),
     "面向“双碳”目标的国土空间规划技术标准体系优化响应 (2023)，上海"),
)  # fmt: skip


def _area_variant(key: str, uses: tuple[str, ...], who: Text) -> Indicator:
    title = Text(
        f"{who.zh}可利用屋顶面积（光伏，系数法）",
        f"Roof usable for solar panels on {who.en}, by coefficient",
    )
    return variant(solar_roof_area, f"solar_roof_area_{key}", title, uses=uses)


def _share_variant(
    key: str, uses: tuple[str, ...], denominator: str, who: Text, source: str
) -> Indicator:
    usable = denominator == "usable"
    title = Text(
        f"新建{who.zh}屋顶光伏覆盖率（占{'可利用屋顶面积' if usable else '屋顶总面积'}）",
        f"Solar panels on new {who.en}, of {'usable roof' if usable else 'all roof'}",
    )
    return variant(
        pv_roof_share,
        f"pv_{'usable_' if usable else ''}roof_share_{key}",
        title,
        definition=Text(
            f"新建{who.zh}的光伏板面积除以屋顶面积；{_DENOMINATOR.zh}{_MEANING.zh}",
            f"Area of solar panels over roof area, of new {who.en}. {_DENOMINATOR.en} "
            f"{_MEANING.en}",
        ),
        facts={"source": source, "verified": not usable},
        uses=uses,
        denominator=denominator,
        new_only=True,
    )


VARIANTS: tuple[Indicator, ...] = (
    *(_area_variant(*row) for row in _BY_CLASS),
    *(_share_variant(*row) for row in _SHARES),
)
