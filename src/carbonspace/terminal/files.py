"""What was written, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from carbonspace.model.maps import Walks
from carbonspace.model.text import Lang, Text


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
    console.print(str(file), soft_wrap=True)


def print_files(files: Sequence[Path], lang: Lang) -> None:
    """Print which files were made, those of units counted."""
    console = Console()
    units = [path for path in files if path.parent.name == "units"]
    for path in files:
        if path not in units:
            console.print(str(path), soft_wrap=True)
    if units:
        said = Text("{folder}：{n} 个单元文件", "{folder}: {n} files of units")
        console.print(said.filled(folder=units[0].parent, n=len(units)).to(lang), soft_wrap=True)
