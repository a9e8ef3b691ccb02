"""Which land people live and work on, in one place for every indicator and for preparation."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from carbonspace.model.landuse import matches
from carbonspace.model.text import Text

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


FACILITIES: dict[str, Text] = {
    "kindergarten": Text("幼儿园", "Kindergartens"),
    "primary_school": Text("小学", "Primary schools"),
    "middle_school": Text("中学", "Secondary schools"),
    "clinic": Text("卫生服务设施", "Clinics and hospitals"),
    "elderly_care": Text("养老设施", "Care of the elderly"),
    "culture": Text("文化设施", "Culture"),
    "sports": Text("体育设施", "Sports"),
    "market": Text("菜市场与生鲜超市", "Food markets"),
    "shop": Text("便民商业", "Everyday shops"),
    "community_centre": Text("社区服务设施", "Community services"),
}
"""Types of facilities of daily life, by their `facility_type`; the list is our own, after the
indicators of TD/T 1063-2021 and the facilities of GB 50180-2018 (not verified)."""
