"""The pages of units that a workbook leads to: those that lie beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from carbonspace.outputs.filenames import safe_names
from carbonspace.outputs.results import Results
from carbonspace.outputs.summary import reported
from carbonspace.outputs.workbook import Beside, Value

_KINDS = ("html", "pdf")
"""What a page may be, the best first."""
_MAPS = "where"
"""The part of a web page that shows on maps where a unit falls short."""
Pages = Mapping[tuple[str, str], str]
"""The paths of pages by the level and the id of the place that they are about."""


def pages_of(results: Results, folder: Path) -> Pages:
    """Return the pages there are in a folder: of the city, and of each unit."""
    files = safe_names(str(unit_id) for unit_id in reported(results.units, results.table))
    wanted = {("unit", unit_id): f"units/{name}" for unit_id, name in files.items()}
    wanted["city", "city"] = "report"
    found = {place: _first(folder, path) for place, path in wanted.items()}
    return {place: path for place, path in found.items() if path}


def _first(folder: Path, path: str) -> str:
    """Return the best page of a place, empty where there is none."""
    there = (f"{path}.{kind}" for kind in _KINDS if (folder / f"{path}.{kind}").is_file())
    return next(there, "")


def to_page(value: str, pages: Pages, level: str, place: str) -> str | Beside:
    """Return the name of a place, which leads to its page."""
    path = pages.get((level, place))
    return Beside(value, path) if path else value


def to_maps(value: float, pages: Pages, level: str, place: str) -> Value | Beside:
    """Return a figure of a unit, which leads to the maps of where it falls short."""
    path = pages.get((level, place), "")
    leads = level == "unit" and path.endswith(".html") and value == value
    return Beside(value, f"{path}#{_MAPS}") if leads else value
