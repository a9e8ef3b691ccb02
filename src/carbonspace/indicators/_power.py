"""The power of roofs: panels by layout, what a year of sky makes of them, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingLayerError
from carbonspace.indicators._account import Account
from carbonspace.indicators._panels import FLUSH, RACK, Layouts, Panels, Power, power_of
from carbonspace.indicators._roof import Roof
from carbonspace.indicators._roof_pieces import roof_evidence
from carbonspace.indicators._roof_work import Surroundings
from carbonspace.indicators._roofs import Roofs, account_of, roofs_of, whole_areas
from carbonspace.indicators._shade import place_over
from carbonspace.indicators._shared import Floats, arrays, text_column
from carbonspace.indicators._year import hours_over
from carbonspace.model.grid_factors import NATION, NEWEST, REGIONS, Factor, factor_of
from carbonspace.model.indicator import Group, LandCodes, Unit
from carbonspace.model.kinds import Choice, Either, Number
from carbonspace.model.measure import divided
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text
from carbonspace.model.weather import WEATHER, Weather

_REGION = Choice(REGIONS, Text("省份、区域电网或“全国”", "a province, a regional grid, or China"))
Region = Annotated[str, Unit(""), _REGION]
GridYear = Annotated[
    int | str, Unit(""), Either(Choice((NEWEST,)), Number(low=2000, high=2100, whole=True))
]


@dataclass(frozen=True)
class Replaced(Group):
    """Whose power the sun replaces: a province, a regional grid or all of China, and the year.

    The year is that of the factor, or "newest": the newest the region has.
    """

    grid_region: Region = NATION
    grid_year: GridYear = NEWEST

    @property
    def factor(self) -> Factor:
        """The factor of the region in the year.

        Raises
        ------
        UnknownNameError
            There is none.
        """
        return factor_of(self.grid_region, self.grid_year)


AVERAGE = Replaced()


def factor_naming(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what avoided carbon is named with: the factor, and how sure it is."""
    return {"grid_region": factor_of(settings["grid_region"], settings["grid_year"]).words}


class Sky(NamedTuple):
    """A year over a plan: which it is, what a kWp yields, and kWh/m² on level open ground.

    `open_light` is that of the year in which light on the roofs is followed.
    """

    name: str
    power: Power
    open_light: float


def sky_of(
    units: gpd.GeoDataFrame,
    weather: Weather | None,
    roof: Roof,
    panels: Panels,
    shared: Shared | None,
) -> Sky:
    """Return the year that panels yield in; one place serves a whole city.

    Raises
    ------
    MissingLayerError
        Without weather, unless the sky is always clear.
    """
    if weather is None and panels.sky == "weather":
        raise MissingLayerError(WEATHER)
    place = place_over(units, shared)

    def make() -> Sky:
        seen = hours_over(place, weather, turbidity=roof.turbidity)
        asked = panels.sky == "weather" or weather is None
        hours = seen if asked else hours_over(place, None, turbidity=roof.turbidity)
        return Sky(panels.sky, power_of(hours, place, panels), float(seen.ghi.sum()) / 1000.0)

    return (shared or Shared()).once("sky", (), make, place, weather, panels, roof.turbidity)


class Field(NamedTuple):
    """Panels on roofs: the parts of roofs in units; by building what is usable, and how it is laid.

    `watts` are those on a m² of usable roof.
    """

    roofs: Roofs
    account: Account
    watts: Floats
    on_rack: NDArray[np.bool_]

    @property
    def kwp(self) -> Floats:
        """The power that a m² of roof carries, by building."""
        return self.account.usable * self.watts / 1000.0


def field_of(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    around: Surroundings,
    roof: Roof,
    layouts: Layouts,
    shared: Shared | None,
    *,
    uses: LandCodes,
    new_only: bool,
) -> Field:
    """Return the panels that the usable roofs have room for."""
    roofs = roofs_of(units, buildings, uses=uses, new_only=new_only, shared=shared)
    account = account_of(units, buildings, around, roof, shared)
    rows = {kind: (watts, mounting == RACK) for kind, watts, mounting in layouts}
    nothing = rows.get("other", (0.0, False))
    found = [rows.get(one, nothing) for one in text_column(buildings, "roof_type")]
    watts, on_rack = (np.array([one[n] for one in found]) for n in (0, 1))
    return Field(roofs, account, watts.astype(float), on_rack.astype(bool))


def kwh_per_kwp(field: Field, roof: Roof, sky: Sky) -> Floats:
    """Return what a kWp on each building yields, in the shade of others where that is known."""
    light = field.account.sun / sky.open_light if roof.definition == "irradiation" else 1.0
    shaded = np.where(field.account.usable > 0, light, 1.0)
    return np.where(field.on_rack, sky.power.rack, sky.power.flush) * shaded


def power_evidence(
    units: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    around: Surroundings,
    roof: Roof,
    field: Field,
    shared: Shared | None,
    *,
    sky: Sky | None = None,
    factor: Factor | None = None,
) -> gpd.GeoDataFrame:
    """Return the usable roofs, or patches where light counts, with power, yield and carbon."""
    found = roof_evidence(units, buildings, field.roofs, field.account, around, roof, shared)
    if roof.is_lit:
        found = found[found["roof_class"] == "usable"].reset_index(drop=True)
    row = buildings.index.get_indexer(found["building_id"])
    kwp = found["usable_m2"].to_numpy() * _stated(units, buildings, roof)[row] * field.watts[row]
    facts = {"mounting": np.where(field.on_rack[row], RACK, FLUSH), "kwp": kwp / 1000.0}
    if sky is not None:
        facts |= _yields(found, roof, field.on_rack[row], facts["kwp"], sky)
    if factor is not None:
        facts |= _avoided(facts["kwh"], factor)
    hidden = [name for name in ("roof_class", "pv_m2", "coefficient") if name in found]
    return found.drop(columns=hidden).assign(**facts)


def _stated(units: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, roof: Roof) -> Floats:
    """Return the stated area of roofs over what is drawn of them, where patches are drawn."""
    if not roof.is_lit:
        return np.ones(len(buildings))
    drawn = shapely.area(arrays(units, buildings)[1])
    return divided(whole_areas(units, buildings), drawn, scale=1.0)


def _yields(
    found: gpd.GeoDataFrame, roof: Roof, on_rack: NDArray[np.bool_], kwp: Floats, sky: Sky
) -> dict[str, Any]:
    """Return the columns about the yield; `kwh_per_m2` is the light on a patch."""
    light = 1.0
    if roof.definition == "irradiation":
        light = found["kwh_per_m2"].to_numpy() / sky.open_light
    each = np.where(on_rack, sky.power.rack, sky.power.flush) * light
    return {"sky": sky.name, "kwh_per_kwp": each, "kwh": kwp * each}


def _avoided(kwh: Floats, factor: Factor) -> dict[str, Any]:
    """Return the columns about the carbon."""
    return {
        "co2_kg": kwh * factor.kg_per_kwh,
        "grid_region": factor.region.zh,
        "grid_year": factor.year,
        "kg_per_kwh": factor.kg_per_kwh,
        "factor_status": factor.status,
    }
