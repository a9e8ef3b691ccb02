"""The increment held against measuring: some units, other ones each night, bit for bit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from carbonspace.batch.cityfile import City
from carbonspace.batch.log import tell
from carbonspace.errors import DifferenceError
from carbonspace.evaluation import evaluate
from carbonspace.tiled.nights import Again
from carbonspace.tiled.tasks import Answering
from carbonspace.tiled.verifying import different

if TYPE_CHECKING:
    from carbonspace.model.assessment import Assessment
    from carbonspace.model.plan import Plan

_KEY = ["level", "unit_id", "indicator", "parameters", "profile", "target", "nth"]
_SAME = ["numerator", "denominator", "value", "status", "robust"]
_UNITS = "unit"
_NAMED = 5


def verify(assessment: Assessment, plan: Plan, city: City, count: int) -> None:
    """Measure some units of a plan without what the night before knew of it.

    Parameters
    ----------
    assessment
        What the night came to.
    plan
        As it was read, not prepared.
    count
        How many units, drawn anew each night; all where there are fewer.

    Raises
    ------
    DifferenceError
        A figure, a verdict or whether it is robust differs in any bit.
    """
    known = assessment.plan.layers["units"].index
    drawn = np.random.default_rng().choice(len(known), min(count, len(known)), replace=False)
    units = known[np.sort(drawn)]
    again = evaluate(plan, city.indicators, city.profiles, units=units)
    ours, theirs = (_figures(one, units) for one in (assessment, again))
    apart = _apart(ours, theirs)
    tell("verified", city=city.name, units=len(units), figures=len(theirs),
         different=len(apart))  # fmt: skip
    if len(apart):
        raise _difference(city, _places(apart))


def verify_tiles(again: Again, city: City, count: int) -> None:
    """Measure the tiles of some units without what was known of them; as `verify`.

    Raises
    ------
    DifferenceError
        A figure of these units differs in any bit.
    """
    known = [*map(str, again.assessment.plan.layers["units"].index)]
    drawn = np.random.default_rng().choice(known, min(count, len(known)), replace=False)
    jobs = [one for one in again.jobs if isinstance(one, Answering)]
    held, found = different(jobs, [*map(str, drawn)])
    tell("verified", city=city.name, units=len(drawn), figures=held, different=len(found))
    if found:
        raise _difference(city, found)


def _figures(assessment: Assessment, units: pd.Index) -> pd.DataFrame:
    """Return the rows of some units: what tells them apart, and floats as their very bits."""
    table = assessment.table
    rows = table[(table["level"] == _UNITS) & table["unit_id"].isin(units)]
    rows = rows.assign(nth=rows.groupby(_KEY[:-1], dropna=False, sort=False).cumcount())
    bits = rows[_SAME].map(lambda value: value.hex() if isinstance(value, float) else repr(value))
    return rows[_KEY].astype(str).join(bits)


def _apart(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Return what is in one of them only."""
    both = ours.merge(theirs, how="outer", indicator=True)
    return both[both["_merge"] != "both"]


def _places(rows: pd.DataFrame) -> list[str]:
    return [*(rows["unit_id"] + " · " + rows["indicator"]).unique()]


def _difference(city: City, places: Sequence[str]) -> DifferenceError:
    named = ", ".join(places[:_NAMED]) + ", …" * (len(places) > _NAMED)
    return DifferenceError(
        f"{city.name}: what was taken over from the night before is not what measuring gives: "
        f"{named}. Nothing was kept, and the next night computes everything. Please report this "
        "with the versions of carbonspace and its libraries.",
        f"{city.name}：沿用前一夜的结果与重新计算不一致：{named}。本次未保存任何结果，"
        "下一夜将全部重算。请连同 carbonspace 及各库的版本报告此问题。",
    )
