"""How data comes in: any file a plan names becomes layers with canonical names and units."""

from carbonspace.sources.project import read_as_found, read_plan

__all__ = ["read_as_found", "read_plan"]
