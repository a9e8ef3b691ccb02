"""What GB 50180 asks of sunlight: of which homes, on which day, how many hours, and how counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, NamedTuple

from carbonspace.indicators._shade import Minutes, Storey
from carbonspace.indicators._sun import DAYS
from carbonspace.model.indicator import Codes, Group, LandCodes, Metres, Percent, Unit
from carbonspace.model.kinds import Choice, Number
from carbonspace.model.places import HOMES

Zone = Literal["", "I", "II", "III", "IV", "V", "VI", "VII"]
Size = Literal["", "large", "small"]
Day = Annotated[str, Unit(""), Choice(("standard", *DAYS))]
Spacing = Annotated[float, Unit("m"), Number(low=0.1, high=100, unit="m")]
Interval = Annotated[float, Unit("min"), Number(low=0, high=240, unit="min")]
Angle = Annotated[float, Unit("°"), Number(low=0, high=89, unit="°")]
Counted = Literal["accumulated", "longest"]


class Asked(NamedTuple):
    """The day that counts, and the hours of sunlight asked for on it."""

    day: str
    hours: float


ELDERLY = Asked("winter_solstice", 2.0)
"""老年人居住建筑不应低于冬至日日照2小时."""
RENEWAL = Asked("great_cold", 1.0)
"""旧区改建的项目内新建住宅不应低于大寒日日照1小时的标准."""


@dataclass(frozen=True)
class Sunlight(Group):
    """Which homes are asked, and how their sunlight is counted.

    Attributes
    ----------
    climate_zone, city_size
        Zone of building climate, I to VII, and "large" or "small"; with them the standard names
        the day and the hours. GB 50180-93 tells large from middle and small cities, the edition of
        2018 those of 500,000 residents and more from smaller ones (from memory, not verified).
    sunlight_day
        "standard": the day that the standard names, Great Cold where zone or size is not stated;
        or a day that a local rule names.
    homes, elderly
        Uses of buildings that are homes, and homes for the elderly, matched by prefix.
    renewal
        Types of units (`unit_type`) in which an old district is renewed: their new homes
        (`is_new`) are asked for less.
    sill
        Height of the lowest windows' sill above the ground, metres.
    point_spacing
        Most metres from one point on a facade to the next.
    step
        Minutes from one position of the sun to the next.
    min_interval
        Minutes of uninterrupted light below which it does not count.
    counted
        "accumulated": all light of a point together; "longest": its longest uninterrupted light.
    window_width, lit_share
        A building has the hours that so many metres of its facade have, and so much of its
        facade, %; the more of the two.
    least_angle
        Degrees between wall and light on the map, above which light counts.
    storey_height
        Height of a storey where only floors are known, metres.
    """

    climate_zone: Zone = ""
    city_size: Size = ""
    sunlight_day: Day = "standard"
    homes: LandCodes = HOMES
    elderly: LandCodes = ("080701",)
    renewal: Codes = ()
    sill: Metres = 0.9
    point_spacing: Spacing = 1.0
    step: Minutes = 1.0
    min_interval: Interval = 5.0
    counted: Counted = "accumulated"
    window_width: Metres = 1.0
    lit_share: Percent = 0.0
    least_angle: Angle = 0.0
    storey_height: Storey = 3.0

    @property
    def of_homes(self) -> Asked | None:
        """What is asked of homes; None where climate zone or city size is not stated."""
        return asked_of(self.climate_zone, self.city_size)

    @property
    def day_of_homes(self) -> str:
        """The day that homes are measured on."""
        if self.sunlight_day != "standard":
            return self.sunlight_day
        return self.of_homes.day if self.of_homes else RENEWAL.day

    @property
    def days(self) -> tuple[str, ...]:
        """Every day that some building may be measured on."""
        renewed = (RENEWAL.day,) if self.renewal else ()
        return tuple(dict.fromkeys((self.day_of_homes, ELDERLY.day, *renewed)))


STANDARD = Sunlight()


def asked_of(zone: Zone, size: Size) -> Asked | None:
    """Return what GB 50180 Table 4.0.9 asks of homes, None where it is not stated of which.

    Its body is that of GB 50180-93 Table 5.0.2-1.
    """
    if zone in ("V", "VI"):
        return Asked("winter_solstice", 1.0)
    if not (zone and size):
        return None
    if zone == "IV":
        return Asked("great_cold", 3.0) if size == "large" else Asked("winter_solstice", 1.0)
    return Asked("great_cold", 2.0 if size == "large" else 3.0)


def sunlight_from(settings: Mapping[str, Any]) -> Sunlight:
    """Return the group among the parameters of an indicator."""
    return Sunlight(**{one.name: settings[one.name] for one in fields(Sunlight)})


def sunlight_named(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what hours of sun have to be named with: the day, how they add up, what is not usual.

    The day is that which homes are measured on.
    """
    sunlight = sunlight_from(settings)
    unusual = {one.name: settings[one.name] for one in fields(Sunlight)
               if settings[one.name] != one.default}  # fmt: skip
    always = {name: settings[name] for name in ("step", "counted", "window_width")}
    return {**unusual, **always, "sunlight_day": sunlight.day_of_homes}
