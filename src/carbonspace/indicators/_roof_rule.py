"""Usable roof where no light is asked for: all of it, or a share by roof type and use."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._account import Account
from carbonspace.indicators._roof import Coefficients, Roof
from carbonspace.indicators._roof_cells import held, over
from carbonspace.indicators._shared import Floats, Geometries, text_column
from carbonspace.kernels.inset import inset
from carbonspace.model.landuse import matches


def by_rule(footprints: Geometries, buildings: gpd.GeoDataFrame, roof: Roof) -> Account:
    """Return the account of roofs that no light is asked of."""
    setback, stands, patch = roof.deduction
    area = shapely.area(footprints)
    left, small = area, np.zeros(len(area))
    if setback > 0 or patch > 0:
        parts, owner = shapely.get_parts(inset(footprints, setback), return_index=True)
        size = shapely.area(parts)
        left = held(owner, size, len(area))
        small = held(owner, np.where(size < patch, size, 0.0), len(area))
    part, tiny = over(left, area), over(small, area) * (1 - stands)
    share = np.ones(len(area))
    if roof.definition == "coefficient":
        share = usable_shares(buildings, roof.coefficients)
    usable = (part * (1 - stands) - tiny) * share
    none, unknown = np.zeros(len(area)), np.full(len(area), np.nan)
    return Account(usable, none, 1 - part, part - tiny - usable, tiny, none, unknown, unknown)


def usable_shares(buildings: gpd.GeoDataFrame, coefficients: Coefficients) -> Floats:
    """Return the usable share of each roof, 0 to 1.

    The row with the longest use that fits decides; a roof type without a row counts as "other",
    and where "other" has no row either nothing of the roof is usable.
    """
    types = {roof_type for roof_type, _, _ in coefficients}
    roof_type = text_column(buildings, "roof_type").where(lambda t: t.isin(list(types)), "other")
    use = text_column(buildings, "use")
    shares = np.zeros(len(buildings))
    for kind, prefix, value in sorted(coefficients, key=lambda row: len(row[1])):
        fits = roof_type.eq(kind) & (matches(use, (prefix,)) if prefix else True)
        shares[np.asarray(fits, dtype=bool)] = value
    return shares
