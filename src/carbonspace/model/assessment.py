"""What came of a plan: every indicator of every unit, judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from carbonspace.errors import UnknownNameError
from carbonspace.model.indicator import Indicator
from carbonspace.model.maps import Walks
from carbonspace.model.measure import Measure
from carbonspace.model.plan import Plan
from carbonspace.model.repair import Repair, repairs_table
from carbonspace.model.rule import Profile

Evidence = Literal["auto", "all", "short", "none"]
"""How much of the evidence goes out."""
LARGE = 100_000
"""Features of a plan above which `auto` keeps the evidence of what falls short, and no more."""
COLUMNS = (
    "unit_id", "level", "indicator", "value", "unit", "numerator", "denominator", "profile",
    "target", "clause_status", "status", "margin", "robust", "flips", "flips_zh", "reason",
    "reason_zh", "parameters",
)  # fmt: skip


@dataclass(frozen=True)
class Assessment:
    """The outcome of `evaluate`.

    Attributes
    ----------
    plan
        The prepared plan.
    table
        The tall table, one row per place, indicator and rule; where no rule speaks, one row with
        `profile` None and status `no_target` (of buildings none). A place is told by `level` and
        `unit_id` together: a unit, district, block and building may have the same id. Columns:
        `COLUMNS`, plus `rule`, the position of the rule in `profiles[…].rules`. `clause_status`
        says how sure the clause is: `verified`, else `partial` or `memory`. `robust` says
        whether the verdict survives what the data leave open, None where nothing was examined;
        `flips` names what would change it. `exempt` is what would be `not_met` and has a recorded
        exemption; its `reason` is that. The city's row is the sum of its units where they tile
        it, else it is measured on the outline of the city; that of a district is the sum of its
        units. A rule whose clause states parameters that the plan has otherwise is held against
        the figure with those, and `parameters` names them (`base = built_up`); where it is None
        the figure is that of `run["parameters"]`. A place has first the rows of the indicator's
        own figure (`profile` None where no rule is held against it), then those of others.
    indicators, measures
        What was asked for, and what could be computed, by key.
    profiles
        The profiles the values were held against, by key.
    ledger
        Conservation per quantity: `units`, `gaps`, `overlaps`, `city`, `difference`.
    run
        Version, CRS, parameters, inputs with their hashes, timings. `definitions` are the figures
        with parameters that rules state; where all rules about an indicator state the same, the
        plan says nothing of them, and it can be measured so, that is the indicator's own figure.
    otherwise
        What the indicators came to with parameters that rules state, by key and by the words of
        `parameters` in the table.
    walks
        Makes the service areas of all that the measured indicators walk to, when it is called
        (with `progress`). They belong to the plan, not to its units, so no measure carries them.
    mended
        Makes the account of repairs when it is called; None where the plan has it.
    """

    plan: Plan
    table: pd.DataFrame
    indicators: Mapping[str, Indicator]
    measures: Mapping[str, Measure]
    profiles: Mapping[str, Profile]
    findings: pd.DataFrame
    ledger: pd.DataFrame
    run: Mapping[str, Any]
    walks: Callable[..., tuple[Walks, ...]] = field(default=lambda **_: (), repr=False)
    otherwise: Mapping[tuple[str, str], Measure] = field(default_factory=dict, repr=False)
    mended: Callable[[], Iterable[Repair]] | None = field(default=None, repr=False)

    @property
    def repairs(self) -> pd.DataFrame:
        """What was done about faults of geometry, with the size of the layer before and after."""
        return repairs_table(self.plan.repairs if self.mended is None else self.mended())

    def wide(self) -> gpd.GeoDataFrame:
        """Return the units with one value and one status column per indicator.

        Where several rules judge one indicator the worst verdict is shown.
        """
        units = self.plan.layers["units"]
        found = grid(self.table[self.table["level"] == "unit"])
        asked = [key for key in self.indicators if key in found.value]
        status = found.status[asked].add_suffix("_status")
        return units.join(found.value[asked].join(status).reindex(units.index))

    def evidence(self, key: str) -> gpd.GeoDataFrame:
        """Return the features that explain indicator `key`.

        Raises
        ------
        UnknownNameError
            If `key` was not computed.
        """
        if key not in self.measures:
            raise UnknownNameError(
                f"no indicator {key} was computed for this plan", f"本规划没有计算指标 {key}"
            )
        return self.measures[key].evidence()

    def write(
        self, directory: str | Path, *, evidence: Evidence = "auto", maps: bool | None = None,
        reports: Iterable[str] | None = None,
    ) -> Path:  # fmt: skip
        """Write every result into `directory`, all or nothing, and return it.

        Parameters
        ----------
        evidence
            How much evidence the layers and the pages show: `all`; `short`, that of the places
            that miss a target; `none`; or `auto`, which is `all` for a plan of up to 100,000
            features and `short` for a larger one.
        maps
            Whether the service areas of all that is walked to are written, too, and drawn on the
            pages; None means what the plan says. They take time: see `docs/explanation/walking.md`.
        reports
            Which kinds of reports are written: `html`, `qgz`, `xlsx`, `docx`, `pdf`; None means
            what the plan says, and where it says nothing, `html`.
        """
        # The one arrow that points up: a script that has an assessment needs no second import.
        from carbonspace.outputs import write_results

        return write_results(self, Path(directory), evidence=evidence, maps=maps, reports=reports)


_SEVERITY = ("not_met", "exempt", "no_data", "met", "no_target", "not_applicable")


class Grid(NamedTuple):
    """Places (rows) by indicators (columns): the value, and the worst status; NaN for neither."""

    value: pd.DataFrame
    status: pd.DataFrame


def grid(rows: pd.DataFrame) -> Grid:
    """Return the tall-table rows of one level as places by indicators, in order of appearance.

    The value is the indicator's own, of the first of its rows.
    """
    place, places = pd.factorize(rows["unit_id"])
    indicator, indicators = pd.factorize(rows["indicator"])
    value = np.full((len(places), len(indicators)), np.nan)
    own = np.unique(place * len(indicators) + indicator, return_index=True)[1]
    value[place[own], indicator[own]] = rows["value"].to_numpy(dtype=float)[own]
    kind, kinds = pd.factorize(rows["status"])
    rank = np.array([_SEVERITY.index(one) for one in kinds], dtype=int)[kind]
    worst = np.full(value.shape, len(_SEVERITY))
    np.minimum.at(worst, (place, indicator), rank)
    words = np.array([*_SEVERITY, None], dtype=object)
    names = {"index": pd.Index(places, name="unit_id"), "columns": list(indicators)}
    return Grid(pd.DataFrame(value, **names), pd.DataFrame(words[worst], **names).infer_objects())


def judged_figures(rows: pd.DataFrame) -> Grid:
    """Return the figure that each worst verdict of a `grid` is about, where it is another one.

    That is where a clause defines it otherwise than the plan; elsewhere there is none, and no
    status. Of equal verdicts the one about the plan's own figure counts.
    """
    value = grid(rows).value
    defined = rows["parameters"].notna().to_numpy()
    rank = rows["status"].map(_SEVERITY.index).to_numpy(dtype=int)
    first = rows.assign(defined=defined).iloc[np.lexsort((defined, rank))]
    first = first.drop_duplicates(["unit_id", "indicator"])
    first = first[first["defined"] & (first["status"] != "no_target")]
    at = value.index.get_indexer(first["unit_id"]), value.columns.get_indexer(first["indicator"])
    figures, words = np.full(value.shape, np.nan), np.full(value.shape, None, dtype=object)
    figures[at], words[at] = first["value"].to_numpy(dtype=float), first["status"]
    return Grid(*(pd.DataFrame(held, value.index, value.columns) for held in (figures, words)))


def worst_status(rows: pd.DataFrame) -> pd.Series:
    """Return the worst status per (unit_id, indicator) of tall-table rows of one level."""
    status = grid(rows).status.rename_axis(columns="indicator")
    return status.stack().dropna().rename("status")  # noqa: PD013  a Series is wanted
