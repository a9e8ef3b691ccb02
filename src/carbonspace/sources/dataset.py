"""A dataset as it lies in its source, before anybody says what it means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import shapely

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text

DatasetKind = Literal["point", "line", "polygon", "mixed", "table", "raster", "feed", "unreadable"]
Bounds = tuple[float, float, float, float]

SAMPLE_ROWS = 200
"""How many rows of a dataset are looked at to guess what it is."""
LOOKED_THROUGH = 20_000
"""Among how many of the first rows the sample is spread."""

_KINDS: tuple[DatasetKind, ...] = (
    "point", "line", "line", "polygon", "point", "line", "polygon", "mixed",
)  # fmt: skip


@dataclass(frozen=True)
class Dataset:
    """One layer, table, raster or feed as it lies in its source.

    `source` and `layer` are what plan.toml would say. `fields` are pairs of name and type
    (text, integer, number, flag, date, binary). `features` is -1 where only a full read would
    tell. `bounds` are (xmin, ymin, xmax, ymax) in `crs`. `sample` is at most `SAMPLE_ROWS` rows,
    spread over the first `LOOKED_THROUGH`, a GeoDataFrame where there is geometry. `gives` are
    the canonical layers a feed holds; it is named there without `layer`.
    """

    source: str
    layer: str | None
    kind: DatasetKind
    fields: tuple[tuple[str, str], ...] = ()
    features: int = 0
    crs: str | None = None
    bounds: Bounds | None = None
    sample: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)
    findings: tuple[Finding, ...] = ()
    gives: tuple[str, ...] = ()


def kind_of(geometry: np.ndarray) -> DatasetKind:
    """Return what kind of geometries these are; `table` where there are none."""
    types = shapely.get_type_id(geometry)
    kinds = {_KINDS[one] for one in np.unique(types[types >= 0])}
    return "table" if not kinds else kinds.pop() if len(kinds) == 1 else "mixed"


def spread(frame: pd.DataFrame) -> pd.DataFrame:
    """Return at most `SAMPLE_ROWS` rows of a frame, evenly spaced."""
    step = max(1, -(-len(frame) // SAMPLE_ROWS))
    return frame.iloc[::step].reset_index(drop=True)


def unreadable(source: str, reason: Text) -> Dataset:
    """Return a source that cannot be read, with the reason."""
    fault = Finding(
        "error", source, Text("无法读取", "It cannot be read"), reason,
        Text("carbonspace 支持的数据格式", "a format that carbonspace reads"),
        Text("检查文件是否完整；不用的文件可不列入。",
             "Check that the file is complete, or leave it out."),
    )  # fmt: skip
    return Dataset(source, None, "unreadable", findings=(fault,))
