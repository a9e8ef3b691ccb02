"""How results go out: one folder with a GeoPackage, a table and pages."""

from carbonspace.outputs.areasfile import give_up, usable_file, write_service_areas
from carbonspace.outputs.findings import write_findings
from carbonspace.outputs.gathering import EVIDENCE
from carbonspace.outputs.results import usable_folder, write_results

__all__ = [
    "EVIDENCE", "give_up", "usable_file", "usable_folder", "write_findings", "write_results",
    "write_service_areas",
]  # fmt: skip
