"""report.html and units/<unit>.html: single files that need no network and no server."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import geopandas as gpd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from carbonspace.model.assessment import Assessment
from carbonspace.model.progress import Progress, Step
from carbonspace.model.text import Text
from carbonspace.outputs import evidence, maps, rows
from carbonspace.outputs.filenames import safe_names
from carbonspace.outputs.look import STEPS, UNJUDGED, VERDICTS
from carbonspace.outputs.overview import overview
from carbonspace.outputs.summary import reported


def write_pages(
    assessment: Assessment,
    layers: Mapping[str, gpd.GeoDataFrame],
    folder: Path,
    progress: Progress,
) -> None:
    """Write the page of the plan and one page per unit into `folder`; `layers` is the evidence."""
    units = assessment.plan.layers["units"]
    shown = reported(assessment)
    files = safe_names(str(unit_id) for unit_id in shown)
    held = rows.records(assessment)
    common = {"assessment": assessment, "files": files, "names": maps.unit_names(units)}
    progress(Step(Text("写出总览页", "Writing the page of the plan"), 0, len(shown) + 1))
    base = maps.ground(assessment.plan)
    page = overview(assessment, held, base)
    _write(folder / "report.html", "report.html", {**common, **page, "home": ""})
    (folder / "units").mkdir()
    found = evidence.by_unit(layers, assessment.indicators)
    for number, unit_id in enumerate(shown, 1):
        title = Text(f"写出单元页：{unit_id}", f"Writing the page of unit {unit_id}")
        progress(Step(title, number, len(shown) + 1))
        page = _unit_page(assessment, unit_id, held, found, base)
        path = folder / "units" / f"{files[str(unit_id)]}.html"
        _write(path, "unit.html", {**common, **page, "home": "../report.html"})


def _unit_page(
    assessment: Assessment,
    unit_id: Any,
    held: rows.Records,
    found: evidence.Evidence,
    base: maps.Ground,
) -> dict[str, Any]:
    groups = rows.groups(assessment, held.get(("unit", str(unit_id)), []))
    spot = maps.unit_map(assessment.plan, base, unit_id)
    verdicts = [row.worst for group in groups for row in group.rows]
    return {
        "unit_id": str(unit_id),
        "unit": assessment.plan.layers["units"].loc[unit_id],
        "area_km2": assessment.plan.layers["units"].geometry[unit_id].area
        * maps.metres_per_unit(assessment.plan.layers["units"]) ** 2 / 1e6,
        "groups": groups,
        "spot": spot,
        "exhibits": evidence.exhibits(groups, found, str(unit_id), spot.view),
        "counts": {status: verdicts.count(status) for status in VERDICTS},
    }  # fmt: skip


def _write(path: Path, template: str, values: Mapping[str, Any]) -> None:
    text = _environment().get_template(template).render(values)
    path.write_text(text, encoding="utf-8", newline="\n")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("carbonspace.outputs", "templates"),
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined,
    )  # fmt: skip
    environment.globals |= {"t": both, "looks": VERDICTS, "steps": (*STEPS, UNJUDGED)}
    environment.filters |= {
        "both": lambda text: both(*text),
        "joined": lambda text: text.zh if text.zh == text.en else f"{text.zh} · {text.en}",
        "number": rows.number,
        "href": lambda name: quote(f"{name}.html"),
        "parameter": parameter_text,
    }
    return environment


def both(zh: object, en: object) -> Markup:
    """Return words in both languages; the page shows the one that is chosen."""
    if zh == en:
        return escape(zh)
    return Markup('<span lang="zh">{}</span><span lang="en">{}</span>').format(zh, en)


def parameter_text(value: Any) -> str:
    """Return the value of a parameter as people write it."""
    if isinstance(value, bool) or value is None:
        return {True: "✓", False: "✗", None: "—"}[value]
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {parameter_text(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        parts = [f"({parameter_text(v)})" if isinstance(v, (list, tuple)) else parameter_text(v)
                 for v in value]  # fmt: skip
        return ", ".join(parts) or "—"
    return f"{value:,g}" if isinstance(value, (int, float)) else str(value)
