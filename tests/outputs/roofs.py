"""Two quarters with a tower that shades its neighbours, measured and judged by the program."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
from shapely import affinity, box

from carbonspace.evaluation import evaluate
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text

CRS = "EPSG:4547"
EAST, NORTH = 500_000.0, 3_400_000.0
INDICATORS = ("solar_roof_area", "usable_roof_share", "roof_solar_access", "solar_roof_area_homes")
SHAPES = [
    box(20, 20, 60, 40), box(30, 50, 50, 70), box(80, 60, 120, 90), box(180, 10, 230, 30),
    box(150, 60, 153, 90), box(90, 70, 100, 80),
]  # fmt: skip
"""The last but one is a strip 3 m wide; the last stands on the third."""
HEIGHTS = [30.0, 9.0, 12.0, 15.0, 9.0, 18.0]


def layers(shift: float = 0.0) -> dict[str, gpd.GeoDataFrame]:
    """Return units and buildings, the second unit `shift` metres further east."""
    quarters = [box(0, 0, 130, 120), box(130 + shift, 0, 260 + shift, 120)]
    moved = [one if one.centroid.x < 130 else affinity.translate(one, shift)
             for one in SHAPES]  # fmt: skip
    units, buildings = (
        gpd.GeoDataFrame(geometry=[affinity.translate(one, EAST, NORTH) for one in some], crs=CRS)
        for some in (quarters, moved)
    )
    names = ["A", "B"]
    return {
        "units": units.assign(unit_id=names, name=["甲", "乙"]),
        "buildings": buildings.assign(
            building_id=[f"b{n}" for n in range(6)], height=HEIGHTS,
            use=["07", "07", "08", "09", "07", "08"], roof_type="flat", pv_area=0.0,
        ),
    }  # fmt: skip


def town(shift: float = 0.0, **parameters: Any) -> Assessment:
    """Return the quarters assessed with these parameters of all indicators."""
    plan = Plan(name=Text("两个街区", "Two quarters"), layers=layers(shift), profiles=(),
                parameters={"all": parameters})  # fmt: skip
    return evaluate(plan, INDICATORS, workers=1)
