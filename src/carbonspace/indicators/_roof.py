"""What makes a roof usable: the named definitions and all they take, as one group of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, Literal

from carbonspace.indicators._shade import Hours, Minutes, NamedDay, Storey
from carbonspace.indicators._year import TURBIDITY
from carbonspace.model.indicator import LAND_CODE, Group, Metres, Unit
from carbonspace.model.kinds import Choice, Number, Rows
from carbonspace.model.landuse import CODES
from carbonspace.model.layers import ROOF_TYPES
from carbonspace.model.text import Text

Definition = Literal["coefficient", "total", "sunlit", "irradiation"]
_LIT = ("sunlit", "irradiation")

_USE = Choice(
    ("", *CODES),
    Text(f"{LAND_CODE.expected.zh}，或空文本", f"{LAND_CODE.expected.en}, or empty text"),
)
_COEFFICIENTS = Rows(
    (Choice(tuple(ROOF_TYPES)), _USE, Number(low=0, high=1)),
    Text("屋顶类型, 用途, 系数", "roof type, use, coefficient"),
    key=2,
)
Coefficients = Annotated[tuple[tuple[str, str, float], ...], Unit(""), _COEFFICIENTS]

COEFFICIENTS: Coefficients = (
    ("flat", "", 0.6),
    ("flat", "07", 0.4),
    ("pitched", "", 0.45),
    ("metal", "", 0.3),
    ("metal", "10", 0.8),
    ("other", "", 0.3),
)
"""Usable share of a roof by roof type and use (code prefix, "" for every use): the middles of the
usual ranges. No official table was found: not verified. An unknown roof type counts as other."""

_DEDUCTIONS = Rows(
    (
        Choice(("coefficient", "total", "sunlit", "irradiation")),
        Number(low=0, high=50, unit="m"),
        Number(low=0, high=1),
        Number(low=0, unit="m²"),
    ),
    Text("定义, 距屋檐退让, 障碍物占比, 最小连片面积",
         "definition, setback from the edge, share of obstructions, smallest patch"),
)  # fmt: skip
Deductions = Annotated[tuple[tuple[str, float, float, float], ...], Unit(""), _DEDUCTIONS]

DEDUCTIONS: Deductions = (
    ("coefficient", 0.0, 0.0, 0.0),
    ("total", 0.0, 0.0, 0.0),
    ("sunlit", 1.0, 0.1, 10.0),
    ("irradiation", 1.0, 0.1, 10.0),
)
"""What is taken off a roof first, by definition. Coefficients have it in them already, and the
shares of 整县推进 are of the whole roof; the other figures are our own choice: not verified. A
definition without a row has nothing taken off."""

Metre = Annotated[float, Unit("m"), Number(low=0.1, high=50, unit="m")]
Part = Annotated[float, Unit(""), Number(low=0, high=1)]
Turbidity = Annotated[float, Unit(""), Number(low=1, high=12)]
Slope = Annotated[float, Unit("°"), Number(low=0, high=90, unit="°")]
_TURN = Number(low=0, high=360, unit="°")
Aspects = Annotated[
    tuple[tuple[float, float], ...],
    Unit("°"),
    Rows((_TURN, _TURN), Text("自, 至", "from, to"), key=2),
]
SUNNY: Aspects = ((90.0, 270.0),)
"""East by south to west: where a slope is an advantage. Our choice, as is 30°: not verified."""
Energy = Annotated[float, Unit("kWh/m²"), Number(low=0, high=5000, unit="kWh/m²")]


@dataclass(frozen=True)
class Roof(Group):
    """What makes a roof usable.

    Attributes
    ----------
    definition
        "coefficient": a share by roof type and use; "total": all of it, as the shares of 整县推进
        (国家能源局综合司, 2021-06-20) mean it; "sunlit": what has `min_sun` hours of sun on `day`;
        "irradiation": what receives `min_irradiation` in a year. All of it after the deductions.
    coefficients
        Rows of roof type, use (code prefix) and usable share of the roof (0 to 1).
    deductions
        Rows of definition, setback from the edge (m), share of what stands on the rest (0 to 1),
        and smallest patch (m²).
    day, step
        A named day or a date (`03-21`), and minutes from one position of the sun to the next.
    min_sun, min_irradiation
        Hours, or kWh/m² in a year, of a place on the roof.
    cell
        Side of the cells that light is followed in, metres.
    storey_height
        Height of a storey where only floors are known, metres.
    turbidity
        Of the clear sky, after Linke, where there is no weather file.
    transmissivity
        Share of light that passes a crown, where there is a raster of crowns.
    surface
        "footprints": roofs are level, as high as the building; "dsm": as the surface model shows
        them, with what stands on them measured instead of the share in `deductions`.
    max_slope, sunny_aspects
        In a surface model, degrees above which a slope is too steep unless it faces one of these
        (from, to, degrees clockwise from grid north).
    max_rise
        In a surface model, metres by which what stands on a roof is higher than it.
    shade_far
        Hills and trees farther away than so many metres take no light; on terrain, nor do
        buildings that are some cells' square and so many metres away.
    """

    definition: Definition = "coefficient"
    coefficients: Coefficients = COEFFICIENTS
    deductions: Deductions = DEDUCTIONS
    day: NamedDay = "winter_solstice"
    step: Minutes = 60.0
    min_sun: Hours = 6.0
    min_irradiation: Energy = 1000.0
    cell: Metre = 1.0
    storey_height: Storey = 3.0
    turbidity: Turbidity = TURBIDITY
    transmissivity: Part = 0.3
    surface: Literal["footprints", "dsm"] = "footprints"
    max_slope: Slope = 30.0
    sunny_aspects: Aspects = SUNNY
    max_rise: Metres = 1.0
    shade_far: Metres = 1000.0

    @property
    def is_lit(self) -> bool:
        """True where the definition asks for light."""
        return self.definition in _LIT

    @property
    def deduction(self) -> tuple[float, float, float]:
        """Setback (m), share of obstructions and smallest patch (m²) of the definition.

        A surface model shows what stands on roofs: no share is taken off for it.
        """
        rows = {name: (edge, stands, patch) for name, edge, stands, patch in self.deductions}
        setback, stands, patch = rows.get(self.definition, (0.0, 0.0, 0.0))
        return setback, 0.0 if self.is_lit and self.surface == "dsm" else stands, patch


BY_COEFFICIENT = Roof()
LIT = Roof(definition="sunlit")


def roof_from(settings: Mapping[str, Any]) -> Roof:
    """Return the roof among the parameters of an indicator."""
    return Roof(**{one.name: settings[one.name] for one in fields(Roof)})


def roof_naming(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what usable roof is named with: its definition, and what that hangs on."""
    roof = roof_from(settings)
    if roof.definition == "coefficient":
        return _changed(roof, ("definition",), ("coefficients",))
    if not roof.is_lit:
        return _changed(roof, ("definition",), ())
    least = "min_sun" if roof.definition == "sunlit" else "min_irradiation"
    return _changed(roof, (least, *_light(roof)), _light_details(roof))


def light_naming(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the light on roofs is named with, of an indicator that always asks for it."""
    roof = as_lit(roof_from(settings))
    return _changed(roof, _light(roof), _light_details(roof))


def _light(roof: Roof) -> tuple[str, ...]:
    """Return what light always hangs on; a surface model has its own cells, a year its own suns."""
    time = ("day", "step") if roof.definition == "sunlit" else ()
    return ("definition", *time, "surface" if roof.surface == "dsm" else "cell")


def _light_details(roof: Roof) -> tuple[str, ...]:
    """Return what else light hangs on."""
    sky = ("turbidity",) if roof.definition == "irradiation" else ()
    slopes = ("max_slope", "sunny_aspects", "max_rise") if roof.surface == "dsm" else ()
    heights = () if roof.surface == "dsm" else ("storey_height",)
    return (*sky, *slopes, *heights, "transmissivity", "shade_far")


def _changed(roof: Roof, always: tuple[str, ...], others: tuple[str, ...]) -> dict[str, Any]:
    """Return fields of a roof: some always, others where they are not at their default."""
    default = replace(BY_COEFFICIENT, definition=roof.definition, surface=roof.surface)
    names = [*always, *(n for n in others if getattr(roof, n) != getattr(default, n))]
    found = {name: getattr(roof, name) for name in names}
    if roof.deduction != default.deduction:
        found["deductions"] = ((roof.definition, *roof.deduction),)
    return found


def as_lit(roof: Roof) -> Roof:
    """Return the roof under a definition that asks for light."""
    return roof if roof.is_lit else replace(roof, definition="sunlit")
