"""The GeoPackage and the reports of a night: of the units whose figures or verdicts are others."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

import pandas as pd

from carbonspace.batch.cityfile import City
from carbonspace.batch.computing import Computed
from carbonspace.batch.kept import UNIT, VERDICT, Changes, as_dict


def units_of(
    found: Mapping[str, Changes], computed: Computed, owed: AbstractSet[str] = frozenset()
) -> pd.Index:
    """Return the units of which a night changed a figure, a verdict or the shape.

    With those that are `owed`, of nights whose output was not written.
    """
    rows = (as_dict(VERDICT, row) for row in found[VERDICT.name].added)
    names = {row["unit_id"] for row in rows if row["level"] == "unit"}
    names |= {row[0] for row in found[UNIT.name].added} | owed
    known = computed.assessment.plan.layers["units"].index
    return known[known.isin(names)]


def write_output(city: City, computed: Computed, units: pd.Index) -> Path | None:
    """Write what `carbonspace run` writes of some units, and the reports that the plan asks for.

    Of all units there is the city, too. Nothing where the city wants none or no unit changed. What
    lay in the folder is replaced whole or, where that fails, stays.

    Raises
    ------
    SourceError, OSError
        The folder cannot be written.
    """
    if city.output is None or not len(units):
        return None
    return computed.of_units(units).write(city.output)
