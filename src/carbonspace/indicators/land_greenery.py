"""Greenery: what is planted, where it is native or mixed, what is given back, and its factor."""

from __future__ import annotations

from typing import Annotated, Literal

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._documents import BAYANNUR, PKU
from carbonspace.indicators._parcels import Figure, rows_of
from carbonspace.indicators._shared import (
    Floats,
    arrays,
    filled,
    flag,
    known,
    of_classes,
    spread,
    summed,
    text_column,
)
from carbonspace.indicators._steps import PARCELS_BY_UNIT, chosen_rows, cut_evidence, polygons_in
from carbonspace.indicators._traits import Flags, Held, Trait, flagged, held_by, listed, share_of
from carbonspace.kernels import overlay
from carbonspace.model.coded import GREENERY_TYPES
from carbonspace.model.indicator import Indicator, Unit, indicator, variant
from carbonspace.model.kinds import Choice, Listed, Number, Rows
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

GREENERY_BY_UNIT = "greenery by unit"
PLANTED = ("tree", "shrub", "grass", "flower", "green_roof", "green_wall", "rain_garden")
"""Kinds of greenery that are planted: not paving, water or sealed ground."""
FACTORS = (
    ("tree", 0.8), ("shrub", 0.6), ("grass", 0.4), ("flower", 0.7), ("green_roof", 0.7),
    ("green_wall", 0.6), ("rain_garden", 0.7), ("permeable", 0.1), ("water", 0.2), ("sealed", 0.0),
)  # fmt: skip
"""Factors after Table 8.2 of the London Plan, from memory; which of its kinds is which is ours."""

_KIND = Choice(tuple(GREENERY_TYPES))
Greenery = Annotated[tuple[str, ...], Unit("code"), Listed(_KIND)]
_TABLE = Rows((_KIND, Number(low=0, high=1)), Text("绿化类型, 因子", "kind, factor"))
Factors = Annotated[tuple[tuple[str, float], ...], Unit(""), _TABLE]
Age = Literal["all", "new", "existing"]
GreenTrait = Annotated[str, Unit(""), Choice(("native", "mixed_forest"))]


def _mixed(greenery: gpd.GeoDataFrame) -> Flags:
    stands = text_column(greenery, "forest_type").eq("mixed").fillna(value=False)
    return np.asarray(stands, dtype=bool)


TRAITS = {
    "native": flagged("乡土适生植物", "native plants", "is_native"),
    "mixed_forest": Trait(Text("混交林", "mixed stands"), ("forest_type",), _mixed),
}
"""By name, the values of `green_trait`."""


@indicator(
    title=Text("乔灌木占比", "Trees and shrubs in green space"),
    unit="%",
    theme="land",
    aggregate="ratio",
    source=f"{PKU} §7.6(六)5",
    definition=Text(
        "乔木与灌木种植面积除以绿化（乔木、灌木、草坪、花卉、屋顶与垂直绿化、雨水花园）面积，按图"
        "斑面积，图斑之间不应重叠。原文未说明按面积还是株数，此处按面积。",
        "Planting area of trees and shrubs over that of all greenery (trees, shrubs, grass, "
        "flowers, green roofs and walls, rain gardens), by the area drawn; areas should not "
        "overlap. The source does not say area or stems: area is our reading.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    whole=("parcels",),
    verified=False,
)
def tree_shrub_share(
    units: gpd.GeoDataFrame,
    greenery: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None = None,
    *,
    greenery_types: Greenery = ("tree", "shrub"),
    planting: Greenery = PLANTED,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of each unit's and parcel's greenery that is trees and shrubs.

    Parameters
    ----------
    units
        Planning units.
    greenery
        Polygons with `greenery_type`.
    parcels
        Polygons; without them there are no figures by parcel.
    greenery_types
        Kinds in the numerator.
    planting
        Kinds in the denominator.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m². `parts` has one row per parcel with greenery.
        Evidence: the greenery of other kinds.

    Raises
    ------
    MissingColumnError
        If the kind is not known of any greenery.

    Notes
    -----
    PKU §7.6(六)5: 绿化空间内乔灌木占比不宜小于 70%.
    """
    kind = known(greenery, "greenery", "greenery_type", shared)
    counts = of_classes(kind, tuple(planting))
    held = Held(of_classes(kind, tuple(greenery_types)) & counts, counts)
    area = shapely.area(greenery.geometry.to_numpy())
    measure = share_of(units, greenery, GREENERY_BY_UNIT, area, held, shared,
                       facts=("greenery_type",))  # fmt: skip
    if parcels is None:
        return measure
    top, bottom = (_on_parcels(parcels, greenery, one.astype(float), shared) for one in held[:2])
    rows = rows_of(units, parcels, Figure(top, bottom, bottom > 0, 100.0), shared)
    return Measure.of(
        units.index, measure.table["numerator"], measure.table["denominator"], scale=100.0,
        parts={"parcel": rows}, evidence=measure.evidence,
    )  # fmt: skip


def _on_parcels(
    parcels: gpd.GeoDataFrame, greenery: gpd.GeoDataFrame, weight: Floats, shared: Shared | None
) -> Floats:
    """Return the weighted area of greenery on each parcel, m²."""
    cut = polygons_in(parcels, greenery, "greenery by parcel", shared)
    return overlay.sums(cut.zone, cut.area * weight[cut.feature], len(parcels))


@indicator(
    title=Text("具有某项特征的绿化占比", "Share of greenery with a trait"),
    unit="%",
    theme="land",
    aggregate="ratio",
    source=f"{PKU} §7.5(七)1, §7.6(六)5; {BAYANNUR} 二(三)14",
    definition=Text(
        "具有所选特征的绿化面积除以已说明该特征的绿化面积，按图斑面积；未说明的不计入。",
        "Area of the greenery that has the trait over that of all greenery that says whether it "
        "has, by the area drawn; what does not say is left out.",
    ),
    decimals=1,
)
def greenery_share(
    units: gpd.GeoDataFrame,
    greenery: gpd.GeoDataFrame,
    *,
    green_trait: GreenTrait = "native",
    planting: Greenery = PLANTED,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of greenery with a trait.

    Parameters
    ----------
    units, shared
        As for `tree_shrub_share`.
    greenery
        Polygons with `greenery_type` and the column of the trait.
    green_trait
        What is looked for: a key of `TRAITS`.
    planting
        Kinds of greenery that are asked.

    Returns
    -------
    Measure
        Percent; numerators and denominators are m². Evidence: the greenery that lacks the trait.

    Raises
    ------
    MissingColumnError
        If the kind or the trait is not known of any greenery.

    Notes
    -----
    PKU §7.6(六)5: native plants, by area of planting; no value.
    """
    asked = of_classes(known(greenery, "greenery", "greenery_type", shared), tuple(planting))
    trait = TRAITS[green_trait]
    held = held_by(greenery, "greenery", trait, asked, shared, unstated="left_out")
    area = shapely.area(greenery.geometry.to_numpy())
    return share_of(units, greenery, GREENERY_BY_UNIT, area, held, shared,
                    facts=("greenery_type", *trait.columns))  # fmt: skip


@indicator(
    title=Text("绿化返还率", "Greening given back"),
    unit="%",
    theme="land",
    aggregate="ratio",
    source=f"{PKU} §7.6(六)1",
    definition=Text(
        "建设后绿地面积（parcels.green_area）除以建设前绿地面积（green_area_before）；只计建设前有"
        "绿地的地块，建设后未填的按零计。原文兼及资金返还，未给出数值，按面积为本工具的读法。",
        "Green area after development (parcels.green_area) over that before (green_area_before), "
        "of the parcels that had some; none stated after counts as none. The source speaks of "
        "funds, too, and gives no value: area is our reading.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=1,
    verified=False,
)
def greening_return_rate(
    units: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame, *, shared: Shared | None = None
) -> Measure:
    """Return the green area after development over that before, by parcel and unit.

    Parameters
    ----------
    units, shared
        As for `tree_shrub_share`.
    parcels
        Polygons with `green_area` and `green_area_before`, m².

    Returns
    -------
    Measure
        Percent; numerators and denominators are m². `parts` has one row per parcel that had green
        area. Evidence: the parcels that have less than before.

    Raises
    ------
    MissingColumnError
        If either area is not known of any parcel.

    Notes
    -----
    PKU §7.6(六)1: 设置最低绿化返还率，保障总绿量.
    """
    for column in ("green_area", "green_area_before"):
        known(parcels, "parcels", column, shared)
    after, before = (
        filled(parcels, column, np.zeros(len(parcels)))
        for column in ("green_area", "green_area_before")
    )
    had = before > 0
    cut = polygons_in(units, parcels, PARCELS_BY_UNIT, shared)
    return Measure.of(
        units.index,
        spread(cut, after * had, units),
        spread(cut, before, units),
        scale=100.0,
        parts={"parcel": rows_of(units, parcels, Figure(after, before, had, 100.0), shared)},
        evidence=lambda: listed(
            units, parcels, cut, before - after, had & (after < before),
            ("land_use", "green_area", "green_area_before"),
        ),
    )  # fmt: skip


@indicator(
    title=Text("城市绿化因子", "Urban greening factor"),
    unit="",
    theme="land",
    aggregate="ratio",
    source=f"{PKU} §3.3; London Plan 2021, Policy G5",
    definition=Text(
        "地块内各类地表面积乘以因子之和，除以地块面积；单元为所选地块（缺省为新建地块 parcels.is_n"
        "ew）合计。因子先取图斑自身的 factor，否则取参数表。参数表缺省值按记忆取自伦敦规划表 8.2，"
        "其类别与本工具类型的对应为自定，均未核对。图斑相互重叠时各自计入；垂直绿化按图斑面积。",
        "Area of each kind of surface on a parcel times its factor, summed, over the area of the "
        "parcel; a unit has the parcels asked together (by default new ones, parcels.is_new). The "
        "factor drawn with the surface goes before that of the table. The table is that of the "
        "London Plan (8.2) from memory, and which of its kinds is which of ours is our own: both "
        "are not checked. Where surfaces overlap each counts; green walls count as drawn.",
    ),
    levels=("unit", "city", "parcel"),
    decimals=3,
    whole=("parcels",),
    verified=False,
)
def urban_greening_factor(
    units: gpd.GeoDataFrame,
    greenery: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    greening_factors: Factors = FACTORS,
    age: Age = "new",
    shared: Shared | None = None,
) -> Measure:
    """Return the greening factor of each parcel, and of the parcels of each unit together.

    Parameters
    ----------
    units, shared
        As for `tree_shrub_share`.
    greenery
        Polygons with `greenery_type`, and `factor` where it is stated.
    parcels
        Polygons; with `is_new` where `age` is not "all".
    greening_factors
        Pairs of a kind of greenery and its factor; kinds not listed have 0.
    age
        Which parcels are asked.

    Returns
    -------
    Measure
        A ratio; numerators are m² times factor, denominators m². `parts` has one row per parcel
        that is asked. Evidence: the surfaces on these parcels with their factor.

    Raises
    ------
    MissingColumnError
        If neither kind nor factor is known of any greenery, or `is_new` of no parcel.

    Notes
    -----
    PKU §3.3: names the factor of the London Plan (Policy G5), without values.
    """
    factor = _factors(greenery, greening_factors, shared)
    asked = np.ones(len(parcels), dtype=bool)
    if age != "all":
        known(parcels, "parcels", "is_new", shared)
        asked = flag(parcels, "is_new") == (age == "new")
    area = shapely.area(parcels.geometry.to_numpy())
    top = _on_parcels(parcels, greenery, factor, shared)
    plots = chosen_rows(polygons_in(units, parcels, PARCELS_BY_UNIT, shared), asked)
    green = overlay.cut_along(plots.geometry, arrays(units, greenery)[1])
    weighted = green.area * factor[green.feature]
    return Measure.of(
        units.index,
        summed(plots.zone[green.zone], weighted, units),
        summed(plots.zone, plots.area, units),
        scale=1.0,
        parts={"parcel": rows_of(units, parcels, Figure(top, area, asked), shared)},
        evidence=lambda: cut_evidence(
            units,
            parcels,
            green._replace(zone=plots.zone[green.zone], feature=plots.feature[green.zone]),
            "parcel_id",
            greenery_type=text_column(greenery, "greenery_type").to_numpy()[green.feature],
            factor=factor[green.feature],
            area_m2=green.area,
        ),
    )


def _factors(
    greenery: gpd.GeoDataFrame, table: tuple[tuple[str, float], ...], shared: Shared | None
) -> Floats:
    """Return the factor of each surface: its own, or that of its kind."""
    kind = known(greenery, "greenery", "greenery_type", shared)
    by_kind = kind.map(dict(table)).fillna(0.0).to_numpy(dtype=float)
    return filled(greenery, "factor", by_kind)


VARIANTS: tuple[Indicator, ...] = (
    variant(
        greenery_share, "native_plant_share",
        Text("本地适生植物占比", "Share of native plants"),
        definition=Text(
            "乡土（本地适生）植物种植面积除以已说明是否乡土的种植面积，按图斑面积；未说明的不计入。"
            "原文未给出数值与口径。",
            "Planting area of native plants over the planting area that says whether it is native, "
            "by the area drawn; what does not say is left out. The source gives neither value nor "
            "way of counting.",
        ),
        facts={"source": f"{PKU} §7.6(六)5; {BAYANNUR} 二(三)14"}, green_trait="native",
    ),
    variant(
        greenery_share, "mixed_forest_share", Text("混交林占比", "Share of mixed forest"),
        definition=Text(
            "混交林面积除以林分类型已知（纯林或混交林）的乔木林面积；原文未给出数值。",
            "Area of mixed stands over that of all stands of trees whose type is known (pure or "
            "mixed). The source gives no value.",
        ),
        facts={"source": f"{PKU} §7.5(七)1"}, green_trait="mixed_forest", planting=("tree",),
    ),
)  # fmt: skip
