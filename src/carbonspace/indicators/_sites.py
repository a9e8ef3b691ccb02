"""Facilities of some types: which units hold them, and who lives near them in a straight line."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingLayerError, UnstatedError
from carbonspace.indicators._bases import zones_of
from carbonspace.indicators._near_stops import Stops, people_near
from carbonspace.indicators._shared import (
    Floats,
    Geometries,
    arrays,
    evidence_frame,
    known,
    of_classes,
    one_of,
    places,
    summed,
)
from carbonspace.indicators._steps import (
    BUILDINGS_BY_UNIT,
    PARCELS_BY_UNIT,
    chosen_rows,
    floors_of_all,
    points_in,
    polygons_in,
    taken,
)
from carbonspace.kernels import coverage
from carbonspace.kernels.overlay import Cut, Shares
from carbonspace.model.indicator import Unit
from carbonspace.model.kinds import Listed
from carbonspace.model.measure import Measure
from carbonspace.model.places import is_home, serving
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

Flags = NDArray[np.bool_]
Types = Annotated[tuple[str, ...], Unit("code"), Listed()]
"""Values of `facility_type`."""
Covered = Literal["homes", "floor_area", "residents"]
Ground = Literal["unit", "built_up"]
FACILITIES_BY_UNIT = "facilities by unit"

ON_EDGES = Text(
    "位于单元边界上的设施由相邻单元均分，面状设施按其内一点计。",
    "One on the boundary of units counts in equal parts to each; one drawn as an area counts at a "
    "point inside it.",
)


def of_kinds(facilities: gpd.GeoDataFrame, types: tuple[str, ...], shared: Shared | None) -> Flags:
    """Return which facilities are of one of the types, or serve as one.

    Raises
    ------
    MissingColumnError
        If the types of facilities are not known.
    UnstatedError
        If the plan has none of them: whether there is none or they are not drawn is not known.
    """
    kinds = known(facilities, "facilities", "facility_type", shared)
    asked = serving(tuple(types))
    everywhere = (shared or Shared()).values("facilities", facilities, "facility_type")
    if everywhere.isdisjoint(asked):
        raise UnstatedError(
            f"no facility of the plan is of the type {', '.join(asked)}. Give them in the layer "
            "facilities, with their facility_type.",
            f"规划中没有类型为 {'、'.join(asked)} 的设施。请在设施点图层中给出，"
            "并注明 facility_type。",
        )
    return of_classes(kinds, asked)


def sites_in(
    units: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    types: tuple[str, ...],
    shared: Shared | None,
    *,
    name: str = FACILITIES_BY_UNIT,
) -> Shares:
    """Return which unit holds what part of each facility of the types."""
    chosen = of_kinds(facilities, types, shared)
    held = points_in(units, facilities, name, shared)
    return taken(held, chosen[held.feature])


def sites_shown(
    units: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, held: Shares, **facts: object
) -> gpd.GeoDataFrame:
    """Return facilities with the part of them that is the unit's, and further facts."""
    names = ("name", "facility_type")
    known_facts = {n: np.asarray(facilities[n])[held.feature] for n in names if n in facilities}
    return evidence_frame(
        units,
        held.zone,
        places(facilities)[held.feature],
        facility_id=np.asarray(facilities.index)[held.feature],
        **known_facts,
        counted=held.weight,
        **facts,
    )


def share_near(
    units: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame | None,
    buildings: gpd.GeoDataFrame | None,
    boundaries: gpd.GeoDataFrame | None,
    near: Stops,
    *,
    covered: str,
    ground: str,
    homes: tuple[str, ...],
    shared: Shared | None,
) -> Measure:
    """Return the share of homes' land or floor area, or of residents, near what serves.

    Raises
    ------
    MissingLayerError
        If what is asked for needs parcels, buildings or boundaries that are not there.
    MissingColumnError
        If the land use of parcels, the use of buildings or the residents are not known.
    UnstatedError
        If the built-up area is asked for and the plan has none.
    """
    one_of("ground", ground, ("unit", "built_up"))
    of_floors = one_of("covered", covered, ("homes", "floor_area", "residents")) == "floor_area"
    layer, name = (buildings, "buildings") if of_floors else (parcels, "parcels")
    if layer is None:
        raise MissingLayerError(name)
    zones = zones_of(units, ground, boundaries, shared)
    if covered == "residents":
        return people_near(zones, layer, buildings, near, of="residents", shared=shared)
    column = "use" if of_floors else "land_use"
    home = is_home(known(layer, name, column, shared), homes)
    step = BUILDINGS_BY_UNIT if of_floors else PARCELS_BY_UNIT
    step = step if zones is units else f"{name} by {ground}"
    found = chosen_rows(polygons_in(zones, layer, step, shared), home)
    amount = floors_of_all(layer, shared)[found.feature] * found.share if of_floors else found.area
    servers = arrays(units, near.layer)[1][near.counted]
    ids = {f"{name[:-1]}_id": np.asarray(layer.index), column: np.asarray(layer[column])}
    return share_within(
        units, found, amount, servers, near.radius, near.quad_segs, ids,
        "floor_m2" if of_floors else "area_m2",
    )  # fmt: skip


def share_within(
    units: gpd.GeoDataFrame,
    found: Cut,
    amount: Floats,
    servers: Geometries,
    radius: float | Floats,
    quad_segs: int,
    facts: dict[str, NDArray[Any]],
    meant: str,
) -> Measure:
    """Return the share of the amounts of polygons, spread over them, within reach of servers.

    `found` are the polygons cut along units, `amount` what each part holds. Evidence: what is out
    of reach, with `facts` (one value for each feature) and its amount, called `meant`.
    """
    left = coverage.uncovered(found.geometry, servers, radius, quad_segs=quad_segs)
    missed = amount / found.area * shapely.area(left)
    row = np.flatnonzero(shapely.area(left) > 0)
    return Measure.of(
        units.index,
        summed(found.zone, amount - missed, units),
        summed(found.zone, amount, units),
        scale=100.0,
        evidence=lambda: evidence_frame(
            units, found.zone[row], left[row],
            **{name: values[found.feature[row]] for name, values in facts.items()},
            **{meant: missed[row]},
        ),
    )  # fmt: skip
