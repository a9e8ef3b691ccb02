"""What panels on a roof make of the light of a year: PVWatts, hour by hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from carbonspace.indicators._shared import Floats
from carbonspace.indicators._sun import Place, pvlib
from carbonspace.indicators._year import Hours
from carbonspace.model.indicator import Group, Percent, Unit
from carbonspace.model.kinds import Choice, Either, Number, Rows
from carbonspace.model.layers import ROOF_TYPES
from carbonspace.model.text import Text

RACK, FLUSH = "rack", "flush"
BEST, EQUATOR = "best", "equator"
_LAYOUTS = Rows(
    (Choice(tuple(ROOF_TYPES)), Number(low=0, high=400, unit="W/m²"), Choice((RACK, FLUSH))),
    Text("屋顶类型, 每平方米可利用屋顶的装机功率, 安装方式（rack 支架，flush 平铺）",
         "roof type, watts per m² of usable roof, mounting (rack, or flush with the roof)"),
)  # fmt: skip
Layouts = Annotated[tuple[tuple[str, float, str], ...], Unit(""), _LAYOUTS]

LAYOUTS: Layouts = (
    ("flat", 100.0, RACK),
    ("pitched", 175.0, FLUSH),
    ("metal", 175.0, FLUSH),
    ("other", 100.0, RACK),
)
"""The middles of the usual ranges, 80 to 120 W per m² of flat roof with racks apart from each
other and 150 to 200 W per m² of module: from memory, not verified."""

Tilt = Annotated[float | str, Unit("°"), Either(Choice((BEST,)), Number(low=0, high=90, unit="°"))]
Facing = Annotated[
    float | str, Unit("°"), Either(Choice((EQUATOR,)), Number(low=0, high=360, unit="°"))
]
PerDegree = Annotated[float, Unit("%/°C"), Number(low=-1, high=0, unit="%/°C")]
Sky = Literal["weather", "clear"]

_OPEN_RACK = "open_rack_glass_polymer"
_CLEAR_AIR = 20.0
"""°C, where the air is not known, under a sky that is always clear."""
_TILTS = np.arange(0, 61)


@dataclass(frozen=True)
class Panels(Group):
    """How panels lie on roofs, and what is lost between the sun and the grid.

    Attributes
    ----------
    layouts
        Rows of roof type, watts per m² of usable roof, and mounting. A roof type without a row
        counts as "other", and where that has none nothing is installed. What lies flush with a
        roof is taken to be level: which way the roof slopes is not known.
    tilt
        Of racks, degrees, or "best": the whole degree up to 60 that gets most light in the year.
    facing
        Azimuth from true north, degrees, or "equator".
    temperature_coefficient
        % of power per °C above 25.
    losses
        % of direct current lost to dirt, wiring, mismatch and so on: 14 is that of PVWatts.
    inverter_efficiency
        Nominal, %.
    sky
        "weather": of the weather file; "clear": a sky without clouds all the year, which gives
        more than any place gets.
    """

    layouts: Layouts = LAYOUTS
    tilt: Tilt = BEST
    facing: Facing = EQUATOR
    temperature_coefficient: PerDegree = -0.35
    losses: Percent = 14.0
    inverter_efficiency: Percent = 96.0
    sky: Sky = "weather"


USUAL = Panels()


def panels_naming(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a yield is named with: its sky, and what is not at its default."""
    names = [one.name for one in fields(Panels)]
    changed = {n: settings[n] for n in names if settings[n] != getattr(USUAL, n)}
    return {"sky": settings["sky"], **changed}


class Power(NamedTuple):
    """What one kWp yields in a year, kWh, on racks and flush with the roof; and the racks' tilt."""

    rack: float
    flush: float
    tilt: float


def power_of(hours: Hours, place: Place, panels: Panels) -> Power:
    """Return what a kWp that nothing shades yields in these hours."""
    facing = _facing(place, panels)
    tilt = _tilt(hours, facing, panels)
    rack, flush = (output(hours, one, facing, panels).sum() for one in (tilt, 0.0))
    return Power(float(rack), float(flush), tilt)


def output(hours: Hours, tilt: float, facing: float, panels: Panels) -> Floats:
    """Return the alternating current of one kWp, kW, in each hour.

    Cells are as warm as those of an open rack in the wind (King 2004); power falls with heat, and
    the inverter's efficiency with little light (PVWatts 5, Dobos 2014).
    """
    module, temperature = pvlib().pvsystem, pvlib().temperature
    light = on_plane(hours, tilt, facing)
    air = np.where(np.isnan(hours.air), _CLEAR_AIR, hours.air)
    mounted = temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"][_OPEN_RACK]
    cells = temperature.sapm_cell(light, air, hours.wind, **mounted)
    direct = module.pvwatts_dc(light, cells, 1.0, panels.temperature_coefficient / 100.0)
    kept = np.maximum(direct, 0.0) * (1.0 - panels.losses / 100.0)
    current: Floats = pvlib().inverter.pvwatts(kept, 1.0, panels.inverter_efficiency / 100.0)
    return current


def on_plane(hours: Hours, tilt: float, facing: float) -> Floats:
    """Return the light on a plane, W/m²: direct, from an even sky, and a fifth off the ground."""
    is_up = hours.elevation > 0
    found = pvlib().irradiance.get_total_irradiance(
        tilt, facing, 90.0 - hours.elevation, hours.azimuth, np.where(is_up, hours.dni, 0.0),
        hours.ghi, hours.dhi, albedo=0.2, model="isotropic",
    )  # fmt: skip
    light: Floats = np.asarray(found["poa_global"], dtype=float)
    return light


def _facing(place: Place, panels: Panels) -> float:
    if panels.facing == EQUATOR:
        return 180.0 if place.latitude >= 0 else 0.0
    return float(panels.facing)


def _tilt(hours: Hours, facing: float, panels: Panels) -> float:
    if panels.tilt != BEST:
        return float(panels.tilt)
    sums = [on_plane(hours, float(tilt), facing).sum() for tilt in _TILTS]
    return float(_TILTS[int(np.argmax(sums))])
