"""What is prepared does not depend on how many threads did it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import shapely
from pandas.testing import assert_frame_equal

from carbonspace import read_plan
from carbonspace.crew import Crew
from carbonspace.model.policy import Policies
from carbonspace.prepare import prepare

GOLDEN = Path(__file__).parents[2] / "data" / "samples" / "golden" / "plan.toml"


def test_several_threads_find_and_mend_what_one_does() -> None:
    plan = read_plan(GOLDEN)
    policy = Policies().with_choice("duplicates", "repair").with_choice("near_misses", "repair")
    plan = replace(plan, settings=replace(plan.settings, policy=policy))
    one, several = prepare(plan), prepare(plan, crew=Crew(3))
    assert one.findings == several.findings
    assert one.repairs == several.repairs
    assert [*one.layers] == [*several.layers]
    for key, layer in one.layers.items():
        assert_frame_equal(layer.drop(columns="geometry"),
                           several.layers[key].drop(columns="geometry"))  # fmt: skip
        assert shapely.equals_identical(layer.geometry, several.layers[key].geometry).all()
