"""report.pdf and units/<unit>.pdf: what lies on the table of a meeting, as PDF/A."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.outcome import CITY
from carbonspace.model.progress import Progress, Step, nobody
from carbonspace.model.text import Text
from carbonspace.outputs import printed, rows
from carbonspace.outputs.booklet import booklet
from carbonspace.outputs.filenames import safe_names
from carbonspace.outputs.ground import base_of, joined
from carbonspace.outputs.in_full import by_reason, in_full, unknown_everywhere
from carbonspace.outputs.overview import overview
from carbonspace.outputs.plates import Plates
from carbonspace.outputs.printed_places import within_lines
from carbonspace.outputs.results import Results
from carbonspace.outputs.summary import reported
from carbonspace.outputs.typeset import logo_of, press
from carbonspace.outputs.unit_sheets import colours_of, sheet
from carbonspace.outputs.webpage import unit_pages
from carbonspace.outputs.within import tallies


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
    base, steps = joined(base_of(results.layers)), len(files) + 2
    held = rows.places(results.table, results.indicators, results.profiles, files)
    common, unknown = _common(results, bureau), unknown_everywhere(held.units.values())
    reasons = {row.indicator.key: reason for row, reason in unknown}
    within = tallies(results)
    (folder / "units").mkdir(exist_ok=True)
    sheets = list[dict[str, Any]]()
    with press(bureau) as ours:
        pages = unit_pages(results, base, held.units, grid=printed.LARGE, small=printed.SMALL)
        for number, page in enumerate(pages):
            unit_id = page["unit_id"]
            title = Text(f"排版单元图则：{unit_id}", f"Setting the sheet of unit {unit_id}")
            progress(Step(title, number, steps))
            inside = within.get(unit_id, [])
            page |= {"name": base.names[unit_id], "file": files[unit_id], "within": inside}
            sheets.append(sheet(page, ours.picture))
            data = {**common, "sheet": sheets[-1], **in_full(page["groups"], reasons),
                    "within": within_lines(inside)}  # fmt: skip
            ours.set("unit.typ", data, folder / "units" / f"{files[unit_id]}.pdf")
        progress(Step(Text("排版报告", "Setting the report"), len(files), steps))
        shown = overview(results, base, *held, grid=printed.ACROSS)
        shown |= {"within": within.get(CITY, []), "shapeless": base.shapeless}
        plates = Plates(shown["map"], base, ours.picture)
        data = {**common, **booklet(results, shown, held, plates), "sheets": sheets,
                "unknown": by_reason(unknown)}  # fmt: skip
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
