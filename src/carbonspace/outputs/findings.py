"""Findings on the map: a point or a line where each problem is, and all of them as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import shapely

from carbonspace.model.finding import Finding, findings_table
from carbonspace.outputs import styles
from carbonspace.outputs.gpkgfile import write_layer, write_styles, write_table
from carbonspace.outputs.writing import replaced_folder, write_csv

POINTS, LINES = "finding_points", "finding_lines"


def findings_layers(findings: Sequence[Finding], crs: object) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of findings that have a place; a layer nobody needs is left out.

    `finding_points` has a point for each; `finding_lines` the line at fault, or the outline of
    the area at fault, where there is one.
    """
    table = findings_table(findings).drop(columns=["x", "y"])
    places = gpd.GeoSeries([_point(f) for f in findings], crs=crs)
    lines = gpd.GeoSeries([_line(f) for f in findings], crs=crs)
    layers = {POINTS: gpd.GeoDataFrame(table, geometry=places)[places.notna()],
              LINES: gpd.GeoDataFrame(table, geometry=lines)[lines.notna()]}  # fmt: skip
    return {name: layer for name, layer in layers.items() if len(layer)}


def write_findings(findings: Sequence[Finding], crs: object, directory: Path) -> Path:
    """Write `findings.gpkg` and `findings.csv` into a folder of their own, all or nothing.

    Raises
    ------
    SourceError
        If the folder holds something carbonspace did not write, or cannot be written.
    """
    table = findings_table(findings)

    def write(folder: Path) -> None:
        path = folder / "findings.gpkg"
        layers = findings_layers(findings, crs)
        for name, layer in layers.items():
            write_layer(layer, path, name)
        write_table(table, path, "findings")
        write_styles([styles.findings_style(name, layer) for name, layer in layers.items()], path)
        write_csv(table, folder / "findings.csv")

    return replaced_folder(directory, write)


def _point(finding: Finding) -> shapely.Point | None:
    return None if finding.where is None else shapely.Point(finding.where)


def _line(finding: Finding) -> shapely.Geometry | None:
    """Return the line at fault, an area's outline; None for a mere point."""
    shape = finding.shape
    if shape is None or shapely.is_empty(shape):
        return None
    dimension = shapely.get_dimensions(shape)
    line = shapely.boundary(shape) if dimension == 2 else shape if dimension == 1 else None
    usable = line is not None and shapely.length(line) > 0
    return shapely.force_2d(line) if usable else None
