"""Run the benchmark: `python -m tests.benchmarks --size M` (or `make bench SIZE=M`).

Makes the city where there is none, measures every task in a process of its own, prints the table
and writes docs/benchmarks/<size>.json and <size>.svg.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import platform
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from tests.benchmarks import startup
from tests.benchmarks.chart import Seconds, chart
from tests.benchmarks.city import made_city
from tests.benchmarks.measure import ROOT, Bench, Cost
from tests.benchmarks.net import SIZES
from tests.benchmarks.rivals import ENGINES
from tests.benchmarks.row import Asked, Row
from tests.benchmarks.steps import write_sound
from tests.benchmarks.table import GROUPS, STEPS, rows
from tests.benchmarks.table_sun import WHOLE

_MAKERS = ("net", "land", "streets", "city", "canopy", "steps")
_STARTUP = "startup"
_LARGER = {"S": "M", "M": "L"}
_PACKAGES = ("carbonspace", "geopandas", "shapely", "pyogrio", "numpy", "pandas", "duckdb",
             "sedonadb", "exactextract", "numba", "pvlib")  # fmt: skip
_NAMES = {
    "carbonspace": "carbonspace",
    "plain": "plain geopandas",
    "overlay": "one overlay",
    "exactextract": "exactextract",
    **{e: e for e in ENGINES},
}


def main() -> None:
    """Measure one size and write what was found."""
    asked = _arguments()
    console = Console(width=132)
    city = _city(asked.cities, asked.size, console)
    larger = _city(asked.cities, _LARGER[asked.size], console) if asked.growth else None
    bench = Bench(city, runs=asked.runs, budget=asked.budget,
                  tell=lambda name: console.print(f"[dim]{name}[/dim]"))  # fmt: skip
    found = rows(Asked(bench, asked.size, larger, asked.plain), asked.only)
    if not asked.only or _STARTUP in asked.only:
        bench.tell(_STARTUP)
        found += startup.rows(city / "plan.toml")
    console.print(_table(asked.size, found))
    asked.out.mkdir(parents=True, exist_ok=True)
    target = asked.out / "-".join((asked.size, *asked.only))
    text = json.dumps(_as_json(asked.size, bench, found), indent=1, ensure_ascii=False)
    target.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    drawn = chart(f"City {asked.size}", _seconds(bench), found)
    target.with_suffix(".svg").write_text(drawn, encoding="utf-8")
    console.print(f"written to {target}.json and .svg")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--size", choices=[*SIZES], default="M")
    parser.add_argument("--runs", type=int, default=5, help="runs of each task; the median counts")
    parser.add_argument("--budget", type=float, default=300.0,
                        help="seconds after which a task is not repeated")  # fmt: skip
    parser.add_argument("--growth", action="store_true",
                        help="measure the next larger city too: L beside M")  # fmt: skip
    parser.add_argument("--no-plain", dest="plain", action="store_false",
                        help="leave the plain script out")  # fmt: skip
    parser.add_argument("--only", nargs="+", choices=[*GROUPS, _STARTUP], default=[],
                        help="measure these groups of rows, in files named after them")  # fmt: skip
    parser.add_argument("--cities", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks")
    return parser.parse_args()


def _city(cities: Path, size: str, console: Console) -> Path:
    """Return the folder of a city, made now where it is not there, or the generator changed."""
    folder, stamp = cities / size, _generator()
    made = folder / "made.txt"
    if not made.exists() or made.read_text(encoding="utf-8") != stamp:
        console.print(f"making city {size} in {folder}")
        made.unlink(missing_ok=True)
        made_city(size, folder)
        write_sound(folder / "city.gpkg", folder / "sound")
        made.write_text(stamp, encoding="utf-8")
    return folder


def _generator() -> str:
    sources = [Path(__file__).parent / f"{name}.py" for name in _MAKERS]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def _table(size: str, found: list[Row]) -> Table:
    table = Table(title=f"City {size}: what must be reached, and what was")
    for name, side in (("what", "left"), ("must be", "right"), ("is", "right"), ("", "left"),
                       ("note", "left")):  # fmt: skip
        table.add_column(name, justify="right" if side == "right" else "left")
    for row in found:
        sign = "≥" if row.more_is_better else "≤"
        mark = {True: "[green]✓[/green]", False: "[red]✗[/red]", None: ""}[row.met]
        reached = "-" if row.reached is None else f"{row.reached:.3g} {row.unit}"
        table.add_row(row.what, f"{sign} {row.target:g} {row.unit}", reached, mark, row.note)
    return table


def _as_json(size: str, bench: Bench, found: list[Row]) -> dict[str, Any]:
    return {
        "size": size,
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(),
                    "system": platform.system(), "python": platform.python_version()},
        "packages": {name: _version(name) for name in _PACKAGES},
        "rows": [{**row._asdict(), "met": row.met} for row in found],
        "costs": {name: _plainly(cost) for name, cost in bench.costs.items()},
    }  # fmt: skip


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _plainly(cost: Cost) -> dict[str, Any]:
    """Return a cost without the numbers a step found."""
    facts = {key: value for key, value in (cost.facts or {}).items()
             if key not in ("found", "cpu", "wall", "peak_mb")}  # fmt: skip
    return {**cost._asdict(), "facts": facts}


def _seconds(bench: Bench) -> Seconds:
    """Return the CPU seconds of the whole run and of each step, by who took them."""
    tasks = {"whole run": {"carbonspace": "whole {out}", "plain": "plain {out}"}}
    tasks["whole run with sun"] = {"carbonspace": " ".join(WHOLE)}
    tasks["light on all roofs"] = {"carbonspace": "light 2"}
    tasks["canopy in parcels"] = {who: f"canopy {who}" for who in _NAMES}
    for step in (*STEPS, "parcels to units"):
        tasks[step] = {who: f"step {who} {step}" for who in _NAMES}
    costs = {name: cost for name, cost in bench.costs.items() if not cost.lacking and cost.runs}
    found = {
        step: {_NAMES[who]: costs[task].cpu for who, task in by_whom.items() if task in costs}
        for step, by_whom in tasks.items()
    }
    return {step: by_whom for step, by_whom in found.items() if by_whom}


if __name__ == "__main__":
    main()
