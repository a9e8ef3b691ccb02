"""What columns and coded values are called in QGIS: in tables, forms and when a place is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from xml.etree import ElementTree as ET

from carbonspace.model.indicator import Indicator
from carbonspace.model.layers import LAYERS
from carbonspace.model.rule import STATUS_TITLES
from carbonspace.model.text import Text
from carbonspace.outputs.gpkgread import Kept

_STATUS = "_status"
COLUMNS: dict[str, Text] = {
    column.name: column.title for layer in LAYERS.values() for column in layer.columns
} | {
    "unit_id": Text("单元编号", "Unit id"), "name": Text("名称", "Name"),
    "not_met": Text("未达标项数", "Targets missed"), "met": Text("达标项数", "Targets met"),
    "exempt": Text("豁免项数", "Exempt"), "no_data": Text("缺少数据项数", "Without data"),
    "verdict": Text("最差结论", "Worst verdict"), "status": Text("结论", "Verdict"),
    "indicator": Text("指标", "Indicator"), "indicators": Text("所解释的指标", "Explains"),
    "level": Text("层级", "Level"), "value": Text("数值", "Value"), "unit": Text("单位", "Unit"),
    "numerator": Text("分子", "Numerator"), "denominator": Text("分母", "Denominator"),
    "profile": Text("标准或规划", "Profile"), "target": Text("目标", "Target"),
    "margin": Text("与目标之差", "Margin"), "rule": Text("条文序号", "Number of the clause"),
    "clause_status": Text("条文核实", "How sure the clause is"),
    "robust": Text("结论稳健", "Verdict is robust"), "reason": Text("原因（英）", "Reason"),
    "reason_zh": Text("原因", "Reason (Chinese)"), "quotation": Text("引文", "Quotation"),
    "source": Text("出处", "Source"), "area_m2": Text("面积（平方米）", "Area (m²)"),
    "people": Text("人数", "People"), "length_m": Text("长度（米）", "Length (m)"),
    "counted_m": Text("计入长度（米）", "Length counted (m)"),
    "minutes": Text("步行分钟", "Minutes on foot"),
}  # fmt: skip
"""What columns are called that are no indicators."""
_VERDICTS = ("status", "verdict")


class Columns(NamedTuple):
    """What columns are called, in a project about some indicators."""

    indicators: Mapping[str, Indicator]

    def describe(self, layer: ET.Element, kept: Kept) -> None:
        """Add to a layer what its columns are called, and the words of coded values."""
        aliases, settings = ET.Element("aliases"), ET.Element("fieldConfiguration")
        for n, name in enumerate(kept.columns):
            ET.SubElement(aliases, "alias", field=name, index=str(n), name=self._called(name))
            words = self._words(name)
            field = ET.SubElement(settings, "field", name=name, configurationFlags="None")
            _value_map(field, words)
        layer.extend([settings, aliases])
        shown = [name for name in ("name", "unit_id") if name in kept.columns]
        if shown:
            named = ", ".join(f'"{name}"' for name in shown)
            ET.SubElement(layer, "previewExpression").text = f"coalesce({named}, '')"

    def _called(self, name: str) -> str:
        if one := self.indicators.get(name):
            unit = f"（{one.unit}）" if one.unit else ""
            return f"{one.title.zh}{unit} | {one.title.en}"
        if one := self.indicators.get(name.removesuffix(_STATUS)):
            return f"{one.title.zh}：结论 | {one.title.en}: verdict"
        title = COLUMNS.get(name)
        return f"{title.zh} | {title.en}" if title else ""

    def _words(self, name: str) -> Mapping[str, Text]:
        """Return what the values of a column are called, nothing where they are no codes."""
        if name in _VERDICTS or name.removesuffix(_STATUS) in {*self.indicators} - {name}:
            return STATUS_TITLES
        if name == "indicator":
            return {key: one.title for key, one in self.indicators.items()}
        return {}


def _value_map(field: ET.Element, words: Mapping[str, Text]) -> None:
    widget = ET.SubElement(field, "editWidget", type="ValueMap" if words else "")
    options = ET.SubElement(ET.SubElement(widget, "config"), "Option")
    if not words:
        return
    options.set("type", "Map")
    listed = ET.SubElement(options, "Option", name="map", type="List")
    for value, title in words.items():
        one = ET.SubElement(listed, "Option", type="Map")
        ET.SubElement(one, "Option", name=f"{title.zh} | {title.en}", value=value, type="QString")
