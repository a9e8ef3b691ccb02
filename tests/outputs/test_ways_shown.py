"""Places that are walked from look alike in QGIS and on the pages: by how they are reached."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.catalogue import indicators
from carbonspace.indicators._on_foot import causes
from carbonspace.outputs.apart import kind_of_each, shown
from carbonspace.outputs.cells import legend
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


def test_legends_show_places_and_service_areas_as_patches() -> None:
    """A patch with the hatch of the map; a line as thin as its edge would tell nothing."""
    for key, one in WAYS.items():
        assert f'<rect class="way {key}"' in legend(f"way {key}", "", one.title)
    assert '<rect class="band" width="26" height="15" fill="#24488fb3"/>' in legend(
        "band", "#24488fb3", WAYS["near"].title
    )
    assert "<path" in legend("break", "", WAYS["near"].title)
