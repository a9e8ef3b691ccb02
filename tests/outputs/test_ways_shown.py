"""Places that are walked from look alike in QGIS and on the pages: by how they are reached."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.catalogue import indicators
from carbonspace.indicators._on_foot import causes
from carbonspace.outputs.apart import kind_of_each, shown
from carbonspace.outputs.look import WAYS

SHARES = np.array([1.0, 0.4, 0.0, np.nan])


def test_every_cause_has_a_look_of_its_own() -> None:
    assert [key for key in WAYS if key != "cut_off"] == causes(SHARES).tolist()
    assert len({one.symbol for one in WAYS.values()}) == len(WAYS)
    assert len({one.colour for one in WAYS.values()}) == len(WAYS)
    frame = gpd.GeoDataFrame({"cause": causes(SHARES)}, geometry=[shapely.Point(0, 0)] * 4)
    told = shown(indicators()["park_walk_coverage"], frame)
    assert told.title.en == "Homes out of reach of a park"
    assert [told.kinds[n].css for n in kind_of_each(frame)] == [
        "way near", "way partly", "way too_far", "way no_street",
    ]  # fmt: skip
    assert told.kinds[2].rule == "\"cause\" = 'too_far'"
