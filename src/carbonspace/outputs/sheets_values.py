"""The table of indicators in a workbook: one sheet per theme, a row per place and clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from carbonspace.model.indicator import Indicator
from carbonspace.model.levels import LAYER_OF
from carbonspace.model.rule import SURENESS_TITLES, Profile, Rule
from carbonspace.model.text import Text
from carbonspace.model.theme import theme_title
from carbonspace.outputs.ground import unit_names
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.officetext import side_by_side
from carbonspace.outputs.results import Results
from carbonspace.outputs.rows import OTHER
from carbonspace.outputs.sheets_pages import Pages, to_maps, to_page
from carbonspace.outputs.told import named
from carbonspace.outputs.workbook import Book, Column, Link, Table

LEVELS: dict[str, Text] = {
    "city": Text("全市", "city"),
    "district": Text("行政区", "district"),
    "unit": Text("单元", "unit"),
}
"""The levels whose places have rows, in their order."""
COLUMNS = (
    Column(Text("层级", "Level"), 10),
    Column(Text("编号", "Id"), 13),
    Column(Text("名称", "Name"), 17, wraps=True),
    Column(Text("指标", "Indicator"), 30, wraps=True),
    Column(Text("指标（英文）", "Indicator (English)"), 32, wraps=True),
    Column(Text("单位", "Unit"), 11),
    Column(Text("现状/规划值", "Value"), 14),
    Column(Text("目标", "Target"), 16, wraps=True),
    Column(Text("差值", "Margin"), 12),
    Column(Text("结论", "Verdict"), 17),
    Column(Text("稳健", "Robust"), 8),
    Column(Text("依据", "Basis"), 46, wraps=True),
    Column(Text("条文编号", "Clause no."), 18),
    Column(Text("条文核实", "Clause verified"), 27, wraps=True),
    Column(Text("原因与说明", "Reason and notes (Chinese)"), 34, wraps=True),
    Column(Text("原因与说明（英文）", "Reason and notes (English)"), 40, wraps=True),
    Column(Text("分子", "Numerator"), 15),
    Column(Text("分母", "Denominator"), 15),
    Column(Text("指标代码", "Key"), 28),
)
_LINKS = 3
"""Links of a row that misses its target."""
VALUE, VERDICT, SURE, PRINTED = 6, 9, 13, 15
"""The columns that show verdicts and doubts in colour, and how many are printed."""
SOURCES, DOUBTFUL = Text("条文", "Clauses"), "⚠ "
"""The sheet of clauses, and what the words on unverified ones begin with."""
_ORDER = {status: n for n, status in enumerate(VERDICTS)}


class Clause(NamedTuple):
    """A rule as tables name it: its number, and where it stands on the sheet of clauses."""

    rule: Rule
    number: str
    row: int
    basis: str
    sure: str


Clauses = Mapping[tuple[str, int], Clause]


def clauses_of(profiles: Mapping[str, Profile]) -> Clauses:
    """Return every rule by its profile and its position there, in the order of the sheet."""
    listed = [(key, n, rule, one) for key, one in profiles.items()
              for n, rule in enumerate(one.rules)]  # fmt: skip
    return {
        (key, n): Clause(rule, f"{key} {n + 1}", row, basis_of(rule, one), sureness(rule))
        for row, (key, n, rule, one) in enumerate(listed, 2)
    }


def basis_of(rule: Rule, profile: Profile) -> str:
    """Return the document and the clause that a rule comes from."""
    title = profile.title.zh
    return rule.source if title in rule.source else f"{title} · {rule.source}"


def sureness(rule: Rule) -> str:
    """Return how sure a clause is, in both languages."""
    return ("✓ " if rule.is_verified else DOUBTFUL) + side_by_side(SURENESS_TITLES[rule.evidence])


def titled(one: Indicator) -> Text:
    """Return the title of an indicator with what a reader has to know of it."""
    marks = [Text("未核实", "unverified")] * (not one.verified)
    marks += [Text("填报", "reported")] * one.is_reported
    return Text(
        one.title.zh + "".join(f"（{mark.zh}）" for mark in marks),
        one.title.en + "".join(f" ({mark.en})" for mark in marks),
    )


def places_of(results: Results) -> pd.DataFrame:
    """Return the rows of the tall table about the city, districts and units as people read them.

    By place in the order of the plan, then by indicator, the worst verdict first.
    """
    table = results.table[~results.table["level"].isin(list(LAYER_OF))]
    named = pd.Index(list(results.indicators))
    keys = (
        table["status"].map(_ORDER).to_numpy(dtype=int),
        named.get_indexer(table["indicator"]),
        _position(results, table),
        pd.Index(list(LEVELS)).get_indexer(table["level"]),
    )
    return table.iloc[np.lexsort(keys)]


def _position(results: Results, table: pd.DataFrame) -> Any:
    """Return where each place stands among those of its level."""
    units = results.units.index.astype(str).get_indexer(table["unit_id"])
    return np.where(table["level"] == "unit", units, pd.factorize(table["unit_id"])[0])


def names_of(results: Results) -> dict[tuple[str, str], str]:
    """Return what the places are called, by level and id; districts are called by their id."""
    names = zip(map(str, results.units.index), unit_names(results.units), strict=True)
    found = {("unit", unit_id): name for unit_id, name in names}
    return found | {("city", "city"): results.name.zh}


def write_values(
    book: Book, results: Results, clauses: Clauses, pales: Mapping[str, str], pages: Pages
) -> Iterator[Table]:
    """Write a sheet per theme, and yield each when it is done.

    Where a target is missed, the name of the unit leads to its page, the value to the maps there,
    and the number of the clause to the sheet of clauses.
    """
    table, names = places_of(results), names_of(results)
    themes = table["indicator"].map({key: one.theme for key, one in results.indicators.items()})
    for theme in dict.fromkeys(one.theme for one in results.indicators.values()):
        sheet = book.table(theme_title(theme), COLUMNS, frozen=4)
        told = _Told(book, results, clauses, pages)
        missed = (themes == theme) & (table["status"] == "not_met")
        sheet.expect_links(_LINKS * int(missed.sum()))
        columns = [table.loc[themes == theme, name].tolist() for name in _READ]
        for row in zip(*columns, strict=True):
            sheet.row(told.cells(_Row(*row), names))
        _colour(sheet, pales)
        sheet.print_columns(PRINTED)
        yield sheet


_READ = ("level", "unit_id", "indicator", "value", "numerator", "denominator", "profile", "rule",
         "target", "margin", "status", "robust", "flips_zh", "flips", "reason_zh",
         "reason", "parameters")  # fmt: skip


class _Row(NamedTuple):
    level: str
    unit_id: str
    indicator: str
    value: float
    numerator: float
    denominator: float
    profile: str | None
    rule: float | None
    target: str | None
    margin: float
    status: str
    robust: bool | None
    flips_zh: str | None
    flips: str | None
    reason_zh: str | None
    reason: str | None
    parameters: str | None


class _Told:
    """What the rows of a table say beyond their figures."""

    def __init__(self, book: Book, results: Results, clauses: Clauses, pages: Pages) -> None:
        self.clauses, self.indicators, self.pages = clauses, results.indicators, pages
        self.made, self.titles = results.made_with, {k: titled(i) for k, i in
                                                     results.indicators.items()}  # fmt: skip
        digits = {one.decimals for one in results.indicators.values()}
        self.numbers = {(d, other): book.format(num_format=decimals(d) + f'"{OTHER}"' * other)
                        for d in digits for other in (False, True)}  # fmt: skip
        self.margins = {d: book.format(num_format=signed(d)) for d in digits}
        self.text, self.data = book.format(text_wrap=True), book.format(num_format="@")
        self.name = book.format(num_format="@", text_wrap=True)
        self.plain, self.link = book.format(), book.format(font_color="#1f4fbf", underline=1)
        self.said, self.aim = book.format(indent=1), book.format(indent=1, text_wrap=True)
        self.raw = book.format(num_format="#,##0.##")

    def cells(self, row: _Row, names: Mapping[tuple[str, str], str]) -> list[tuple[Any, Any]]:
        """Return the cells of a row."""
        one, title = self.indicators[row.indicator], self.titles[row.indicator]
        known = _known(row.profile) is not None and _known(row.rule) is not None
        clause = self.clauses[str(row.profile), int(row.rule or 0)] if known else None
        zh, en = self._notes(row)
        name: Any = names.get((row.level, row.unit_id), row.unit_id)
        value: Any = row.value
        if row.status == "not_met":
            name = to_page(name, self.pages, row.level, row.unit_id)
            value = to_maps(value, self.pages, row.level, row.unit_id)
        return [
            (side_by_side(LEVELS[row.level]), self.plain), (row.unit_id, self.data),
            (name, self.name),
            (title.zh, self.text), (title.en, self.text), (one.unit, self.plain),
            (value, self.numbers[one.decimals, _is_other(row)]),
            (target_of(row.target, clause), self.aim),
            (row.margin, self.margins[one.decimals]), (SAID[row.status], self.said),
            (_ROBUST.get(_known(row.robust), ""), self.plain), *self._basis(row, clause),
            (zh, self.text), (en, self.text),
            (row.numerator, self.raw), (row.denominator, self.raw), (row.indicator, self.plain),
        ]  # fmt: skip

    def _basis(self, row: _Row, clause: Clause | None) -> Iterator[tuple[Any, Any]]:
        if clause is None:
            yield from [("", self.plain)] * 3
            return
        missed = row.status == "not_met"
        link = Link(clause.number, SOURCES, clause.row) if missed else clause.number
        yield clause.basis, self.text
        yield link, self.link if missed else self.plain
        yield clause.sure, self.text

    def _notes(self, row: _Row) -> tuple[str, str]:
        """Return why there is no verdict, what would turn it, and what the figure was made with."""
        made, robust = self.made[row.indicator], _known(row.robust)
        close = robust is not None and not robust
        flips = _known(row.flips_zh) or "", _known(row.flips) or ""
        defined = self._defined(row)
        zh = [defined.zh, _known(row.reason_zh), f"{_TURNS.zh}{flips[0]}" if close else "", made.zh]
        en = [defined.en, _known(row.reason), f"{_TURNS.en}{flips[1]}" if close else "", made.en]
        return "；".join(filter(None, zh)), "; ".join(filter(None, en))

    def _defined(self, row: _Row) -> Text:
        """Return what the value is of where the clause defines another figure than the plan."""
        if not _is_other(row):
            return Text("", "")
        stated = self.clauses[str(row.profile), int(row.rule or 0)].rule.parameters
        said = [named(p, stated[p.name]) for p in self.indicators[row.indicator].parameters
                if p.name in stated]  # fmt: skip
        return Text(
            OTHER + " 按条文口径（" + "；".join(one.zh for one in said) + "）",
            OTHER + " as the clause defines it (" + "; ".join(one.en for one in said) + ")",
        )


def _is_other(row: _Row) -> bool:
    """Return whether the figure is the one that the clause defines, and not the plan's."""
    return _known(row.parameters) is not None and _known(row.rule) is not None


SAID = {status: f"{one.symbol} {side_by_side(one.title)}" for status, one in VERDICTS.items()}
"""What cells say of verdicts."""
_TURNS = Text("临界，换一种处理即改变：", "close; would turn with: ")
_ROBUST = {True: "是 yes", False: "否 no"}


def target_of(target: str | None, clause: Clause | None) -> str:
    """Return a target as people are told it, unverified where the clause is."""
    written = _known(target) or ""
    doubtful = clause is not None and written and not clause.rule.is_verified
    return f"{written}（未核实 unverified）" if doubtful else written


def decimals(digits: int) -> str:
    """Return the number format of so many digits."""
    return "#,##0" + ("." + "0" * digits if digits else "")


def signed(digits: int) -> str:
    """Return the number format of so many digits, with the sign."""
    return f"+{decimals(digits)};-{decimals(digits)};{decimals(digits)}"


def _colour(sheet: Table, pales: Mapping[str, str]) -> None:
    """Have values and verdicts coloured by the symbol of the verdict, and doubtful clauses."""
    for column in (VALUE, VERDICT):
        for status, pale in pales.items():
            sheet.coloured(column, VERDICT, VERDICTS[status].symbol, bg_color=pale)
    sheet.coloured(SURE, SURE, DOUBTFUL, font_color="#9c3a06", bold=True)


def _known(value: Any) -> Any:
    return None if value is None or value != value else value
