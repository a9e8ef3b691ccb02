"""A plan for the command line, and how to call it."""

from __future__ import annotations

from pathlib import Path

import pytest

from carbonspace.cli import main

X, Y = 500_000.0, 4_000_000.0
PLAN = """
format = 1
name = {{ zh = "试验", en = "Trial" }}
crs = "{crs}"
profiles = ["pku"]
[layers.units]
source = "plan.gpkg"
layer = "units"
[layers.parcels]
source = "plan.gpkg"
layer = "parcels"
[layers.parks]
source = "plan.gpkg"
layer = "parks"
"""
FAULTY = """document = "本市技术规定"
[title]
zh = "本市规定"
en = "Our rules"
[[rule]]
indicator = "happiness"
comparator = ">="
target = [1]
unit = "%"
quotation = "不低于 1%"
source = "§1"
applies_to = { zh = "全市", en = "All" }
"""
"""Rules of a city's own, of which one is at fault."""


def called(*arguments: str | Path) -> int:
    """Run a command in this process and return its exit code."""
    with pytest.raises(SystemExit) as stop:
        main([str(one) for one in arguments])
    return int(stop.value.code or 0)
