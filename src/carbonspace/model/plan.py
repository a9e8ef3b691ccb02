"""A detailed plan: its layers, where they came from, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd

from carbonspace.model.exemption import Exemption
from carbonspace.model.finding import Finding
from carbonspace.model.maps import Maps
from carbonspace.model.policy import Policies
from carbonspace.model.repair import Mended, Repair
from carbonspace.model.report import USUAL
from carbonspace.model.reported import Reported
from carbonspace.model.shared import Beyond
from carbonspace.model.text import Text
from carbonspace.model.uom import UomSaid
from carbonspace.model.weather import Weather


@dataclass(frozen=True)
class Input:
    """One file a plan was read from, identified by its content."""

    layer: str
    path: str
    sha256: str
    features: int
    crs: str


@dataclass(frozen=True)
class Raster:
    """One raster of a plan; it is opened where it is measured.

    Its values times `factor` are in `unit`; `legend` says which land cover a code is. `box` is
    what it covers: west, south, east and north in its CRS.
    """

    kind: str
    path: Path
    crs: str
    resolution: tuple[float, float]
    nodata: float | None
    unit: str = ""
    factor: float = 1.0
    legend: Mapping[int, str] = field(default_factory=dict)
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    is_upside_down: bool = False


@dataclass(frozen=True)
class Settings:
    """How a plan wants to be prepared.

    `crs` is the one projected CRS everything is measured in. `units_from` and `blocks_from` say
    how a missing level is derived: `parcels` dissolves by the id column, `roads` takes the faces
    between road centrelines; None leaves the level out. `position_tolerance` is how many metres
    the drawing may be off; verdicts that change within it are not robust (0: not examined).
    `policy` says what to do about faults of geometry. `on` is the day whose rules hold (None:
    every rule there is). Where the units lie in several `zones`, these are the CRSs that units are
    measured in, each in its own, and `crs` is the one that maps are drawn in.
    """

    crs: str | None = None
    zones: tuple[str, ...] = ()
    units_from: Literal["parcels"] | None = None
    blocks_from: Literal["parcels", "roads"] | None = None
    position_tolerance: float = 0.0
    policy: Policies = field(default_factory=Policies)
    on: date | None = None


@dataclass(frozen=True)
class Plan:
    """A plan as read from its sources, or as prepared.

    `layers` maps canonical names to GeoDataFrames with canonical columns. `layer_crs` names
    layers whose declared CRS overrides what the file says; `layer_axes` those whose first
    coordinate is the northing (`north-east`). `parameters` maps an indicator (or
    "all") to its parameters. `aside` maps layers that the plan names and that cannot be used to
    the reason. `uoms` is what the source says, in a field of its own, of the unit of a layer's
    columns; their values are not converted by it. `exemptions` are those that the plan itself
    records, `reported` the figures it states; `maps` says which maps are written with the
    results, `reports` which kinds of reports. A prepared plan has one CRS, valid geometry, and
    every layer indexed by its id.
    Where a plan holds only some units of a larger one and what they see, `beyond` is what is
    known of that.
    """

    name: Text
    layers: Mapping[str, gpd.GeoDataFrame]
    settings: Settings = Settings()
    layer_crs: Mapping[str, str] = field(default_factory=dict)
    layer_axes: Mapping[str, str] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rasters: Mapping[str, Raster] = field(default_factory=dict)
    weather: Weather | None = None
    inputs: tuple[Input, ...] = ()
    findings: tuple[Finding, ...] = ()
    attribution: tuple[str, ...] = ()
    mended: tuple[Mended, ...] = ()
    repairs: tuple[Repair, ...] = ()
    aside: Mapping[str, Text] = field(default_factory=dict)
    uoms: Mapping[str, Mapping[str, UomSaid]] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()
    reported: Reported = field(default_factory=dict)
    maps: Maps = field(default_factory=Maps)
    reports: tuple[str, ...] = USUAL
    prepared: bool = False
    beyond: Beyond | None = None

    @property
    def features(self) -> int:
        """How many features its layers have together."""
        told = self.beyond.features if self.beyond else None
        return sum(map(len, self.layers.values())) if told is None else told
