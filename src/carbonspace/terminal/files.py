"""What was written, in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from carbonspace.model.maps import Walks
from carbonspace.model.text import Lang, Text
from carbonspace.terminal.links import linked


def print_areas(found: Sequence[Walks], file: Path, lang: Lang) -> None:
    """Print from how much street each goal can be walked to, and where the maps are."""
    zh = lang == "zh"
    table = Table()
    for heading in ("目的地", "分钟", "街道 km", "面积 ha") if zh else (
        "Goal", "Minutes", "Streets, km", "Area, ha"
    ):  # fmt: skip
        table.add_column(heading, justify="left" if not table.columns else "right")
    for one in found:
        for row in one.areas.iloc[::-1].itertuples():
            table.add_row(one.title.to(lang), f"{row.minutes:g}", f"{row.street_m / 1e3:,.2f}",
                          f"{row.area_m2 / 1e4:,.1f}")  # fmt: skip
    console = Console()
    console.print(table)
    for one in (one for one in found if len(one.missed)):
        said = Text("{title}：{n} 处远离街道，无法步行到达", "{title}: {n} too far from any street")
        console.print(said.filled(title=one.title.to(lang), n=len(one.missed)).to(lang))
    console.print(linked(str(file), file, console), soft_wrap=True)


def print_files(files: Sequence[Path], lang: Lang) -> None:
    """Print which files were made, reports first, those of units counted."""
    console = Console()
    units = [path for path in files if path.parent.name == "units"]
    for path in sorted(set(files) - set(units), key=_rank):
        style = "bold" if _rank(path)[0] == 0 else ""
        console.print(linked(str(path), path, console, style), soft_wrap=True)
    if units:
        said = Text("{folder}：{n} 个单元文件", "{folder}: {n} files of units")
        words = said.filled(folder=units[0].parent, n=len(units)).to(lang)
        console.print(linked(words, units[0].parent, console), soft_wrap=True)


def print_partitions(layers: Sequence[Mapping[str, Any]], plan: Path, lang: Lang) -> None:
    """Print into how many files each layer went, which stay where they are, and the new plan."""
    zh, table = lang == "zh", Table()
    for heading in ("图层", "要素", "文件", "MB") if zh else ("Layer", "Features", "Files", "MB"):
        table.add_column(heading, justify="right" if table.columns else "left")
    for one in (one for one in layers if one["folder"]):
        table.add_row(one["folder"], f"{one['features']:,}", f"{one['files']:,}",
                      f"{one['bytes'] / 1e6:,.1f}")  # fmt: skip
    console = Console()
    console.print(table)
    for one in (one for one in layers if not one["folder"]):
        said = Text("{layer}：仍在 {source}，该格式不能逐行读取",
                    "{layer}: stays in {source}, whose format cannot be streamed")  # fmt: skip
        words = said.filled(layer=one["layer"], source=one["source"]).to(lang)
        console.print(words, soft_wrap=True, markup=False)
    console.print(linked(str(plan), plan, console), soft_wrap=True)


def _rank(path: Path) -> tuple[int, bool, str]:
    """Return where a file stands in the list: reports, the page first, then what else there is."""
    is_report = path.stem == "report" or path.suffix == ".qgz"
    return (not is_report, path.suffix != ".html", path.name)
