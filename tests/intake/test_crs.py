"""CRSs that can be believed are used; others are proposals in comments."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from tests.intake.conftest import Drafting, Row, written

from carbonspace.intake import plan_text

MESSAGE = "which its coordinates contradict"


def test_the_plan_is_measured_in_the_datas_own_projected_crs(
    draft: Drafting, row: Row, tmp_path: Path
) -> None:
    made = draft(地块=row(DKBH=["A", "B"], YDDM=["R2", "B1"]))
    assert written(made, tmp_path)["crs"] == "EPSG:4547"


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        (113.05, 36.05, "EPSG:4547"),
        (107.39, 40.74, "EPSG:4545"),
        (119.22, 34.60, "EPSG:4549"),
        (116.00, 29.70, "EPSG:4548"),
        (-15.4, 28.1, "EPSG:32628"),
    ],
)
def test_degrees_are_measured_in_the_zone_they_lie_in(
    draft: Drafting, row: Row, tmp_path: Path, lon: float, lat: float, expected: str
) -> None:
    frame = row(crs="EPSG:4326", DKBH=["A", "B"], YDDM=["R2", "B1"])
    boxes = [shapely.box(lon - d, lat - d, lon + d, lat + d) for d in (0.001, 0.002)]
    made = draft(地块=frame.set_geometry(boxes, crs="EPSG:4326"))
    assert written(made, tmp_path)["crs"] == expected


def test_a_lying_crs_is_told_and_none_is_used(draft: Drafting, row: Row, tmp_path: Path) -> None:
    frame = row(DKBH=["A", "B"], YDDM=["R2", "B1"]).set_crs("EPSG:4326", allow_override=True)
    made = draft(地块=frame)
    text = plan_text(made, tmp_path / "plan.toml", "en")
    assert "crs" not in written(made, tmp_path)
    assert "crs" not in written(made, tmp_path)["layers"]["parcels"]
    assert MESSAGE in " ".join(text.replace("\n# ", " ").split())
    assert '# crs = "EPSG:4547"' in text


def test_the_other_layers_tell_the_zone(draft: Drafting, row: Row, lines: Row) -> None:
    roads = lines(crs=None, DLDJ=["主干路", "支路"])
    made = draft(地块=row(DKBH=["A", "B"], YDDM=["R2", "B1"]), roads=roads)
    (found,) = [one for one in made.layers if one.key == "roads"]
    assert found.is_placeless
    assert found.crs is None
    assert found.crs_options[0].value == "EPSG:4547"
    assert found.crs_options[0].certainty == "likely"


def test_local_metres_fit_nothing(draft: Drafting, row: Row, tmp_path: Path) -> None:
    frame = row(crs=None, DKBH=["A", "B"], YDDM=["R2", "B1"])
    made = draft(地块=frame.translate(-500_000, -4_000_000).to_frame("geometry").join(
        frame.drop(columns="geometry")))  # fmt: skip
    assert made.crs is None
    assert "local" in plan_text(made, tmp_path / "plan.toml", "en")
