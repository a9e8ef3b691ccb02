"""What becomes of roofs, in shares that add up."""

from __future__ import annotations

from typing import NamedTuple

from carbonspace.indicators._shared import Floats


class Account(NamedTuple):
    """What becomes of each roof: shares of its footprint that add up to one.

    `sun` is what a square metre of the usable part receives, hours on the day or kWh in a year,
    and `access` which share of the sun above reaches the roof within the setback; NaN where no
    light was asked for. All are NaN where a roof is not known: it lies in no unit, or on ground or
    in a surface model of which too little is.
    """

    usable: Floats
    shaded: Floats
    setback: Floats
    obstructed: Floats
    small: Floats
    steep: Floats
    sun: Floats
    access: Floats
