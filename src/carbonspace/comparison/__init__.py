"""Two plans held against each other: what was edited, what changed, and which edit moved what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from carbonspace.comparison.attribution import FIGURES, Figures, Known, attributed, shares_of
from carbonspace.comparison.clauses import clauses_of
from carbonspace.comparison.edits import Edits, edits_between
from carbonspace.comparison.figures import figures_of, judged_of
from carbonspace.comparison.sides import Comparable, Side, side_of
from carbonspace.comparison.sources import Both, sources_of
from carbonspace.comparison.terms import refuse_versions, terms_of
from carbonspace.crew import Crew
from carbonspace.errors import ComparisonError
from carbonspace.exemptions import marked
from carbonspace.measuring import Question
from carbonspace.model.assessment import Assessment
from carbonspace.model.attribution import LIMIT, Attribute
from carbonspace.model.comparison import (
    EDIT_COLUMNS,
    SHARE_COLUMNS,
    Account,
    Comparison,
)
from carbonspace.model.progress import Progress, nobody, share
from carbonspace.model.text import Text

_NAMED = 5
_NO_LAYERS = Text("结果文件夹不含图层，只比较数值与结论；给出 plan.toml 才能找出改动并归因",
                  "a folder of results does not hold the layers: only figures and verdicts are "
                  "compared; name the plan.toml to see edits and what they moved")  # fmt: skip
_OTHER_CRS = Text(
    "坐标系不同，未归因", "the plans lie in different CRS; nothing was put down to edits"
)
_NOT_ASKED = Text("未要求归因", "it was not asked for")
_FIRST, _EVALUATING = 0.35, 0.55
"""Which share of the work the first plan is, and of the work on another its evaluation."""

__all__ = ["Comparable", "How", "Side", "compare", "compared"]


def compare(
    a: Comparable,
    b: Comparable,
    *,
    indicators: Iterable[str] | None = None,
    profiles: Iterable[str] | None = None,
    units: Iterable[str] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    on: date | None = None,
    attribute: Attribute = "features",
    limit: int = LIMIT,
    workers: int | None = None,
    progress: Progress = nobody,
) -> Comparison:
    """Hold plan `b` against plan `a`: what was edited, what changed, which edit moved what.

    Parameters
    ----------
    a, b
        Each a `Plan`, an `Assessment`, the path of a plan.toml (or of its folder), or a folder of
        results. Of a folder of results only figures and verdicts are compared: it does not hold
        the layers. An `Assessment` is compared as it is, whatever is asked for below.
    indicators, profiles, units, parameters, on
        As for `evaluate`, for both plans.
    attribute
        How finely changes are put down to edits: `none`, by `layers`, or by single `features`.
    limit
        So many features are examined one by one at most, those of the layers with the fewest
        edits first; the other edits of a layer are examined together. The work grows with it:
        each is measured twice, where it is not alone within reach.
    workers
        How many threads measure; None means one for each core. No number depends on it.
    progress
        Called with a `Step` as each part of the work begins.

    Returns
    -------
    Comparison
        Its attributes describe the tables.

    Raises
    ------
    ComparisonError
        The plans have no unit in common, or their results are of different versions.
    InputError, UnknownNameError
        As `read_plan` and `evaluate` raise them.
    """
    (found,) = compared(
        (a, b), indicators=indicators, profiles=profiles, units=units, parameters=parameters,
        on=on, attribute=attribute, limit=limit, workers=workers, progress=progress,
    )  # fmt: skip
    return found


def compared(
    plans: Sequence[Comparable], *, attribute: Attribute = "features", limit: int = LIMIT,
    on: date | None = None, workers: int | None = None, progress: Progress = nobody,
    **asked: Any,
) -> Iterator[Comparison]:  # fmt: skip
    """Yield each of some plans held against the first, which is evaluated once.

    The keywords are those of `compare`.
    """
    asked = {**asked, "on": on, "workers": workers}
    asked = {key: tuple(value) if isinstance(value, Iterable) and not isinstance(value, Mapping)
             else value for key, value in asked.items()}  # fmt: skip
    how = How(attribute, limit, Crew(workers))
    each = (1 - _FIRST) / (len(plans) - 1)
    one = side_of(plans[0], asked, share(progress, 0.0, _FIRST))
    for n, plan in enumerate(plans[1:]):
        start = _FIRST + n * each
        middle = start + _EVALUATING * each
        other = side_of(plan, asked, share(progress, start, middle))
        yield against(one, other, how, share(progress, middle, start + each))


@dataclass(frozen=True)
class How:
    """How finely changes are put down to edits, and by whom."""

    attribute: Attribute
    limit: int
    crew: Crew


def against(one: Side, other: Side, how: How, progress: Progress) -> Comparison:
    """Hold the second side against the first, as `compare` does."""
    refuse_versions(one, other)
    same_crs = one.run.get("crs") == other.run.get("crs")
    edits = _edits(one, other, same_crs)
    names = edits.names.get("units", {})
    units = _units(one, other, names)
    symbols = {key: each.unit for key, each in one.indicators.items()}
    figures = figures_of(one.table, other.table, names, symbols)
    shares, account = _attributed(one, other, edits, figures, units, same_crs, how, progress)
    crs = one.party.units.crs
    shown = edits.shapes[:, 1].copy()
    if not same_crs:
        shown = gpd.GeoSeries(shown, crs=other.party.units.crs).to_crs(crs).to_numpy()
    gone = edits.rows[:, 1] < 0
    shown[gone] = edits.shapes[gone, 0]
    return Comparison(
        first=one.party, second=other.party,
        indicators={key: each for key, each in one.indicators.items() if key in other.indicators},
        profiles={**other.profiles, **one.profiles}, terms=terms_of(one, other), units=units,
        figures=figures,
        judged=judged_of(one.table, other.table, names, clauses_of(one, other)),
        edits=gpd.GeoDataFrame(edits.table, geometry=shown, crs=crs),
        befores=gpd.GeoSeries(edits.shapes[:, 0], crs=crs),
        renumbered={key: len(ids) for key, ids in edits.names.items() if ids},
        shares=shares, account=account, left_out=pd.concat([one.left_out, other.left_out]),
        version=str(one.run["carbonspace"]),
    )  # fmt: skip


def _no_edits() -> Edits:
    table = pd.DataFrame(columns=list(EDIT_COLUMNS))
    return Edits(table, np.empty((0, 2), np.intp), np.empty((0, 2), dtype=object), {})


def _edits(one: Side, other: Side, same_crs: bool) -> Edits:
    if one.assessment is None or other.assessment is None:
        return _no_edits()
    given = None
    if one.given is not None and other.given is not None:
        given = {key: one.given.get(key, frozenset()) | other.given.get(key, frozenset())
                 for key in {*one.given, *other.given}}  # fmt: skip
    return edits_between(one.assessment.plan, other.assessment.plan, given, shapes=same_crs)


def _units(one: Side, other: Side, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the units that appeared, vanished or were renumbered.

    Raises
    ------
    ComparisonError
        No unit is in both.
    """
    mine, yours = ([*map(str, side.party.units.index)] for side in (one, other))
    there = {*yours}
    if not any(names.get(unit, unit) in there for unit in mine):
        raise _nothing_in_common(one, other, mine, yours)
    rows: list[tuple[str | None, str | None, str]] = []
    rows += [(unit, names[unit], "renumbered") for unit in mine if unit in names]
    rows += [(unit, None, "vanished") for unit in mine if names.get(unit, unit) not in there]
    known = {names.get(unit, unit) for unit in mine}
    rows += [(None, unit, "appeared") for unit in yours if unit not in known]
    return pd.DataFrame(rows, columns=["unit_id", "unit_id_after", "what"])


def _nothing_in_common(
    one: Side, other: Side, mine: list[str], yours: list[str]
) -> ComparisonError:
    few, fewer = (", ".join(ids[:_NAMED]) + ", …" * (len(ids) > _NAMED) for ids in (mine, yours))
    return ComparisonError(
        f"the plans have no unit in common: {one.party.label} has {few}; {other.party.label} has "
        f"{fewer}. Expected: units with the same unit_id (or the same outline and attributes). "
        "Map unit_id under [layers.units.fields] in both plans, or compare other plans.",
        f"两个方案没有共同的规划单元：{one.party.label} 有 {few}；{other.party.label} 有 {fewer}。"
        "应有编号（unit_id）相同或边界与属性相同的单元。请在两个 plan.toml 的 "
        "[layers.units.fields] 中映射 unit_id，或改选要比较的方案。",
    )


def _attributed(
    one: Side, other: Side, edits: Edits, figures: pd.DataFrame, units: pd.DataFrame,
    same_crs: bool, how: How, progress: Progress,
) -> tuple[pd.DataFrame, Account]:  # fmt: skip
    """Return what the changes are put down to, and what that took."""
    account = Account(how.attribute, how.limit, len(edits.table))
    nothing = pd.DataFrame(columns=list(SHARE_COLUMNS))
    mine, yours = one.assessment, other.assessment
    if mine is None or yours is None:
        return nothing, replace(account, reason=_NO_LAYERS)
    if not same_crs:
        return nothing, replace(account, reason=_OTHER_CRS)
    if how.attribute == "none":
        return nothing, replace(account, reason=_NOT_ASKED)
    both, known = _questions(mine, yours, figures, units)
    found = sources_of(edits, how.attribute, how.limit)
    single = sum(source.kind == "feature" for source in found)
    if not both.asked:
        return nothing, account
    tried = attributed(both, known, edits, found, crew=how.crew, progress=progress)
    shares = shares_of(tried, both, known, figures, edits)
    return shares, replace(account, examined=single, runs=tried.runs)


def _questions(
    mine: Assessment, yours: Assessment, figures: pd.DataFrame, units: pd.DataFrame
) -> tuple[Both, Known]:
    """Return what is asked again of either plan, and what is known of it."""
    rows = figures[figures["level"] == "unit"]
    ids = rows.drop_duplicates("unit_id")
    here, there = (pd.Index(ids[name].astype(str)) for name in ("unit_id", "unit_id_after"))
    moved = {*figures.loc[figures["kind"] == "changed", "indicator"]}
    keys = [key for key in mine.measures if key in moved and key in yours.measures]
    asked, asked_other = (
        {
            key: Question(
                one.indicators[key], one.run["parameters"][key], marked(one.plan, key, _day(one))
            )
            for key in keys
        }
        for one in (mine, yours)
    )
    both = Both(mine.plan, yours.plan, asked, asked_other, here, there)
    one, other = (
        {key: _figures(found, key, names) for key in keys}
        for found, names in ((mine, here), (yours, there))
    )
    whole = not {"appeared", "vanished"} & {*units["what"]}
    sums = frozenset(key for key in keys
                     if whole and _is_sum(mine, key) and _is_sum(yours, key))  # fmt: skip
    return both, Known(one, other, {key: mine.measures[key] for key in keys}, sums)


def _day(found: Assessment) -> date:
    """Return the day on which exemptions held."""
    stated = found.run.get("exemptions_on") or found.run.get("on")
    return date.fromisoformat(stated) if stated else date.today()  # noqa: DTZ011  as `evaluate`


def _figures(found: Assessment, key: str, units: pd.Index) -> Figures:
    held: Figures = found.measures[key].table.loc[units, FIGURES].to_numpy(dtype=float)
    return held


def _is_sum(found: Assessment, key: str) -> bool:
    """Tell whether the city's value is that of its units together."""
    rows = found.table
    city = rows.loc[(rows["level"] == "city") & (rows["indicator"] == key), "value"]
    return len(city) > 0 and bool(found.measures[key].total()[2] == city.iloc[0])
