"""How finely changes between plans are put down to edits."""

from __future__ import annotations

from typing import Literal

Attribute = Literal["none", "layers", "features"]
"""Not at all, by layers, or by single features as far as the limit reaches."""

LIMIT = 50
"""So many features are examined one by one unless another limit is asked for."""
