"""Two prepared plans are the same, to the last bit."""

from __future__ import annotations

import pandas as pd
import shapely

from carbonspace import Plan


def assert_same_plan(one: Plan, other: Plan) -> None:
    """Hold layers, findings, repairs and what was set aside of one plan against another's."""
    assert [*one.layers] == [*other.layers]
    for key, layer in one.layers.items():
        theirs = other.layers[key]
        pd.testing.assert_frame_equal(pd.DataFrame(layer.drop(columns=layer.geometry.name)),
                                      pd.DataFrame(theirs.drop(columns=theirs.geometry.name)),
                                      check_exact=True)  # fmt: skip
        mine, others = (shapely.to_wkb(x.geometry.to_numpy()) for x in (layer, theirs))
        assert (mine == others).all(), key
        assert layer.crs == theirs.crs
    assert len(one.findings) == len(other.findings)
    for mine, others in zip(one.findings, other.findings, strict=True):
        assert mine == others
    assert one.repairs == other.repairs
    assert dict(one.aside) == dict(other.aside)
