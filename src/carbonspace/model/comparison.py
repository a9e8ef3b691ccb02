"""What came of holding two plans against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from carbonspace.model.attribution import Attribute
from carbonspace.model.indicator import Indicator
from carbonspace.model.plan import Plan
from carbonspace.model.rule import STATUS_TITLES, Profile
from carbonspace.model.text import Text

EDITS: dict[str, Text] = {
    "inserted": Text("新增", "Inserted"),
    "deleted": Text("删除", "Deleted"),
    "reshaped": Text("图形修改", "Geometry changed"),
    "recoded": Text("属性修改", "Attributes changed"),
    "changed": Text("图形与属性修改", "Geometry and attributes changed"),
    "redrawn": Text("重绘（相差不足 1 毫米）", "Redrawn (off by less than 1 mm)"),
}
"""What can happen to a feature."""

UNITS: dict[str, Text] = {
    "appeared": Text("只在后一方案中", "only in the second plan"),
    "vanished": Text("只在前一方案中", "only in the first plan"),
    "renumbered": Text("编号改变，其余相同", "another id, otherwise the same"),
}
"""What can happen to a unit as a whole."""

FIGURES: dict[str, Text] = {
    "changed": Text("改变", "Changed"),
    "rounding": Text("仅末位舍入不同", "Differs by rounding only"),
    "appeared": Text("以前没有数值", "Had no value before"),
    "vanished": Text("不再有数值", "Has no value any more"),
    "same": Text("相同", "The same"),
}
"""What can happen to a value."""

FLIPS: dict[str, Text] = {
    "gained": Text("转为达标", "Now met"),
    "lost": Text("转为未达标", "No longer met"),
    "began": Text("条文开始适用", "Clause applies now"),
    "ended": Text("条文不再适用", "Clause applies no more"),
    "other": Text("其他变化", "Changed otherwise"),
}
"""What can happen to a verdict."""
KEPT = "kept"
"""The `flip` of a verdict that is what it was."""

SILENT = "silent"
"""The status of a clause in the plan in which it does not speak of a place."""
VERDICT_TITLES = {**STATUS_TITLES, SILENT: Text("此条不涉及", "Clause does not apply")}

FIGURE_COLUMNS = (
    "unit_id", "unit_id_after", "level", "indicator", "unit", "before", "after", "change", "kind",
    "status_before", "status_after", "reason_before", "reason_before_zh", "reason_after",
    "reason_after_zh",
)  # fmt: skip
VERDICT_COLUMNS = (
    "unit_id", "unit_id_after", "level", "indicator", "profile", "target", "clause", "clause_zh",
    "before", "after", "status_before", "status_after", "flip", "margin_before", "margin_after",
)  # fmt: skip
EDIT_COLUMNS = (
    "edit_id", "layer", "edit", "feature", "feature_after", "columns", "changes", "moved_m",
    "amount_before", "amount_after", "amount_unit", "follows",
)  # fmt: skip
SHARE_COLUMNS = (
    "unit_id", "level", "indicator", "unit", "source", "layer", "feature", "edit_id", "edits",
    "alone", "last",
)  # fmt: skip
TERM_COLUMNS = (
    "about", "name", "name_zh", "before", "after", "consequence", "consequence_zh",
)  # fmt: skip


@dataclass(frozen=True)
class Party:
    """One of the plans that are compared.

    `label` is how it was named by whoever asked; `plan` is as prepared, None of a result folder,
    which does not hold the layers; `units` are its units, by their id. `ground` are the layers
    that maps show below them (`model.ground.GROUND`), and `table` is the tall table of its figures.
    """

    label: str
    name: Text
    units: gpd.GeoDataFrame
    plan: Plan | None
    ground: Mapping[str, gpd.GeoDataFrame]
    table: pd.DataFrame


_NO_REASON = Text("", "")


@dataclass(frozen=True)
class Account:
    """What attribution did.

    `mode` is what was asked for and `limit` the number of features examined one by one at most;
    `examined` of `edits` were, with `runs` of measuring again. `reason` says why nothing was
    attributed.
    """

    mode: Attribute
    limit: int
    edits: int = 0
    examined: int = 0
    runs: int = 0
    reason: Text = _NO_REASON


@dataclass(frozen=True)
class Comparison:
    """The outcome of `compare`.

    Attributes
    ----------
    first, second
        The plans, the second held against the first.
    terms
        What the plans do not have in common beside their features (CRS, parameters, profiles,
        layers, rasters …) and what that means for the figures: `TERM_COLUMNS`.
    units
        Units that appeared, vanished or were renumbered: `unit_id`, `unit_id_after`, `what`.
    figures
        One row per unit, district and the city of both plans, and indicator of both:
        `FIGURE_COLUMNS`. `kind` is one of `FIGURES`; the statuses are the worst of all rules.
    judged
        The verdicts in both plans, clause by clause: `VERDICT_COLUMNS`, `flip` one of `FLIPS` or
        `kept`. `clause` is its source and what it applies to; a clause that speaks of a place in
        one of the plans only (other attributes, another day, other rules) is `silent` in the other.
    edits
        One row per edited feature: `EDIT_COLUMNS`, as it is after the edit (deleted: before).
        `follows` says that nobody drew the edit: what changed was derived from other data (not
        told of assessments, of which only the prepared plan is known).
    befores
        The geometry before the edit, aligned with `edits`; None of what was inserted.
    renumbered
        How many features of a layer have another id and are otherwise the same.
    shares
        What changes of values are put down to: `SHARE_COLUMNS`. `source` is `feature` (one edit),
        `layer` (the other edits of a layer), `terms`, or `together`: what no source brings about
        by itself. `alone` is what the source adds to the first plan, `last` what the second plan
        would lack without it; each adds up to the change.
    account
        How finely attribution went, and what it cost.
    left_out
        The findings about rules and reported figures at fault, that either plan was evaluated
        without; `what` begins with the label of the plan.
    version
        That of carbonspace that made the figures.
    """

    first: Party
    second: Party
    indicators: Mapping[str, Indicator]
    profiles: Mapping[str, Profile]
    terms: pd.DataFrame
    units: pd.DataFrame
    figures: pd.DataFrame
    judged: pd.DataFrame
    edits: gpd.GeoDataFrame
    befores: gpd.GeoSeries
    renumbered: Mapping[str, int]
    shares: pd.DataFrame
    account: Account
    left_out: pd.DataFrame
    version: str = ""

    @property
    def verdicts(self) -> pd.DataFrame:
        """The verdicts that are not what they were, numbered anew."""
        return self.judged[self.judged["flip"] != KEPT].reset_index(drop=True)

    @property
    def changed(self) -> pd.DataFrame:
        """The figures that are not what they were, rounding left aside."""
        return self.figures[self.figures["kind"].isin(["changed", "appeared", "vanished"])]
