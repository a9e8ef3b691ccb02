"""What SOURCES.md knows of each data set is found by `init`, or by `check` of what init wrote."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from carbonspace.cli import main

SHARED = Path(
    os.environ.get("CARBONSPACE_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")
)
pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason=f"{SHARED} is not there: real data that is not part of the project "
    "(CARBONSPACE_SHARED_DATA names its folder)",
)


class Told(NamedTuple):
    """What a person reads: what `init` prints, plan.toml, what `check` prints; on one line each."""

    init: str
    plan: str
    check: str


Looking = Callable[[str], Told]


@pytest.fixture
def told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Looking:
    """Return what is told about a data set of which only the folder is known."""
    monkeypatch.setenv("COLUMNS", "400")
    plan = tmp_path / "plan.toml"

    def said(*arguments: str) -> str:
        with pytest.raises(SystemExit):
            main([*arguments, "--lang", "en"])
        return _one_line(capsys.readouterr().out)

    def look(name: str) -> Told:
        init = said("init", str(SHARED / name), "--yes", "-o", str(plan))
        text = plan.read_text("utf-8").replace("\n# ", " ")
        return Told(init, _one_line(text), said("check", str(plan)))

    return look


def _one_line(text: str) -> str:
    return re.sub(r"[\s│]+", " ", text)


def test_huizhou(told: Looking) -> None:
    found = told("huizhou")
    lie = "the file says EPSG:4326, which its coordinates contradict: x 532189.1…533924.2"
    assert lie in found.init
    assert lie in found.plan
    assert 'crs = "EPSG:4547"' in found.plan
    assert "line: its lines are the outlines of land, not roads" in found.init
    assert "parcels The CRS contradicts the coordinates 1 EPSG:4326 WGS 84" in found.check
    assert "roads The layer has no CRS" in found.check
    noise = "note parcels Shared borders differ by rounding 1 102 pairs, 1.6e-07 m² in all"
    assert noise in found.check
    assert "Features overlap" not in found.check


def test_huilongguan(told: Looking) -> None:
    found = told("hlg")
    assert "which its coordinates contradict: x 0…2160, y 0…2040" in found.plan
    assert "none fits: the coordinates may be local ones" in found.plan
    assert "410 × mixed" in found.plan


def test_las_palmas(told: Looking) -> None:
    found = told("las_palmas")
    for layer, count in (("parcels", 3), ("buildings", 3), ("car_parks", 1)):
        assert f"warning {layer} The geometry cannot be built {count} [way/" in found.check
    assert "a ring of too few points" in found.check
    northing_first = "EPSG:5635 REGCAN95 / LAEA Europe (axes: north, east; read east first)"
    assert northing_first in found.check
    assert found.check.count("The layer was converted to the plan's CRS") == 13


def test_takeo(told: Looking) -> None:
    found = told("plateau")
    assert "error units The layer of planning units is missing" in found.check
    assert "warning parks area is in hectares, not in square metres 1 16 / 16" in found.check
    assert "area is that of a whole, repeated on each of its parts" in found.check
    assert "parks The geometry has heights or measures (Z, M) 1 16 features" in found.check
    assert "EPSG:6668 JGD2011" in found.check


def test_xian(told: Looking) -> None:
    found = told("gbk_roads")
    assert 'encoding = "GB18030" # there is no .cpg; the bytes of its text tell' in found.plan
    assert "warning roads The file does not state its encoding" in found.check
    assert "GB18030" in found.check


def test_suzhou(told: Looking) -> None:
    found = told("suzhou")
    assert "3076 × polygon; EPSG:4326" in found.plan
    assert "buildings The layer was converted to the plan's CRS 1 EPSG:4326" in found.check


def test_gothenburg_and_london(told: Looking) -> None:
    found = told("umep")
    assert 'crs = "EPSG:3006"' in found.plan
    assert "EPSG:27700" in found.plan
    assert "a raster of its kind is read from another file" in found.plan
