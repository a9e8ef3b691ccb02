"""How results go out: one folder with a GeoPackage, a table and pages."""

from carbonspace.outputs.results import write_results

__all__ = ["write_results"]
