"""Thresholds: one clause of a plan or standard, and how a value is held against it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from carbonspace.model.levels import Level
from carbonspace.model.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Values = TypeVar("Values", float, "NDArray[np.float64]")
Comparator = Literal[">=", ">", "<=", "<", "==", "between", "~", "none"]
Sureness = Literal["verified", "partial", "memory"]
Status = Literal["met", "not_met", "no_target", "no_data", "not_applicable", "exempt"]

STATUS_TITLES: dict[str, Text] = {
    "met": Text("达标", "Met"),
    "not_met": Text("未达标", "Not met"),
    "exempt": Text("豁免", "Exempt"),
    "no_target": Text("无目标值", "No target"),
    "no_data": Text("缺少数据", "No data"),
    "not_applicable": Text("不适用", "Not applicable"),
}
SURENESS_TITLES: dict[str, Text] = {
    "verified": Text("已核实", "verified"),
    "partial": Text("未核实：部分佐证", "unverified: partly corroborated"),
    "memory": Text("未核实：凭记忆", "unverified: from memory"),
}
_FLOAT_NOISE = 1e-9


@dataclass(frozen=True)
class Rule:
    """One threshold of one profile, with the clause it quotes.

    `target` has two numbers for `between`, none for `none`, one or two for `~`, else one. `~`
    is "about": it has no verdict until `tolerance` says how near is near. Else `tolerance` is
    half the last printed digit of a published figure (35 km: 0.5; 16.2 %: 0.05). `where` names
    columns of the place and the values the rule applies to, `where_not` those it does not
    (land-use codes match by prefix; every column must agree). `note` says what the reader of
    the verdict has to know: how the clause was read, what the source leaves open.
    `parameters` are those the clause states: a value measured with others is not what it speaks
    of, so it is held against one that is measured with these.
    A rule that describes a plan (`binding=False`) is shown and judged, but does not make
    `--strict` fail. `evidence` says how sure the quotation is: verified, partial or memory.
    `never` is why a clause is recorded and never held against a value. `year` is the year by
    whose end the target is due; `since` and `until` are the first and last day the clause is in
    force. `source_file` names the file it was read in.
    """

    profile: str
    indicator: str
    comparator: Comparator
    target: tuple[float, ...]
    unit: str
    quotation: str
    source: str
    applies_to: Text
    evidence: Sureness
    year: int | None = None
    levels: tuple[Level, ...] = ("unit", "city")
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tolerance: float = 0.0
    binding: bool = True
    where_not: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: Text | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    never: Text | None = None
    since: date | None = None
    until: date | None = None
    source_file: str = ""

    @property
    def is_verified(self) -> bool:
        """Return whether the clause was read in a source."""
        return self.evidence == "verified"

    @property
    def is_held(self) -> bool:
        """Return whether there is a verdict: a target, known nearness, nothing against it.

        A rule without a level, as one that is not in force, speaks of no place.
        """
        is_open = self.comparator == "~" and not self.tolerance
        return bool(self.target and self.levels) and not is_open and self.never is None

    def applies(self, attributes: Mapping[str, object]) -> bool:
        """Return whether the rule speaks of a place with these attributes.

        A column that is absent is not known, so a rule that asks for it does not apply; an
        empty value in a column that is there is simply none of the listed values.
        """
        if any(column not in attributes for column in (*self.where, *self.where_not)):
            return False
        return all(_is_in(c, attributes[c], v) for c, v in self.where.items()) and not any(
            _is_in(c, attributes[c], v) for c, v in self.where_not.items()
        )

    def other_parameters(self, settings: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Return what the clause states and what was measured with, where the two differ."""
        return {
            name: (stated, settings[name])
            for name, stated in self.parameters.items()
            if name in settings and not same(stated, settings[name])
        }

    def margin(self, value: Values) -> Values:
        """Return how far `value` is on the good side (negative: on the bad side), in `unit`.

        One value or an array of them; NaN where there is no value or no target.
        """
        if not self.target:
            return value * math.nan
        low, high = self.target[0], self.target[-1]
        if self.comparator in (">=", ">"):
            return value - low
        if self.comparator in ("<=", "<"):
            return high - value
        import numpy as np  # what only names rules need not load it

        nearest: Values = np.minimum(value - low, high - value)
        return nearest

    def shortfall(self, value: float) -> float:
        """Return the margin of a value as a share of the target it is nearest to missing.

        -0.2 is a fifth short, or a fifth too much; NaN where the target is 0 or there is none.
        """
        if not self.target:
            return math.nan
        low, high = self.target[0], self.target[-1]
        is_low = self.comparator in (">=", ">") or (
            self.comparator not in ("<=", "<") and value - low < high - value
        )
        bound = low if is_low else high
        return float(self.margin(value)) / abs(bound) if bound else math.nan

    def met_by(self, value: Any) -> Any:
        """Return whether a value, or each of an array of values, meets the target."""
        margin = self.margin(value) + self.tolerance
        noise = _FLOAT_NOISE * max(1.0, abs(self.target[-1]))
        strict = self.comparator in (">", "<")
        return margin > noise if strict else margin >= -noise

    def judge(self, value: float) -> Status:
        """Return the verdict on `value`: met, not_met or no_target."""
        if not self.is_held:
            return "no_target"
        return "met" if self.met_by(value) else "not_met"

    def told(self, target: str) -> Text:
        """Return a target as people are told it: unverified where the clause is."""
        if self.is_verified or not target:
            return Text(target, target)
        return Text(f"{target}（未核实）", f"{target} (unverified)")

    def stated_text(self) -> str:
        """Return the parameters the clause states as people write them: `base = built_up`."""
        return ", ".join(f"{name} = {_written(one)}" for name, one in self.parameters.items())

    def target_text(self) -> str:
        """Return the target as people write it: `≥ 10`, `6–8`, or nothing."""
        signs = {">=": "≥ ", "<=": "≤ ", "==": "= ", ">": "> ", "<": "< ", "~": "≈ "}
        numbers = [f"{t:.10g}" for t in self.target]
        return signs.get(self.comparator, "") + "–".join(numbers)


def _written(value: Any) -> str:
    return ", ".join(map(_written, value)) if isinstance(value, list | tuple) else str(value)


def same(stated: Any, used: Any) -> bool:
    """Return whether two values of a parameter mean the same; lists do in any order."""
    if isinstance(stated, list | tuple) and isinstance(used, list | tuple):
        return sorted(map(repr, stated)) == sorted(map(repr, used))
    return bool(stated == used)


def _is_in(column: str, value: object, listed: tuple[str, ...]) -> bool:
    text = str(value)
    return text.startswith(listed) if column == "land_use" else text in listed


@dataclass(frozen=True)
class Profile:
    """The thresholds of one plan or standard; `note` is what all who use it should know."""

    key: str
    title: Text
    document: str
    rules: tuple[Rule, ...]
    note: Text | None = None
