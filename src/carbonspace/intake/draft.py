"""What `init` makes of a folder of data: guesses, each with its certainty and its reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from carbonspace.model.layers import LAYERS
from carbonspace.model.text import Text
from carbonspace.sources.listing import Dataset

Certainty = Literal["certain", "likely", "unsure"]
CERTAINTIES: dict[Certainty, Text] = {
    "certain": Text("确定", "certain"),
    "likely": Text("很可能", "likely"),
    "unsure": Text("不确定", "unsure"),
}
_CERTAIN, _LIKELY, _UNSURE = 0.85, 0.6, 0.3


class Handle(NamedTuple):
    """What a dataset is called: its source, and its layer where the source has several."""

    source: str
    layer: str | None


@dataclass(frozen=True)
class Guess:
    """One guess: how sure it is (0 to 1) and what speaks for it.

    `axes` goes with a CRS: "north-east" where its coordinates come the other way round.
    """

    value: str
    score: float
    why: Text
    axes: str = ""

    @property
    def certainty(self) -> Certainty:
        """Return the word for the score."""
        return certainty(self.score)


@dataclass(frozen=True)
class ColumnDraft:
    """Where a column of a canonical layer comes from.

    `field` with `pattern` is an extraction; without a field, `constant` is the value of every
    feature. `meanings` says which canonical value each written one stands for; `strange` are
    those for which none is known.
    """

    column: str
    score: float
    why: Text
    field: str | None = None
    pattern: str | None = None
    constant: str | None = None
    meanings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    strange: tuple[str, ...] = ()

    @property
    def certainty(self) -> Certainty:
        """Return the word for the score."""
        return certainty(self.score)


@dataclass(frozen=True)
class LayerDraft:
    """One `[layers.…]` block: the dataset it is read from and what becomes of its fields.

    One that `is_placeless` has no CRS that fits its coordinates; `crs_options` would fit. `crs`
    and `axes` are what a person chose. A `derived` layer is a selection from that of another.
    `parts` are further files of the same layer.
    """

    guess: Guess
    dataset: Dataset
    columns: tuple[ColumnDraft, ...] = ()
    where: str | None = None
    crs: str | None = None
    axes: str = ""
    is_placeless: bool = False
    crs_options: tuple[Guess, ...] = ()
    derived: bool = False
    parts: tuple[Dataset, ...] = ()

    @property
    def key(self) -> str:
        """Return the canonical layer."""
        return self.guess.value

    @property
    def lacking(self) -> tuple[str, ...]:
        """Return the required columns nothing was found for; the block is then a comment."""
        if self.dataset.gives:
            return ()
        given = {c.column for c in self.columns}
        return tuple(c.name for c in LAYERS[self.key].columns if c.required and c.name not in given)


@dataclass(frozen=True)
class RasterDraft:
    """One `[rasters.…]` block."""

    guess: Guess
    dataset: Dataset


@dataclass(frozen=True)
class Unused:
    """A dataset the plan does not use, and why; `open` if only because nothing tells its use."""

    dataset: Dataset
    why: Text
    open: bool = False


@dataclass(frozen=True)
class Draft:
    """A whole plan.toml before it is written.

    `crs` is what the plan is measured in, where the data say where they lie; else
    `crs_options` are proposals, none of them used.
    """

    name: str
    layers: tuple[LayerDraft, ...]
    rasters: tuple[RasterDraft, ...] = ()
    unused: tuple[Unused, ...] = ()
    derive: tuple[Guess, ...] = ()
    crs: Guess | None = None
    crs_options: tuple[Guess, ...] = ()

    @property
    def active(self) -> tuple[LayerDraft, ...]:
        """Return the layers that can be read as they are written."""
        return tuple(one for one in self.layers if not one.lacking)

    def layer(self, key: str) -> LayerDraft | None:
        """Return the draft of the canonical layer `key`, or None."""
        return next((one for one in self.layers if one.key == key), None)

    @property
    def gives_units(self) -> bool:
        """Return whether the plan has units, or says what to derive them from."""
        return any(one.key == "units" for one in self.active) or any(
            one.value.startswith("units") for one in self.derive
        )


@dataclass(frozen=True)
class Answers:
    """What a person said: it goes before every guess.

    `roles` names the canonical layer of a dataset (None: not used), `fields` the field of a
    (layer, column), `crs` the CRS of a dataset (None: leave it open).
    """

    roles: Mapping[Handle, str | None] = dataclasses.field(default_factory=dict)
    fields: Mapping[tuple[str, str], str | None] = dataclasses.field(default_factory=dict)
    crs: Mapping[Handle, Guess | None] = dataclasses.field(default_factory=dict)


def certainty(score: float) -> Certainty:
    """Return the word for a score."""
    return "certain" if score >= _CERTAIN else "likely" if score >= _LIKELY else "unsure"


def is_worth(score: float) -> bool:
    """Return True for a score that makes a guess, if an unsure one."""
    return score >= _UNSURE


def together(scores: list[float]) -> float:
    """Return how sure several independent reasons make a guess."""
    doubt = 1.0
    for score in scores:
        doubt *= 1.0 - score
    return round(1.0 - doubt, 6)


def handle(dataset: Dataset) -> Handle:
    """Return what a dataset is called."""
    return Handle(dataset.source, dataset.layer)
