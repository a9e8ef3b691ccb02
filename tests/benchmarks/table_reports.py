"""The rows of reports: what each costs against the evaluation whose results it shows."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.measure import Cost
from tests.benchmarks.row import Asked, Row, ratio

KINDS = ("html", "pdf", "xlsx", "docx", "qgz")
_ALL, _MAILED = 2.0, 25.0
"""How many times the evaluation all reports may take, and megabytes that mail still takes."""


def reports(asked: Asked) -> Iterator[Row]:
    """Yield what all reports cost together, then each of them, and the size of the PDF."""
    measure = asked.bench.measure
    whole = measure("judged")
    costs = {kind: measure("report", kind, "{out}") for kind in KINDS}
    lacking = next((one.lacking for one in costs.values() if one.lacking), "")
    everything = Cost(cpu=sum(one.cpu for one in costs.values()), lacking=lacking)
    row = ratio("all reports against the evaluation", _ALL, everything, whole, "×", more=False)
    yield row._replace(note=row.note or f"evaluation {whole.cpu:.0f} CPU s, {whole.peak_mb:.0f} MB")
    for kind, cost in costs.items():
        row = ratio(f"report {kind} against the evaluation", _ALL / len(KINDS), cost, whole, "×",
                    more=False)  # fmt: skip
        yield row._replace(note=row.note or _said(cost))
    size = None if costs["pdf"].lacking else (costs["pdf"].facts or {}).get("largest_mb")
    yield Row("size of report.pdf", _MAILED, size, "MB", False, costs["pdf"].lacking)


def _said(cost: Cost) -> str:
    facts = cost.facts or {}
    return (f"{cost.cpu:.3g} CPU s and {facts.get('reading', 0.0):.2g} of reading, "
            f"{cost.peak_mb:.0f} MB; files of {facts.get('all_mb', 0.0):.0f} MB")  # fmt: skip
