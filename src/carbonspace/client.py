"""All that a program needs to offer carbonspace to people: the catalogue as one object."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carbonspace import catalogue
from carbonspace.model.described import layer_facts, raster_facts, titled
from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.rasters import RASTERS
from carbonspace.model.report import KINDS
from carbonspace.model.rule import STATUS_TITLES, Profile, Rule
from carbonspace.model.theme import THEMES
from carbonspace.profiles import load_profile, profile_keys
from carbonspace.version import __version__

FORMAT = 1
"""Of the object; it rises where a client written for an earlier one would misread it."""


def told(
    indicators: Iterable[Indicator] | None = None, rules: Iterable[Rule] | None = None
) -> dict[str, Any]:
    """Return the catalogue as one object of plain values.

    Indicators and thresholds are those given, else all; themes, profiles, layers, rasters,
    reports and verdicts are always all that there are. docs/reference/catalog-json.md says what
    each of them holds.
    """
    return {
        "carbonspace": __version__, "format": FORMAT, "themes": titled(THEMES),
        "profiles": [_profile(load_profile(key)) for key in profile_keys()],
        "layers": [layer_facts(one) for one in LAYERS.values()],
        "rasters": [raster_facts(kind) for kind in RASTERS],
        "reports": list(KINDS), "verdicts": titled(STATUS_TITLES),
        **catalogue.as_json(indicators, rules),
    }  # fmt: skip


def _profile(one: Profile) -> dict[str, Any]:
    return {"key": one.key, "title": one.title._asdict(), "document": one.document,
            "note": one.note._asdict() if one.note else None}  # fmt: skip
