"""Which land people live and work on, in one place for every indicator and for preparation."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.model.landuse import matches

HOMES = ("0701", "0703")
"""Urban and rural homes (城镇住宅用地、农村宅基地); not the facilities of 0702 and 0704."""

WORKPLACES = ("08", "09", "10", "11", "1208", "13")
"""Public services, commerce, industry, storage, stations and utilities; not roads and tracks."""


def is_home(land_use: pd.Series, homes: tuple[str, ...] = HOMES) -> NDArray[np.bool_]:
    """Return True for residential land, also where it is coded to the first level only."""
    first_level = any(prefix.startswith("07") for prefix in homes)
    return np.asarray(matches(land_use, tuple(homes)) | ((land_use == "07") & first_level), bool)


def is_workplace(land_use: pd.Series) -> NDArray[np.bool_]:
    """Return True for land that jobs are on."""
    return np.asarray(matches(land_use, WORKPLACES), dtype=bool)
