"""Units that name no district where others do: no district counts them."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np

from carbonspace.model.finding import Finding
from carbonspace.model.levels import DISTRICT, districts_named
from carbonspace.model.text import Text
from carbonspace.prepare.rows import Fault, per_feature, worded


def district_findings(units: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Yield a finding for each unit without a district, where some unit has one."""
    if DISTRICT not in units:
        return
    names = districts_named(units)
    lacking = names.isna().to_numpy()
    if lacking.all():
        return
    nothing = worded("{}", np.full(len(units), "-", dtype=object))
    yield from per_feature("units", units, _NONE, np.flatnonzero(lacking), nothing)


_NONE = Fault(
    Text("单元没有行政区（district）", "The unit names no district"),
    Text("所属行政区的名称", "the name of its district"),
    Text("该单元不计入任何行政区，请在源数据中补全。",
         "No district counts it; fill it in in the source."),
)  # fmt: skip
