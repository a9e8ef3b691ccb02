"""What a finished run holds: all that pages and documents are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from carbonspace.model.assessment import Assessment, Evidence
from carbonspace.model.indicator import Indicator
from carbonspace.model.maps import Walks
from carbonspace.model.rule import Profile
from carbonspace.model.text import Text
from carbonspace.outputs.areas import account
from carbonspace.outputs.gathering import Shared, evidence_layers, settled, shared, taken_apart
from carbonspace.outputs.told import made_with
from carbonspace.outputs.within import placed

FORMAT = 1
"""The form of a result folder, as `run.json` states it under `results`."""


@dataclass(frozen=True)
class Results:
    """The results of a run, gathered from an assessment or read again from its folder.

    Attributes
    ----------
    layers
        The units of the plan by their id, and what maps show below them.
    table, findings, repairs, ledger, indicators, profiles, run
        As of an `Assessment`.
    evidence
        What explains the values, each feature once.
    places
        The unit that each judged place within the units counts to, as `placed` returns it.
    walks
        The service areas that were asked for.
    """

    layers: Mapping[str, gpd.GeoDataFrame]
    table: pd.DataFrame
    indicators: Mapping[str, Indicator]
    profiles: Mapping[str, Profile]
    findings: pd.DataFrame
    repairs: pd.DataFrame
    ledger: pd.DataFrame
    run: Mapping[str, Any]
    evidence: Sequence[Shared]
    places: pd.DataFrame
    walks: Sequence[Walks] = ()

    @property
    def name(self) -> Text:
        """What the plan is called."""
        return Text(**self.run["plan"])

    @property
    def units(self) -> gpd.GeoDataFrame:
        """The units of the plan, by their id."""
        return self.layers["units"]

    @property
    def made_with(self) -> Mapping[str, Text]:
        """What the figures of each indicator have to be named with; empty where nothing."""
        told = self.run["made_with"]
        return {key: Text(**told[key]) if key in told else Text("", "") for key in self.indicators}

    def evidence_by_indicator(self) -> dict[str, gpd.GeoDataFrame]:
        """Return what explains each indicator that has evidence, in the order of indicators."""
        return taken_apart(self.evidence, self.indicators)


def results_of(
    assessment: Assessment, evidence: Evidence = "auto", walks: Sequence[Walks] = ()
) -> Results:
    """Gather the results of an assessment: as much evidence as is asked for, and `walks`."""
    kept = settled(assessment, evidence)
    found = evidence_layers(assessment, kept)
    told = {key: text._asdict() for key, text in made_with(assessment).items() if text.en}
    plan, facts = assessment.plan, account(walks)
    run = {**assessment.run, "results": FORMAT, "evidence": kept, "made_with": told, **facts}
    run |= {
        "plan": plan.name._asdict(),
        "attribution": list(plan.attribution),
        "inputs": [vars(one) for one in plan.inputs],
        "indicators": list(assessment.indicators),
    }
    return Results(
        plan.layers, assessment.table, assessment.indicators, assessment.profiles,
        assessment.findings, assessment.repairs, assessment.ledger, run,
        [*shared(found, assessment.indicators)], placed(assessment), walks,
    )  # fmt: skip
