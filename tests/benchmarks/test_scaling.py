"""The study of growth, short: a county's corner in all ways, the same bits, and its chart."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.benchmarks.scaling import WAYS, digest_of, study
from tests.benchmarks.scaling_chart import chart, grown_to

pytestmark = pytest.mark.sample


def test_all_ways_come_to_the_same_bits(tmp_path: Path) -> None:
    runs = study([0.009], tmp_path / "province", tmp_path / "out", ("road_density", "land_use_mix"))
    assert [one.way for one in runs] == [*WAYS]
    assert len({one.digest for one in runs}) == 1
    assert all(one.rows > 0 and one.cpu > 0 for one in runs)
    assert all((one.worker_mb > 100) == one.way.startswith("local") for one in runs)
    told = json.loads((tmp_path / "out" / "scaling.json").read_text("utf-8"))
    assert [one["way"] for one in told["runs"]] == [*WAYS]
    ElementTree.parse(tmp_path / "out" / "scaling.svg")


def test_a_bit_more_is_another_digest() -> None:
    import pandas as pd

    table = pd.DataFrame({"value": [0.1, None], "unit_id": ["a", None]})
    other = table.assign(value=[0.1 + 2**-56, None])
    assert digest_of(table) == digest_of(table.copy()) != digest_of(other)


def test_what_is_on_paper_goes_on_along_the_last_two_sizes() -> None:
    assert grown_to([(0.25, 9.0), (0.5, 10.0), (1.0, 20.0)], 30.0) == pytest.approx(600.0)
    assert grown_to([(0.5, 700.0), (1.0, 690.0)], 30.0) == 690.0
    runs = [{"million": size, "way": way, "wall": 30 * size, "own_mb": 400.0, "worker_mb": 700.0}
            for size in (0.25, 1.0) for way in WAYS]  # fmt: skip
    drawn = chart(runs)
    assert drawn.count("<circle") == 4 + 2 * 8
    assert drawn.count('stroke-dasharray="5 5"') == 2 * 3
