"""Why a verdict turned, as far as the data at hand tell.

The layers that changed and that an indicator looks at are always known. Which rows of them were
edited near a unit is known where changes are told row by row: whoever knows them gives `EditsNear`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from carbonspace.catalogue import indicators
from carbonspace.outputs.page_data import layers_of

_MOST = 5


class Edit(NamedTuple):
    """A row of a layer that was edited: `how` is inserted, updated, deleted or moved."""

    layer: str
    feature: str
    how: str


EditsNear = Callable[[str, str, Sequence[str]], Sequence[Edit]]
"""Edits that may have moved a figure: asked by level, unit and the layers it is measured on."""


def no_edits(_: str, __: str, ___: Sequence[str]) -> Sequence[Edit]:
    """Know of no edits."""
    return ()


def causes_of(
    row: Mapping[str, Any], changed: Sequence[str], derived: Mapping[str, str], near: EditsNear
) -> dict[str, Any]:
    """Return why a verdict is another: layers that changed, edits of their rows, or else settings.

    `settings` says that no layer it is measured on changed, so that the plan, the rules or the
    program did.
    """
    known = indicators().get(row["indicator"])
    seen = ["units", *layers_of(known, derived)] if known else []
    layers = [layer for layer in changed if layer in seen]
    edits = near(row["level"], row["unit_id"], layers) if layers else ()
    return {"layers": layers, "edits": [one._asdict() for one in edits[:_MOST]],
            "more": max(0, len(edits) - _MOST), "settings": not layers}  # fmt: skip
