"""Marks and words that tables and findings in the terminal have in common."""

from __future__ import annotations

from carbonspace.model.text import Text

MARKS = {
    "met": ("✓", "green"), "not_met": ("✗", "bold red"), "no_data": ("?", "yellow"),
    "exempt": ("○", "magenta"),
    "no_target": ("", "default"), "not_applicable": ("–", "dim"),
}  # fmt: skip
SEVERITY = {
    "error": ("bold red", Text("错误", "error")),
    "warning": ("yellow", Text("警告", "warning")),
    "note": ("dim", Text("说明", "note")),
}
UNVERIFIED = Text("未核实", "unverified")
REPORTED = Text("（填报）", " (reported)")
