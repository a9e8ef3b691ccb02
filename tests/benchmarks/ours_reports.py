"""What the benchmark calls of carbonspace for the rows of reports."""

from __future__ import annotations

from pathlib import Path

import carbonspace
from carbonspace import evaluate, read_plan
from carbonspace.catalogue import indicators
from carbonspace.outputs import REPORTS, read_results
from carbonspace.outputs.reports import write_reports
from carbonspace.outputs.results import Results
from carbonspace.prepare import prepare

PROFILES = ("shangdang", "bayannur", "lianyungang", "jiujiang", "pku")
"""What the city is held against: many targets, that few units of a made city meet."""


def loaded() -> None:
    """Import what a run needs, so that it is not measured."""
    carbonspace.road_density  # noqa: B018  the catalogue is loaded by the first name


def judged(plan_toml: Path, folder: Path) -> None:
    """Run every indicator of a plan and write its results without a report."""
    found = evaluate(prepare(read_plan(plan_toml)), profiles=PROFILES)
    found.write(folder, reports=())


def read(folder: Path) -> Results:
    return read_results(folder, indicators())


def place_for(results: Path, folder: Path) -> Path:
    """Return a new folder with what reports have to lie beside."""
    folder.mkdir()
    (folder / "results.gpkg").symlink_to(results / "results.gpkg")
    return folder


def written(results: Results, folder: Path, kind: str) -> None:
    write_reports(results, folder, [kind])


def sizes(folder: Path, kind: str) -> dict[str, float]:
    """Return the megabytes of the largest file of a report, and of all of them."""
    files = [path.stat().st_size for pattern in REPORTS[kind].files
             for path in folder.glob(pattern)]  # fmt: skip
    return {"largest_mb": max(files) / 1e6, "all_mb": sum(files) / 1e6}
