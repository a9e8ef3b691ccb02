"""report.html and units/<unit>.html: single files that need no network and no server."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import geopandas as gpd
import pandas as pd

from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.outcome import CITY
from carbonspace.model.progress import Progress, Step, nobody
from carbonspace.model.text import Text
from carbonspace.outputs import evidence, maps, rows, svgmap
from carbonspace.outputs.areas import links_of
from carbonspace.outputs.backdrop import Backdrop, backdrops, put_behind
from carbonspace.outputs.filenames import safe_names
from carbonspace.outputs.ground import SHAPELESS, Base, base_of, joined
from carbonspace.outputs.look import VERDICTS
from carbonspace.outputs.overview import overview
from carbonspace.outputs.page_data import plan_data
from carbonspace.outputs.page_library import library
from carbonspace.outputs.page_shapes import LIMIT, page_map
from carbonspace.outputs.plainjson import in_script
from carbonspace.outputs.rendering import environment, write_page
from carbonspace.outputs.results import Results
from carbonspace.outputs.sketches import Sketches
from carbonspace.outputs.summary import reported
from carbonspace.outputs.svgmap import SCREEN, Grid
from carbonspace.outputs.within import tallies

MOST_RANKED = 500
"""Units that the page of the plan lists without its script."""
_AT_ONCE = 256
"""Units whose maps are made from the same sketches: of a large city they are never all there."""

_LARGEST, _REST = 14_700_000, 4_000_000
"""Bytes that the page of a plan may have, and those of all but its figures and its map."""


def write_pages(
    results: Results,
    folder: Path,
    bureau: Bureau = NOBODY,
    progress: Progress = nobody,
    *,
    limit: int = LIMIT,
) -> None:
    """Write the page of the plan and one page per unit into `folder`.

    A map of more features than `limit` is drawn of tiles.
    """
    shown = reported(results.units, results.table)
    files = safe_names(str(unit_id) for unit_id in shown)
    progress(Step(Text("写出总览页", "Writing the page of the plan"), 0, len(shown) + 1))
    base = joined(base_of(results.layers))
    held = rows.places(results.table, results.indicators, results.profiles, files)
    common = _common(results, base, files, bureau)
    within = tallies(results)
    page = overview(results, base, *held)
    told = plan_data(results, base, files, page["steps"], bureau)
    page |= {
        "within": within.get(CITY, []),
        "most_ranked": MOST_RANKED,
        "plan_data": in_script(told),
    }
    page |= _map(results, base, limit, len(page["plan_data"].encode()), page["map"].picture)
    write_page(folder / "report.html", "report.html", {**common, **page, "home": ""}, bureau)
    (folder / "units").mkdir(exist_ok=True)
    for number, page in enumerate(unit_pages(results, base, held.units), 1):
        unit_id = page["unit_id"]
        title = Text(f"写出单元页：{unit_id}", f"Writing the page of unit {unit_id}")
        progress(Step(title, number, len(files) + 1))
        path = folder / "units" / f"{files[unit_id]}.html"
        more = {"within": within.get(unit_id, []), "home": "../report.html"}
        write_page(path, "unit.html", {**common, **page, **more}, bureau)


def _map(
    results: Results, base: Base, limit: int, taken: int, picture: maps.Image | None
) -> dict[str, Any]:
    """Return what the interactive map is drawn of, in what is left of the page, and its library."""
    found = page_map(results, base, limit=limit, budget=max(_LARGEST - _REST - taken, 0),
                     pictured=picture.box if picture else None)  # fmt: skip
    shapes, drawing = in_script(found.told), library(found.told["library"])
    near = in_script(found.near) if found.near else ""
    return {"shapes": shapes, "near": near, "tiles": found.tiles, "library": drawing}


def _common(
    results: Results, base: Base, files: Mapping[str, str], bureau: Bureau
) -> dict[str, Any]:
    """Return what every page may speak of."""
    crs = results.units.crs
    parts: Any = environment(bureau.templates).get_template("parts.html").module
    made = results.made_with
    return {
        "results": results, "names": base.names,
        "hrefs": {unit_id: quote(f"{name}.html") for unit_id, name in files.items()},
        "crs_name": crs.to_string() if crs.to_authority() else crs.name,
        "made": made, "heading": _remembered(lambda one: parts.heading(one, made[one.key])),
        "clause": _remembered(parts.clause),
        "shapeless": base.shapeless, "shapeless_said": SHAPELESS,
        "left_out": results.findings[results.findings["severity"] == "error"].to_dict("records"),
    }  # fmt: skip


def _remembered(macro: Callable[..., str]) -> Callable[..., str]:
    """Return a macro that writes the same things once; they outlive the pages."""
    known: dict[tuple[int, ...], str] = {}

    def written(*things: object) -> str:
        key = tuple(map(id, things))
        if key not in known:
            known[key] = macro(*things)
        return known[key]

    return written


def unit_pages(
    results: Results,
    base: Base,
    held: Mapping[str, tuple[rows.Group, ...]],
    *,
    grid: Grid = SCREEN,
    small: Grid = SCREEN,
) -> Iterator[dict[str, Any]]:
    """Yield what each unit's page shows, one after the other; `spot` is None without a shape.

    `spot` is drawn on a `grid`, and `exhibits` and what is around them (`beside`) on a `small` one.
    """
    explaining = results.evidence_by_indicator()
    found = evidence.by_unit(explaining, results.indicators)
    behind = backdrops(results.walks, links_of(explaining))
    units = results.units
    positions = [int(n) for n in units.index.get_indexer(reported(results.units, results.table))]
    people = _people(units)
    for n, (position, (unit_id, groups)) in enumerate(zip(positions, held.items(), strict=True)):
        if n % _AT_ONCE == 0:
            some = positions[n : n + _AT_ONCE]
            sketches = {one: maps.unit_sketches(base, some, one) for one in {grid, small}}
        drawn = _NOT_DRAWN
        if maps.has_map(base, position):
            shown = evidence.cases(groups, found, unit_id, behind)
            below = [behind.get(case.row.indicator.key) for case in shown]
            drawn = _drawn(base, position, shown, below, (sketches, grid, small))
        verdicts = [row.worst for group in groups for row in group.rows]
        yield {
            "unit_id": unit_id, "people": people[position], "groups": groups, **drawn,
            "area_km2": (base.units.shapes[position].area * base.metres_per_unit**2 / 1e6
                         if drawn["spot"] else math.nan),
            "counts": {status: verdicts.count(status) for status in VERDICTS},
        }  # fmt: skip


_NOT_DRAWN: dict[str, Any] = {"spot": None, "beside": None, "exhibits": []}
"""The maps of a unit without a shape."""


def _drawn(
    base: Base,
    position: int,
    shown: list[evidence.Case],
    below: list[Backdrop | None],
    how: tuple[Mapping[Grid, Sketches], Grid, Grid],
) -> dict[str, Any]:
    """Return the maps of a unit: itself, and beside it where it falls short."""
    sketches, grid, small = how
    box = svgmap.around(maps.unit_frame(base, position))
    pieces = [case.pieces() for case in shown] + [one.pieces(box) for one in below if one]
    beside, paths = maps.unit_map(base, position, pieces, sketches=sketches[small], grid=small)
    spot = beside
    if grid != small:
        spot, _ = maps.unit_map(base, position, sketches=sketches[grid], grid=grid)
    exhibits = map(evidence.exhibit, shown, paths)
    return {"spot": spot, "beside": beside,
            "exhibits": put_behind(exhibits, below, paths[len(shown) :])}  # fmt: skip


def _people(units: gpd.GeoDataFrame) -> list[dict[str, float]]:
    """Return how many people live and work in each unit, as far as it is known."""
    there = [key for key in ("population", "jobs") if key in units]
    known = units[there].select_dtypes("number").to_dict("records")
    return [{str(key): n for key, n in one.items() if not pd.isna(n)} for one in known]
