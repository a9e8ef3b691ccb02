"""What `init` makes of data as plain values, for programs that show it to be corrected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carbonspace.intake.crs import contradicts, short
from carbonspace.intake.draft import (
    ColumnDraft,
    Draft,
    Guess,
    LayerDraft,
    RasterDraft,
    Unused,
    handle,
)
from carbonspace.intake.guess import Candidate, name_of, possible
from carbonspace.model.layers import LAYERS
from carbonspace.sources.listing import Dataset
from carbonspace.version import __version__


def draft_facts(draft: Draft, datasets: Sequence[Dataset]) -> dict[str, Any]:
    """Return a draft, and of every dataset what else it could be, as one object.

    docs/reference/init-json.md says what it holds.
    """
    return {
        "carbonspace": __version__, "name": draft.name,
        "crs": _guess(draft.crs) if draft.crs else None,
        "crs_options": [_guess(one) for one in draft.crs_options],
        "derive": [_guess(one) for one in draft.derive],
        "layers": [_layer(one) for one in draft.layers],
        "rasters": [_raster(one) for one in draft.rasters],
        "unused": [_unused(one) for one in draft.unused],
        "datasets": [_dataset(one) for one in datasets],
    }  # fmt: skip


def _layer(one: LayerDraft) -> dict[str, Any]:
    return {
        "layer": one.key, **_named(one.dataset), **_sureness(one.guess), "where": one.where,
        "crs": one.crs, "axes": one.axes or None, "placeless": one.is_placeless,
        "crs_options": [_guess(option) for option in one.crs_options], "derived": one.derived,
        "parts": [_named(part) for part in one.parts], "lacking": list(one.lacking),
        "columns": [_told(one.key, column) for column in one.columns],
    }  # fmt: skip


def _dataset(one: Dataset) -> dict[str, Any]:
    could_be = [] if one.kind in ("unreadable", "table", "raster") else possible(one, {})
    return {
        **_named(one), "kind": one.kind, "features": one.features,
        "crs": short(one.crs) if one.crs else None, "crs_contradicted": contradicts(one),
        "bounds": list(one.bounds) if one.bounds else None,
        "fields": [{"name": name, "type": kind} for name, kind in one.fields],
        "could_be": [_candidate(option) for option in could_be],
    }  # fmt: skip


def _candidate(one: Candidate) -> dict[str, Any]:
    return {"layer": one.guess.value, **_sureness(one.guess), "where": one.where,
            "columns": [_told(one.guess.value, column) for column in one.columns]}  # fmt: skip


def is_taken(layer: str, one: ColumnDraft) -> bool:
    """Return whether a guess holds unless a person says otherwise.

    What is unsure does not, but for ids and names, which no figure hangs on.
    """
    return one.certainty != "unsure" or one.column in (LAYERS[layer].id, "name")


def _told(layer: str, one: ColumnDraft) -> dict[str, Any]:
    return {**column_facts(one), "taken": is_taken(layer, one)}


def column_facts(one: ColumnDraft) -> dict[str, Any]:
    """Return where a column comes from, and how sure that is."""
    return {
        "column": one.column, "field": one.field, "pattern": one.pattern,
        "constant": one.constant, "values": dict(one.meanings), "strange": list(one.strange),
        "certainty": one.certainty, "score": round(one.score, 3), "why": one.why._asdict(),
    }  # fmt: skip


def _raster(one: RasterDraft) -> dict[str, Any]:
    return {"raster": one.guess.value, **_named(one.dataset), **_sureness(one.guess)}


def _unused(one: Unused) -> dict[str, Any]:
    return {**_named(one.dataset), "why": one.why._asdict(), "open": one.open}


def _guess(one: Guess) -> dict[str, Any]:
    return {"value": one.value, **_sureness(one), "axes": one.axes or None}


def _sureness(one: Guess) -> dict[str, Any]:
    return {"certainty": one.certainty, "score": round(one.score, 3), "why": one.why._asdict()}


def _named(one: Dataset) -> dict[str, Any]:
    place = handle(one)
    return {"source": place.source, "source_layer": place.layer, "name": name_of(one)}
