"""GML as it was written: codes keep their zeros, nothing is left beside the file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.sources.shared import shared

from carbonspace.sources.listing import datasets

FEATURE = """<gml:featureMember><Zone gml:id="z{n}"><code>{code}</code><area>{area}</area>
<shape><gml:Polygon srsName="EPSG:4547"><gml:exterior><gml:LinearRing><gml:posList>
0 0 0 100 100 100 100 0 0 0</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></shape>
</Zone></gml:featureMember>"""
HEAD = '<?xml version="1.0"?><Zones xmlns:gml="http://www.opengis.net/gml/3.2">'
MAPPED = """[layers.parcels]
source = "zones.gml"
layer = "Zone"
fields = { parcel_id = "gml_id", land_use = "code", area = "area" }
"""


@pytest.fixture(autouse=True)
def zones(tmp_path: Path) -> Path:
    features = (FEATURE.format(n=n, code=code, area=area)
                for n, code, area in [(1, "0701", "1.5"), (2, "0902", "-")])  # fmt: skip
    (tmp_path / "zones.gml").write_text(HEAD + "".join(features) + "</Zones>", "utf-8")
    return tmp_path


def test_codes_keep_their_zero_and_a_dash_is_no_zero(zones: Path, read: Any) -> None:
    (found,) = datasets(zones)
    assert dict(found.fields) == {"gml_id": "text", "code": "text", "area": "text"}
    assert found.sample["code"].tolist() == ["0701", "0902"]
    parcels = read(MAPPED).layers["parcels"]
    assert parcels["land_use"].tolist() == ["0701", "0902"]
    assert parcels["area"].fillna(-1).tolist() == [1.5, -1]


def test_a_guess_left_by_somebody_is_not_believed(zones: Path, read: Any) -> None:
    plan = read(MAPPED.replace(', area = "area"', ""))
    assert plan.layers["parcels"]["land_use"].tolist() == ["0701", "0902"]
    (zones / "zones.gfs").write_text("<GMLFeatureClassList/>", "utf-8")
    plan = read(MAPPED.replace(', area = "area"', ""))
    assert plan.layers["parcels"]["land_use"].tolist() == ["0701", "0902"]


def test_nothing_is_left_beside_the_file(zones: Path, read: Any) -> None:
    datasets(zones)
    read(MAPPED.replace(', area = "area"', ""))
    assert sorted(p.name for p in zones.iterdir()) == ["plan.toml", "zones.gml"]


def test_takeo() -> None:
    found = {d.layer: d for d in datasets(shared("plateau"))}
    assert {name: d.features for name, d in found.items()} == {
        "UseDistrict": 40, "FirePreventionDistrict": 1, "TrafficFacility": 53,
        "SpecialUseDistrict": 3, "UrbanPlanningArea": 1, "OpenSpaceForPublicUse": 16,
        "TreatmentFacility": 26,
    }  # fmt: skip
    zones = found["UseDistrict"]
    assert (zones.kind, zones.crs) == ("polygon", "EPSG:6668")
    assert dict(zones.fields)["floorAreaRate"] == "number"
    assert zones.sample["notificationNumber"].isin(["-"]).any()
