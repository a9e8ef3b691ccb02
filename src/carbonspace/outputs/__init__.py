"""How results go out: one folder with a GeoPackage, a table and pages."""

from carbonspace.outputs.findings import write_findings
from carbonspace.outputs.gathering import EVIDENCE
from carbonspace.outputs.results import usable_folder, write_results

__all__ = ["EVIDENCE", "usable_folder", "write_findings", "write_results"]
