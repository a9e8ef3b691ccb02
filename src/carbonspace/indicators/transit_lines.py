"""Public transport on its streets: the network of lines, and the lanes kept for buses."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from carbonspace.indicators._shared import (
    ON_EDGE_M,
    Floats,
    arrays,
    flag,
    known,
    of_classes,
    one_of,
    summed,
)
from carbonspace.indicators._steps import (
    ROADS_BY_UNIT,
    Stretches,
    drawn,
    lines_in,
    stretch_evidence,
)
from carbonspace.indicators.roads import twin_carriageways
from carbonspace.kernels import lines as line_kernels
from carbonspace.kernels.segments import segments
from carbonspace.model.indicator import Metres, TransitModes, indicator
from carbonspace.model.measure import Measure
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

ON_STREETS = ("bus", "brt")


@indicator(
    title=Text("公交线网密度", "Transit network density"),
    unit="km/km²",
    theme="transit",
    aggregate="ratio",
    reach=lambda chosen, _: max(chosen["dual_gap"], chosen["overlap_gap"]),
    far=("transit_lines",),
    source="PKU 2023 §7.6(三)客运2",
    definition=Text(
        "有公交线路通过的街道长度除以单元面积。缺省为线网口径：同一街道上的多条线路、往返两个方向只计一次——"
        "与已计线路平行、相距不超过重合判定距离的一段不再计，方向相反时（双幅路的对向车道）不超过双幅路最大间距。"
        "count=lines 为线路口径，每条线路全长都计，不考虑重合。位于单元边界上的线路由相邻单元均分。"
        "缺省口径与距离是我们的解读，原文未给出。",
        "Length of the streets that lines run on, per area of the unit. By default a street counts "
        "once however many lines there are, both ways: a stretch that runs beside one already "
        "counted, within the distance at which lines overlap, does not count again, nor one in the "
        "opposite direction within the gap of dual carriageways. With count=lines every line "
        "counts all along. A line on the boundary of units counts in equal parts to each. The "
        "reading and the distances are ours; the source gives none.",
    ),
    verified=False,
)
def transit_line_density(
    units: gpd.GeoDataFrame,
    transit_lines: gpd.GeoDataFrame,
    *,
    count: Literal["network", "lines"] = "network",
    modes: TransitModes = ON_STREETS,
    overlap_gap: Metres = 15.0,
    dual_gap: Metres = 40.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the length of the streets with service per area of each unit.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the lines.
    transit_lines
        Lines with `mode`.
    count
        Whether a street served counts once ("network"), or every line on it ("lines").
    modes
        Values of `mode` that count.
    overlap_gap
        Lines of one direction, either way, at most this far apart run on one street, metres.
    dual_gap
        Lines that run against each other at most this far apart do so, too, metres.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        km/km². Numerators are metres, denominators square metres.

    Raises
    ------
    MissingColumnError
        If the modes of the lines are not known.

    Notes
    -----
    PKU 2023 §7.6(三)客运2: 建议设定公交线网密度…为管控指标. 线网 counts a street once.
    """
    counted = of_classes(known(transit_lines, "transit_lines", "mode", shared), modes)
    chosen = transit_lines[counted].sort_index()
    steps = _steps(chosen)
    parts = lines_in(units, steps, "steps of transit lines", shared)
    if one_of("count", count, ("network", "lines")) == "network":
        again = _again(units, steps, parts, overlap_gap, dual_gap)
    else:
        again = np.zeros(len(parts.line))
    metres = parts.length * (1.0 - again)
    return Measure.of(
        units.index,
        summed(parts.zone, metres, units),
        shapely.area(arrays(units)[0]),
        scale=1000.0,
        evidence=lambda: _by_line(units, chosen, steps, parts, metres),
    )


def _steps(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return every straight step of the lines as a feature, in order, with its line's position."""
    parts = segments(lines.geometry.to_numpy())
    return gpd.GeoDataFrame({"line": parts.owner}, geometry=parts.geometries(), crs=lines.crs)


def _again(
    units: gpd.GeoDataFrame,
    steps: gpd.GeoDataFrame,
    parts: Stretches,
    overlap_gap: float,
    dual_gap: float,
) -> Floats:
    """Return the share of each stretch on a street that an earlier step of any line runs on."""
    return line_kernels.again(
        drawn(units, steps, parts), parts.line, steps.geometry.to_numpy(),
        gap=overlap_gap, opposed_gap=dual_gap,
    )  # fmt: skip


def _by_line(
    units: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    steps: gpd.GeoDataFrame,
    parts: Stretches,
    metres: Floats,
) -> gpd.GeoDataFrame:
    """Return what each unit has of each line: what counts of it, and what is there already."""
    line = steps["line"].to_numpy()[parts.line]
    key = np.stack((parts.zone, line, metres > 0), axis=1)
    groups, of = np.unique(key, axis=0, return_inverse=True)
    shapes = drawn(units, steps, parts)
    order = np.argsort(of, kind="stable")
    first = np.searchsorted(of[order], np.arange(len(groups)))
    merged = [shapely.line_merge(shapely.union_all(rows))
              for rows in np.split(shapes[order], first[1:])] if len(groups) else []  # fmt: skip
    total = np.bincount(of, metres, len(groups))
    return gpd.GeoDataFrame(
        {
            "unit_id": np.asarray(units.index)[groups[:, 0]],
            "line_id": np.asarray(lines.index)[groups[:, 1]],
            "mode": np.asarray(lines["mode"])[groups[:, 1]],
            "length_m": shapely.length(np.array(merged, dtype=object)),
            "counted_m": total,
        },
        geometry=gpd.GeoSeries(merged, crs=units.crs),
    )


@indicator(
    title=Text("公交专用道总里程", "Length of bus lanes"),
    unit="km",
    theme="transit",
    aggregate="sum",
    reach="dual_gap",
    far=("roads",),
    source="PKU 2023 §7.6(三)客运2",
    definition=Text(
        "设公交专用道的道路长度。缺省按方向计：双向道路两个方向均设的按两倍长度，单行路按一倍；"
        "lane_count=centreline 时每条道路按中心线计一次，同名反向单行的双幅路按一条计。"
        "位于单元边界上的道路由相邻单元均分。缺省口径是我们的解读，原文未给出。",
        "Length of roads with a bus lane. By default each direction counts: a road with lanes both "
        "ways counts twice its length, a one-way road once. With lane_count=centreline each road "
        "counts once, and twin one-way carriageways of one name count as one. A road on the "
        "boundary of units counts in equal parts to each. The reading is ours; the source gives "
        "none.",
    ),
    verified=False,
)
def bus_lane_length(
    units: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    *,
    lane_count: Literal["directions", "centreline"] = "directions",
    dual_gap: Metres = 40.0,
    shared: Shared | None = None,
) -> Measure:
    """Return the length of bus lanes in each unit.

    Parameters
    ----------
    units
        Polygons, in one projected CRS with the roads.
    roads
        Centrelines with `bus_lane` ("no", "one" of two directions, "all"; null: no); with `name`
        and `oneway`, twin carriageways are known.
    lane_count
        Whether each direction counts, or the road once.
    dual_gap
        Widest gap between twin carriageways, metres.
    shared
        Steps to share with other indicators.

    Returns
    -------
    Measure
        Kilometres; numerators are metres.

    Raises
    ------
    MissingColumnError
        If `bus_lane` is not known of any road.

    Notes
    -----
    PKU 2023 §7.6(三)客运2: 建议设定…公交专用道总里程…为管控指标.
    """
    kept = known(roads, "roads", "bus_lane", shared)
    has = of_classes(kept, ("one", "all"))
    every = lines_in(units, roads, ROADS_BY_UNIT, shared, tolerance=ON_EDGE_M)
    if one_of("lane_count", lane_count, ("directions", "centreline")) == "directions":
        both = of_classes(kept, ("all",)) & ~flag(roads, "oneway")
        weight = np.where(both, 2.0, 1.0)[every.line]
    else:
        twins = twin_carriageways(units, roads, every, shared, gap=dual_gap)
        weight = twins.weight(among=has)
    parts = every.of(has)
    metres = parts.length * weight[has[every.line]]
    return Measure.of(
        units.index,
        summed(parts.zone, metres, units),
        scale=1e-3,
        evidence=lambda: stretch_evidence(units, roads, parts, counted_m=metres),
    )
