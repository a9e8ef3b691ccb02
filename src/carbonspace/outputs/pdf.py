"""report.pdf and units/<unit>.pdf: what lies on the table of a meeting, as PDF/A."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.progress import Progress, Step, nobody
from carbonspace.model.text import Text
from carbonspace.outputs import rows
from carbonspace.outputs.booklet import booklet
from carbonspace.outputs.filenames import safe_names
from carbonspace.outputs.ground import base_of
from carbonspace.outputs.overview import overview
from carbonspace.outputs.results import Results
from carbonspace.outputs.summary import reported
from carbonspace.outputs.typeset import logo_of, press
from carbonspace.outputs.unit_sheets import colours_of, in_full, sheet
from carbonspace.outputs.webpage import unit_pages


def write_pdf(
    results: Results, folder: Path, bureau: Bureau = NOBODY, progress: Progress = nobody
) -> None:
    """Write `report.pdf`, and one PDF per unit, into `folder`.

    Raises
    ------
    ServiceError
        If Typst or its font is missing, or a template of the bureau has a fault.
    """
    files = safe_names(str(one) for one in reported(results.units, results.table))
    base, steps = base_of(results.layers), len(files) + 2
    held = rows.places(results.table, results.indicators, results.profiles, files)
    common = _common(results, bureau)
    (folder / "units").mkdir(exist_ok=True)
    sheets = list[dict[str, Any]]()
    with press(bureau) as ours:
        for number, page in enumerate(unit_pages(results, base, held.units)):
            unit_id = page["unit_id"]
            title = Text(f"排版单元图则：{unit_id}", f"Setting the sheet of unit {unit_id}")
            progress(Step(title, number, steps))
            sheets.append(sheet(page, base.names[unit_id], files[unit_id], ours.picture))
            data = {**common, "sheet": sheets[-1], "groups": in_full(page)}
            ours.set("unit.typ", data, folder / "units" / f"{files[unit_id]}.pdf")
        progress(Step(Text("排版报告", "Setting the report"), len(files), steps))
        shown = overview(results, base, *held)
        data = {**common, **booklet(results, shown, held, ours.picture), "sheets": sheets}
        ours.set("report.typ", data, folder / "report.pdf")


def _common(results: Results, bureau: Bureau) -> Mapping[str, Any]:
    """Return what every document speaks of."""
    crs, run = results.units.crs, results.run
    return {
        "plan": [*results.name],
        "crs": crs.to_string() if crs.to_authority() else crs.name, "crs_name": crs.name,
        "colours": colours_of(bureau), "on": run.get("on"),
        "version": run.get("carbonspace", ""), "attribution": [*run["attribution"]],
        "bureau": {
            "name": [*bureau.name] if bureau.name else None, "logo": logo_of(bureau),
            "rows": [[[*label], [*value]] for label, value in bureau.title_block],
        },
    }  # fmt: skip
