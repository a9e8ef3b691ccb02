"""Parcels held against the limits that the plan itself gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._documents import PKU
from carbonspace.indicators._parcel_figures import (
    EVERY_LOT,
    Lots,
    Site,
    density_of,
    far_of,
    green_of,
    height_of,
)
from carbonspace.indicators._parcels import Figure, drawn, share_within
from carbonspace.indicators._shade import Storey
from carbonspace.indicators._shared import Floats, filled, is_unknown, text_column
from carbonspace.indicators._traits import Flags
from carbonspace.model.indicator import Indicator, indicator, variant
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

LimitedFigure = Literal["all", "far", "density", "green_ratio", "height"]
FIGURES: dict[str, Callable[[Site], Figure]] = {
    "far": far_of, "density": density_of, "green_ratio": green_of, "height": height_of,
}  # fmt: skip
"""By the first part of the names of its limits (`far_min`, `far_max`)."""
_NOISE = 1e-9


class Held(NamedTuple):
    """A figure of each parcel beside its limits, NaN where there is none; judged where there is."""

    value: Floats
    low: Floats
    high: Floats

    @property
    def judged(self) -> Flags:
        """Return which parcels have the figure and a limit."""
        return ~np.isnan(self.value) & ~(np.isnan(self.low) & np.isnan(self.high))

    @property
    def beyond(self) -> Floats:
        """Return by how much the figure lies beyond a limit: above it, or (negative) below it."""
        over, under = self.value - self.high, self.value - self.low
        slack = _NOISE * np.abs(self.value)
        return np.where(over > slack, over, np.where(under < -slack, under, 0.0))


@indicator(
    title=Text("符合规划指标的地块占比", "Parcels within the limits of the plan"),
    unit="%",
    theme="parcels",
    aggregate="ratio",
    source=f"{PKU} §7.6(二)1, §7.6(四)",
    definition=Text(
        "容积率、建筑密度、绿地率与建筑高度均在该地块规划上下限（含）之内的地块数，除以有限值且有指标"
        "的地块数。未建（status 为 unbuilt）的地块不判定；有豁免记录的超限地块不计入，另行列出。"
        "只看某一项时见其各自的指标。证据逐项列出超限的地块与超出量。",
        "Parcels whose floor-area ratio, building density, green ratio and height lie within the "
        "limits the plan gives that parcel (these included), over the parcels that have a limit "
        "and the figure. Parcels with status unbuilt are not judged; one beyond a limit with a "
        "recorded exemption is left out, and told. Each figure has an indicator of its own. "
        "The evidence lists each figure beyond a limit, and by how much.",
    ),
    decimals=1,
    whole=("parcels",),
    verified=False,
)
def parcel_compliance(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame | None = None,
    greenery: gpd.GeoDataFrame | None = None,
    *,
    limited: LimitedFigure = "all",
    lots: Lots = EVERY_LOT,
    storey_height: Storey = 3.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the share of parcels within their own limits.

    Parameters
    ----------
    units
        Planning units.
    parcels
        Polygons with `land_use`, with limits (`far_min`, `far_max`, `density_min` … `height_max`)
        and what the figures need: see `parcel_far` and the others.
    buildings
        Footprints; needed but for green ratios.
    greenery
        Polygons, for green ratios that parcels do not state.
    limited
        Which figure is held against its limits.
    lots, storey_height, shared
        As for `parcel_height`.

    Returns
    -------
    Measure
        Percent; numbers of parcels. Evidence: a row for each figure of a parcel beyond a limit,
        with `value`, `low`, `high` and `beyond` (negative: below the lower limit).

    Raises
    ------
    MissingLayerError
        If limits are given of what only buildings tell, and there are none.
    MissingColumnError
        If no parcel has such a limit, or what a figure needs is not known.

    Notes
    -----
    PKU §7.6: 容积率, 建筑密度, 绿地率, 建筑高度 are the plan's own limits (规划条件).
    """
    site = Site(parcels, buildings, greenery, lots, storey_height, shared)
    names = [*FIGURES] if limited == "all" else [limited]
    found = {name: _held(site, name) for name in names if _is_limited(site, name)}
    if not found:
        raise MissingColumnError("parcels", f"{names[0]}_max")
    built = ~np.asarray(text_column(parcels, "status").eq("unbuilt").fillna(value=False), bool)
    judged = np.any([one.judged for one in found.values()], axis=0) & built
    return share_within(units, parcels, judged, _missed(parcels, found, built), shared)


def _is_limited(site: Site, name: str) -> bool:
    """Tell whether any parcel of the plan has a limit of a figure."""
    return not all(
        is_unknown(site.parcels, "parcels", f"{name}_{end}", site.shared) for end in ("min", "max")
    )


def _held(site: Site, name: str) -> Held:
    nothing = np.full(len(site.parcels), np.nan)
    low, high = (filled(site.parcels, f"{name}_{end}", nothing) for end in ("min", "max"))
    return Held(FIGURES[name](site).value, low, high)


def _missed(
    parcels: gpd.GeoDataFrame, found: dict[str, Held], built: Flags
) -> gpd.GeoDataFrame:  # fmt: skip
    """Return a row for each figure of a parcel that is built and lies beyond a limit of it."""
    facts = {name: parcels[name] for name in ("land_use", "exemption") if name in parcels}
    tables = [
        drawn(parcels, built & one.judged & (one.beyond != 0), **facts,
              figure=np.full(len(parcels), name, dtype=object), **one._asdict(), beyond=one.beyond)
        for name, one in found.items()
    ]  # fmt: skip
    return pd.concat(tables, ignore_index=True)


VARIANTS: tuple[Indicator, ...] = tuple(
    variant(
        parcel_compliance, key, Text(f"{zh}符合规划指标的地块占比", f"Parcels within their {en}"),
        definition=Text(
            f"{zh}在该地块规划上下限（含）之内的地块数，除以有该项限值且有该项指标的地块数。"
            "未建的地块不判定；有豁免记录的超限地块不计入，另行列出。",
            f"Parcels within their {en} as the plan gives them, these included, over the parcels "
            "that have such a limit and the figure. Parcels that are not built are not judged; one "
            "beyond a limit with a recorded exemption is left out, and told.",
        ),
        limited=name,
    )
    for key, name, zh, en in (
        ("parcel_far_compliance", "far", "容积率", "limits of floor-area ratio"),
        ("parcel_building_density_compliance", "density", "建筑密度", "limits of building density"),
        ("parcel_green_ratio_compliance", "green_ratio", "绿地率", "limits of green ratio"),
        ("parcel_height_compliance", "height", "建筑高度", "limits of height"),
    )
)  # fmt: skip
