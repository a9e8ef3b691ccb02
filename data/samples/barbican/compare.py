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
    "irradiation": Text("按年辐照量", "by irradiation in a year"),
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
ENERGIES: dict[str, dict[str, Any]] = {
    "as above": {},
    "`min_irradiation = 800`": {"min_irradiation": 800.0},
    "`min_irradiation = 1200`": {"min_irradiation": 1200.0},
    "`min_irradiation = 1400`": {"min_irradiation": 1400.0},
    "`turbidity = 3`, cleaner air": {"turbidity": 3.0},
    "`turbidity = 6`, hazier air": {"turbidity": 6.0},
}


CLASSES = [key for key in ROOFS if key != "usable"]


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
        **{
            ROOFS[key].title.en.lower(): area[key]
            for key in ROOFS
            if key in area and key != "usable"
        },
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
    """Return the table of hours of sun under other parameters."""
    return _under_others("sunlit", READINGS)


def energies() -> str:
    """Return the table of irradiation under other parameters."""
    return _under_others("irradiation", ENERGIES)


def _under_others(definition: str, others: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [f"| `{definition}` | usable, m² | share of all roof |", "|---|---:|---:|"]
    for what, given in others.items():
        one = found({"definition": definition, **given})
        lines.append(f"| {what} | {one.usable:,.0f} | {one.share:.1f} % |")
    return "\n".join(lines)


TABLES: dict[str, Callable[[], str]] = {
    "definitions": definitions, "readings": readings, "energies": energies,
}  # fmt: skip


def filled(text: str) -> str:
    """Return the page with its tables made anew."""

    def made(match: re.Match[str]) -> str:
        return f"<!-- table: {match[1]} -->\n{TABLES[match[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- table: (\w+) -->\n.*?<!-- end -->", made, text, flags=re.S)


WIDE, GAP, HEAD, FOOT = 470, 20, 46, 60
FONT = 'font-family="Noto Sans CJK SC, Noto Sans, sans-serif" font-size="15"'


def picture() -> str:
    """Return the maps, one per definition, two in a row, with a legend."""
    view = svgmap.frame(_plan().layers["units"].total_bounds, margin=0.01)
    tall = round(WIDE * view.height / view.width)
    down = -(-len(DEFINITIONS) // 2) * (tall + HEAD)
    size = f"{2 * WIDE + 3 * GAP} {down + FOOT + GAP}"
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" {FONT}>',
             '<rect width="100%" height="100%" fill="#fff"/>']  # fmt: skip
    for n, key in enumerate(DEFINITIONS):
        x, y = GAP + n % 2 * (WIDE + GAP), n // 2 * (tall + HEAD)
        parts += [f'<g transform="translate({x} {y})">', *_panel(key, view, tall), "</g>"]
    return "\n".join([*parts, *_legend(down + 30), "</svg>\n"])


def _panel(key: str, view: svgmap.Frame, tall: int) -> Iterator[str]:
    one, title = under(key), DEFINITIONS[key]
    words = f'<tspan font-weight="400">{title.zh} · {title.en}</tspan>'
    yield f'<text y="30" font-weight="700">{key} {words}</text>'
    yield f'<text x="{WIDE}" y="30" text-anchor="end" font-weight="700">{one.share:.1f} %</text>'
    box = f"0 0 {view.width} {view.height}"
    yield f'<svg y="{HEAD - 4}" width="{WIDE}" height="{tall}" viewBox="{box}">'
    yield '<rect width="100%" height="100%" fill="#f5f7f9"/>'
    yield from _pieces(one, view) if "roof_class" in one.evidence else _roofs(one, view)
    yield "</svg>"


def _pieces(one: Found, view: svgmap.Frame) -> Iterator[str]:
    keys = [*CLASSES[::-1], "usable"]
    group = one.evidence["roof_class"].map(keys.index).to_numpy(dtype=np.intp)
    shapes = one.evidence.geometry.to_numpy()
    found = svgmap.paths(shapes, group, len(keys), view, tolerance=0.8)
    for key, path in zip(keys, found, strict=True):
        if path:
            yield f'<path fill="{ROOFS[key].colour}" d="{path}"/>'


def _roofs(one: Found, view: svgmap.Frame) -> Iterator[str]:
    """Yield the roofs, each as bright as what of it counts."""
    value, group = np.unique(one.evidence["coefficient"], return_inverse=True)
    found = svgmap.paths(one.evidence.geometry.to_numpy(), group, len(value), view)
    for share, path in zip(value, found, strict=True):
        fill = f'fill="{ROOFS["usable"].colour}" fill-opacity="{share:g}"'
        yield f'<path {fill} stroke="#8d97a5" stroke-width="6" d="{path}"/>'


def _legend(y: int) -> Iterator[str]:
    drawn = {key for d in DEFINITIONS for key in under(d).evidence.get("roof_class", ())}
    for n, one in enumerate(look for key, look in ROOFS.items() if key in drawn):
        x, row = GAP + n % 2 * (WIDE + GAP), y + n // 2 * 26
        yield (f'<rect x="{x}" y="{row - 12}" width="26" height="15" fill="{one.colour}"/>'
               f'<text x="{x + 36}" y="{row}">{one.title.zh} · {one.title.en}</text>')  # fmt: skip


if __name__ == "__main__":
    PICTURE.write_text(picture(), "utf-8")
    PAGE.write_text(filled(PAGE.read_text("utf-8")), "utf-8")
