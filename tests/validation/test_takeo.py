"""Takeo: hectares called m², totals repeated on each part, found without being told."""

from __future__ import annotations

from pathlib import Path

import pytest

from carbonspace.model.finding import Finding
from carbonspace.model.plan import Plan
from carbonspace.prepare import prepare
from carbonspace.sources import read_plan

DATA = Path(__file__).parents[3] / "shared" / "data" / "plateau" / "493060_urf_6668_op.gml"
PLAN = f"""
format = 1
name = {{ zh = "武雄市", en = "Takeo" }}
crs = "EPSG:6670"
[layers.city]
source = "{DATA}"
layer = "UrbanPlanningArea"
fields = {{ area = "nominalArea" }}
[layers.units]
source = "{DATA}"
layer = "UrbanPlanningArea"
fields = {{ unit_id = "gml_id" }}
[layers.parks]
source = "{DATA}"
layer = "OpenSpaceForPublicUse"
fields = {{ park_id = "gml_id", area = "nominalArea" }}
"""


@pytest.fixture(scope="module")
def takeo(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    assert DATA.is_file(), f"{DATA} is needed: the shared data lie beside the checkout"
    file = tmp_path_factory.mktemp("takeo") / "plan.toml"
    file.write_text(PLAN, "utf-8")
    return prepare(read_plan(file))


def park_findings(plan: Plan) -> dict[str, Finding]:
    return {f.what.en: f for f in plan.findings if f.layer == "parks"}


def test_the_file_calls_them_square_metres() -> None:
    assert DATA.read_text("utf-8").count('<urf:nominalArea uom="m2">') == 16


def test_hectares_are_recognised(takeo: Plan) -> None:
    finding = park_findings(takeo)["area is in hectares, not in square metres"]
    assert finding.found_in("en") == "16 / 16: × 10000; nominalArea_uom = 'm2'"
    assert "[layers.parks.units]" in finding.action.en


def test_where_no_unit_fits_the_file_is_believed(takeo: Plan) -> None:
    """The planning area states 8,825 ha, of which the file draws 5,464."""
    taken, off = (f for f in takeo.findings if f.layer == "city" and "area" in f.what.en)
    assert taken.found_in("en") == "0 / 1: × 10000; nominalArea_uom = 'ha'"
    assert off.found_in("en").startswith("88,250,000.00 m² / 54,64")
    assert off.found_in("en").endswith(" m² (+61.5 %)")


def test_totals_repeated_on_parts_are_shared_out(takeo: Plan) -> None:
    finding = park_findings(takeo)["area is that of a whole, repeated on each of its parts"]
    assert "5 features, 2 totals" in finding.found_in("en")
    parks = takeo.layers["parks"]
    assert parks["area"].sum() == pytest.approx(10_000 * (
        0.06 + 0.09 + 3 * 0.16 + 0.17 + 0.20 + 0.25 + 0.35 + 1.08 + 1.90 + 2.80 + 19.04
    ))  # fmt: skip
    assert (parks["area"] / parks.area).between(0.85, 1.1).all()
