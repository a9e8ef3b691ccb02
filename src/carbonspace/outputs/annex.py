"""report.docx: the table of indicators and a page per unit, to be edited in Word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.levels import LAYER_OF
from carbonspace.model.outcome import CITY
from carbonspace.model.progress import Progress, Step, nobody
from carbonspace.model.text import Text
from carbonspace.model.theme import theme_title
from carbonspace.outputs import rows
from carbonspace.outputs.annex_rows import FIRST, HEADER, WIDTHS, Lines, kept_of, mark_of
from carbonspace.outputs.colours import pales_of
from carbonspace.outputs.docfile import Paper
from carbonspace.outputs.docxml import DOUBT, Cell, Run, words
from carbonspace.outputs.ground import SHAPELESS, unit_names
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.officetext import side_by_side
from carbonspace.outputs.pictures import picture_of
from carbonspace.outputs.results import Results
from carbonspace.outputs.sheets_summary import facts_of, verdicts_by_theme
from carbonspace.outputs.sheets_values import DOUBTFUL, SAID, Clause, Clauses, clauses_of
from carbonspace.outputs.spots import ABREAST_MM, Shown, Spots
from carbonspace.outputs.summary import reported

FILE = "report.docx"
_NO_MAPS = Text("单元过多，本文件不含地图；地图见 report.html。",
                "There are too many units for maps in this document: they are in "
                "report.html.")  # fmt: skip
_MORE_MAPS = Text("另有 {n} 项未达标指标的图见单元网页与单元 PDF。",
                  "Maps of {n} more targets that are missed are on the web page and in the PDF of "
                  "the unit.")  # fmt: skip
_LOGO_MM, _MAP_MM = 35, 120


def write_document(
    results: Results, folder: Path, bureau: Bureau = NOBODY, progress: Progress = nobody
) -> None:
    """Write `report.docx` into `folder`.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    author = side_by_side(bureau.name) if bureau.name else ""
    paper = Paper(side_by_side(results.name), author)
    clauses, pales = clauses_of(results.profiles), pales_of(bureau)
    groups, keep = _Groups(results), kept_of(results)
    lines = Lines(results, clauses, pales, keep)
    _cover(paper, results, bureau, pales)
    _city(paper, groups, lines)
    for done, unit_id in enumerate(_units(paper, results, groups, lines)):
        title = Text(f"写入单元：{unit_id}", f"Writing unit {unit_id}")
        progress(Step(title, done, len(results.units) + 1))
    _clauses(paper, clauses, lines.used)
    _inputs(paper, results)
    paper.save(folder / FILE)


class _Groups:
    """The rows of places by theme."""

    def __init__(self, results: Results) -> None:
        table = results.table[~results.table["level"].isin(list(LAYER_OF))]
        self.results, self.held = results, rows.records(table)

    def of(self, level: str, place: str) -> tuple[rows.Group, ...]:
        held = self.held.get((level, place), [])
        return rows.groups(self.results.indicators, self.results.profiles, held)

    def districts(self) -> list[str]:
        return [place for level, place in self.held if level == "district"]


def _cover(paper: Paper, results: Results, bureau: Bureau, pales: Mapping[str, str]) -> None:
    """Write what was evaluated, by whom, and how many verdicts of each kind there are."""
    if bureau.logo:
        logo = picture_of(bureau.logo)
        paper.picture(logo, min(_LOGO_MM, _LOGO_MM * logo.width / logo.height), "logo")
    paper.heading(side_by_side(results.name), 0)
    paper.line(Run("规划指标对照表 Indicators against their targets", bold=True))
    facts = [[Cell([Run(label, bold=True)]), Cell([Run(value)])]
             for label, value in facts_of(results, bureau)]  # fmt: skip
    paper.table((5500, 12500), (), facts)
    paper.heading("各专题结论 Verdicts by theme", 1)
    found = verdicts_by_theme(results)
    header = [Cell([Run("专题 Theme", bold=True)], FIRST)]
    header += [Cell([Run(SAID[one], bold=True)], _fill(pales[one])) for one in found.columns]
    body = []
    for theme, counts in found.iterrows():
        title = theme_title(str(theme)) if theme else Text("合计", "Total")
        figures = [Cell([Run(f"{n:,}")], right=True) for n in counts]
        body.append([Cell(words(*title)), *figures])
    paper.table((5400, *[2100] * len(found.columns)), header, body)


def _fill(colour: str) -> str:
    return colour.removeprefix("#").upper()


def _city(paper: Paper, groups: _Groups, lines: Lines) -> None:
    """Write the tables of the city and of its districts."""
    _place(paper, "全市 City", 1, groups.of("city", CITY), lines)
    for name in groups.districts():
        _place(paper, f"行政区 District · {name}", 2, groups.of("district", name), lines)


def _place(
    paper: Paper, title: str, level: int, groups: Sequence[rows.Group], lines: Lines
) -> None:
    """Write a heading and the table of a place, where it has one."""
    paper.heading(title, level)
    found = [*lines.of(groups)]
    if found:
        paper.table(WIDTHS, HEADER, found)
    else:
        paper.line(Run("没有可列出的指标。 No indicators to be listed."))


def _units(paper: Paper, results: Results, groups: _Groups, lines: Lines) -> Iterator[str]:
    """Write a page per unit, and yield its id when it is there."""
    paper.heading("规划单元 Planning units", 1, on_new_page=True)
    if lines.keep.said:
        paper.line(Run(side_by_side(lines.keep.said), DOUBT))
    spots, names = Spots(results), unit_names(results.units)
    if spots.are_left_out:
        paper.line(Run(side_by_side(_NO_MAPS), DOUBT))
    for n, unit_id in enumerate(map(str, reported(results.units, results.table))):
        held = groups.of("unit", unit_id)
        name = names.loc[unit_id]
        title = unit_id if name == unit_id else f"{unit_id} {name}"
        verdicts = [row.worst for group in held for row in group.rows]
        counted = [f"{SAID[one]}: {verdicts.count(one)}" for one in VERDICTS if one in verdicts]
        paper.heading(title, 2, on_new_page=n > 0)
        paper.line(Run("；".join(counted)))
        if (found := spots.picture(unit_id)) is not None:
            paper.picture(found.picture, _MAP_MM, title)
            paper.line(*found.legend)
        elif unit_id in spots.shapeless:
            paper.line(Run(side_by_side(SHAPELESS), DOUBT))
        if (short := spots.evidence(unit_id, held)) is not None:
            _evidence(paper, short, title)
        _table(paper, held, lines)
        yield unit_id


def _evidence(paper: Paper, short: Shown, title: str) -> None:
    """Write small maps of where a unit falls short."""
    paper.picture(short.picture, ABREAST_MM, f"{title}: 差在哪里 where it falls short")
    paper.table((ABREAST_MM * 100 // len(short.cells),) * len(short.cells), (), [short.cells])
    if short.left_out:
        paper.line(Run(side_by_side(_MORE_MAPS.filled(n=short.left_out)), DOUBT, small=True))


def _table(paper: Paper, groups: Sequence[rows.Group], lines: Lines) -> None:
    found = [*lines.of(groups)]
    if found:
        paper.table(WIDTHS, HEADER, found)


def _clauses(paper: Paper, clauses: Clauses, used: set[str]) -> None:
    """Write the quotations of the clauses that tables name."""
    shown = [one for one in clauses.values() if one.number in used]
    if not shown:
        return
    paper.heading("条文 Clauses", 1, on_new_page=True)
    titles = ("编号 No.", "条文原文 Quotation", "出处 Source", "核实 Verified")
    header = [Cell([Run(title, bold=True)], FIRST) for title in titles]
    paper.table((2600, 8000, 4600, 2800), header, [*map(_clause, shown)])


def _clause(one: Clause) -> list[Cell]:
    notes = [note for note in (one.rule.note, one.rule.never) if note]
    said = [Run(one.rule.quotation), *(Run(side_by_side(note), small=True) for note in notes)]
    sure = Run(one.sure, DOUBT if one.sure.startswith(DOUBTFUL) else "")
    return [Cell([Run(one.number)], mark=mark_of(one)), Cell(said), Cell([Run(one.basis)]),
            Cell([sure])]  # fmt: skip


def _inputs(paper: Paper, results: Results) -> None:
    paper.heading("输入数据 Inputs", 1)
    titles = ("图层 Layer", "文件 File", "要素数 Features", "坐标系 CRS", "SHA-256")
    header = [Cell([Run(title, bold=True)], FIRST) for title in titles]
    body = [[Cell([Run(str(one[name]))]) for name in ("layer", "path", "features", "crs", "sha256")]
            for one in results.run["inputs"]]  # fmt: skip
    paper.table((2800, 4200, 2000, 2600, 6400), header, body)
    paper.line(Run("参数、数据检查记录与全部数值见 report.xlsx、report.html 与 indicators.csv。 "
                   "Parameters, findings and all values are in report.xlsx, report.html and "
                   "indicators.csv."))  # fmt: skip
