"""The light on roofs as an image: hours of sun, or energy in a year, of every cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from carbonspace.indicators._roof import BY_COEFFICIENT, Roof
from carbonspace.indicators._roof_cells import looked_at
from carbonspace.indicators._roof_work import Surroundings, cells_over, cellwork, groups_of
from carbonspace.indicators._roofs import Roofs
from carbonspace.model.image import Image, Spots
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

_SHOWN = {
    "sunlit": ("sun_hours", "h", Text("屋顶日照时数", "Hours of sun on roofs")),
    "irradiation": (
        "irradiation",
        "kWh/m²",
        Text("屋顶年辐照量", "Irradiation of roofs a year"),
    ),
}


def roof_image(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    roofs: Roofs,
    around: Surroundings,
    roof: Roof,
    shared: Shared | None,
    *,
    uses: Sequence[str],
    new_only: bool,
) -> Image | None:
    """Return the light on roofs, up to their edges.

    None where the definition asks for none, or the cells of the surface model are no squares.
    """
    if not roof.is_lit:
        return None

    def cells(wanted: pd.Index) -> Iterator[Spots]:
        inside = np.isin(roofs.unit, units.index.get_indexer(wanted))
        work = cellwork(units, buildings, around, roof, shared)
        whole = work._replace(need=work.need._replace(setback=0.0))
        for group in groups_of(whole, np.unique(roofs.building[inside])):
            lit = looked_at(whole, group).lit
            seen = lit.weight > 0
            yield Spots(lit.cells.row[seen], lit.cells.col[seen], lit.weight[seen], lit.time[seen])

    west, north, cell, down = cells_over(around, roof)
    if abs(cell - down) > 1e-9 * cell:
        return None
    name, unit, title = _SHOWN[roof.definition]
    return Image(name, title, unit, "buildings", cell, _source(roof), not uses and not new_only,
                 cells, (west, north))  # fmt: skip


def _source(roof: Roof) -> str:
    """Return the roof, as it is written, with what light does not hang on at its default."""
    names = ("coefficients", "deductions", "min_sun", "min_irradiation")
    return repr(replace(roof, **{name: getattr(BY_COEFFICIENT, name) for name in names}))
