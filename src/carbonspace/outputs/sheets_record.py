"""What stands behind the figures of a workbook: clauses, parameters, findings and inputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.quantity import quantity_title
from carbonspace.model.rule import Rule
from carbonspace.model.text import Text
from carbonspace.model.theme import theme_title
from carbonspace.outputs.officetext import side_by_side
from carbonspace.outputs.results import Results
from carbonspace.outputs.sheets_values import DOUBTFUL, SOURCES, Clauses, titled
from carbonspace.outputs.told import parameter_text
from carbonspace.outputs.workbook import Book, Column, Table, Value

PARAMETERS = Text("指标与参数", "Parameters")
FINDINGS, REPAIRS = Text("数据检查", "Findings"), Text("几何修复", "Repairs")
ACCOUNT, INPUTS = Text("守恒核对", "Ledger"), Text("输入数据", "Inputs")
_SEVERITIES = {"error": "错误 error", "warning": "警告 warning", "note": "记录 note"}


def write_record(book: Book, results: Results, clauses: Clauses) -> Iterator[Table]:
    """Write what stands behind the figures, and yield each sheet when it is done."""
    sheet = _table(book, SOURCES, _CLAUSES, _clauses(results, clauses))
    sheet.coloured(11, 11, DOUBTFUL, font_color="#9c3a06", bold=True)
    yield sheet
    yield _table(book, PARAMETERS, _PARAMETERS, _parameters(results))
    yield _table(book, FINDINGS, _FINDINGS, _findings(results.findings))
    if len(results.repairs):
        yield _table(book, REPAIRS, _REPAIRS, _repairs(results.repairs))
    if len(results.ledger):
        yield _table(book, ACCOUNT, _LEDGER, _ledger(results.ledger))
    yield _table(book, INPUTS, _INPUTS, _inputs(results))


def _table(
    book: Book, title: Text, columns: Sequence[Column], rows: Iterable[Sequence[Value]]
) -> Table:
    """Write a table of texts and plain numbers."""
    sheet = book.table(title, columns, frozen=1)
    text, number = book.format(text_wrap=True), book.format(num_format="#,##0.######")
    whole = book.format(num_format="#,##0")
    for row in rows:
        looks = (text if isinstance(v, str) or v is None else whole if v == int(v) else number
                 for v in map(_finite, row))  # fmt: skip
        sheet.row(zip(map(_finite, row), looks, strict=True))
    return sheet


def _finite(value: Any) -> Any:
    return None if value is None or value != value else value


_CLAUSES = (
    Column(Text("条文编号", "Clause no."), 18),
    Column(Text("文件", "Document"), 30, wraps=True),
    Column(Text("文件（英文）", "Document (English)"), 30, wraps=True),
    Column(Text("指标", "Indicator"), 28, wraps=True),
    Column(Text("目标", "Target"), 14),
    Column(Text("单位", "Unit"), 10),
    Column(Text("年份", "Year"), 8),
    Column(Text("层级", "Levels"), 14, wraps=True),
    Column(Text("约束性", "Binding"), 16, wraps=True),
    Column(Text("条文原文", "Quotation"), 60, wraps=True),
    Column(Text("出处", "Source"), 34, wraps=True),
    Column(Text("核实", "Verified"), 20, wraps=True),
    Column(Text("适用于", "Applies to"), 32, wraps=True),
    Column(Text("说明", "Note (Chinese)"), 44, wraps=True),
    Column(Text("说明（英文）", "Note (English)"), 48, wraps=True),
)


def _clauses(results: Results, clauses: Clauses) -> Iterator[Sequence[Value]]:
    for (profile, _), one in clauses.items():
        rule, document = one.rule, results.profiles[profile]
        known = results.indicators.get(rule.indicator)
        notes = [note for note in (rule.note, rule.never) if note]
        yield (
            one.number, document.title.zh, document.title.en,
            side_by_side(known.title, "\n") if known else rule.indicator,
            rule.target_text(), rule.unit, "" if rule.year is None else str(rule.year),
            ", ".join(rule.levels), _binding(rule), rule.quotation, rule.source, one.sure,
            side_by_side(rule.applies_to, "\n"), "；".join(n.zh for n in notes),
            "; ".join(n.en for n in notes),
        )  # fmt: skip


def _binding(rule: Rule) -> str:
    """Return what becomes of a clause."""
    if rule.never:
        return "只作记录，不判定 recorded, never held"
    if rule.comparator == "none":
        return "建议指标，未给出数值 recommended, no value"
    return "约束性 binding" if rule.binding else "供参考 for reference"


_PARAMETERS = (
    Column(Text("指标代码", "Key"), 30),
    Column(Text("指标", "Indicator"), 28, wraps=True),
    Column(Text("指标（英文）", "Indicator (English)"), 30, wraps=True),
    Column(Text("专题", "Theme"), 20, wraps=True),
    Column(Text("单位", "Unit"), 11),
    Column(Text("定义", "Definition (Chinese)"), 48, wraps=True),
    Column(Text("定义（英文）", "Definition (English)"), 52, wraps=True),
    Column(Text("方法来源", "Source of the method"), 32, wraps=True),
    Column(Text("参数", "Parameter"), 22),
    Column(Text("参数含义", "What it is"), 36, wraps=True),
    Column(Text("取值", "Value"), 24, wraps=True),
    Column(Text("参数单位", "Unit of it"), 10),
    Column(Text("默认值", "Default"), 24, wraps=True),
)


def _parameters(results: Results) -> Iterator[Sequence[Value]]:
    """Yield a row per indicator and parameter; one that has no parameter has one row."""
    given = results.run.get("parameters", {})
    for key, one in results.indicators.items():
        told = _facts(one)
        for p in one.parameters:
            value = given.get(key, {}).get(p.name, p.default)
            unit = "" if p.unit == "code" else p.unit
            yield (*told, p.name, side_by_side(p.title, "\n"), parameter_text(value), unit,
                   parameter_text(p.default))  # fmt: skip
        if not one.parameters:
            yield (*told, "", "", "", "", "")


def _facts(one: Indicator) -> tuple[str, ...]:
    title, theme = titled(one), side_by_side(theme_title(one.theme), "\n")
    return (one.key, title.zh, title.en, theme, one.unit, one.definition.zh, one.definition.en,
            one.source)  # fmt: skip


_WORDS = (("情况", "What"), ("发现", "Found"), ("应为", "Expected"), ("处理", "Action"))
_FINDINGS = (
    Column(Text("程度", "Severity"), 14),
    Column(Text("图层", "Layer"), 18),
    Column(Text("要素", "Feature"), 16),
    *(Column(Text(zh + side.zh, en + side.en), 34, wraps=True)
      for side in (Text("", " (Chinese)"), Text("（英文）", " (English)"))
      for zh, en in _WORDS),
    Column(Text("横坐标", "x"), 14),
    Column(Text("纵坐标", "y"), 14),
)  # fmt: skip
_SAID = ("what", "found", "expected", "action")


def _findings(table: pd.DataFrame) -> Iterator[Sequence[Value]]:
    for row in table.to_dict("records"):
        yield (
            _SEVERITIES.get(row["severity"], row["severity"]), row["layer"],
            _text(row["feature"]), *(_text(row[f"{name}_zh"]) for name in _SAID),
            *(_text(row[name]) for name in _SAID), row["x"], row["y"],
        )  # fmt: skip


def _text(value: Any) -> str | None:
    known = _finite(value)
    return None if known is None else str(known)


_REPAIRS = (
    Column(Text("图层", "Layer"), 24, wraps=True),
    Column(Text("问题", "Fault"), 36, wraps=True),
    Column(Text("处理", "Choice"), 14),
    Column(Text("容差", "Tolerance"), 12),
    Column(Text("容差单位", "Unit of it"), 10),
    Column(Text("要素数", "Features"), 12),
    Column(Text("量的单位", "Unit of size"), 10),
    Column(Text("处理前", "Before"), 18),
    Column(Text("处理后", "After"), 18),
    Column(Text("差", "Difference"), 16),
)


def _repairs(table: pd.DataFrame) -> Iterator[Sequence[Value]]:
    for row in table.to_dict("records"):
        yield (
            f"{row['layer_zh']} {row['layer']}", f"{row['title_zh']}\n{row['title']}",
            row["choice"], row["tolerance"], row["tolerance_unit"], row["features"], row["unit"],
            row["before"], row["after"], row["difference"],
        )  # fmt: skip


_LEDGER = tuple(
    Column(Text(zh, en), width)
    for zh, en, width in (
        ("量", "Quantity", 22), ("单位", "Unit", 10), ("单元合计", "Units", 20),
        ("空隙", "Gaps", 18), ("重叠", "Overlaps", 18), ("全市", "City", 20),
        ("差", "Difference", 18),
    )
)  # fmt: skip


def _ledger(table: pd.DataFrame) -> Iterator[Sequence[Value]]:
    for row in table.to_dict("records"):
        yield (
            side_by_side(quantity_title(row["quantity"])), row.get("unit", ""),
            *(row[name] for name in ("units", "gaps", "overlaps", "city", "difference")),
        )  # fmt: skip


_INPUTS = (
    Column(Text("图层", "Layer"), 26, wraps=True),
    Column(Text("文件", "File"), 50, wraps=True),
    Column(Text("要素数", "Features"), 12),
    Column(Text("坐标系", "CRS"), 16),
    Column(Text("文件摘要", "SHA-256"), 70),
)


def _inputs(results: Results) -> Iterator[Sequence[Value]]:
    for one in results.run["inputs"]:
        layer = one["layer"]
        title = f"{LAYERS[layer].title.zh} {layer}" if layer in LAYERS else layer
        yield (title, *(one[name] for name in ("path", "features", "crs", "sha256")))
