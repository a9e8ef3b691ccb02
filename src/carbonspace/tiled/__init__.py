"""A plan evaluated by tiles, by whoever executes jobs: the values are those of `evaluate`."""

from carbonspace.tiled.answers import assessment_of_units
from carbonspace.tiled.evaluating import evaluate_tiled
from carbonspace.tiled.running import TilesError
from carbonspace.tiled.sizes import sizes_of

__all__ = ["TilesError", "assessment_of_units", "evaluate_tiled", "sizes_of"]
