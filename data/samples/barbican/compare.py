"""The definitions of usable roof, side by side: the tables and maps of `usable-roof.md`.

    python compare.py

writes the tables into the page and the maps beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np

from carbonspace import evaluate, read_plan
from carbonspace.model.text import Text
from carbonspace.outputs import svgmap
from carbonspace.outputs.look import ROOFS

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[2] / "docs" / "explanation" / "usable-roof.md"
PICTURE = PAGE.with_suffix(".svg")
DEFINITIONS: dict[str, Text] = {
    "total": Text("全部屋顶", "all of the roof"),
    "coefficient": Text("按系数", "a coefficient"),
    "sunlit": Text("按日照时数", "by hours of sun"),
}
READINGS: dict[str, dict[str, Any]] = {
    "as above": {},
    "`min_sun = 4`": {"min_sun": 4.0},
    "`min_sun = 2`": {"min_sun": 2.0},
    "`day = \"great_cold\"` (8–16)": {"day": "great_cold"},
    "`day = \"spring_equinox\"` (8–16)": {"day": "spring_equinox"},
    "`step = 15`": {"step": 15.0},
    "`cell = 0.5`": {"cell": 0.5},
    "`cell = 2`": {"cell": 2.0},
    "nothing taken off": {"deductions": (("sunlit", 0.0, 0.0, 0.0),)},
}  # fmt: skip
"""Other parameters under which the same definition is asked."""


class Found(NamedTuple):
    """Usable roof, all roof (m²), and the evidence."""

    usable: float
    roof: float
    evidence: gpd.GeoDataFrame

    @property
    def share(self) -> float:
        """Usable of all roof, percent."""
        return 100 * self.usable / self.roof


@cache
def _plan() -> Any:
    return read_plan(FOLDER / "plan.toml")


def found(given: Mapping[str, Any]) -> Found:
    """Return what is usable under some parameters."""
    done = evaluate(_plan(), ["usable_roof_share"], parameters={"all": given}, workers=1)
    row = done.measures["usable_roof_share"].table.iloc[0]
    return Found(row["numerator"], row["denominator"], done.evidence("usable_roof_share"))


@cache
def under(definition: str) -> Found:
    """Return what is usable under a definition, other parameters at their defaults."""
    return found({"definition": definition})


def parts(one: Found) -> dict[str, float]:
    """Return what becomes of the roofs, m²: the parts add up to the roofs."""
    if "roof_class" not in one.evidence:
        return {"usable": one.usable, "the rest, by rule": one.roof - one.usable}
    area = one.evidence.geometry.area.groupby(one.evidence["roof_class"]).sum()
    return {
        "usable": one.usable,
        "things on it": area.get("usable", 0.0) - one.usable,
        **{ROOFS[key].title.en.lower(): area[key] for key in ROOFS if key in area and key != "usable"},
    }


def definitions() -> str:
    """Return the table of the definitions."""
    lines = ["| definition | usable, m² | share of all roof | what becomes of the rest |",
             "|---|---:|---:|---|"]  # fmt: skip
    for key in DEFINITIONS:
        one = under(key)
        rest = [f"{what} {100 * area / one.roof:.1f} %" for what, area in parts(one).items()
                if what != "usable" and area > 0]  # fmt: skip
        lines.append(
            f"| `{key}` | {one.usable:,.0f} | {one.share:.1f} % | {', '.join(rest) or 'nothing'} |"
        )
    return "\n".join(lines)


def readings() -> str:
    """Return the table of one definition under other parameters."""
    lines = ["| `sunlit` | usable, m² | share of all roof |", "|---|---:|---:|"]
    for what, given in READINGS.items():
        one = found({"definition": "sunlit", **given})
        lines.append(f"| {what} | {one.usable:,.0f} | {one.share:.1f} % |")
    return "\n".join(lines)


TABLES: dict[str, Callable[[], str]] = {"definitions": definitions, "readings": readings}


def filled(text: str) -> str:
    """Return the page with its tables made anew."""

    def made(match: re.Match[str]) -> str:
        return f"<!-- table: {match[1]} -->\n{TABLES[match[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- table: (\w+) -->\n.*?<!-- end -->", made, text, flags=re.S)


WIDE, GAP, HEAD, FOOT = 470, 20, 46, 64


def picture() -> str:
    """Return the maps, one per definition, two in a row, with a legend."""
    units = _plan().layers["units"]
    view = svgmap.frame(units.total_bounds, margin=0.01)
    scale = WIDE / view.width
    tall = round(view.height * scale)
    rows = -(-len(DEFINITIONS) // 2)
    size = 2 * WIDE + 3 * GAP, rows * (tall + HEAD) + FOOT + GAP
    maps = [
        f'<g transform="translate({GAP + n % 2 * (WIDE + GAP)} {n // 2 * (tall + HEAD)})">'
        f'{"".join(_panel(key, view, scale, tall))}</g>'
        for n, key in enumerate(DEFINITIONS)
    ]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" '
        'font-family="Noto Sans CJK SC, Noto Sans, sans-serif" font-size="15">',
        f'<rect width="{size[0]}" height="{size[1]}" fill="#fff"/>',
        *maps, *_legend(rows * (tall + HEAD) + 30), "</svg>\n",
    ])  # fmt: skip


def _panel(key: str, view: svgmap.Frame, scale: float, tall: int) -> Iterator[str]:
    one, title = under(key), DEFINITIONS[key]
    yield (f'<text y="30" font-weight="700">{key} <tspan font-weight="400">{title.zh} · {title.en}'
           f'</tspan></text><text x="{WIDE}" y="30" text-anchor="end" font-weight="700">'
           f"{one.share:.1f} %</text>")  # fmt: skip
    yield f'<svg y="{HEAD - 4}" width="{WIDE}" height="{tall}" viewBox="0 0 {view.width} {view.height}">'
    yield f'<rect width="{view.width}" height="{view.height}" fill="#f5f7f9"/>'
    yield from _roofs(one, view)
    yield "</svg>"


def _roofs(one: Found, view: svgmap.Frame) -> Iterator[str]:
    """Yield the roofs: in pieces, or each as bright as what of it counts."""
    shapes = one.evidence.geometry.to_numpy()
    if "roof_class" in one.evidence:
        keys = [*ROOFS][::-1]
        group = one.evidence["roof_class"].map(keys.index).to_numpy(dtype=np.intp)
        for key, path in zip(keys, svgmap.paths(shapes, group, len(keys), view, tolerance=0.8), strict=True):
            yield f'<path fill="{ROOFS[key].colour}" d="{path}"/>' if path else ""
        return
    share = one.evidence["coefficient"].to_numpy()
    for value in np.unique(share):
        (path,) = svgmap.paths(shapes[share == value], np.zeros((share == value).sum(), np.intp), 1, view)
        yield (f'<path fill="{ROOFS["usable"].colour}" fill-opacity="{value:g}" stroke="#8d97a5" '
               f'stroke-width="6" d="{path}"/>')  # fmt: skip


def _legend(y: int) -> Iterator[str]:
    for n, (key, one) in enumerate((k, v) for k, v in ROOFS.items() if k != "steep"):
        x, row = GAP + n % 3 * 320, y + n // 3 * 26
        yield (f'<rect x="{x}" y="{row - 12}" width="26" height="15" fill="{one.colour}"/>'
               f'<text x="{x + 36}" y="{row}">{one.title.zh} · {one.title.en}</text>')  # fmt: skip


if __name__ == "__main__":
    PICTURE.write_text(picture(), "utf-8")
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")
