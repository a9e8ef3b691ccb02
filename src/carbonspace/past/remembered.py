"""What is held of an evaluation: the features it saw, and what its questions came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from carbonspace.digest import digest_of, digests
from carbonspace.measuring import Question
from carbonspace.model.finding import Finding
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan
from carbonspace.model.shared import Fact
from carbonspace.model.weather import Weather
from carbonspace.parts import Sight
from carbonspace.past.derived import Answers
from carbonspace.past.rows import Rows, schema_of

Reading = str
"""How a plan is read: "" as it is, or what it is called otherwise; of the city alone or not."""

_SEEN_EVERYWHERE = ("units", "city")
_BESIDE = (".msk", ".aux.xml")


class Told(NamedTuple):
    """An answer, how far the question saw, and the facts about the whole plan it hung on."""

    measure: Measure
    sight: Sight
    facts: Mapping[Fact, str]


@dataclass
class Past:
    """An evaluation that was.

    Attributes
    ----------
    frame
        A digest of all that units see however far away they are: `frame_of`.
    features
        By reading and layer what a plan held; of a reading otherwise, what differs in it.
    told
        The answers by reading and question.
    noticed
        What was to be said of a layer, by what was asked of it and its digest.
    derived
        What was found out about shapes while the plan was prepared.
    amounts
        Amounts of the whole city, by digests of what they hang on.
    """

    frame: str = ""
    features: dict[Reading, Mapping[str, Rows]] = field(default_factory=dict)
    told: dict[tuple[Reading, str], Told] = field(default_factory=dict)
    noticed: dict[str, list[Finding]] = field(default_factory=dict)
    derived: Answers = field(default_factory=Answers)
    amounts: dict[str, float] = field(default_factory=dict)


def frame_of(plan: Plan, rows: Mapping[str, Rows], program: str) -> str:
    """Return a digest of what counts everywhere in a prepared plan.

    Its units and the boundary of the city, its rasters and weather, what is known of the features
    of each layer (columns and their types), which layers cannot be used, and the program.
    """
    return digest_of({
        "program": program,
        "crs": plan.layers["units"].crs.to_wkt(),
        "layers": {key: schema_of(layer) for key, layer in plan.layers.items()},
        "features": {key: rows[key].digest for key in _SEEN_EVERYWHERE if key in rows},
        "order": [str(one) for one in plan.layers["units"].index],
        "aside": sorted(plan.aside),
        "rasters": _rasters(plan),
        "weather": _weather(plan.weather),
    })  # fmt: skip


def _rasters(plan: Plan) -> list[str]:
    found = []
    for one in plan.rasters.values():
        files = digests(_with_masks(one.path))
        found.append(f"{[files[path] for path in sorted(files)]} {one!r}")
    return sorted(found)


def _with_masks(raster: Path) -> list[Path]:
    """Return the file of a raster and those beside it that say which of its cells count."""
    beside = (raster.with_name(raster.name + suffix) for suffix in _BESIDE)
    return [raster, *(path for path in beside if path.is_file())]


def _weather(weather: Weather | None) -> list[str]:
    if weather is None:
        return []
    hours = (weather.time, weather.ghi, weather.dni, weather.dhi, weather.air, weather.wind)
    return [*(one.tobytes().hex() for one in hours), repr((weather.latitude, weather.longitude))]


def name_of(question: Question) -> str:
    """Return what a question is known by from one evaluation to the next."""
    return digest_of(repr(question.same))
