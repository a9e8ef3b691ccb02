"""The rows of a document's tables: what fits a document that people still can open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from carbonspace.model.text import Text
from carbonspace.outputs import rows
from carbonspace.outputs.docxml import DOUBT, LINK, Cell, Run, words
from carbonspace.outputs.officetext import side_by_side
from carbonspace.outputs.results import Results
from carbonspace.outputs.sheets_values import Clause, Clauses, titled

_MOST_LISTED, _MOST_JUDGED = 2_000, 12_000
"""Rows of a document with every value, and of one with all that has a target: some 150 pages, and
what Word still opens at once."""
FIRST = "E9EDF2"
"""The fill of headers."""
WIDTHS = (4100, 1500, 1900, 2000, 1600, 1800, 5100)
"""Hundredths of a millimetre."""
_TITLES = (
    Text("指标", "Indicator"), Text("单位", "Unit"), Text("现状/规划值", "Value"),
    Text("目标", "Target"), Text("差值", "Margin"), Text("结论", "Verdict"),
    Text("依据", "Basis"),
)  # fmt: skip
HEADER = [Cell([Run(title.zh, bold=True), Run(title.en, small=True)], FIRST) for title in _TITLES]


class Keep(NamedTuple):
    """Which rows a document holds, of which verdicts and if without a target, and why not all."""

    statuses: tuple[str, ...] | None
    untargeted: bool
    said: Text | None


def kept_of(results: Results) -> Keep:
    """Return which rows a document of these results holds."""
    table = results.table[results.table["level"].isin(["city", "district", "unit"])]
    targeted = int((table["target"].fillna("") != "").sum())
    if len(table) <= _MOST_LISTED:
        return Keep(None, True, None)
    if targeted <= _MOST_JUDGED:
        return Keep(None, False, Text(
            "本文件只列有目标值的指标，其余数值见 report.xlsx 与 indicators.csv。",
            "Only indicators that have a target are listed here; the other values are in "
            "report.xlsx and indicators.csv."))  # fmt: skip
    return Keep(("not_met", "exempt"), False, Text(
        "本文件只列未达标与豁免的指标，其余见 report.xlsx 与 indicators.csv。",
        "Only targets that are missed, and exemptions, are listed here; the rest is in report.xlsx "
        "and indicators.csv."))  # fmt: skip


def mark_of(clause: Clause) -> str:
    """Return the bookmark of a clause."""
    return f"clause_{clause.row}"


class Lines:
    """Makes the rows of tables; `used` are the numbers of the clauses that they name."""

    def __init__(
        self, results: Results, clauses: Clauses, pales: Mapping[str, str], keep: Keep
    ) -> None:
        self.keep, self.used = keep, set[str]()
        self._pales = {status: pale.removeprefix("#").upper() for status, pale in pales.items()}
        self._made = results.made_with
        self._clauses = {id(one.rule): one for one in clauses.values()}

    def of(self, groups: Iterable[rows.Group]) -> Iterator[list[Cell]]:
        """Yield the rows of a place, theme by theme."""
        for group in groups:
            for row in group.rows:
                for verdict in row.verdicts:
                    if self._is_kept(verdict):
                        yield self._line(row, verdict)

    def _is_kept(self, verdict: rows.Verdict) -> bool:
        keep = self.keep
        shown = keep.statuses is None or verdict.status in keep.statuses
        return shown and (keep.untargeted or bool(verdict.target))

    def _line(self, row: rows.Row, verdict: rows.Verdict) -> list[Cell]:
        title, look = titled(row.indicator), verdict.look
        made = self._made[row.indicator.key]
        named = [Run(side_by_side(made), small=True)] if made.en else []
        told = verdict.told_target
        fill = self._pales[verdict.status]
        said = [Run(f"{look.symbol} {look.title.zh}"), Run(look.title.en, small=True)]
        if verdict.robust is False:
            said.append(Run("临界 close", DOUBT, small=True))
        return [
            Cell([*words(title.zh, title.en), *named]), Cell([Run(row.indicator.unit)]),
            Cell([Run(verdict.shown(row.value))], fill, right=True),
            Cell([Run(told.zh), *(Run("unverified", DOUBT, small=True) for _ in "1"
                                  if told.zh != told.en)]),
            Cell([Run("" if verdict.margin == "—" else verdict.margin)], right=True),
            Cell(said, fill), Cell([*self._basis(row, verdict)]),
        ]  # fmt: skip

    def _basis(self, row: rows.Row, verdict: rows.Verdict) -> Iterator[Run]:
        """Yield the clause, how sure it is, and what a reader of the verdict has to know."""
        clause: Clause | None = self._clauses.get(id(verdict.rule))
        if clause is not None:
            self.used.add(clause.number)
            yield Run(clause.number, LINK, anchor=mark_of(clause))
            if verdict.target:
                yield Run(clause.basis, small=True)
            if not clause.rule.is_verified:
                yield Run(clause.sure, DOUBT, small=True)
        if verdict.is_other:
            told = verdict.told(row.value, row.indicator.unit)
            yield Run(f"{rows.OTHER} {side_by_side(told)}", small=True)
        if verdict.reason.en:
            yield Run(side_by_side(verdict.reason), small=True)
        if verdict.robust is False:
            yield Run(f"换一种处理即改变 would turn with: {side_by_side(verdict.flips)}", DOUBT,
                      small=True)  # fmt: skip
