"""The first sheet of a workbook: what was evaluated, for whom, and how it came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from carbonspace.model.assessment import worst_status
from carbonspace.model.bureau import Bureau
from carbonspace.model.text import Text
from carbonspace.model.theme import theme_title
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.officetext import side_by_side
from carbonspace.outputs.pictures import Picture, picture_of
from carbonspace.outputs.results import Results
from carbonspace.outputs.sheets_values import SAID
from carbonspace.outputs.summary import reported, unit_counts
from carbonspace.outputs.workbook import Book, cell_text

TITLE = Text("概要", "Summary")
_LOGO_HEIGHT = 56
_SHOWN = ("not_met", "exempt", "met", "no_data", "no_target", "not_applicable")


def write_summary(book: Book, results: Results, bureau: Bureau, pales: Mapping[str, str]) -> Any:
    """Write the first sheet, and return it."""
    sheet = book.sheet(TITLE, colour="#24488f")
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1 + len(_SHOWN), 17)
    sheet.hide_gridlines(2)
    page = _Page(book, sheet)
    if bureau.logo:
        page.picture(picture_of(bureau.logo))
    page.line(side_by_side(results.name), bold=True, font_size=16)
    page.line("规划指标对照表 Indicators against their targets", font_size=12)
    page.gap()
    for label, value in facts_of(results, bureau):
        page.fact(label, value)
    page.gap()
    _themes(page, results, pales)
    page.gap()
    for note in _notes(results):
        page.line(side_by_side(note))
    return sheet


class _Page:
    """A sheet that is filled line by line."""

    def __init__(self, book: Book, sheet: Any) -> None:
        self.book, self.sheet, self.row = book, sheet, 0

    def gap(self) -> None:
        self.row += 1

    def line(self, text: str, **look: Any) -> None:
        self.sheet.set_row(self.row, 1.7 * look.get("font_size", 10))
        self.sheet.write_string(self.row, 0, cell_text(text), self.book.format(**look))
        self.row += 1

    def fact(self, label: str, value: str) -> None:
        self.sheet.write_string(self.row, 0, cell_text(label), self.book.format(bold=True))
        self.sheet.write_string(self.row, 1, cell_text(value), self.book.format(num_format="@"))
        self.row += 1

    def cells(self, values: list[Any], looks: list[Any]) -> None:
        for n, (value, look) in enumerate(zip(values, looks, strict=True)):
            if isinstance(value, str):
                self.sheet.write_string(self.row, n, cell_text(value), look)
            else:
                self.sheet.write_number(self.row, n, value, look)
        self.row += 1

    def picture(self, picture: Picture) -> None:
        scale = _LOGO_HEIGHT / picture.height
        self.sheet.set_row(self.row, _LOGO_HEIGHT)
        self.sheet.insert_image(self.row, 0, "logo.png", {
            "image_data": picture.stream(), "x_scale": scale, "y_scale": scale,
            "x_offset": 4, "y_offset": 4, "description": "logo",
        })  # fmt: skip
        self.row += 1


def facts_of(results: Results, bureau: Bureau) -> Iterator[tuple[str, str]]:
    """Yield what was evaluated, by whom and against what: a label and words."""
    if bureau.name:
        yield "编制单位 By", side_by_side(bureau.name)
    for label, value in bureau.title_block:
        yield side_by_side(label), side_by_side(value)
    run, units = results.run, reported(results.units, results.table)
    yield "规则日期 Rules as of", run.get("on") or "未指定 no day given"
    for one in results.profiles.values():
        yield "对照 Held against", side_by_side(one.title, " · ")
    if not results.profiles:
        yield "对照 Held against", "没有对照任何规则 no profile"
    yield "规划单元 Planning units", f"{len(units):,}"
    missed = int((unit_counts(results.units, results.table)["not_met"] > 0).sum())
    yield "有未达标指标的单元 Units that miss a target", f"{missed:,}"
    yield "指标 Indicators", f"{len(results.indicators):,}"
    yield "数据检查记录 Findings", f"{len(results.findings):,}"
    yield "坐标系 CRS", str(run["crs"])
    for crs, said in run.get("zones", {}).items():
        count = f"{len(said['units']):,}"
        yield "单元所在带 Units measured in", f"{crs}（{count} 个单元 · {count} units）"
    yield "程序版本 Made with", f"carbonspace {run['carbonspace']}"
    for source in run["attribution"]:
        yield "数据来源 Data", str(source)


def verdicts_by_theme(results: Results) -> pd.DataFrame:
    """Return how many verdicts of each kind the units have, by theme and in all."""
    rows = results.table[results.table["level"] == "unit"]
    themes = {key: one.theme for key, one in results.indicators.items()}
    order = dict.fromkeys(themes.values())
    if rows.empty:
        return pd.DataFrame(0, index=[*order, ""], columns=list(_SHOWN))
    worst = worst_status(rows).reset_index()
    found = pd.crosstab(worst["indicator"].map(themes), worst["status"])
    found = found.reindex(index=list(order), columns=list(_SHOWN), fill_value=0)
    return pd.concat([found, found.sum().to_frame("").T])


def _themes(page: _Page, results: Results, pales: Mapping[str, str]) -> None:
    """Write the counts of verdicts by theme."""
    bold = page.book.format(bold=True, bg_color="#e9edf2", text_wrap=True, bottom=1)
    heads = [page.book.format(bold=True, bg_color=pales[one], text_wrap=True, bottom=1)
             for one in _SHOWN]  # fmt: skip
    page.line("各专题的结论数（单元 × 指标，取最差结论） "
              "Verdicts by theme (units × indicators, the worst of each)", bold=True)  # fmt: skip
    page.cells(["专题 Theme", *(SAID[one] for one in _SHOWN)], [bold, *heads])
    for theme, row in verdicts_by_theme(results).iterrows():
        look = page.book.format(num_format="#,##0", bold=not theme)
        title = side_by_side(theme_title(str(theme))) if theme else "合计 Total"
        page.cells([title, *map(int, row)], [look] * (1 + len(_SHOWN)))


def _notes(results: Results) -> Iterator[Text]:
    yield Text("每个专题一张表，可按层级、名称、指标、结论筛选；未达标处的条文编号链接到“条文”表，"
               "数值链接到单元页的图，单元名称链接到单元页（须与本文件放在一起）。“一览”表中未达标的"
               "数值链接到条文。",
               "One sheet per theme, to be filtered by level, name, indicator and verdict. Where a "
               "target is missed, the clause number leads to the sheet of clauses, the value to "
               "the maps on the page of the unit, and its name to the page (which has to lie "
               "beside this file). On the overview the value leads to the clause.")  # fmt: skip
    yield Text("“未核实”的条文或指标凭记忆或仅有部分佐证，引用前须核对原文。",
               "What is marked unverified rests on memory or in part on sources: check the "
               "original before quoting it.")  # fmt: skip
    if len(results.table) > len(VERDICTS):
        yield Text("街坊、地块、建筑逐个的数值见 indicators.csv 与 results.gpkg。",
                   "Figures of single blocks, parcels and buildings are in indicators.csv and "
                   "results.gpkg.")  # fmt: skip
