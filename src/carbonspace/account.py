"""The account of a run: what it was made of, and with what, so that it can be made again."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

from carbonspace.clauses import Definition
from carbonspace.exemptions import Days
from carbonspace.model.plan import Plan
from carbonspace.model.rule import Profile
from carbonspace.prepare.distortion import distortions
from carbonspace.version import __version__


def account_of(
    plan: Plan, settings: Mapping[str, Any], seconds: Mapping[str, float],
    held: Mapping[str, Profile], days: Days, others: list[Definition],
) -> dict[str, Any]:  # fmt: skip
    """Return the account of a run, as `Assessment.run` and run.json hold it.

    Parameters
    ----------
    plan
        As prepared.
    settings, seconds
        The parameters and the time of each indicator.
    held
        The profiles that values were held against.
    days
        The day that was stated, and the one that exemptions were held on.
    others
        What clauses state otherwise than the parameters.
    """
    return {
        "carbonspace": __version__,
        "python": platform.python_version(),
        "plan": plan.name._asdict(),
        "crs": plan.layers["units"].crs.to_string(),
        "distortion": {key: one._asdict() for key, one in distortions(plan.layers).items()},
        "profiles": list(held),
        "on": days.stated.isoformat() if days.stated else None,
        "exemptions_on": days.day.isoformat() if plan.exemptions else None,
        "parameters": settings,
        "definitions": [
            {**vars(one), "is_the_figure": settings[one.indicator] == one.settings}
            for one in others
        ],
        "reported": {
            key: {place: vars(one) for place, one in figures.items()}
            for key, figures in plan.reported.items()
        },
        "exemptions": [vars(one) for one in plan.exemptions],
        "inputs": [vars(one) for one in plan.inputs],
        "derived": _derived(plan),
        "attribution": list(plan.attribution),
        "seconds": dict(seconds),
    }


def _derived(plan: Plan) -> dict[str, str]:
    """Return the levels that no input gave, and the layer that each was derived from."""
    asked = {"units": plan.settings.units_from, "blocks": plan.settings.blocks_from}
    given = {one.layer for one in plan.inputs}
    return {level: source for level, source in asked.items()
            if source and level in plan.layers and level not in given}  # fmt: skip
