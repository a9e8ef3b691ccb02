"""How results go out: one folder with a GeoPackage, a table and pages."""

from carbonspace.outputs.areasfile import give_up, usable_file, write_service_areas
from carbonspace.outputs.brief import brief_of, files_of, pages_of, read_brief, told
from carbonspace.outputs.comparing import (
    comparison_brief,
    comparison_csv,
    comparison_json,
    write_comparison,
    write_comparisons,
)
from carbonspace.outputs.findings import write_findings
from carbonspace.outputs.gathering import EVIDENCE
from carbonspace.outputs.reading import read_results
from carbonspace.outputs.reports import REPORTS, refuse_if_lacking
from carbonspace.outputs.writing import renew_reports, usable_folder, write_results

__all__ = [
    "EVIDENCE", "REPORTS", "brief_of", "comparison_brief", "comparison_csv", "comparison_json",
    "files_of", "give_up", "pages_of", "read_brief", "read_results", "refuse_if_lacking",
    "renew_reports", "told", "usable_file", "usable_folder", "write_comparison",
    "write_comparisons", "write_findings", "write_results", "write_service_areas",
]  # fmt: skip
