"""A comparison of plans goes out: one folder with a page, layers, tables and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from carbonspace.model.comparison import EDITS, FIGURES, FLIPS, Comparison
from carbonspace.model.finding import findings_told
from carbonspace.model.text import Text
from carbonspace.outputs import styles
from carbonspace.outputs.comparing_edits import shown
from carbonspace.outputs.comparing_page import write_comparison_page
from carbonspace.outputs.csvtext import csv_text
from carbonspace.outputs.filenames import safe_names
from carbonspace.outputs.gpkgfile import write_layer, write_styles, write_table, written_aside
from carbonspace.outputs.look import EDIT_LOOKS, TURNS
from carbonspace.outputs.plainjson import dumps, plain
from carbonspace.outputs.turns import turns
from carbonspace.outputs.writing import replaced_folder, write_csv

_KINDS = ("points", "lines", "polygons")


def write_comparison(comparison: Comparison, directory: Path | str) -> Path:
    """Write a comparison into `directory`, all or nothing, and return its path.

    `compare.html` (the page), `compare.gpkg` (layers `units`, `edits_…` and `before_…`, and the
    tables), `figures.csv`, `verdicts.csv`, `edits.csv`, `shares.csv`, `terms.csv`, and
    `compare.json` with all of it.

    Raises
    ------
    SourceError
        If `directory` holds something carbonspace did not write, or cannot be written.
    """
    return replaced_folder(directory, partial(_write_all, comparison))


def write_comparisons(found: Sequence[Comparison], directory: Path | str) -> Path:
    """Write comparisons into `directory`, each into a folder called like its second plan.

    Raises
    ------
    SourceError
        If `directory` holds something carbonspace did not write, or cannot be written.
    """
    labels = [f"{n}-{_short(one.second.label)}" for n, one in enumerate(found, 2)]
    names = safe_names(labels)

    def write(folder: Path) -> None:
        for label, one in zip(labels, found, strict=True):
            (folder / names[label]).mkdir()
            _write_all(one, folder / names[label])

    return replaced_folder(directory, write)


def _short(label: str) -> str:
    """Return what tells a plan: the name of its file, or of its folder where that says nothing."""
    path = Path(label)
    return path.parent.name or path.stem if path.name == "plan.toml" else path.stem


def tables(comparison: Comparison) -> dict[str, pd.DataFrame]:
    """Return the tables of a comparison by name, without geometry."""
    edits = pd.DataFrame(comparison.edits.drop(columns="geometry"))
    changes = [_changes(found) for found in edits["changes"]]
    edits = edits.assign(columns=[" ".join(found) for found in edits["columns"]], changes=changes)
    return {
        "terms": comparison.terms, "units": comparison.units, "figures": comparison.figures,
        "verdicts": comparison.verdicts, "edits": edits, "shares": comparison.shares,
    }  # fmt: skip


def comparison_csv(found: Sequence[Comparison]) -> str:
    """Return the figures of comparisons as CSV text; of several the second plan is a column."""
    frames = [one.figures.assign(plan=one.second.label) for one in found]
    return csv_text(pd.concat(frames) if len(found) > 1 else found[0].figures)


def comparison_json(found: Sequence[Comparison]) -> str:
    """Return all of a comparison but its geometry as JSON text; of several a list of them."""
    each = [_everything(one) for one in found]
    return dumps(each if len(each) > 1 else each[0])


def comparison_brief(found: Sequence[Comparison], out: Path | None) -> dict[str, Any]:
    """Return what differs in plain values: terms, verdicts that turned, counts, and the files."""
    run = {} if out is None else json.loads((out / "run.json").read_text("utf-8"))
    return {
        "out": None if out is None else str(out),
        "files": run.get("files", []),
        "comparisons": [_brief(one) for one in found],
    }


def _brief(comparison: Comparison) -> dict[str, Any]:
    everything = _everything(comparison)
    held = ("first", "second", "account", "renumbered", "terms", "units", "left_out")
    tallies = {"flips": (comparison.verdicts["flip"], FLIPS),
               "figures": (comparison.figures["kind"], FIGURES),
               "edits": (comparison.edits["edit"], EDITS)}  # fmt: skip
    counts = {name: {key: int((column == key).sum()) for key in kinds}
              for name, (column, kinds) in tallies.items()}  # fmt: skip
    return {**{name: everything[name] for name in held}, "counts": counts,
            "flips": everything["verdicts"]}  # fmt: skip


def _everything(comparison: Comparison) -> dict[str, Any]:
    found: dict[str, Any] = {
        "carbonspace": comparison.version,
        "first": {"label": comparison.first.label, "name": comparison.first.name},
        "second": {"label": comparison.second.label, "name": comparison.second.name},
        "account": comparison.account,
        "renumbered": comparison.renumbered,
        "left_out": findings_told(comparison.left_out),
    }
    for name, table in tables(comparison).items():
        held = table.drop(columns="changes") if name == "edits" else table
        found[name] = [_without_null(row) for row in held.to_dict("records")]
    for row, changes in zip(found["edits"], comparison.edits["changes"], strict=True):
        row["changes"] = [{"column": c, "before": b, "after": a} for c, b, a in changes]
    return {name: plain(value) for name, value in found.items()}


def _without_null(row: dict[Any, Any]) -> dict[str, Any]:
    return {str(k): None if v is pd.NA or v != v else v for k, v in row.items()}


def _changes(found: tuple[tuple[str, Any, Any], ...]) -> str:
    return "; ".join(f"{name}: {shown(a)} → {shown(b)}" for name, a, b in found)


def _write_all(comparison: Comparison, folder: Path) -> None:
    held = tables(comparison)
    path, found = folder / "compare.gpkg", list[styles.Style]()
    with written_aside():
        units = units_layer(comparison)
        write_layer(units, path, "units")
        found.append(styles.categories("units", "turn", TURNS, 2, _UNITS))
        for name, layer, dimension in edit_layers(comparison, held["edits"]):
            write_layer(layer, path, name)
            looks = {key: (look.colour, EDITS[key]) for key, look in EDIT_LOOKS.items()}
            found.append(styles.categories(name, "edit", looks, dimension, _EDITED))
        for name, table in held.items():
            write_table(table, path, f"{name}_compared" if name == "units" else name)
    write_styles(found, path)
    for name, table in held.items():
        write_csv(table, folder / f"{name}.csv")
    (folder / "compare.json").write_text(comparison_json([comparison]), "utf-8", newline="\n")
    write_comparison_page(comparison, folder / "compare.html")


_UNITS = Text("结论的变化", "How verdicts changed")
_EDITED = Text("改动", "Edits")


def units_layer(comparison: Comparison) -> gpd.GeoDataFrame:
    """Return the units: how many verdicts turned, and by how much each indicator changed."""
    units = comparison.first.units
    rows = comparison.figures[comparison.figures["level"] == "unit"]
    change = rows.pivot_table(index="unit_id", columns="indicator", values="change", sort=False)
    counted = turns(comparison)
    names = [name for name in ("name",) if name in units]
    return units[[*names, units.geometry.name]].join(counted).join(change.add_suffix("_change"))


def edit_layers(
    comparison: Comparison, edits: pd.DataFrame
) -> Iterator[tuple[str, gpd.GeoDataFrame, int]]:
    """Yield the layers of edits by kind of geometry, after and before, and their dimension."""
    crs = comparison.edits.crs
    for prefix, shapes in (("edits", comparison.edits.geometry), ("before", comparison.befores)):
        values = shapely.force_2d(shapes.to_numpy())
        dimensions = shapely.get_dimensions(values)
        for dimension, kind in enumerate(_KINDS):
            mine = (dimensions == dimension) & ~shapely.is_empty(values)
            if prefix == "before":
                mine &= comparison.edits["edit"].isin(["reshaped", "changed"]).to_numpy()
            if mine.any():
                layer = gpd.GeoDataFrame(edits[mine], geometry=values[mine], crs=crs)
                yield f"{prefix}_{kind}", layer.set_index("edit_id"), dimension
