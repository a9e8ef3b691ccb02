"""How results go out: one folder with a GeoPackage, a table and pages."""

from carbonspace.outputs.findings import write_findings
from carbonspace.outputs.results import usable_folder, write_results

__all__ = ["usable_folder", "write_findings", "write_results"]
