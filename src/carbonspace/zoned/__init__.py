"""A plan whose units lie in several zones: each measured in its own CRS, all in one table."""

from carbonspace.zoned.evaluating import checked_zones, evaluate_zones

__all__ = ["checked_zones", "evaluate_zones"]
